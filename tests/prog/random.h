/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames made up at random, most of them forwardable. NSA_SEED and NSA_PACKETS (environment) repeat
 * or prolong a run. */
#ifndef NSA_TEST_RANDOM_H
#define NSA_TEST_RANDOM_H

#include "packet.h"
#include "world.h"

void random_start(void);
unsigned int random_packets(void); /* how many to try */

__u32 any(__u32 below);

/* A frame that comes in on a port. */
void random_packet(struct packet *packet, enum dev in);

#endif
