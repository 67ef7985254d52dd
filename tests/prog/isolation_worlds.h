/* SPDX-License-Identifier: GPL-2.0-only */
/* Part of test_packets.c: what was said of namespaces. */

static void own_sources(struct world *world, enum nsaccel_guard guard)
{
	world->isolation[NS_RED].guard = world->isolation[NS_GREEN].guard = guard;
}

static void guard_passes(struct world *world)
{
	own_sources(world, NSACCEL_GUARD_PASS);
}

static void guard_drops(struct world *world)
{
	own_sources(world, NSACCEL_GUARD_DROP);
}

/* Where even the kernel's lookup tells programs too little to forward by. */
static void guard_drops_fib_unused(struct world *world)
{
	guard_drops(world);
	world->hops[TO_FIB].action = NSACCEL_ACTION_PASS;
}

/* What the port's record has of it is enough. */
static void guard_knows(struct world *world)
{
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	memcpy(world->ports[RED].source4, (const __u8[]){ 10, 2, 0, 2 }, 4);
	memcpy(world->ports[RED].source6, (const __u8[]){ 0xfd, 2, [15] = 2 }, NSACCEL_ADDR_LEN);
}

static void macvlan_known(struct world *world)
{
	world->isolation[NS_GREEN].guard = NSACCEL_GUARD_DROP;
	memcpy(world->endpoints[NS_GREEN].source4, (const __u8[]){ 10, 4, 0, 2 }, 4);
}

static void red_in_change(struct world *world)
{
	guard_drops(world);
	world->hops[TO_RED].sequence = 1;
}

static void pinned(struct world *world)
{
	world_add_source(world, NS_RED, "172.20.0.0/16");
	world_add_source(world, NS_RED, "fd20::/32");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	world->isolation[NS_RED].pinned = 1;
}

static void pinned_without_table(struct world *world)
{
	pinned(world);
	world->refused = true;
}

/* Another namespace's list is none of red's. */
static void pinned_for_blue(struct world *world)
{
	world_add_source(world, NS_BLUE, "0.0.0.0/0");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
}

static void guard_drops_without_table(struct world *world)
{
	guard_drops(world);
	world->refused = true;
}

static void guard_passes_without_table(struct world *world)
{
	guard_passes(world);
	world->refused = true;
}

static void guard_drops_on_bridge(struct world *world)
{
	guard_drops(world);
	world_bridge(world, RED);
}

static void guard_passes_on_bridge(struct world *world)
{
	guard_passes(world);
	world_bridge(world, RED);
}

static void network_reserved(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "10.2.0.0/32", NSACCEL_SOURCE_NOT);
	/* fe80::1 on red's link, and fe80::9 on another; IFINDEX() in host order. */
	world_reserve(world, "fe80:0:6800::1/128", NSACCEL_SOURCE_NOT);
	world_reserve(world, "fe80:0:6500::9/128", NSACCEL_SOURCE_NOT);
}

static void listed_for_another(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "10.2.0.64/26", NSACCEL_SOURCE_PINNED);
}

static void listed_for_another6(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "fd02::77/128", NSACCEL_SOURCE_PINNED);
}

static void listed_for_another_on_bridge(struct world *world)
{
	listed_for_another(world);
	world_bridge(world, RED);
}

static void listed_for_it(struct world *world)
{
	listed_for_another(world);
	world_add_source(world, NS_RED, "10.2.0.64/26");
	world->isolation[NS_RED].pinned = 1;
}

static void all_pinned(struct world *world)
{
	world_add_source(world, NS_RED, "0.0.0.0/0");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	world->isolation[NS_RED].pinned = 1;
}

/* The guard has rows of its own. */
static void isolate(struct world *world, enum ns ns)
{
	world->isolation[ns].isolated = 1;
	world->isolation[ns].on_miss = NSACCEL_ON_MISS_DROP;
}

static void red_apart(struct world *world)
{
	isolate(world, NS_RED);
}

static void red_apart_guarded(struct world *world)
{
	guard_passes(world);
	isolate(world, NS_RED);
}

static void red_apart_guard_drops(struct world *world)
{
	guard_drops(world);
	isolate(world, NS_RED);
}

static void red_apart_guarded_on_bridge(struct world *world)
{
	red_apart_guarded(world);
	world_bridge(world, RED);
}

static void red_apart_fails_open(struct world *world)
{
	isolate(world, NS_RED);
	world->isolation[NS_RED].on_miss = NSACCEL_ON_MISS_PASS;
}

static void red_apart_not_forwarding(struct world *world)
{
	isolate(world, NS_RED);
	world->ports[RED].forward4 = 0;
}

static void red_apart_without_address(struct world *world)
{
	isolate(world, NS_RED);
	memset(world->ports[RED].address4, 0, sizeof(world->ports[RED].address4));
}

static void red_apart_on_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	isolate(world, NS_RED);
}

static void blue_apart_on_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	isolate(world, NS_BLUE);
}

static void blue_apart(struct world *world)
{
	isolate(world, NS_BLUE);
}

