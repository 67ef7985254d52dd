// SPDX-License-Identifier: GPL-2.0-only
/* What a CPU remembers of a table: used while the table's sequence stands, and then not any
 * more. */
#include "rig.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "maps/routes.h"
#include "maps/sequences.h"

#define ADDRESS4 "10.9.0.1"
#define ADDRESS6 "fd09::1"

static struct world world;
static struct nsa_maps maps;

static const __u8 *address_of(bool v6, struct in6_addr *out)
{
	memset(out, 0, sizeof(*out));
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? ADDRESS6 : ADDRESS4, out), 1);
	return (const __u8 *)out;
}

/* Is a packet sent on by that next hop? TO_KERNEL: not at all. */
static bool goes(bool v6, enum hop hop)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0 };
	const struct packet_spec spec = { .dst = v6 ? ADDRESS6 : ADDRESS4,
					  .dst_mac = PORT_MAC(ETH0),
					  .src_mac = HOST_MAC(ETH0) };
	const struct outcome *outcome;
	struct packet packet;

	packet_build(&packet, &spec);
	outcome = rig_run_tc(rig, &arrival, &packet);
	if (hop == TO_KERNEL)
		return outcome->verdict == (__u32)TC_ACT_UNSPEC;
	return outcome->verdict == TC_ACT_REDIRECT &&
	       !memcmp(outcome->packet.data, world.hops[hop].dst_mac, NSACCEL_MAC_LEN);
}

/* The owner's table: what is in the trie, of which programs aren't told. */
static int table(void)
{
	__u32 slot = NS_OWNER, id;
	int fd;

	assert_int_equal(bpf_map_lookup_elem(maps.fd[NSA_MAP_TABLES], &slot, &id), 0);
	fd = bpf_map_get_fd_by_id(id);
	assert_true(fd >= 0);
	return fd;
}

static struct nsaccel_prefix prefix_of(bool v6)
{
	struct nsaccel_prefix prefix = { .family = v6 ? NSACCEL_FAMILY_INET6 : NSACCEL_FAMILY_INET,
					 .prefixlen =
						 NSACCEL_PREFIX_FAMILY_BITS + (v6 ? 128 : 32) };
	struct in6_addr address;

	memcpy(prefix.addr, address_of(v6, &address), sizeof(prefix.addr));
	return prefix;
}

static void put(bool v6, enum hop hop)
{
	const struct nsaccel_route route = { hop, GENERATION(hop), NSACCEL_ORIGIN_KERNEL };
	const struct nsaccel_prefix prefix = prefix_of(v6);
	int fd = table();

	assert_int_equal(nsa_maps_routes_put(fd, &prefix, &route, 1), 0);
	close(fd);
}

static void del(bool v6)
{
	const struct nsaccel_prefix prefix = prefix_of(v6);
	int fd = table();

	assert_int_equal(nsa_maps_route_del(fd, &prefix), 0);
	close(fd);
}

static void begin(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		const struct nsaccel_prefix prefix = prefix_of(v6);

		nsa_maps_route_begin(&maps, &prefix);
	}
}

static void end(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		const struct nsaccel_prefix prefix = prefix_of(v6);

		nsa_maps_route_end(&maps, &prefix);
	}
}

/* Both that there is a route and that there is none. */
static void it_is_remembered_until_the_table_changes(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		assert_true(goes(v6, TO_KERNEL));
		put(v6, TO_ETH1);
		assert_true(goes(v6, TO_KERNEL));
		begin();
		end();
		assert_true(goes(v6, TO_ETH1));
		put(v6, TO_ETH2);
		assert_true(goes(v6, TO_ETH1));
		begin();
		end();
		assert_true(goes(v6, TO_ETH2));
		del(v6);
		assert_true(goes(v6, TO_ETH2));
		begin();
		end();
		assert_true(goes(v6, TO_KERNEL));
	}
}

/* Also for as long as its writer, who was killed, hasn't come again. */
static void while_the_table_changes_nothing_is(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		assert_true(goes(v6, TO_KERNEL));
		begin();
		put(v6, TO_ETH1);
		assert_true(goes(v6, TO_ETH1));
		put(v6, TO_ETH2);
		assert_true(goes(v6, TO_ETH2));
		begin();
		put(v6, TO_ETH1);
		assert_true(goes(v6, TO_ETH1));
		end();
		del(v6);
		assert_true(goes(v6, TO_KERNEL));
		begin();
		end();
	}
}

/* Whatever is remembered of one namespace's table is nothing to another's. */
static void it_is_of_one_table(void **state)
{
	const struct arrival from_red = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct packet_spec spec = { .dst = ADDRESS4,
					  .src = "10.2.0.2",
					  .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED) };
	const struct outcome *outcome;
	struct packet packet;

	(void)state;
	world_add_route(&world, NS_RED, ADDRESS4 "/32", TO_ETH2);
	world_add_route(&world, NS_OWNER, ADDRESS4 "/32", TO_ETH1);
	rig_apply(rig, &world);
	packet_build(&packet, &spec);
	for (int again = 0; again < 2; again++) {
		assert_true(goes(false, TO_ETH1));
		outcome = rig_run_tc(rig, &from_red, &packet);
		assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
		assert_memory_equal(outcome->packet.data, world.hops[TO_ETH2].dst_mac,
				    NSACCEL_MAC_LEN);
	}
}

/* Nobody writes such a route; who may write to maps could. */
static void no_route_leads_to_a_free_next_hop(void **state)
{
	const struct nsaccel_route route = { TO_ETH1, 0, NSACCEL_ORIGIN_KERNEL };
	struct nsaccel_nexthop hop = world.hops[TO_ETH1];
	const struct nsaccel_prefix prefix = prefix_of(false);
	int fd = table();

	(void)state;
	hop.generation = 0;
	rig_set_hop(rig, TO_ETH1, &hop);
	begin();
	assert_int_equal(nsa_maps_routes_put(fd, &prefix, &route, 1), 0);
	end();
	close(fd);
	assert_true(goes(false, TO_KERNEL));
}

static int set_up_each(void **state)
{
	(void)state;
	world_init(&world);
	rig_apply(rig, &world);
	return 0;
}

static int set_up(void **state)
{
	rig_set_up(state);
	rig_maps(rig, &maps);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_remembered_until_the_table_changes, set_up_each),
		cmocka_unit_test_setup(while_the_table_changes_nothing_is, set_up_each),
		cmocka_unit_test_setup(it_is_of_one_table, set_up_each),
		cmocka_unit_test_setup(no_route_leads_to_a_free_next_hop, set_up_each),
	};

	return cmocka_run_group_tests(tests, set_up, rig_tear_down);
}
