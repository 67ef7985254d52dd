/* SPDX-License-Identifier: GPL-2.0-only */
/* A port, with what the machine says of its device now. */
#ifndef NSA_OPS_PORT_INFO_H
#define NSA_OPS_PORT_INFO_H

#include "ops/query.h"

struct nsa_port_info {
	__u32 ifindex;
	struct nsaccel_port port; /* as recorded */
	bool absent;  /* asked for, but there is no such device; the rest isn't filled in */
	bool present; /* the device is still in the owner's namespace */
	char name
		[NSACCEL_NAME_LEN]; /* present name of the device; the recorded one if it is gone */
	char bridge[NSACCEL_NAME_LEN];	      /* that it is a port of; "": none */
	const char *tc;			      /* the TC hook: "tcx", "clsact" or "none" */
	const char *xdp_why;		      /* why XDP isn't attached; "": it is, or needn't be */
	struct nsa_netns_ref endpoint;	      /* the namespace behind it; cookie 0: none */
	char endpoint_name[NSACCEL_NAME_LEN]; /* of its device there */
	struct nsa_netns_ref bound;	      /* whose settings hold for it; cookie 0: nobody's */
};

#endif
