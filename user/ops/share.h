/* SPDX-License-Identifier: GPL-2.0-only */
/* NICs that namespaces use without having them: by address, or a whole VLAN. It happens whole, or is
 * undone. 0 or -errno, logged. */
#ifndef NSA_OPS_SHARE_H
#define NSA_OPS_SHARE_H

#include <stdbool.h>

#include "nsaccel/abi.h"

struct nsa_share_request {
	const char *bpffs;
	const char *owner; /* the namespace that the NIC is in; NULL: the caller's */
	const char *nic;
	const char
		*netns;	 /* who is to use it; NULL with a whole VLAN that is taken away: anybody */
	const char *dev; /* its name there; NULL: the NIC's, or NIC.VLAN */
	__u16 vlan;	 /* 0: untagged */
	enum nsaccel_family family; /* NONE: the whole VLAN; to take away: all addresses */
	__u8 addr[NSACCEL_ADDR_LEN];
	__u8 length; /* of the address's prefix on the link */
};

int nsa_share_add(const struct nsa_share_request *request);
int nsa_share_del(const struct nsa_share_request *request);

#endif
