/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One port on the machine: its record, hooks, transmit slot and the settings
 * that they need. 0 or -errno, logged.
 */
#ifndef NSA_DATAPLANE_PORT_H
#define NSA_DATAPLANE_PORT_H

#include "dataplane/programs.h"
#include "maps/records.h"
#include "maps/session.h"
#include "model/snapshot.h"

struct nsa_port_context {
	const struct nsa_session *session;
	const struct nsa_snapshot *snapshot;
	struct nsa_program_config config; /* of the owner's programs */
	struct nsa_programs programs;
};

/* Brings the port up as entry->port says, or up to date; what hooks and slots became is in
 * entry->port and in the maps. The calling thread must have entered the owner. */
int nsa_port_up(const struct nsa_port_context *ctx, struct nsa_port_entry *entry);
/* Takes the programs away, in the owner: packets pass. What else there is stays. -errno. */
int nsa_port_unhook(const struct nsa_port_entry *entry);
/* Has another device its ifindex? In the owner. */
bool nsa_port_is_replaced(const struct nsa_port_entry *entry);
/* Which of the port's hooks don't stand as its record says: their names, and how many they are. In
 * the owner. */
#define NSA_PORT_HOOKS 5
size_t nsa_port_missing(const struct nsa_session *session, const struct nsa_port_entry *entry,
			const char *names[NSA_PORT_HOOKS]);
/* Has somebody switched rx-vlan-offload on again where XDP has to see VLAN tags? In the owner's
 * namespace. */
bool nsa_port_hides_tags(const struct nsa_port_entry *entry);
/* Removes all that nsa_port_up made. owner NULL: the namespace is gone, and its devices with it. */
int nsa_port_down(const struct nsa_session *session, const struct nsa_netns *owner,
		  const struct nsa_port_entry *entry);

#endif
