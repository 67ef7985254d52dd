/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of the world that rows of several files need. */
#ifndef NSA_TEST_ROW_WORLDS_H
#define NSA_TEST_ROW_WORLDS_H

#include "world.h"

/* More than could ever have been sent. */
#define OVERSPENT (1ULL << 62)

void not_a_port(struct world *world);
void no_own_address(struct world *world);
void eth1_gone(struct world *world);
void eth1_of_other_owner(struct world *world);
void eth1_by_tc_alone(struct world *world);
void eth1_in_change(struct world *world);
void red_and_blue_on_bridge(struct world *world);
void red_generic_xdp(struct world *world);
void red_behind_bridge(struct world *world);
void own_sources(struct world *world, enum nsaccel_guard guard);
void guard_passes(struct world *world);
void guard_drops(struct world *world);
void guard_knows(struct world *world);
void pinned(struct world *world);
void guard_drops_on_bridge(struct world *world);
void listed_for_another(struct world *world);
void isolate(struct world *world, enum ns ns);
void red_apart(struct world *world);
void red_apart_guarded(struct world *world);
void red_apart_guard_drops(struct world *world);
void green_apart(struct world *world);
void red_policed(struct world *world);
void limit(struct world *world, enum ns ns, enum nsaccel_direction direction, __u64 tat);

#endif
