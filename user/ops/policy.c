// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netns.h"
#include "kernel/netns_open.h"
#include "maps/netns.h"
#include "maps/rules.h"
#include "ops/policy.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/policy.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

#define PREF_STEP 10

/* Rules as they stand, and as they are to be. */
struct edit {
	struct nsa_state *state;
	struct nsa_owner *owner;
	struct nsa_policy_rule *before, *after; /* new ones have no number yet */
	size_t before_count, after_count;
	/* The namespace that was looked up last: files name the same again and again. */
	const char *spec;
	__u64 cookie;
};

static void edit_free(struct edit *edit)
{
	free(edit->before);
	free(edit->after);
}

static const struct nsa_maps *maps_of(const struct edit *edit)
{
	return edit->state->session->maps;
}

/* What was asked for */

/* Names the rule's line, if it has one. */
#define rule_err(r, words, fmt, ...)                                                               \
	((words)->line ? nsa_err(r, "line %u: " fmt, (words)->line, __VA_ARGS__) :                 \
			 nsa_err(r, fmt, __VA_ARGS__))

/* Of a file's line the line has to be said. */
static int check_spec(const struct nsa_rule_words *words, const char *spec)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };
	int r = words->line ? nsa_netns_open(spec, &ns) : 0;

	return r < 0 ? rule_err(-ENOENT, words, "\"%s\" is no namespace", spec) : 0;
}

static int find_netns(struct edit *edit, const struct nsa_rule_words *words, const char *spec,
		      __u64 *cookie)
{
	const struct nsa_netns *ns;
	__u32 slot;
	int r = 0;

	if (spec && !(edit->spec && !strcmp(spec, edit->spec))) {
		r = check_spec(words, spec);
		if (!r)
			r = nsa_session_netns(edit->state->session, spec, &ns);
		if (r < 0)
			return r;
		r = nsa_maps_netns_register(maps_of(edit), ns->cookie, ns->name, &slot);
		if (r < 0)
			return rule_err(r, words, "register namespace %s: %s", ns->name,
					nsa_maps_strerror(r, NSA_MAP_NETNS));
		edit->spec = spec;
		edit->cookie = ns->cookie;
	}
	*cookie = spec ? edit->cookie : 0;
	return 0;
}

static int make_rule(struct edit *edit, const struct nsa_rule_words *words,
		     struct nsa_policy_rule *out)
{
	int r;

	*out = (struct nsa_policy_rule){ .rule = words->rule };
	out->rule.owner_slot = edit->owner->slot;
	r = find_netns(edit, words, words->from_netns, &out->rule.from_cookie);
	return r < 0 ? r : find_netns(edit, words, words->to_netns, &out->rule.to_cookie);
}

static bool is_same(const struct nsaccel_rule *a, const struct nsaccel_rule *b, bool pref)
{
	struct nsaccel_rule x = *a;

	if (!pref)
		x.pref = b->pref;
	return !memcmp(&x, b, sizeof(x));
}

/* The first that is alike; NULL: none is. */
static const struct nsa_policy_rule *find_same(const struct edit *edit,
					       const struct nsaccel_rule *rule, bool pref)
{
	for (size_t i = 0; i < edit->before_count; i++)
		if (is_same(&edit->before[i].rule, rule, pref))
			return &edit->before[i];
	return NULL;
}

/* After all others, unless it is said. */
static int choose_pref(const struct nsa_rule_words *words, __u32 last, struct nsaccel_rule *rule)
{
	if (words->set_pref)
		return 0;
	if (last > 0xffffffff - PREF_STEP)
		return rule_err(-ERANGE, words, "no pref is left after %u: give one", last);
	rule->pref = last - last % PREF_STEP + PREF_STEP;
	return 0;
}

static __u32 last_pref(const struct edit *edit)
{
	return edit->before && edit->before_count ? edit->before[edit->before_count - 1].rule.pref :
						    0;
}

static int keep_all(struct edit *edit, size_t more)
{
	edit->after = calloc(edit->before_count + more + 1, sizeof(*edit->after));
	if (!edit->after)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	if (edit->before && edit->before_count)
		memcpy(edit->after, edit->before, edit->before_count * sizeof(*edit->after));
	edit->after_count = edit->before_count;
	return 0;
}

static int add_rule(struct edit *edit, const struct nsa_policy_request *request)
{
	const struct nsa_policy_rule *old;
	struct nsa_policy_rule rule;
	int r;

	r = make_rule(edit, request->rules, &rule);
	if (r < 0)
		return r;
	old = find_same(edit, &rule.rule, request->rules->set_pref);
	if (old)
		return nsa_err(-EEXIST, "the rule exists: number %u", old->number);
	r = choose_pref(request->rules, last_pref(edit), &rule.rule);
	if (!r)
		r = keep_all(edit, 1);
	if (!r)
		edit->after[edit->after_count++] = rule;
	return r;
}

static int del_number(struct edit *edit, __u32 number)
{
	size_t n = 0;
	int r = keep_all(edit, 0);

	if (r < 0)
		return r;
	for (size_t i = 0; i < edit->before_count; i++)
		if (edit->before[i].number != number)
			edit->after[n++] = edit->before[i];
	if (n == edit->before_count)
		return nsa_err(-ENOENT,
			       "namespace %s has no rule %u; nsaccel policy show lists "
			       "them",
			       edit->owner->ns->name, number);
	edit->after_count = n;
	return 0;
}

