/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon does, published to those who run `nsaccel monitor`. */
#ifndef NSA_DAEMON_REPORT_H
#define NSA_DAEMON_REPORT_H

#include "daemon/context.h"

/* As struct nsa_diff's tell. data: the daemon. */
void nsa_report_difference(void *data, const struct nsa_difference *difference);
/* An event that has a name alone. */
void nsa_report_event(struct nsa_daemon *d, const char *event);

#endif
