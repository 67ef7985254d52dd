// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "dataplane/hook_xdp.h"
#include "model/device_kind.h"
#include "reconcile/features.h"
#include "reconcile/owner.h"
#include "reconcile/programs.h"
#include "util/clock.h"
#include "util/log.h"

/* From a load that failed to the next try, usec; doubled each time. */
#define PAUSE_MIN 1000000ULL
#define PAUSE_MAX (64 * PAUSE_MIN)

/* What a command is about to set must not be in force, or open, without these. */
#define REQUIRED (NSACCEL_FEATURE_POLICY | NSACCEL_FEATURE_SHARE)

/* Whether XDP has a target to send to: another NIC, or a veth with delivery by XDP. */
static bool has_xdp_targets(const struct nsa_snapshot *snapshot, const struct nsa_ports *ports)
{
	size_t nics = 0, veths = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsaccel_port *port = &ports->entries[i].port;

		if (nsa_kind(port->kind)->owns_port)
			veths += port->delivery == NSACCEL_DELIVERY_XDP;
		else
			nics += nsa_xdp_is_wanted(
				nsa_snapshot_link(snapshot, (int)ports->entries[i].key.ifindex),
				port);
	}
	return nics && nics + veths > 1;
}

/* Chooses the owner's marks once: while its programs are replaced port by port, new programs
 * must recognize the marks of old ones. */
static int choose_marks(struct nsaccel_owner *record)
{
	__u32 marks[2] = { record->mark_sent, record->mark_wire };

	while (!marks[0] || !marks[1] || marks[0] == marks[1])
		if (getrandom(marks, sizeof(marks), 0) != sizeof(marks))
			return nsa_err(-errno, "choose the programs' marks: getrandom: %s",
				       strerror(errno));
	record->mark_sent = marks[0];
	record->mark_wire = marks[1];
	return 0;
}

/* Opens the pinned programs, if nothing but features is missing in them: a packet that needs one
 * goes the kernel's way, or is dropped. */
static int open_without_features(const struct nsa_owner *owner, struct nsa_port_context *ctx)
{
	struct nsa_program_config loaded = ctx->config;
	int r;

	loaded.features = owner->record.features;
	if (loaded.features == ctx->config.features)
		return -ENOENT;
	if (nsa_dataplane_digest(&loaded) != owner->record.programs) {
		loaded.xdp_targets = !loaded.xdp_targets;
		if (nsa_dataplane_digest(&loaded) != owner->record.programs)
			return -ENOENT;
	}
	r = nsa_dataplane_reuse(&loaded, &ctx->programs);
	if (!r)
		ctx->config = loaded;
	return r;
}

static int load(struct nsa_state *state, struct nsa_owner *owner, struct nsa_port_context *ctx)
{
	const __u32 programs = owner->record.programs, features = owner->record.features;
	int r = choose_marks(&owner->record);

	if (r < 0)
		return r;
	ctx->config.mark_sent = owner->record.mark_sent;
	ctx->config.mark_wire = owner->record.mark_wire;
	r = nsa_dataplane_load(&ctx->config, programs, &ctx->programs);
	if (r < 0)
		return r;
	owner->record.programs = nsa_dataplane_digest(&ctx->config);
	owner->record.features = ctx->config.features;
	r = nsa_owner_write_record(state, owner);
	if (r < 0) {
		owner->record.programs = programs;
		owner->record.features = features;
	}
	return r;
}

/* Is there a port that has no programs yet? */
static bool has_newcomer(const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->planned.count; i++)
		if (!nsa_ports_find(&owner->ports, (int)owner->planned.entries[i].key.ifindex))
			return true;
	return false;
}

static void load_at(struct nsa_owner *owner, __u64 pause)
{
	owner->features_pause = pause;
	owner->features_at = nsa_clock_usec(CLOCK_MONOTONIC) + pause;
}

static void report_drift(struct nsa_state *state, const struct nsa_owner *owner)
{
	nsa_diff_report(&state->diff, "programs", owner->cookie, "netns", owner->ns->name,
			"loaded by another version or configuration");
}

/* A load failed. */
static void load_later(struct nsa_owner *owner)
{
	__u64 pause = owner->features_pause ? 2 * owner->features_pause : PAUSE_MIN;

	load_at(owner, pause < PAUSE_MAX ? pause : PAUSE_MAX);
}

void nsa_programs_lack_nothing(struct nsa_owner *owner)
{
	owner->features_at = owner->features_pause = 0;
}

/* Loads, or goes on with the pinned programs if that fails and they lack nothing but features: what
 * is confined has to be hooked. */
static int load_or_go_on(const struct nsa_run *run, struct nsa_owner *owner,
			 struct nsa_port_context *ctx, bool *fresh)
{
	__u32 missing = ctx->config.features & ~owner->record.features;
	int r = load(run->state, owner, ctx);

	*fresh = true;
	if (!r) {
		nsa_programs_lack_nothing(owner);
		return 0;
	}
	if (ctx->programs.tc_ingress >= 0 || open_without_features(owner, ctx))
		return r;
	*fresh = false;
	load_later(owner);
	return run->synchronous && !(missing & REQUIRED) ? 0 : r;
}

/* Loading takes up to a second. If only features are missing, the daemon goes on with the pinned
 * programs, hooks newcomers by them, and follows all else; it loads in a run of its own
 * (run->load_features). A command loads at once. */
int nsa_programs_open(const struct nsa_run *run, struct nsa_owner *owner,
		      struct nsa_port_context *ctx, bool *fresh)
{
	bool differ;

	ctx->config = (struct nsa_program_config){
		.owner_slot = owner->slot,
		.owner_cookie = owner->cookie,
		.xdp_targets = has_xdp_targets(owner->snapshot, &owner->planned),
		/* One that comes and goes is loaded once. */
		.features =
			owner->record.features |
			nsa_features_of(&owner->planned, owner->policed, owner->gates.translates),
	};
	differ = nsa_dataplane_digest(&ctx->config) != owner->record.programs;
	*fresh = false;
	if (run->state->diff.dry) {
		if (differ)
			report_drift(run->state, owner);
		return 0;
	}
	if (!differ && !nsa_dataplane_reuse(&ctx->config, &ctx->programs)) {
		nsa_programs_lack_nothing(owner);
		return 0;
	}
	if (!run->synchronous && (!run->load_features || has_newcomer(owner)) &&
	    !open_without_features(owner, ctx)) {
		if (!owner->features_at)
			load_at(owner, 0);
		return 0;
	}
	return load_or_go_on(run, owner, ctx, fresh);
}

__u64 nsa_programs_due(const struct nsa_owner *owner)
{
	return owner->features_at ? owner->features_at : ~0ULL;
}