static int del_rule(struct edit *edit, const struct nsa_policy_request *request)
{
	const struct nsa_policy_rule *old;
	struct nsa_policy_rule rule;
	int r;

	r = make_rule(edit, request->rules, &rule);
	if (r < 0)
		return r;
	old = find_same(edit, &rule.rule, request->rules->set_pref);
	if (!old)
		return nsa_err(-ENOENT,
			       "namespace %s has no such rule; nsaccel policy show lists "
			       "them",
			       edit->owner->ns->name);
	return del_number(edit, old->number);
}

static int replace_all(struct edit *edit, const struct nsa_policy_request *request)
{
	__u32 last = 0;
	int r = 0;

	edit->after = calloc(request->count + 1, sizeof(*edit->after));
	if (!edit->after)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	for (size_t i = 0; !r && i < request->count; i++) {
		struct nsa_policy_rule *rule = &edit->after[i];

		r = make_rule(edit, &request->rules[i], rule);
		if (!r)
			r = choose_pref(&request->rules[i], last, &rule->rule);
		if (!r && rule->rule.pref > last)
			last = rule->rule.pref;
	}
	edit->after_count = request->count;
	return r;
}

static int plan(struct edit *edit, const struct nsa_policy_request *request)
{
	switch (request->verb) {
	case NSA_POLICY_ADD:
		return add_rule(edit, request);
	case NSA_POLICY_DEL:
		return del_rule(edit, request);
	case NSA_POLICY_DEL_NUMBER:
		return del_number(edit, request->number);
	default:
		return replace_all(edit, request);
	}
}

/* Doing it */

/* Those without a number get one. */
static int write_new(const struct edit *edit)
{
	__cleanup(nsa_freep) struct nsa_policy_rule **new = NULL;
	size_t count = 0;
	int r;

	if (edit->after_count > NSACCEL_MAX_RULES)
		return nsa_err(-E2BIG, "write rules: %s", nsa_maps_strerror(-E2BIG, NSA_MAP_RULES));
	new = calloc(edit->after_count + 1, sizeof(*new));
	if (!new)
		return nsa_err(-ENOMEM, "change rules: %s", strerror(ENOMEM));
	for (size_t i = 0; i < edit->after_count; i++)
		if (!edit->after[i].number)
			new[count++] = &edit->after[i];
	r = nsa_maps_rules_add(maps_of(edit), new, count);
	return r < 0 ? nsa_err(r, "write rules: %s", nsa_maps_strerror(r, NSA_MAP_RULES)) : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct nsa_policy_rule *x = a, *y = b;

	return CMP(x->number, y->number);
}

/* Those of from that aren't among to go. */
static void remove_others(const struct edit *edit, const struct nsa_policy_rule *from, size_t count,
			  struct nsa_policy_rule *to, size_t to_count)
{
	int r;

	SORT(to, to_count, by_number);
	for (size_t i = 0; i < count; i++) {
		if (!from[i].number || BSEARCH(&from[i], to, to_count, by_number))
			continue;
		r = nsa_maps_rule_del(maps_of(edit), from[i].number);
		if (r < 0)
			nsa_debug("remove rule %u: %s", from[i].number, strerror(-r));
	}
}

/* Makes the ports look at what the kernel sends, too, or no more. */
static int watch(const struct edit *edit, bool polices)
{
	const struct nsa_run run = { .state = edit->state,
				     .synchronous = true,
				     .policy_pending = polices };

	edit->owner->gc_needed |= !polices;
	edit->owner->dirty |= NSA_DIRTY_PORTS;
	return nsa_reconcile(&run, edit->owner);
}

static int apply(struct edit *edit)
{
	int r = write_new(edit);

	if (r < 0)
		return r;
	r = nsa_policy_swap(maps_of(edit), edit->owner->slot, edit->after, edit->after_count);
	if (r < 0) {
		remove_others(edit, edit->after, edit->after_count, edit->before,
			      edit->before_count);
		return r;
	}
	/* They don't count any more, whether they go now or with the next change. */
	remove_others(edit, edit->before, edit->before_count, edit->after, edit->after_count);
	return 0;
}

/* The rules are in force, or gone, whatever becomes of the ports: what fails is tried once more. */
static int watch_no_more(const struct edit *edit)
{
	int r = watch(edit, false);

	if (r < 0 && !watch(edit, false)) {
		nsa_log_forget();
		r = 0;
	}
	return r;
}

/* Ports look before there are rules, and until there are none. They come first: to settle them forgets
 * namespaces that no rule names yet. */
static int change(struct edit *edit, const struct nsa_policy_request *request)
{
	bool begins = !edit->owner->policed && request->count;
	int r = begins ? watch(edit, true) : 0;

	if (!r)
		r = plan(edit, request);
	if (!r)
		r = apply(edit);
	if (r < 0 && begins)
		watch_no_more(edit);
	if (!r && !edit->after_count)
		r = watch_no_more(edit);
	return r;
}

static int open_owner(const struct nsa_policy_request *request, struct nsa_session *session,
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
			       "namespace %s has no attached device; nsaccel attach DEV "
			       "comes first",
			       ns->name);
	r = nsa_state_change(session, state);
	if (!r)
		r = nsa_owner_open(*state, ns, out);
	if (r)
		return r;
	return nsa_reconcile(&(struct nsa_run){ .state = *state, .synchronous = true },
			     *out); /* up to date, before the request is looked at */
}

int nsa_policy_change(const struct nsa_policy_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__cleanup(edit_free) struct edit edit = {};
	int r;

	r = open_owner(request, &session, &state, &edit.owner);
	edit.state = state;
	if (!r)
		r = nsa_policy_load(session.maps, edit.owner->slot, &edit.before,
				    &edit.before_count);
	if (!r)
		r = change(&edit, request);
	if (r < 0 && state) /* namespaces that were registered for nothing */
		nsa_gc_maps(&session);
	return r;
}