static void blue_apart_but_told(struct world *world)
{
	isolate(world, NS_BLUE);
	world->hops[TO_BLUE].target = NSACCEL_TARGET_NETNS;
}

static void both_apart_but_told(struct world *world)
{
	blue_apart_but_told(world);
	isolate(world, NS_RED);
}

static void green_apart(struct world *world)
{
	isolate(world, NS_GREEN);
}

static void red_closed(struct world *world)
{
	world->isolation[NS_RED].on_miss = NSACCEL_ON_MISS_DROP;
}

static void red_closed_eth1_gone(struct world *world)
{
	red_closed(world);
	eth1_gone(world);
}

static void red_closed_eth1_in_change(struct world *world)
{
	red_closed(world);
	eth1_in_change(world);
}

static void red_closed_eth1_of_other_owner(struct world *world)
{
	red_closed(world);
	eth1_of_other_owner(world);
}

static void red_watched(struct world *world)
{
	isolate(world, NS_RED);
	world->ports[RED].watched = 1;
}

static void red_watched_and_told(struct world *world)
{
	red_watched(world);
	world->hops[TO_RED].target = NSACCEL_TARGET_NETNS;
}

/* More than could ever have been sent. */
#define OVERSPENT (1ULL << 62)

static void limit(struct world *world, enum ns ns, enum nsaccel_direction direction, __u64 spent)
{
	world->isolation[ns].limited = 1;
	world->limits[ns].packets[direction] = (struct nsaccel_rate){
		.per_second = 1000,
		.burst = 1000,
		.cost = 1000000ULL << NSACCEL_COST_SHIFT,
		.depth = 1000000000,
		.spent = spent,
	};
}

static void red_limited(struct world *world)
{
	limit(world, NS_RED, NSACCEL_DIRECTION_OUT, 0);
	limit(world, NS_RED, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void red_overspent(struct world *world)
{
	limit(world, NS_RED, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

static void blue_gets_enough(struct world *world)
{
	limit(world, NS_BLUE, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void blue_gets_more(struct world *world)
{
	limit(world, NS_BLUE, NSACCEL_DIRECTION_IN, 0);
	limit(world, NS_BLUE, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

static void blue_on_bridge_gets_enough(struct world *world)
{
	red_and_blue_on_bridge(world);
	blue_gets_enough(world);
}

static void red_watched_gets_enough(struct world *world)
{
	world->ports[RED].watched = 1;
	limit(world, NS_RED, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void green_overspent(struct world *world)
{
	limit(world, NS_GREEN, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

/* Packets: ARP by its fields, neighbour discovery by what follows its first 8 bytes. */

#define BYTES_RED   2, 0, 0, 0, 2, 4 /* BEHIND_MAC(RED) */
#define BYTES_OTHER 2, 0, 0, 0, 5, 0 /* STRANGER_MAC */
#define BODY(...)                                                                                  \
	.body = (const __u8[]){ __VA_ARGS__ }, .body_len = sizeof((const __u8[]){ __VA_ARGS__ })
#define IP_OVER_ETHERNET 0, 1, 8, 0, 6, 4
#define ARP(...)                                                                                   \
	.ethertype = ETH_P_ARP, BROADCAST, .padding = 18, .src_mac = BEHIND_MAC(RED),              \
	.proto = 253, BODY(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 10, 2, 0, 1)
#define ARP_FROM(mac, ...) ARP(IP_OVER_ETHERNET, 0, 1, mac, __VA_ARGS__)
#define ARP_PROBE(mac, ...)                                                                        \
	.ethertype = ETH_P_ARP, BROADCAST, .padding = 18, .src_mac = BEHIND_MAC(RED),              \
	.proto = 253, BODY(IP_OVER_ETHERNET, 0, 1, mac, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, __VA_ARGS__)
#define FD02(last) 0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define SLLA(mac)  1, 1, mac
#define TLLA(mac)  2, 1, mac
#define NONCE	   14, 1, 1, 2, 3, 4, 5, 6
#define ND_TO(to, what, from, ...)                                                                 \
	.dst = to, .src = from, .src_mac = BEHIND_MAC(RED), GROUP6, .ttl = 255,                    \
	.proto = IPPROTO_ICMPV6, .icmp_type = what, BODY(__VA_ARGS__)
#define ND(...)		 ND_TO("ff02::1:ff00:1", __VA_ARGS__)
#define ND_ROUTER_ADVERT 134
#define ND_REDIRECT	 137
#define MLD2_REPORT	 143
#define MLD_QUERY	 130
#define ZEROES		 0, 0, 0, 0, 0, 0, 0, 0
#define DHCP                                                                                       \
	.src = "0.0.0.0", .dst = "255.255.255.255", BROADCAST, .src_mac = BEHIND_MAC(RED),         \
	.sport = 68, .dport = 67
#define BY_RED .src_mac = BEHIND_MAC(RED)

static void red_apart_behind_bridge(struct world *world)
{
	red_behind_bridge(world);
	isolate(world, NS_RED);
}
