/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes in a table, for tests of user/model/rib.c. Each has a next hop that stands for a number,
 * so that answers are numbers. */
#ifndef NSA_TEST_RIB_FIXTURE_H
#define NSA_TEST_RIB_FIXTURE_H

#include <stddef.h>

#include "user/model/rib.h"
#include "world.h"

struct rib {
	struct nsa_nexthops *hops;
	struct nsa_table *table;
};

void rib_make(struct rib *rib);
/* No next hop may have a reference left. */
void rib_free(struct rib *rib);

/* The next hop that stands for a number; the caller's reference. */
__u32 rib_hop(struct rib *rib, int number);
int rib_number(const struct rib *rib, const struct nsa_rib_route *route);

/* nsa_rib_add() and nsa_rib_del() of a route as read_krt() reads it. */
int rib_add(struct rib *rib, const char *line, int number);
int rib_replace(struct rib *rib, const char *line, int number);
int rib_del(struct rib *rib, const char *line, int number);
/* Adds the lines that are mirrored; each stands for its number in the text, from 0. */
void rib_add_lines(struct rib *rib, const char *text);

/* NULL: there is none with this prefix. */
struct nsa_node *rib_node(const struct rib *rib, const char *prefix);

#endif
