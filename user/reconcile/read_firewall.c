// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "dataplane/programs.h"
#include "firewall/firewall.h"
#include "reconcile/owner.h"
#include "reconcile/ports_records.h"
#include "reconcile/read_firewall.h"

/* Nobody but who read it before can say that it changed. */
static int note_ruleset(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_firewall *firewall)
{
	int r;

	if (firewall->fingerprint == owner->ruleset || state->diff.dry)
		return 0;
	owner->record.ruleset++;
	nsa_diff_report(&state->diff, "ruleset", owner->cookie, "firewall", firewall->what,
			"flows have to be admitted anew");
	r = nsa_owner_write_record(state, owner);
	if (!r) /* else it's news the next time, too */
		owner->ruleset = firewall->fingerprint;
	return r;
}

/* Attempts to read rules that don't change meanwhile. */
#define JUDGE_TRIES 20

/* The rules, and what programs see while those are in force. If they don't come to rest, programs see
 * another state than that, and leave all packets to the kernel. */
static int judge(const struct nsa_owner *owner, struct nsa_firewall *firewall,
		 struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter after;
	int r, tries = JUDGE_TRIES;

	do {
		nsa_dataplane_netfilter(owner->ns, seen);
		r = nsa_firewall_detect(owner->ns, firewall);
		nsa_dataplane_netfilter(owner->ns, &after);
	} while (!r && memcmp(seen, &after, sizeof(after)) != 0 && --tries);
	return r;
}

/* Only once the gates are set: from then on programs trust them. */
static int note_judged(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter *judged = &owner->record.judged;

	if (!memcmp(judged, seen, sizeof(*judged)))
		return 0;
	if (state->diff.dry) {
		if (judged->known)
			nsa_diff_report(&state->diff, "ruleset", owner->cookie, "firewall",
					"netfilter", "changed since its rules were read");
		return 0;
	}
	*judged = *seen;
	return nsa_owner_write_record(state, owner);
}

int nsa_read_firewall(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	struct nsa_plan_gates gates = {
		.bypass = owner->record.firewall == NSACCEL_FIREWALL_BYPASS,
	};
	struct nsaccel_netfilter seen;
	struct nsa_firewall firewall = {};
	int r;

	r = judge(owner, &firewall, &seen);
	if (r < 0)
		return r;
	if (gates.bypass)
		seen = (struct nsaccel_netfilter){};
	gates.routed = firewall.routed && !gates.bypass;
	gates.bridged = firewall.bridged && !gates.bypass;
	gates.every_packet = firewall.every_packet && !gates.bypass;
	gates.validates = firewall.validates;
	if (memcmp(&gates, &owner->gates, sizeof(gates)) != 0)
		owner->dirty |= NSA_DIRTY_PORTS;
	owner->gates = gates;
	owner->hooks = firewall.hooks;
	r = note_ruleset(state, owner, &firewall);
	if (!state->diff.dry)
		nsa_ports_tighten(state, owner);
	return r < 0 ? r : note_judged(state, owner, &seen);
}
