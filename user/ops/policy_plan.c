// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_open.h"
#include "maps/maps.h"
#include "maps/netns.h"
#include "ops/policy_plan.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Distance of the prefs that are chosen here, so that others fit in between. */
#define PREF_STEP 10

void nsa_policy_plan_free(struct nsa_policy_plan *plan)
{
	free(plan->before);
	free(plan->after);
}

/* Returns r. */
__attribute__((format(printf, 4, 5))) static int refuse(struct nsa_policy_plan *plan, size_t index,
							int r, const char *format, ...)
{
	va_list args;

	plan->error->index = index;
	va_start(args, format);
	vsnprintf(plan->error->why, sizeof(plan->error->why), format, args);
	va_end(args);
	return r;
}

/* With many rules the failure has to say which of them is meant; a single one is looked up by
 * nsa_session_netns() alone, whose message says more. */
static int check_spec(struct nsa_policy_plan *plan, size_t index, const char *spec)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };

	if (plan->request->verb != NSA_POLICY_REPLACE || nsa_netns_open(spec, &ns) >= 0)
		return 0;
	return refuse(plan, index, -ENOENT, "\"%s\" is no namespace", spec);
}

static int find_netns(struct nsa_policy_plan *plan, size_t index, const char *spec, __u64 *cookie)
{
	const struct nsa_session *session = plan->state->session;
	const struct nsa_netns *ns;
	__u32 slot;
	int r;

	*cookie = 0;
	if (!spec)
		return 0;
	if (!plan->spec || strcmp(spec, plan->spec) != 0) {
		r = check_spec(plan, index, spec);
		if (!r)
			r = nsa_session_netns(session, spec, &ns);
		if (r)
			return r;
		r = nsa_maps_netns_register(session->maps, ns->cookie, ns->name, &slot);
		if (r < 0)
			return refuse(plan, index, r, "register namespace %s: %s", ns->name,
				      nsa_maps_strerror(r, NSA_MAP_NETNS));
		plan->spec = spec;
		plan->cookie = ns->cookie;
	}
	*cookie = plan->cookie;
	return 0;
}

/* The requested rule, with its owner and the cookies of its namespaces. */
static int resolve(struct nsa_policy_plan *plan, size_t index, struct nsa_policy_rule *out)
{
	const struct nsa_policy_edit_rule *rule = &plan->request->rules[index];
	int r;

	*out = (struct nsa_policy_rule){ .rule = rule->rule };
	out->rule.owner_slot = plan->owner->slot;
	r = find_netns(plan, index, rule->from_netns, &out->rule.from_cookie);
	return r < 0 ? r : find_netns(plan, index, rule->to_netns, &out->rule.to_cookie);
}

static bool is_same(const struct nsaccel_policy_rule *a, const struct nsaccel_policy_rule *b,
		    bool pref)
{
	struct nsaccel_policy_rule x = *a;

	if (!pref)
		x.pref = b->pref;
	return !memcmp(&x, b, sizeof(x));
}

/* The first that is alike; NULL: none is. */
static const struct nsa_policy_rule *find_same(const struct nsa_policy_plan *plan,
					       const struct nsaccel_policy_rule *rule, bool pref)
{
	for (size_t i = 0; i < plan->before_count; i++)
		if (is_same(&plan->before[i].rule, rule, pref))
			return &plan->before[i];
	return NULL;
}

/* Without a pref the rule comes after all others. */
static int choose_pref(struct nsa_policy_plan *plan, size_t index, __u32 last,
		       struct nsaccel_policy_rule *rule)
{
	if (plan->request->rules[index].set_pref)
		return 0;
	if (last > 0xffffffff - PREF_STEP)
		return refuse(plan, index, -ERANGE, "no pref is left after %u: give one", last);
	rule->pref = last - last % PREF_STEP + PREF_STEP;
	return 0;
}

static __u32 last_pref(const struct nsa_policy_plan *plan)
{
	return plan->before && plan->before_count ? plan->before[plan->before_count - 1].rule.pref :
						    0;
}

static int keep_all(struct nsa_policy_plan *plan, size_t more)
{
	plan->after = calloc(plan->before_count + more + 1, sizeof(*plan->after));
	if (!plan->after)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	if (plan->before && plan->before_count)
		memcpy(plan->after, plan->before, plan->before_count * sizeof(*plan->after));
	plan->after_count = plan->before_count;
	return 0;
}

static int add_rule(struct nsa_policy_plan *plan)
{
	const struct nsa_policy_rule *old;
	struct nsa_policy_rule rule;
	int r = resolve(plan, 0, &rule);

	if (r < 0)
		return r;
	old = find_same(plan, &rule.rule, plan->request->rules->set_pref);
	if (old)
		return nsa_err(-EEXIST, "the rule exists: number %u", old->number);
	r = choose_pref(plan, 0, last_pref(plan), &rule.rule);
	if (!r)
		r = keep_all(plan, 1);
	if (!r)
		plan->after[plan->after_count++] = rule;
	return r;
}

static int del_number(struct nsa_policy_plan *plan, __u32 number)
{
	size_t n = 0;
	int r = keep_all(plan, 0);

	if (r < 0)
		return r;
	for (size_t i = 0; i < plan->before_count; i++)
		if (plan->before[i].number != number)
			plan->after[n++] = plan->before[i];
	if (n == plan->before_count)
		return nsa_err(-ENOENT,
			       "namespace %s has no rule %u; nsaccel policy show lists them",
			       plan->owner->ns->name, number);
	plan->after_count = n;
	return 0;
}

static int del_rule(struct nsa_policy_plan *plan)
{
	const struct nsa_policy_rule *old;
	struct nsa_policy_rule rule;
	int r = resolve(plan, 0, &rule);

	if (r < 0)
		return r;
	old = find_same(plan, &rule.rule, plan->request->rules->set_pref);
	if (!old)
		return nsa_err(-ENOENT,
			       "namespace %s has no such rule; nsaccel policy show lists them",
			       plan->owner->ns->name);
	return del_number(plan, old->number);
}

static int replace_all(struct nsa_policy_plan *plan)
{
	size_t count = plan->request->count;
	__u32 last = 0;
	int r = 0;

	plan->after = calloc(count + 1, sizeof(*plan->after));
	if (!plan->after)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	for (size_t i = 0; !r && i < count; i++) {
		struct nsa_policy_rule *rule = &plan->after[i];

		r = resolve(plan, i, rule);
		if (!r)
			r = choose_pref(plan, i, last, &rule->rule);
		if (!r && rule->rule.pref > last)
			last = rule->rule.pref;
	}
	plan->after_count = count;
	return r;
}

int nsa_policy_plan(struct nsa_policy_plan *plan)
{
	switch (plan->request->verb) {
	case NSA_POLICY_ADD:
		return add_rule(plan);
	case NSA_POLICY_DEL:
		return del_rule(plan);
	case NSA_POLICY_DEL_NUMBER:
		return del_number(plan, plan->request->number);
	default:
		return replace_all(plan);
	}
}
