// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "dataplane/netfilter_probe.h"
#include "firewall/firewall.h"
#include "reconcile/owner.h"
#include "reconcile/ports_records.h"
#include "reconcile/read_firewall.h"

/* Counts changes of the rules. The fingerprint is comparable only within one process. */
static int record_ruleset(struct nsa_state *state, struct nsa_owner *owner,
			  const struct nsa_firewall *firewall)
{
	int r;

	if (firewall->fingerprint == owner->ruleset || state->diff.dry)
		return 0;
	owner->record.ruleset++;
	nsa_diff_report(&state->diff, "ruleset", owner->cookie, "firewall", firewall->what,
			"flows have to be admitted anew");
	r = nsa_owner_write_record(state, owner);
	if (!r) /* on an error the change is counted again */
		owner->ruleset = firewall->fingerprint;
	return r;
}

/* Attempts to read rules that do not change meanwhile. */
#define DETECT_TRIES 20

/* Reads the rules, and the netfilter state that programs see while these rules are in force. If
 * the state changes during every attempt, programs see another one than *seen, and pass all
 * packets. */
static int detect(const struct nsa_owner *owner, struct nsa_firewall *firewall,
		  struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter after;
	int r, tries = DETECT_TRIES;

	do {
		nsa_netfilter_probe(owner->ns, seen);
		r = nsa_firewall_detect(owner->ns, firewall);
		nsa_netfilter_probe(owner->ns, &after);
	} while (!r && memcmp(seen, &after, sizeof(after)) != 0 && --tries);
	return r;
}

/* Writes the netfilter state that the gates are valid for. Called after the gates are set, since
 * programs trust them from then on. */
static int record_netfilter(struct nsa_state *state, struct nsa_owner *owner,
			    const struct nsaccel_netfilter *seen)
{
	struct nsaccel_netfilter *at_gates = &owner->record.gate_netfilter, before = *at_gates;
	int r;

	if (!memcmp(at_gates, seen, sizeof(*at_gates)))
		return 0;
	if (state->diff.dry) {
		if (at_gates->known)
			nsa_diff_report(&state->diff, "ruleset", owner->cookie, "firewall",
					"netfilter", "changed since its rules were read");
		return 0;
	}
	*at_gates = *seen;
	r = nsa_owner_write_record(state, owner);
	if (r < 0) /* the next run writes it */
		*at_gates = before;
	return r;
}

int nsa_read_firewall(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	struct nsa_plan_gates gates = {
		.bypass = owner->record.firewall == NSACCEL_FIREWALL_BYPASS,
	};
	struct nsaccel_netfilter seen;
	struct nsa_firewall firewall = {};
	int r, tightened;

	r = detect(owner, &firewall, &seen);
	if (r < 0)
		return r;
	if (gates.bypass)
		seen = (struct nsaccel_netfilter){};
	gates.routed = firewall.routed && !gates.bypass;
	gates.bridged = firewall.bridged && !gates.bypass;
	gates.every_packet = firewall.every_packet && !gates.bypass;
	gates.translates = firewall.translates && !gates.bypass;
	gates.validates = firewall.validates;
	if (memcmp(&gates, &owner->gates, sizeof(gates)) != 0)
		owner->dirty |= NSA_DIRTY_PORTS;
	owner->gates = gates;
	owner->hooks = firewall.hooks;
	r = record_ruleset(state, owner, &firewall);
	tightened = state->diff.dry ? 0 : nsa_ports_tighten(state, owner);
	r = r ?: tightened;
	return r < 0 ? r : record_netfilter(state, owner, &seen);
}
