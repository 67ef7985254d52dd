/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon on the fake machine: all of it but its process, which the test is. */
#ifndef NSA_TEST_FAKE_DAEMON_H
#define NSA_TEST_FAKE_DAEMON_H

#include "fake/machine.h"
#include "user/daemon/context.h"

/* Starts, as nsa_daemon() does, up to and with the first cycle. daemon_stop() ends it. */
void daemon_start(struct nsa_daemon *d);
void daemon_stop(struct nsa_daemon *d);
/* Handles what has happened until nothing more does for so long. */
void daemon_run(struct nsa_daemon *d, unsigned int milliseconds);
/* Runs until it has neither work nor failed; fails the test if that takes too long. */
void daemon_settle(struct nsa_daemon *d);

#endif
