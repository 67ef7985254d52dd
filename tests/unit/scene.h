/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenes: changes to the world of world.h, and the plan that should come of them. */
#ifndef NSA_TEST_SCENE_H
#define NSA_TEST_SCENE_H

#include <stddef.h>

#include "world.h"

struct scene {
	const char *what;
	/* As world_routes(), world_neighs(), world_fdb() and world_statics() read them; NULL:
	 * none. */
	const char *fib, *neighs, *fdb, *statics;
	/* As world_plan() and world_wanted() print them; NULL: nothing. */
	const char *plan, *wanted;
	void (*change)(struct world *w); /* NULL: none */
};

void check_scenes(const struct scene *scenes, size_t count);

/* Changes that several files make. */
void policy_rules(struct world *w);
void macvlan_private(struct world *w);
void not_forwarded(struct world *w);
/* The user lists the prefix as a source of the endpoint EP_*. */
void list_source(struct world *w, int ep, const char *prefix);

/* Parts of routes and plans. */
#define NET_BLUE   "10.1.0.0/24 dev blue\n"
#define NET_WIRE   "10.0.0.0/24 dev eth0\n"
#define NET_BRIDGE "10.40.0.0/24 dev br0\n"
#define VETH	   "10.1.0.2/32 endpoint veth dev blue to blue 12>22 mtu "
#define ON_LINK	   " kernel pass pass_no_neigh dev "

#endif
