// SPDX-License-Identifier: GPL-2.0-only
#include "row_worlds.h"

#include <string.h>

void not_a_port(struct world *world)
{
	world->is_port[ETH0] = world->is_port[ETH2] = false;
}

void no_own_address(struct world *world)
{
	memset(world->ports[ETH0].address4, 0, sizeof(world->ports[ETH0].address4));
	memset(world->ports[ETH0].address6, 0, sizeof(world->ports[ETH0].address6));
}

void eth1_gone(struct world *world)
{
	world->has_tx[ETH1] = false;
	world->hops[TO_ETH1].ifindex = IFINDEX(DEV_GONE);
}

void eth1_of_other_owner(struct world *world)
{
	world->hops[TO_ETH1].owner_slot = NS_OTHER;
}

void eth1_by_tc_alone(struct world *world)
{
	world->hops[TO_ETH1].tx_slot = 0;
}

/* User space is changing it. */
void eth1_in_change(struct world *world)
{
	world->hops[TO_ETH1].sequence = 1;
}

void red_and_blue_on_bridge(struct world *world)
{
	world_bridge(world, RED);
	world_bridge(world, BLUE);
}

void red_generic_xdp(struct world *world)
{
	world->ports[RED].endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
}

void red_behind_bridge(struct world *world)
{
	world_bridge(world, RED);
	world->fdb[0].ifindex = IFINDEX(RED);
}

void own_sources(struct world *world, enum nsaccel_guard guard)
{
	world->isolation[NS_RED].guard = world->isolation[NS_GREEN].guard = guard;
}

void guard_passes(struct world *world)
{
	own_sources(world, NSACCEL_GUARD_PASS);
}

void guard_drops(struct world *world)
{
	own_sources(world, NSACCEL_GUARD_DROP);
}

/* What the port's record has of it is enough. */
void guard_knows(struct world *world)
{
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	memcpy(world->ports[RED].source4, (const __u8[]){ 10, 2, 0, 2 }, 4);
	memcpy(world->ports[RED].source6, (const __u8[]){ 0xfd, 2, [15] = 2 }, NSACCEL_ADDR_LEN);
}

void pinned(struct world *world)
{
	world_add_source(world, NS_RED, "172.20.0.0/16");
	world_add_source(world, NS_RED, "fd20::/32");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	world->isolation[NS_RED].pinned = 1;
}

void guard_drops_on_bridge(struct world *world)
{
	guard_drops(world);
	world_bridge(world, RED);
}

void listed_for_another(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "10.2.0.64/26", NSACCEL_SOURCE_PINNED);
}

/* The guard has rows of its own. */
void isolate(struct world *world, enum ns ns)
{
	world->isolation[ns].isolated = 1;
	world->isolation[ns].on_miss = NSACCEL_ON_MISS_DROP;
}

void red_apart(struct world *world)
{
	isolate(world, NS_RED);
}

void red_apart_guarded(struct world *world)
{
	guard_passes(world);
	isolate(world, NS_RED);
}

void red_apart_guard_drops(struct world *world)
{
	guard_drops(world);
	isolate(world, NS_RED);
}

void green_apart(struct world *world)
{
	isolate(world, NS_GREEN);
}

void red_policed(struct world *world)
{
	isolate(world, NS_RED);
	world->ports[RED].police_egress = 1;
}

void limit(struct world *world, enum ns ns, enum nsaccel_direction direction, __u64 tat)
{
	world->isolation[ns].limited = 1;
	world->limits[ns].packets[direction] = (struct nsaccel_rate){
		.per_second = 1000,
		.burst = 1000,
		.cost = 1000000ULL << NSACCEL_COST_SHIFT,
		.depth = 1000000000,
		.tat = tat,
	};
}
