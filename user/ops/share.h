/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets a namespace use a NIC that it doesn't have: by address, or a whole VLAN. */
#ifndef NSA_OPS_SHARE_H
#define NSA_OPS_SHARE_H

#include "nsaccel/abi.h"

struct nsa_share_request {
	const char *bpffs;
	const char *owner; /* the namespace that the NIC is in; NULL: the caller's */
	const char *nic;
	const char *netns; /* that uses it: NAME|PID|PATH; NULL, for unshare of a whole VLAN: any */
	const char *dev;   /* its name there; NULL: the NIC's, or NIC.VLAN */
	__u16 vlan;	   /* 0: untagged */
	enum nsaccel_family family;  /* NONE: the whole VLAN; for unshare also: all addresses */
	__u8 addr[NSACCEL_ADDR_LEN]; /* network order */
	__u8 length;		     /* of the address's prefix on the link, in bits */
};

/* It happens whole, or is undone. 0 or -errno, logged. */
int nsa_share(const struct nsa_share_request *request);

#endif
