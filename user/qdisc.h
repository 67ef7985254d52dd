/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on a device's TC hooks beside tcx, in the calling thread's namespace. 0 or -errno. */
#ifndef NSA_QDISC_H
#define NSA_QDISC_H

#include <stdbool.h>

int nsa_qdisc_has_clsact(int ifindex, bool *found);
/* Any filter at ingress or egress of the clsact qdisc? */
int nsa_qdisc_has_filters(int ifindex, bool *found);

#endif
