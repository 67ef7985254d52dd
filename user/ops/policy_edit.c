// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/rules.h"
#include "ops/policy_edit.h"
#include "ops/policy_plan.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/policy.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

static const struct nsa_maps *maps_of(const struct nsa_policy_plan *plan)
{
	return plan->state->session->maps;
}

/* New rules get their numbers. */
static int write_new(const struct nsa_policy_plan *plan)
{
	__cleanup(nsa_freep) struct nsa_policy_rule **new = NULL;
	size_t count = 0;
	int r;

	if (plan->after_count > NSACCEL_MAX_RULES)
		return nsa_err(-E2BIG, "write rules: %s", nsa_maps_strerror(-E2BIG, NSA_MAP_RULES));
	new = calloc(plan->after_count + 1, sizeof(*new));
	if (!new)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	for (size_t i = 0; i < plan->after_count; i++)
		if (!plan->after[i].number)
			new[count++] = &plan->after[i];
	r = nsa_maps_rules_add(maps_of(plan), new, count);
	return r < 0 ? nsa_err(r, "write rules: %s", nsa_maps_strerror(r, NSA_MAP_RULES)) : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct nsa_policy_rule *x = a, *y = b;

	return CMP(x->number, y->number);
}

/* Removes those of from that aren't among to. */
static void remove_others(const struct nsa_policy_plan *plan, const struct nsa_policy_rule *from,
			  size_t count, struct nsa_policy_rule *to, size_t to_count)
{
	int r;

	SORT(to, to_count, by_number);
	for (size_t i = 0; i < count; i++) {
		if (!from[i].number || BSEARCH(&from[i], to, to_count, by_number))
			continue;
		r = nsa_maps_rule_del(maps_of(plan), from[i].number);
		if (r < 0)
			nsa_debug("remove rule %u: %s", from[i].number, strerror(-r));
	}
}

/* Has ports check packets that the kernel sends, too, or no more. */
static int set_policing(const struct nsa_policy_plan *plan, bool polices)
{
	const struct nsa_run run = { .state = plan->state,
				     .synchronous = true,
				     .policy_pending = polices };

	plan->owner->gc_needed |= !polices;
	plan->owner->dirty |= NSA_DIRTY_PORTS;
	return nsa_reconcile(&run, plan->owner);
}

static int apply(struct nsa_policy_plan *plan)
{
	int r = write_new(plan);

	if (r < 0)
		return r;
	r = nsa_policy_swap(maps_of(plan), plan->owner->slot, plan->after, plan->after_count);
	if (r < 0) {
		remove_others(plan, plan->after, plan->after_count, plan->before,
			      plan->before_count);
		return r;
	}
	/* The old ones don't count any more, whether they are removed now or by the next change. */
	remove_others(plan, plan->before, plan->before_count, plan->after, plan->after_count);
	return 0;
}

/* The rules are gone, whatever becomes of the ports: what fails is tried once more. */
static int stop_policing(const struct nsa_policy_plan *plan)
{
	int r = set_policing(plan, false);

	if (r < 0 && !set_policing(plan, false)) {
		nsa_log_forget();
		r = 0;
	}
	return r;
}

/* Ports check packets of the kernel from before there are rules until there are none. They are
 * reconciled first, since that forgets namespaces that no rule names yet. */
static int change(struct nsa_policy_plan *plan)
{
	bool begins = !plan->owner->policed && plan->request->count;
	int r = begins ? set_policing(plan, true) : 0;

	if (!r)
		r = nsa_policy_plan(plan);
	if (!r)
		r = apply(plan);
	if (r < 0 && begins)
		stop_policing(plan);
	if (!r && !plan->after_count)
		r = stop_policing(plan);
	return r;
}

static int open_owner(const struct nsa_policy_edit_request *request, struct nsa_session *session,
		      struct nsa_state **state, struct nsa_owner **out)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_lock(request->bpffs, false, session);
	if (!r)
		r = nsa_session_netns(session, request->netns, &ns);
	if (!r && session->maps)
		r = nsa_owner_ports(session, ns->cookie, &ports);
	if (r)
		return r;
	if (!ports.count)
		return nsa_err(-ENOENT,
			       "namespace %s has no attached device; nsaccel attach DEV comes "
			       "first",
			       ns->name);
	r = nsa_state_change(session, state);
	if (!r)
		r = nsa_owner_open(*state, ns, out);
	if (r)
		return r;
	return nsa_reconcile(&(struct nsa_run){ .state = *state, .synchronous = true },
			     *out); /* up to date, before the request is looked at */
}

int nsa_policy_edit(const struct nsa_policy_edit_request *request,
		    struct nsa_policy_edit_error *error)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__cleanup(nsa_policy_plan_free) struct nsa_policy_plan plan = { .request = request,
									.error = error };
	int r;

	error->why[0] = '\0';
	r = open_owner(request, &session, &state, &plan.owner);
	plan.state = state;
	if (!r)
		r = nsa_policy_load(session.maps, plan.owner->slot, &plan.before,
				    &plan.before_count);
	if (!r)
		r = change(&plan);
	if (r < 0 && state) /* namespaces that were registered for nothing */
		nsa_gc_maps(&session);
	return r;
}
