/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Data that the parts of the daemon share.
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
 * LOADING reads maps and kernel state from scratch. FOLLOWING reconciles whatever a message marks
 * dirty. BACKING_OFF does the same, but neither loads nor opens owners before its timer ends, since
 * reading everything takes long and causes messages itself. In each phase a command may hold the
 * lock. Then no map is changed, the lock is tried again every 10 ms (load.c), and messages are
 * still read.
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

/* Pause after messages were handled: a flood of messages costs less in larger batches. */
#define NSA_PAUSE_USEC 1000
/* Interval at which the lock is tried while another process holds it. */
#define NSA_LOCK_USEC 10000

/* Work to be done, beside the dirty bits of the owners. */
enum nsa_work {
	NSA_WORK_SCAN = 1 << 0,	  /* namespaces may have come or gone */
	NSA_WORK_REREAD = 1 << 1, /* messages of namespaces were lost: read each again */
	NSA_WORK_LOAD = 1 << 2,	  /* maps were changed by a command: load everything again */
	NSA_WORK_OWNERS = 1 << 3, /* owners may have to be opened, or torn down */
	NSA_WORK_STOCK = 1 << 4, /* retry after a failure, from the ports as they are in the maps */
};

enum nsa_phase {
	NSA_PHASE_LOADING,
	NSA_PHASE_FOLLOWING,
	NSA_PHASE_BACKING_OFF,
};

struct nsa_daemon {
	const char *bpffs;
	dev_t device; /* st_dev of bpffs */
	bool until_detached;
	int claim;     /* fd of the claim; see claim.h */
	int last_lock; /* fd of the lock, held until a daemon with until_detached has ended */
	bool ready;
	sd_event *loop;

	unsigned int work; /* bits of enum nsa_work */
	bool backing_off;
	unsigned int failures; /* in a row */
	/* CLOCK_MONOTONIC in us since when another process has held the lock that the daemon
	 * wants; 0: the daemon does not want it. */
	uint64_t held_since;
	bool held_reported;

	struct nsa_session session; /* holds the lock while the daemon changes maps */
	struct nsa_state *state;    /* NULL: nothing is attached */
	__u32 changes;		    /* nsa_maps_changes() when the state was read */
	struct nsa_pending changed; /* namespaces whose devices or addresses are to be read */
	struct nsa_cookies changed_by_read; /* namespaces that the last reading found changed */
	struct nsa_cookies dead;	    /* owners whose namespaces are dead */

	struct nsa_rtnl_monitor *events; /* links and addresses of all namespaces */
	struct nsa_owner_monitor *owners;
	struct nsa_netns_watch *watch;
	struct nsa_publisher *publisher;
	struct nsa_firewall_monitor *firewalls;

	/* Handler of a change of the maps by a command; see pins.h. */
	sd_event_inotify_handler_t on_pins;
	sd_event_source *pins;
	sd_event_source *inputs[2], *pause; /* netlink messages; end of the pause in reading them */
	sd_event_source *retry;		    /* end of backing off */
	sd_event_source *unlocked;	    /* the lock is tried again */
	sd_event_source *due;		    /* the next of the changed namespaces is to be read */
};

static inline enum nsa_phase nsa_daemon_phase(const struct nsa_daemon *d)
{
	if (d->backing_off)
		return NSA_PHASE_BACKING_OFF;
	return d->work & NSA_WORK_LOAD ? NSA_PHASE_LOADING : NSA_PHASE_FOLLOWING;
}

#endif
