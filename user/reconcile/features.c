// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/features.h"
#include "reconcile/features.h"

/* A gate that is shut needs no stage: the kernel has all that it would let through. */
static __u32 features_of_port(const struct nsaccel_port *port)
{
	__u32 features = 0;

	if (port->share_nic || port->shared)
		features |= NSACCEL_FEATURE_SHARE;
	if (port->macvlan_lower)
		features |= NSACCEL_FEATURE_MACVLAN;
	if (port->bridge)
		features |= NSACCEL_FEATURE_BRIDGE;
	if (port->gate == NSACCEL_GATE_FLOW || port->bridge_gate == NSACCEL_GATE_FLOW)
		features |= NSACCEL_FEATURE_GATE;
	return features;
}

__u32 nsa_features_of(const struct nsa_ports *ports, bool policed, bool translates)
{
	__u32 features = policed ? NSACCEL_FEATURE_POLICY : 0;

	for (size_t i = 0; i < ports->count; i++)
		features |= features_of_port(&ports->entries[i].port);
	if (translates && features & NSACCEL_FEATURE_GATE && nsa_feature_ct_lookup())
		features |= NSACCEL_FEATURE_NAT;
	return features;
}
