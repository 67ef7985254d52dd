/* SPDX-License-Identifier: GPL-2.0-only */
/* A reader of the daemon's events (daemon/publish.h). Functions return a negative errno if they
 * fail, logged. */
#ifndef NSA_DAEMON_SUBSCRIBE_H
#define NSA_DAEMON_SUBSCRIBE_H

#include <jansson.h>
#include <sys/types.h>

/* SIGINT and SIGTERM end it; they are blocked in the process from then on. */
struct nsa_subscription;

/* Connects to the daemon of the bpffs. The caller closes *out. -ESRCH: no daemon is running. */
int nsa_subscribe(const char *bpffs, struct nsa_subscription **out);
void nsa_subscription_closep(struct nsa_subscription **subscription);
/* Waits for the next event. 1: *event is set, and the caller owns the reference; 0: SIGINT or
 * SIGTERM came; -ESRCH: the daemon has ended. */
int nsa_subscription_next(struct nsa_subscription *subscription, json_t **event);

/* Process id of the daemon that listens; 0: it is in another PID namespace; -ESRCH: none does;
 * another -errno: that is not known. Refused connections are not logged. After nsa_pin_init(). */
pid_t nsa_publisher_pid(void);

#endif
