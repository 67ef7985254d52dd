// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns.h"
#include "model/snapshot_claims.h"
#include "reconcile/conntrack.h"
#include "reconcile/endpoints.h"
#include "reconcile/endpoints_place.h"
#include "reconcile/fdb_map.h"
#include "reconcile/neighbours.h"
#include "reconcile/owner.h"
#include "reconcile/policed.h"
#include "reconcile/ports.h"
#include "reconcile/ports_hooks.h"
#include "reconcile/ports_plan.h"
#include "reconcile/ports_records.h"
#include "reconcile/quotas.h"
#include "reconcile/read.h"
#include "reconcile/reconcile.h"
#include "reconcile/routes.h"
#include "reconcile/shares.h"
#include "reconcile/sources.h"
#include "util/cleanup.h"
#include "util/log.h"

static int free_nexthops(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)owner;
	return nsa_state_free_nexthops(run->state);
}

static bool is_any_requested(const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].port.requested)
			return true;
	return owner->absent.count;
}

static int check_requested(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)run;
	return is_any_requested(owner) ? 0 : -ENODEV;
}

static int announce(const struct nsa_run *run, struct nsa_owner *owner)
{
	nsa_neighbours_announce(run->state, owner);
	return 0;
}

/* Runs last, since each step before may have refused something. */
static int report_quotas(const struct nsa_run *run, struct nsa_owner *owner)
{
	if (!owner->dirty && owner->refusals == nsa_nexthops_refusals(run->state->hops))
		return 0;
	return nsa_quotas_report(run->state, owner);
}

#define ALWAYS	~0U
#define DEVICES (NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS)

enum step_flags {
	/* After this step fails, the daemon runs the next ones: next hops have to follow the
	 * kernel, whatever happens to devices. A command stops at the first error, and is undone. A
	 * step returns an error only for what the owner's root can mend, as a map that is full:
	 * quotas keep a tenant from that. What a tenant can cause is a warning, once, and that
	 * endpoint is left to the kernel, or closed if it is confined: whatever commands are about,
	 * its device must not make them fail. */
	OPTIONAL = 1 << 0,
	ONLY_CLEAN = 1 << 1,   /* skipped after an error */
	ONLY_PLANNED = 1 << 2, /* skipped without a plan of the ports */
	AGAIN = 1 << 3,	       /* run once more if neighbours have answered */
};

struct step {
	/* Dirty bits. The step runs if any of when is set, and none of unless. ALWAYS: it runs
	 * even if none is set. */
	unsigned int when, unless;
	int (*run)(const struct nsa_run *run, struct nsa_owner *owner);
	enum step_flags flags;
};

static int run_again(const struct nsa_run *run, struct nsa_owner *owner);

/* The steps, in order. */
static const struct step steps[] = {
	{ NSA_DIRTY_ALL, 0, free_nexthops, 0 }, /* frees what a killed run left */
	{ NSA_DIRTY_ALL, 0, nsa_read_dirty, 0 },
	{ DEVICES, 0, nsa_endpoints_place, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_conntrack_reconcile, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_policed_update, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_endpoints_close_left_out, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_shares_reconcile, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_sources_reconcile, OPTIONAL | AGAIN }, /* the hooks read them */
	{ DEVICES, 0, nsa_ports_plan, OPTIONAL | AGAIN },
	{ DEVICES, 0, nsa_ports_write_records, OPTIONAL | ONLY_PLANNED | AGAIN },
	{ DEVICES, 0, nsa_ports_hook, OPTIONAL | ONLY_PLANNED | AGAIN },
	{ DEVICES, 0, nsa_shares_open_nics, OPTIONAL | ONLY_PLANNED | AGAIN },
	{ DEVICES, 0, nsa_endpoints_reconcile, OPTIONAL | ONLY_PLANNED | AGAIN },
	{ DEVICES, 0, nsa_ports_take_over, OPTIONAL | ONLY_PLANNED | AGAIN },
	{ DEVICES | NSA_DIRTY_STEER, 0, nsa_fdb_map_reconcile, OPTIONAL | AGAIN },
	{ ALWAYS, DEVICES | NSA_DIRTY_STEER, nsa_fdb_map_reconcile_changed, OPTIONAL },
	{ NSA_DIRTY_PORTS, 0, check_requested, ONLY_CLEAN },
	{ ALWAYS, 0, nsa_routes_reconcile, AGAIN },
	{ NSA_DIRTY_ALL, 0, announce, 0 },
	{ NSA_DIRTY_PORTS, 0, nsa_ports_drop, OPTIONAL }, /* no route refers to them any more */
	{ ALWAYS, 0, run_again, 0 },
	{ ALWAYS, 0, report_quotas, 0 },
};

static bool is_wanted(const struct step *step, const struct nsa_owner *owner, unsigned int dirty)
{
	if (step->flags & ONLY_PLANNED && !owner->planned.entries)
		return false;
	return (step->when == ALWAYS || dirty & step->when) && !(dirty & step->unless);
}

static int run_step(const struct step *step, const struct nsa_run *run, struct nsa_owner *owner,
		    int *first)
{
	int r = step->run(run, owner);

	*first = *first ? *first : r;
	return r && (!(step->flags & OPTIONAL) || run->synchronous) ? r : 0;
}

/* whole false: runs only steps with ALWAYS, whatever they mark dirty. Returns the first error. */
static int run_steps(const struct nsa_run *run, struct nsa_owner *owner, bool whole)
{
	int first = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (!is_wanted(&steps[i], owner, whole ? owner->dirty : 0) ||
		    (first && steps[i].flags & ONLY_CLEAN))
			continue;
		if (run_step(&steps[i], run, owner, &first))
			break;
	}
	return first;
}

/* New neighbours confirm addresses of endpoints. The daemon needs no second pass, since it is
 * notified of neighbours. */
static int run_again(const struct nsa_run *run, struct nsa_owner *owner)
{
	int first = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && owner->neighbours_answered; i++)
		if (steps[i].flags & AGAIN && is_wanted(&steps[i], owner, DEVICES) &&
		    run_step(&steps[i], run, owner, &first))
			break;
	return first;
}

int nsa_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = -1;
	int r = nsa_owner_find(run->state, owner);
	bool whole;

	if (r < 0)
		return r;
	owner->dirty |= run->load_features ? NSA_DIRTY_HOOKS : 0;
	whole = owner->dirty; /* false, the usual case: only recorded routes and neighbours */
	token = whole ? nsa_netns_enter(owner->ns) : -1;
	if (whole && token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->ns->name, strerror(-token));
	r = run_steps(run, owner, whole);
	nsa_ports_forget_plan(owner); /* a step that failed may have left a plan */
	nsa_snapshot_reader_close(&owner->reader);
	if (r && run->synchronous) /* for the undo */
		nsa_owner_reread_ports(run->state, owner);
	if (r)
		return r;
	owner->dirty = 0;
	owner->nexthops_pending = false;
	if (whole)
		nsa_snapshot_clear_dirty(owner->snapshot);
	return 0;
}
