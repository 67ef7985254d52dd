/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's events, published on a Unix socket (SOCK_SEQPACKET, mode 0600) in /run/nsaccel,
 * named after the daemon's bpffs. Each event is one JSON object in one message:
 *       {"time": "2026-11-22T10:33:00.123456Z", "event": "route-add", "netns": "blue", ...}
 * The daemon does not wait for readers. A reader whose buffer is full loses events, and receives
 * their number instead:
 *       {"time": ..., "event": "lost", "count": 7}
 *
 * Needs nsa_pin_init(). Functions return 0 or -errno, logged.
 */
#ifndef NSA_DAEMON_PUBLISH_H
#define NSA_DAEMON_PUBLISH_H

#include <jansson.h>
#include <stdbool.h>

struct nsa_publisher;

/* The caller owns *out. -EADDRINUSE: another daemon is running. */
int nsa_publisher_open(struct nsa_publisher **out);
void nsa_publisher_close(struct nsa_publisher *publisher);
void nsa_publisher_closep(struct nsa_publisher **publisher);
/* The descriptor is readable when nsa_publisher_dispatch() has to be called: readers connect,
 * disconnect, or have read. The publisher owns it. */
int nsa_publisher_fd(const struct nsa_publisher *publisher);
void nsa_publisher_dispatch(struct nsa_publisher *publisher);

/* Whether there are readers. Without any, an event need not be built. */
bool nsa_publish_wanted(const struct nsa_publisher *publisher);
/* Sends event, {"event": ...}, with "time" added. Consumes the reference. */
void nsa_publish(struct nsa_publisher *publisher, json_t *event);

#endif
