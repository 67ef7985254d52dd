/* SPDX-License-Identifier: GPL-2.0-only */
/* Reconciled differences as events for `nsaccel monitor`. */
#ifndef NSA_DAEMON_REPORT_H
#define NSA_DAEMON_REPORT_H

#include "daemon/context.h"

/* Publishes one difference: a callback of struct nsa_diff. data: the daemon. */
void nsa_report_difference(void *data, const struct nsa_difference *difference);
/* Publishes an event that has a name alone. */
void nsa_report_event(struct nsa_daemon *d, const char *event);

#endif
