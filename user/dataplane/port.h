/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One port: its record in the map "ports", its hooks, its devmap slot and the settings they
 * need. Functions return 0 or -errno, logged unless said otherwise.
 */
#ifndef NSA_DATAPLANE_PORT_H
#define NSA_DATAPLANE_PORT_H

#include "dataplane/programs.h"
#include "maps/records.h"
#include "maps/session.h"
#include "model/snapshot.h"
#include "util/cookies.h"

struct nsa_port_context {
	const struct nsa_session *session;
	const struct nsa_snapshot *snapshot;
	struct nsa_program_config config; /* of the owner's programs */
	struct nsa_programs programs;
	/* Ifindex of the port whose delivery the user asks for, or NSA_EACH_PORT; 0: none. It fails
	 * if its endpoint cannot take frames from XDP. Others get their packets by TC, as long as
	 * their endpoint cannot. */
	int deliver_to;
	struct nsa_cookies *warned; /* ports of which that was said, by ifindex */
};

#define NSA_EACH_PORT (-1)

/* Writes the port's record to the map. */
int nsa_port_write_record(const struct nsa_maps *maps, const struct nsa_port_entry *entry);
/* Attaches and configures the port as entry->port requests, or brings it up to date. Updates
 * entry->port with the results and writes it to the map. Runs in the owner's namespace. */
int nsa_port_up(const struct nsa_port_context *ctx, struct nsa_port_entry *entry);
/* Detaches the programs, so that all packets pass. Records, slots and settings stay. Runs in the
 * owner's namespace. -errno is not logged. */
int nsa_port_unhook(const struct nsa_port_entry *entry);
/* Whether another device has the port's ifindex now. Runs in the owner's namespace. */
bool nsa_port_is_replaced(const struct nsa_port_entry *entry);
/* Names of the port's hooks that are missing although the record has them. Returns their number.
 * Runs in the owner's namespace. */
#define NSA_PORT_HOOKS 5
size_t nsa_port_missing(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			const struct nsa_port_entry *entry, const char *names[NSA_PORT_HOOKS]);
/* Whether XDP can send to the port's device by now, or can no more, unlike its record says: a veth
 * takes frames from XDP as long as its peer has GRO or an XDP program. Or whether nsa_port_up()
 * could make it so by now. Runs in the owner's namespace. */
bool nsa_port_target_changed(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			     const struct nsa_port_entry *entry);
/* Whether rx-vlan-offload was switched on again, although the port's XDP program has to see VLAN
 * tags. Runs in the owner's namespace. */
bool nsa_port_hides_tags(const struct nsa_port_entry *entry);
/* Removes everything that nsa_port_up() made. owner NULL: the namespace is gone, with its
 * devices. */
int nsa_port_down(const struct nsa_session *session, const struct nsa_netns *owner,
		  const struct nsa_port_entry *entry);

#endif
