/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of devices: all decisions that follow from a device's kind alone, in two tables. One is of
 * the kernel's kinds (IFLA_INFO_KIND); a kind that is not in it, a NIC for one, has none of its
 * properties. The other is of ports and endpoints (enum nsaccel_kind). No system calls.
 */
#ifndef NSA_MODEL_DEVICE_KIND_H
#define NSA_MODEL_DEVICE_KIND_H

#include "kernel/objects.h"

bool nsa_device_is_veth(const struct nsa_link *link);
bool nsa_device_is_bridge(const struct nsa_link *link);
/* Is it a port of a bridge? */
bool nsa_device_is_bridged(const struct nsa_link *link);

/* Is the other device of IFLA_LINK its peer? Otherwise it is its lower. */
bool nsa_device_has_peer(const struct nsa_link *link);
/* Does it receive frames that arrive by its lower for other MACs than its own, or copies of
 * them? */
bool nsa_device_takes_frames(const struct nsa_link *link);

/* The kind of endpoint that the device of another namespace is, for the owner with that nsid; NONE:
 * its peer or lower is not the owner's, or its kind makes no endpoints. */
enum nsaccel_kind nsa_device_endpoint_kind(const struct nsa_link *link, int owner_nsid);
/* Can a device of the kind (IFLA_INFO_KIND) matter to the owner of its peer or lower: is it an
 * endpoint, or may it take frames? */
bool nsa_device_kind_matters(const char *kind);

/* A kind of port or endpoint. */
struct nsa_kind {
	bool owns_port; /* exactly one endpoint is behind the port; nobody else is on its link */
	bool shares_port; /* others may be behind the endpoint's port, its lower: MACs tell them apart */
	enum nsaccel_action
		action; /* for packets to it, unless the state of the port requires another */
	enum nsaccel_reason forwarded; /* counts those packets */
	enum nsaccel_hook hook;	       /* of the port, where packets of the endpoint arrive */
};

/* The kind's properties; those of NSACCEL_KIND_NONE for a value that is none. */
const struct nsa_kind *nsa_kind(enum nsaccel_kind kind);

/* Does the kernel give it no queue of its own, before it is first up, too? */
bool nsa_device_is_queueless(const struct nsa_link *link);
/* Does the kernel compute checksums and cut segments at its egress if its offloads are off? Other
 * drivers leave that to hardware, or are never bypassed. */
bool nsa_device_may_finish(const struct nsa_link *link);

#endif
