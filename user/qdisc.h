/* SPDX-License-Identifier: GPL-2.0-only */
/* What is on a device's TC hooks beside tcx, in the calling thread's namespace. 0 or -errno. */
#ifndef NSA_QDISC_H
#define NSA_QDISC_H

#include <stdbool.h>

int nsa_qdisc_has_clsact(int ifindex, bool *found);
/* Filters of the clsact qdisc at one side, except those of a priority. */
int nsa_qdisc_has_filters(int ifindex, bool egress, __u16 except, bool *found);

#endif
