// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "maps/policy.h"
#include "maps/rules.h"
#include "model/policy_compile.h"
#include "ops/query_policy.h"
#include "ops/query_session.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

static int read_rules(const struct nsa_session *session, __u32 slot, struct nsa_rule_info **out,
		      size_t *count)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	size_t rule_count = 0;
	int r = nsa_maps_rules(session->maps, slot, &rules, &rule_count);

	*out = r < 0 ? NULL : calloc(rule_count + 1, sizeof(**out));
	if (!*out)
		return nsa_err(r < 0 ? r : -ENOMEM, "read map rules: %s",
			       strerror(r < 0 ? -r : ENOMEM));
	nsa_policy_sort(rules, rule_count);
	for (size_t i = 0; i < rule_count; i++) {
		struct nsa_rule_info *info = &(*out)[(*count)++];

		info->number = rules[i].number;
		info->rule = rules[i].rule;
		info->from = nsa_netns_ref(session, rules[i].rule.from_cookie);
		info->to = nsa_netns_ref(session, rules[i].rule.to_cookie);
		nsa_maps_rule_stats(session->maps, rules[i].number, &info->counter);
	}
	return 0;
}

/* Known namespaces, and who is behind whose ports. */
struct records {
	struct nsa_netns_entry *namespaces;
	struct nsa_endpoint_entry *endpoints;
	size_t netns_count, endpoint_count;
};

static void records_free(struct records *records)
{
	free(records->namespaces);
	free(records->endpoints);
}

static int read_records(const struct nsa_maps *maps, struct records *out)
{
	int r = nsa_maps_netns(maps, &out->namespaces, &out->netns_count);

	if (!r)
		r = nsa_maps_endpoints(maps, &out->endpoints, &out->endpoint_count);
	return r < 0 ? nsa_err(r, "read maps: %s", strerror(-r)) : 0;
}

static bool is_behind(const struct records *records, __u64 cookie, __u32 owner_slot)
{
	for (size_t i = 0; i < records->endpoint_count; i++)
		if (records->endpoints[i].ep.netns_cookie == cookie &&
		    records->endpoints[i].key.owner_slot == owner_slot)
			return true;
	return false;
}

static int read_defaults(const struct nsa_session *session, const struct records *records,
			 const struct nsa_netns_entry *owner, struct nsa_policy_info *out)
{
	struct nsaccel_isolation isolation;
	struct nsa_default_info *info;
	size_t room = 0;

	for (size_t i = 0; i < records->netns_count; i++) {
		const struct nsa_netns_entry *ns = &records->namespaces[i];

		if (ns->cookie != owner->cookie && !is_behind(records, ns->cookie, owner->ns.slot))
			continue;
		if (nsa_maps_isolation_get(session->maps, ns->ns.slot, ns->cookie, &isolation))
			continue;
		info = ARRAY_ADD(out->defaults, out->default_count, room);
		if (!info)
			return nsa_err(-ENOMEM, "read maps: %s", strerror(ENOMEM));
		info->netns = nsa_netns_ref(session, ns->cookie);
		info->verdict = isolation.policy;
	}
	return 0;
}

/* If the namespace is an owner. */
static int add_owner(const struct nsa_session *session, const struct records *records,
		     const struct nsa_netns_entry *ns, struct nsa_policy_info *all, size_t *count)
{
	struct nsa_policy_info *info = &all[*count];
	struct nsaccel_owner record;
	int r = nsa_maps_owner_get(session->maps, ns->ns.slot, &record);

	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	if (record.cookie != ns->cookie)
		return 0;
	(*count)++;
	info->owner = nsa_netns_ref(session, ns->cookie);
	r = read_rules(session, ns->ns.slot, &info->rules, &info->rule_count);
	return r < 0 ? r : read_defaults(session, records, ns, info);
}

int nsa_query_policies(const struct nsa_query *query, struct nsa_policy_info **out, size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(records_free) struct records records = {};
	const struct nsa_netns *only;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_query_open(query, &session, &only);
	if (r < 0 || !session.maps)
		return r;
	r = read_records(session.maps, &records);
	if (r < 0)
		return r;
	*out = calloc(records.netns_count + 1, sizeof(**out));
	if (!*out)
		return nsa_err(-ENOMEM, "read maps: %s", strerror(ENOMEM));
	for (size_t i = 0; !r && i < records.netns_count; i++)
		if (nsa_query_wants(only, records.namespaces[i].cookie))
			r = add_owner(&session, &records, &records.namespaces[i], *out, count);
	return r;
}

void nsa_policy_infos_free(struct nsa_policy_info *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(all[i].rules);
		free(all[i].defaults);
	}
	free(all);
}

int nsa_query_rules(const struct nsa_query *query, struct nsa_rule_info **out, size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *owner;
	struct nsaccel_netns record;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_session_open(query->bpffs, &session);
	if (!r)
		r = nsa_session_netns(&session, query->netns, &owner);
	if (r || !session.maps || nsa_maps_netns_get(session.maps, owner->cookie, &record))
		return r;
	return read_rules(&session, record.slot, out, count);
}
