/* SPDX-License-Identifier: GPL-2.0-only */
/* Which firewall ruleset is in force, and whether the gates that were set by it still hold. */
#ifndef NSA_STAGE_RULESET_H
#define NSA_STAGE_RULESET_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/netfilter.h"
#include "core/order.h"
#include "map/owners.h"

static __always_inline __u32 nsa_ruleset(void)
{
	const struct nsaccel_owner *owner = nsa_owner();

	return owner ? READ_ONCE(owner->ruleset) : 0;
}

/* Are netfilter's hooks for that family still those by which the gates were set? */
static __always_inline bool nsa_hooks_unchanged(const struct net *net, enum nsaccel_family family,
						bool bridged)
{
	const struct nsaccel_owner *owner = nsa_owner();
	const struct nsaccel_netfilter *seen;

	if (!owner)
		return true;
	seen = &owner->gate_netfilter;
	if (!READ_ONCE(seen->known))
		return true;
	if (nsa_nft_sequence(net) != READ_ONCE(seen->sequence))
		return false;
	if (bridged &&
	    nsa_hooks(net, NSACCEL_HOOKS_BRIDGE) != READ_ONCE(seen->hooks[NSACCEL_HOOKS_BRIDGE]))
		return false;
	if (family == NSACCEL_FAMILY_INET)
		return nsa_hooks(net, NSACCEL_HOOKS_IP4) ==
		       READ_ONCE(seen->hooks[NSACCEL_HOOKS_IP4]);
	return nsa_hooks(net, NSACCEL_HOOKS_IP6) == READ_ONCE(seen->hooks[NSACCEL_HOOKS_IP6]);
}

/* net: the port's; NULL: the kernel doesn't show it. */
static __always_inline void nsa_read_gates(struct nsa_source *src, const struct net *net,
					   enum nsaccel_family family)
{
	bool holds = !net || nsa_hooks_unchanged(net, family, src->port->bridge);

	nsa_keep_order(); /* gates and ruleset are written before the hooks that they were set by */
	src->gate = holds ? src->port->gate : NSACCEL_GATE_SHUT;
	src->bridge_gate = holds ? src->port->bridge_gate : NSACCEL_GATE_SHUT;
}

#endif
