/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the daemon share. Data only.
 *
 * The daemon is in one of three phases:
 *
 *	            start, SIGHUP, maps changed by a command
 *	                 +------------------------+
 *	                 v                        |
 *	  +---------> LOADING --- done ------> FOLLOWING
 *	  |              |                        |   ^
 *	  |              +------- failed ----+----+   |
 *	  |                                  v        |
 *	  +-- timer, work has NSA_WORK_LOAD -- BACKING_OFF -- timer, else
 *
 * LOADING reads maps and kernel anew. FOLLOWING reconciles at once what a message makes dirty. BACKING_OFF
 * does so, too, but loads nothing, and opens no owner, until its timer ends: to read everything takes long,
 * and makes messages itself. In each phase a command may hold the lock: then maps are left alone, the lock
 * is tried again each 10 ms (load.c), and messages are read meanwhile.
 */
#ifndef NSA_DAEMON_CONTEXT_H
#define NSA_DAEMON_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "daemon/firewall_monitor.h"
#include "daemon/owner_monitor.h"
#include "daemon/publish.h"
#include "kernel/netns_watch.h"
#include "kernel/rtnl_monitor.h"
#include "model/pending.h"
#include "reconcile/state.h"
#include "util/cookies.h"

/* After messages were handled none are read for so long: a flood costs less in larger batches. */
#define NSA_PAUSE_USEC 1000
/* The lock is tried again after so long while another process has it. */
#define NSA_LOCK_USEC 10000

/* What is to be done beside what is dirty of owners. */
enum nsa_work {
	NSA_WORK_SCAN = 1 << 0,	  /* namespaces may have come or gone */
	NSA_WORK_REREAD = 1 << 1, /* messages of namespaces were lost: each is to be read again */
	NSA_WORK_LOAD = 1 << 2,	  /* maps were changed by others: all is to be read anew */
	NSA_WORK_OWNERS =
		1 << 3, /* there may be owners that the state has not, or that have to go */
	NSA_WORK_STOCK = 1 << 4, /* what failed is tried again, from what the maps have of it */
};

enum nsa_phase {
	NSA_PHASE_LOADING,
	NSA_PHASE_FOLLOWING,
	NSA_PHASE_BACKING_OFF,
};

struct nsa_daemon {
	const char *bpffs;
	dev_t device; /* of bpffs */
	bool until_detached;
	int claim;     /* to be the daemon */
	int last_lock; /* the lock, of a daemon that ends */
	bool ready;
	sd_event *loop;

	unsigned int work; /* enum nsa_work */
	bool backing_off;
	unsigned int failures; /* in a row */
	uint64_t
		held_since; /* when another process had the lock that is wanted, in us; 0: it is not wanted */
	bool held_reported;

	struct nsa_session session; /* its lock is held while maps are changed */
	struct nsa_state *state;    /* NULL: nothing is attached */
	__u32 changes;		    /* of the maps, by others, that the state knows of */
	struct nsa_pending changed; /* namespaces whose devices or addresses have changed */
	struct nsa_cookies news;    /* of those read last, which were not as before */
	struct nsa_cookies dead;    /* owners that are no more */

	struct nsa_rtnl_monitor *events; /* of devices and addresses in all namespaces */
	struct nsa_owner_monitor *owners;
	struct nsa_netns_watch *watch;
	struct nsa_publisher *publisher;
	struct nsa_firewall_monitor *firewalls;

	sd_event_inotify_handler_t on_pins; /* commands have changed the maps; see pins.h */
	sd_event_source *pins;
	sd_event_source *inputs[2], *pause; /* messages, and the end of a pause in reading them */
	sd_event_source *retry;		    /* the end of backing off */
	sd_event_source *unlocked;	    /* the lock is tried again */
	sd_event_source *due;		    /* the next of the namespaces that changed is read */
};

static inline enum nsa_phase nsa_daemon_phase(const struct nsa_daemon *d)
{
	if (d->backing_off)
		return NSA_PHASE_BACKING_OFF;
	return d->work & NSA_WORK_LOAD ? NSA_PHASE_LOADING : NSA_PHASE_FOLLOWING;
}

#endif
