/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's ports as a whole, with its endpoints and what is known of its bridges. */
#ifndef NSA_OWNER_PORTS_H
#define NSA_OWNER_PORTS_H

#include "owner.h"

/* Brings up the ports that there should be, or up to date. Those that there should not be stay as
 * long as routes may name them, until nsa_owner_drop_ports(). In the owner's namespace. */
int nsa_owner_settle_ports(struct nsa_owner *owner);
int nsa_owner_drop_ports(struct nsa_owner *owner);
/* Bridges' forwarding databases -> map "fdb". */
int nsa_owner_settle_fdb(struct nsa_owner *owner);

#endif
