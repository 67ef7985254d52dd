/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user can ask to change of owners, ports and endpoints. Each happens whole, or is undone
 * and leaves what was there. 0 or -errno, logged. */
#ifndef NSA_OPS_ATTACH_H
#define NSA_OPS_ATTACH_H

#include <stdbool.h>

#include "nsaccel/abi.h"

struct nsa_attach_request {
	const char *bpffs, *netns, *dev;
	bool set_mode; /* false: as before, or auto */
	enum nsaccel_mode mode;
	bool set_delivery; /* for all veth endpoints of the owner */
	enum nsaccel_delivery delivery;
	bool set_firewall; /* false: as before, or gate */
	enum nsaccel_firewall firewall;
	bool snapshot; /* nobody has to follow what changes */
};

struct nsa_attached {
	__u64 owner_cookie;
	__u32 ifindex;
	char what[160]; /* what the device is taken for, where that isn't plain; "" */
};

int nsa_attach(const struct nsa_attach_request *request, struct nsa_attached *out);
/* Without force, not if a namespace that is to fail closed would be left to the kernel's forwarding. */
int nsa_detach(const char *bpffs, const char *netns, const char *dev, bool force);
/* netns NULL: of every owner. */
int nsa_detach_all(const char *bpffs, const char *netns, bool force);
/* dev: a veth host end in netns. */
int nsa_endpoint_set_delivery(const char *bpffs, const char *netns, const char *dev,
			      enum nsaccel_delivery delivery);

#endif
