/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon does, told to whoever wants to know: a Unix socket in /run/nsaccel, named after
 * the bpffs that the daemon minds, of mode 0600. Each event is one JSON object in one datagram:
 *   {"time": "2026-11-22T10:33:00.123456Z", "event": "route-add", "netns": "blue", ...}
 * Nobody is waited for. A reader who is too slow loses events, and is told in their place:
 *   {"time": ..., "event": "lost", "count": 7}
 *
 * Publishers come after nsa_pin_init(). 0 or -errno, logged.
 */
#ifndef NSA_DAEMON_PUBLISH_H
#define NSA_DAEMON_PUBLISH_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct nsa_publisher;

/* -EADDRINUSE: another daemon is there already. */
int nsa_publisher_open(struct nsa_publisher **out);
void nsa_publisher_close(struct nsa_publisher *publisher);
void nsa_publisher_closep(struct nsa_publisher **publisher);
/* Readable when there is something to do for nsa_publisher_dispatch(): readers that come, go or
 * have caught up. */
int nsa_publisher_fd(const struct nsa_publisher *publisher);
void nsa_publisher_dispatch(struct nsa_publisher *publisher);

/* The process that has one; 0: none, or it can't be seen from here. */
pid_t nsa_publisher_pid(void);

/* Is anybody there? Else an event needn't even be made. */
bool nsa_publish_wanted(const struct nsa_publisher *publisher);
/* event: {"event": ...}; "time" is added. Takes the reference. */
void nsa_publish(struct nsa_publisher *publisher, json_t *event);

/* A reader of events, until SIGINT or SIGTERM, which are blocked from now on. */
struct nsa_subscription;

/* To the daemon of the bpffs. -ESRCH: no daemon is running. */
int nsa_subscribe(const char *bpffs, struct nsa_subscription **out);
void nsa_subscription_closep(struct nsa_subscription **subscription);
/* Waits for the next event. 1: here it is, the caller's; 0: a signal came. -ESRCH: the daemon has
 * ended. */
int nsa_subscription_next(struct nsa_subscription *subscription, json_t **event);

#endif
