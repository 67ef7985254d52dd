/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaches a device: from then on its owner's packets take the fast path. */
#ifndef NSA_OPS_ATTACH_H
#define NSA_OPS_ATTACH_H

#include <stdbool.h>

#include "nsaccel/abi.h"

struct nsa_attach_request {
	const char *bpffs;
	const char *netns; /* the owner: NAME|PID|PATH; NULL: the caller's */
	const char *dev;
	bool set_mode; /* false: as before, or auto */
	enum nsaccel_mode mode;
	bool set_delivery; /* for all veth endpoints of the owner */
	enum nsaccel_delivery delivery;
	bool set_firewall; /* false: as before, or gate */
	enum nsaccel_firewall firewall;
	bool static_mode; /* no daemon has to follow changes */
};

struct nsa_attached {
	__u64 owner_cookie;
	__u32 ifindex;
	char what
		[160]; /* the kind of wire that the device is taken for, where that isn't plain; "" */
};

/* It happens whole, or is undone and leaves what was there. 0 or -errno, logged. */
int nsa_attach(const struct nsa_attach_request *request, struct nsa_attached *out);

#endif
