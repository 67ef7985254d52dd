/* SPDX-License-Identifier: GPL-2.0-only */
/* A publisher of events and its readers, on a bpffs of the test's own. */
#ifndef NSA_TEST_PUBLISH_FIXTURE_H
#define NSA_TEST_PUBLISH_FIXTURE_H

#include <sys/un.h>

#include "sandbox.h"
#include "user/daemon/publish.h"
#include "user/daemon/subscribe.h"

/* What a test waits for is there long before that, on any machine. */
#define PATIENCE_MS 60000

#define BPFFS  "/run/nsa-bpf"
#define BPFFS2 "/run/nsa-bpf2"

/* Of a group of tests: mounts BPFFS, which is the bpffs then, and BPFFS2. */
int publish_setup(void **state);
/* Of a test: what one that failed has left must fail no other. */
int publish_teardown(void **state);

/* Where the socket of the publisher is, or will be. */
struct sockaddr_un publisher_address(void);
struct nsa_publisher *publisher_open(void);
/* Connects; the publisher has not accepted it yet. */
struct nsa_subscription *subscribe(void);
/* Waits until the publisher has to be called, and calls it. */
void dispatch(struct nsa_publisher *publisher);
bool is_quiet(const struct nsa_publisher *publisher);
/* A subscription that the publisher has accepted. */
struct nsa_subscription *add_subscription(struct nsa_publisher *publisher);

void publish(struct nsa_publisher *publisher, int number);
/* The caller owns the reference. */
json_t *next(struct nsa_subscription *subscription);
/* The next event has that number, or tells that so many were lost. */
void assert_number(struct nsa_subscription *subscription, int number);
void assert_lost(struct nsa_subscription *subscription, int count);

#endif
