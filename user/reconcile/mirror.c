// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/pin.h"
#include "reconcile/mirror.h"
#include "util/cleanup.h"
#include "util/log.h"

void nsa_mirror_close(struct nsa_mirror *mirror)
{
	if (!mirror)
		return;
	for (size_t i = 0; i < mirror->owner_count; i++)
		nsa_owner_free(mirror->owners[i]);
	for (size_t i = 0; i < mirror->table_count; i++)
		nsa_table_free(mirror->tables[i]);
	free(mirror->owners);
	free(mirror->tables);
	nsa_hops_free(mirror->hops);
	nsa_sources_free(mirror->sources);
	nsa_cookies_free(&mirror->named);
	free(mirror);
}

void nsa_mirror_closep(struct nsa_mirror **mirror)
{
	nsa_mirror_close(*mirror);
}

void nsa_mirror_finishp(struct nsa_mirror **mirror)
{
	if (!*mirror)
		return;
	nsa_pin_touch();
	nsa_mirror_close(*mirror);
}

static int add_table(struct nsa_mirror *mirror, __u64 cookie, __u32 slot, struct nsa_table **out)
{
	struct nsa_table **grown, *table = NULL;
	int r;

	grown = reallocarray(mirror->tables, mirror->table_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	mirror->tables = grown;
	r = nsa_table_load(mirror->session->maps, mirror->hops, cookie, slot, &table);
	if (r < 0)
		return r;
	mirror->tables[mirror->table_count++] = table;
	*out = table;
	return 0;
}

int nsa_mirror_table(struct nsa_mirror *mirror, __u64 cookie, __u32 slot, struct nsa_table **out)
{
	int r;

	for (size_t i = 0; i < mirror->table_count; i++)
		if (mirror->tables[i]->cookie == cookie) {
			*out = mirror->tables[i];
			return 0;
		}
	r = add_table(mirror, cookie, slot, out);
	return r < 0 ? nsa_err(r, "read table of namespace %llu: %s", cookie, strerror(-r)) : 0;
}

static int load_tables(struct nsa_mirror *mirror)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	const struct nsa_maps *maps = mirror->session->maps;
	struct nsa_table *table;
	size_t count = 0;
	int r;

	r = nsa_maps_netns(maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++) {
		__cleanup(nsa_closep) int fd = nsa_maps_table_open(maps, all[i].cookie);

		if (fd >= 0)
			r = add_table(mirror, all[i].cookie, all[i].ns.slot, &table);
		else if (fd != -ENOENT)
			r = fd;
	}
	return r;
}

int nsa_mirror_open(const struct nsa_session *session, struct nsa_mirror **out)
{
	__cleanup(nsa_mirror_closep) struct nsa_mirror *mirror = calloc(1, sizeof(*mirror));
	int r = mirror ? 0 : -ENOMEM;

	if (!r) {
		mirror->session = session;
		r = nsa_hops_new(session->maps, &mirror->hops);
	}
	if (!r)
		r = nsa_sources_load(session->maps, &mirror->sources);
	if (!r)
		r = nsa_policy_names(session->maps, &mirror->named);
	if (!r)
		r = load_tables(mirror);
	if (r < 0)
		return nsa_err(r, "read the maps: %s", strerror(-r));
	*out = TAKE_PTR(mirror);
	return 0;
}

/* It would make a change fail halfway. */
static int check_frozen(const struct nsa_session *session)
{
	const char *frozen = nsa_maps_frozen(session->maps);

	if (!frozen)
		return 0;
	return nsa_err(-EPERM,
		       "the map %s is frozen, so that nothing can be changed any more: only rm -r "
		       "%s/nsaccel and a new attach get over that",
		       frozen, nsa_pin_bpffs());
}

int nsa_mirror_change(const struct nsa_session *session, struct nsa_mirror **out)
{
	int r = check_frozen(session);

	if (r < 0)
		return r;
	r = nsa_maps_changed(session->maps);
	return r < 0 ? nsa_err(r, "write map meta: %s", strerror(-r)) :
		       nsa_mirror_open(session, out);
}

int nsa_mirror_owner(struct nsa_mirror *mirror, const struct nsa_netns *ns, struct nsa_owner **out)
{
	struct nsa_owner **grown;
	int r;

	for (size_t i = 0; i < mirror->owner_count; i++)
		if (mirror->owners[i]->cookie == ns->cookie) {
			*out = mirror->owners[i];
			return 0;
		}
	grown = reallocarray(mirror->owners, mirror->owner_count + 1, sizeof(*grown));
	if (!grown)
		return nsa_err(-ENOMEM, "read namespace %s: %s", ns->name, strerror(ENOMEM));
	mirror->owners = grown;
	r = nsa_owner_new(mirror, ns, &grown[mirror->owner_count]);
	if (r < 0)
		return r;
	*out = grown[mirror->owner_count++];
	return 0;
}

void nsa_mirror_forget(struct nsa_mirror *mirror, __u64 cookie)
{
	size_t n = 0;

	for (size_t i = 0; i < mirror->owner_count; i++) {
		if (mirror->owners[i]->cookie == cookie)
			nsa_owner_free(mirror->owners[i]);
		else
			mirror->owners[n++] = mirror->owners[i];
	}
	mirror->owner_count = n;
	n = 0;
	for (size_t i = 0; i < mirror->table_count; i++) {
		if (mirror->tables[i]->cookie == cookie)
			nsa_table_free(mirror->tables[i]);
		else
			mirror->tables[n++] = mirror->tables[i];
	}
	mirror->table_count = n;
}

/* For people: its name, where it has one. */
static const char *name_of(const struct nsa_mirror *mirror, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(mirror->session->list, cookie);

	return ns ? ns->name : "(gone)";
}

int nsa_mirror_commit(struct nsa_mirror *mirror, struct nsa_table *table)
{
	size_t changed = 0;
	int r;

	if (mirror->changes.dry)
		return 0;
	r = nsa_table_commit(table, false, &changed);
	if (r == -ENOSPC)
		return nsa_err(r, "write routes of namespace %s: its table is full, with %d routes",
			       name_of(mirror, table->cookie), NSACCEL_MAX_ROUTES);
	if (r < 0)
		return nsa_err(r, "write routes of namespace %s (%zu of them): %s",
			       name_of(mirror, table->cookie), table->wanted_count,
			       nsa_maps_strerror(r, NSA_MAP_NEXTHOPS));
	return 0;
}

int nsa_mirror_collect(struct nsa_mirror *mirror)
{
	int r = mirror->changes.dry ? 0 : nsa_hops_collect(mirror->hops);

	return r < 0 ? nsa_err(r, "free next hops that no route needs any more: %s", strerror(-r)) :
		       0;
}
