// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "maps/conns.h"
#include "maps/dump.h"
#include "maps/flows.h"
#include "maps/inner.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/pin.h"
#include "maps/stats.h"
#include "maps/table.h"
#include "util/cleanup.h"
#include "util/sort.h"

static int by_slot(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return CMP(x->ns.slot, y->ns.slot);
}

int nsa_maps_netns(const struct nsa_maps *maps, struct nsa_netns_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_NETNS], out, count, cookie, ns);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *count; i++)
		NSA_END_NAME((*out)[i].ns.name);
	SORT(*out, *count, by_slot);
	return 0;
}

int nsa_maps_netns_get(const struct nsa_maps *maps, __u64 cookie, struct nsaccel_netns *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_NETNS], &cookie, out);

	if (!r)
		NSA_END_NAME(out->name);
	return r;
}

int nsa_maps_netns_put(const struct nsa_maps *maps, __u64 cookie, const struct nsaccel_netns *ns)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_NETNS], &cookie, ns, BPF_EXIST);
}

static int lowest_free_slot(const struct nsa_maps *maps, __u32 *slot)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0;
	__u32 next = 1;
	int r;

	r = nsa_maps_netns(maps, &all, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count && all[i].ns.slot == next; i++)
		next++;
	if (next >= NSACCEL_MAX_NETNS)
		return -E2BIG;
	*slot = next;
	return 0;
}

static int put(const struct nsa_maps *maps, __u64 cookie, const struct nsaccel_netns *ns)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_NETNS], &cookie, ns, BPF_ANY);
}

static int register_new(const struct nsa_maps *maps, __u64 cookie, struct nsaccel_netns *ns)
{
	int r = lowest_free_slot(maps, &ns->slot);

	if (r < 0)
		return r;
	r = nsa_maps_stats_add(maps, cookie, ns->slot);
	if (!r)
		r = put(maps, cookie, ns);
	if (r < 0)
		nsa_maps_stats_del(maps, cookie, ns->slot);
	return r;
}

int nsa_maps_netns_register(const struct nsa_maps *maps, __u64 cookie, const char *name,
			    __u32 *slot)
{
	struct nsaccel_netns ns = {};
	int r = nsa_maps_netns_get(maps, cookie, &ns);
	bool known = !r;

	if (r < 0 && r != -ENOENT)
		return r;
	if (known && !strncmp(ns.name, name, sizeof(ns.name))) {
		*slot = ns.slot;
		return 0;
	}
	memset(ns.name, 0, sizeof(ns.name));
	memcpy(ns.name, name, strnlen(name, sizeof(ns.name) - 1));
	r = known ? put(maps, cookie, &ns) : register_new(maps, cookie, &ns);
	if (r < 0)
		return r;
	*slot = ns.slot;
	return 0;
}

/* Gives free slots to the first of those that want one. How many got one. */
static size_t allot(const struct nsa_netns_entry *all, size_t count, struct nsa_netns_entry *fresh,
		    size_t wanted)
{
	size_t n = 0, i = 0;

	for (__u32 slot = 1; n < wanted && slot < NSACCEL_MAX_NETNS; slot++) {
		if (i < count && all[i].ns.slot == slot)
			i++;
		else
			fresh[n++].ns.slot = slot;
	}
	return n;
}

#define STATS_LOT 64 /* few enough descriptors for any limit */
struct stats_lot {
	int fds[STATS_LOT];
	__u32 slots[STATS_LOT], count;
};

static void stats_lot_close(struct stats_lot *lot)
{
	for (__u32 i = 0; i < lot->count; i++)
		close(lot->fds[i]);
}

static int register_lot(const struct nsa_maps *maps, const struct nsa_netns_entry *fresh,
			__u32 count)
{
	__cleanup(stats_lot_close) struct stats_lot lot = {};
	int r = 0;

	while (lot.count < count) {
		int fd = nsa_maps_stats_new(maps);

		if (fd < 0)
			return fd;
		lot.slots[lot.count] = fresh[lot.count].ns.slot;
		lot.fds[lot.count++] = fd;
	}
	r = bpf_map_update_batch(maps->fd[NSA_MAP_STATS], lot.slots, lot.fds, &count, NULL);
	for (__u32 i = 0; !r && i < lot.count; i++) {
		r = nsa_maps_stats_pin(fresh[i].cookie, lot.fds[i]);
		if (!r)
			r = put(maps, fresh[i].cookie, &fresh[i].ns);
	}
	return r;
}

int nsa_maps_netns_register_all(const struct nsa_maps *maps, struct nsa_netns_entry *fresh,
				size_t count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t known = 0;
	int r = nsa_maps_netns(maps, &all, &known);

	if (r < 0)
		return r;
	count = allot(all, known, fresh, count);
	for (size_t i = 0; !r && i < count; i += STATS_LOT)
		r = register_lot(maps, &fresh[i],
				 (__u32)(count - i < STATS_LOT ? count - i : STATS_LOT));
	return r;
}

/* Removes what the namespace has by its slot, and its pins. The entry in "netns" stays. */
static int forget_slot(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	char path[PATH_MAX];
	int r;

	r = nsa_maps_table_drop(maps, cookie, slot);
	if (!r)
		r = nsa_maps_inner_remove(maps, NSA_MAP_STATS, &slot);
	if (!r)
		r = nsa_maps_conns_del(maps, slot);
	if (!r)
		r = nsa_maps_isolation_put(maps, slot, &(struct nsaccel_isolation){});
	if (!r)
		r = nsa_maps_limits_put(maps, slot, &(struct nsaccel_limits){});
	if (r < 0)
		return r;
	nsa_maps_flow_forget(maps, slot);
	r = nsa_pin_path(path, "by-netns/%llu", cookie);
	return r < 0 ? r : nsa_pin_remove(path);
}

int nsa_maps_netns_forget(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(maps, cookie, &ns);

	if (r < 0)
		return r;
	/* The entry goes last: a later run finds the rest by it, if this one fails. */
	r = forget_slot(maps, cookie, ns.slot);
	if (!r)
		r = bpf_map_delete_elem(maps->fd[NSA_MAP_NETNS], &cookie);
	if (r < 0) /* the namespace may be an endpoint again before a later run removes it */
		nsa_maps_stats_add(maps, cookie, ns.slot);
	return r;
}
