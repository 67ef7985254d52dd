/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of test_packets.c: as whom what is behind ports is treated. */

static void red_shut_off(struct world *world)
{
	world->ports[RED].bound = NSACCEL_BOUND_CLOSED;
	world->ports[RED].watched = 1;
}

static void green_closed(struct world *world)
{
	world->endpoints[NS_GREEN].bound = NSACCEL_BOUND_CLOSED;
	world->ports[ETH2].confines = 1;
}

/* Somebody else on the lower is. */
static void green_confined(struct world *world)
{
	world->endpoints[NS_GREEN].bound = NSACCEL_BOUND_ITSELF;
	world->ports[ETH2].confines = 1;
}

/* Where green was there is a device of the owner's own. */
static void owners_own(struct world *world)
{
	green_confined(world);
	world->endpoints[NS_GREEN].kind = NSACCEL_KIND_NONE;
	world->endpoints[NS_GREEN].slot = NS_OWNER;
	world->endpoints[NS_GREEN].hairpin = 0;
}
