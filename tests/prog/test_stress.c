// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command's own writers change what packets go by, as fast as they can, while packets go by it
 * on another CPU: each has to be as a state says that stood while it was on its way. STRESS_SECONDS
 * in the environment: for each topic, otherwise 2.
 */
#include "rig.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "maps/owners.h"
#include "maps/ports.h"
#include "maps/routes.h"
#include "maps/sequences.h"
#include "maps/table.h"
#include "reconcile/nexthops_commit.h"
#include "reconcile/policy.h"

static struct nsa_maps maps;
static struct world world;

/* States are counted: one is coming once "begun" says so, and none of those before stands any more
 * once "made" does. */
static atomic_uint begun, made;
static atomic_bool done;
static unsigned long sent_on, left;

static time_t deadline(void)
{
	const char *seconds = getenv("STRESS_SECONDS");

	return time(NULL) + (seconds ? strtol(seconds, NULL, 10) : 2);
}

static void run_anywhere(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all)); /* the packets have a CPU of their own */
	sched_setaffinity(0, sizeof(all), &all);
}

/* One packet: as it came out, and which states may have stood meanwhile. */
struct passage {
	const struct outcome *outcome;
	__u32 first, last;
};

static struct passage run_packet(enum dev dev, const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = dev,
					 .unmarked = true };
	struct passage passage = { .first = made };

	passage.outcome = rig_run_tc(rig, &arrival, packet);
	passage.last = begun;
	if (passage.outcome->verdict == TC_ACT_REDIRECT)
		sent_on++;
	else
		left++;
	return passage;
}

static void stress(void *(*writer)(void *), void (*check)(__u32 number))
{
	time_t end = deadline();
	pthread_t thread;

	done = false;
	begun = made = 0;
	sent_on = left = 0;
	rig_apply(rig, &world);
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	for (__u32 i = 0; i % 256 || time(NULL) < end; i++)
		check(i);
	done = true;
	pthread_join(thread, NULL);
	fprintf(stderr, "# %u states, %lu packets sent on, %lu not\n", (__u32)made, sent_on, left);
	assert_true(made && sent_on);
}

/* Next hops of two hosts: changed in place, and freed for others, whose ids they leave; and the
 * table that leads to them, swapped as a whole. */

#define HOSTS 2

static const char *const hosts[HOSTS] = { "10.9.0.1", "10.9.0.2" };

static int table_in_use(void)
{
	__u32 slot = NS_OWNER, id;

	assert_int_equal(bpf_map_lookup_elem(maps.fd[NSA_MAP_TABLES], &slot, &id), 0);
	return bpf_map_get_fd_by_id(id);
}

/* Its MACs say which host's it is, and of which state. */
static struct nsaccel_nexthop body_of(__u32 host, __u32 state, __u32 key)
{
	struct nsaccel_nexthop body = world.hops[TO_ETH1];
	__u8 mac[NSACCEL_MAC_LEN] = { 2, (__u8)host };

	memcpy(mac + 2, &state, sizeof(state));
	memcpy(body.dst_mac, mac, sizeof(mac));
	mac[0] = 6;
	memcpy(body.src_mac, mac, sizeof(mac));
	body.generation = body.sequence = 0;
	body.target = NSACCEL_TARGET_NEIGHBOUR;
	body.target_ifindex = body.ifindex;
	body.gateway_family = NSACCEL_FAMILY_INET;
	memset(body.gateway, 0, sizeof(body.gateway));
	memcpy(body.gateway, &key, sizeof(key));
	return body;
}

static __u32 new_hop(struct nsa_nexthops *hops, const struct nsaccel_nexthop *body)
{
	struct nsaccel_nexthop key;
	bool changed;
	__u32 hop;

	nsa_nexthop_key(body, &key);
	hop = nsa_nexthops_get(hops, &key);
	assert_int_not_equal(hop, 0);
	assert_int_equal(nsa_nexthops_commit_resolve(&maps, hops, hop, body, &changed), 0);
	assert_int_equal(nsa_nexthops_commit_install(&maps, hops, hop), 0);
	nsa_nexthops_route(hops, hop, 1);
	return hop;
}

static void put_routes(struct nsa_nexthops *hops, const __u32 *of, int table)
{
	struct nsaccel_prefix prefixes[HOSTS];
	struct nsaccel_route routes[HOSTS];

	for (int i = 0; i < HOSTS; i++) {
		const struct nsa_nexthop *hop = nsa_nexthop(hops, of[i]);

		prefixes[i] = (struct nsaccel_prefix){ .prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 32,
						       .family = NSACCEL_FAMILY_INET,
						       .addr = { 10, 9, 0, (__u8)(i + 1) } };
		routes[i] = (struct nsaccel_route){ hop->id, hop->record.generation,
						    NSACCEL_ORIGIN_KERNEL };
	}
	assert_int_equal(nsa_maps_routes_put(table, prefixes, routes, HOSTS), 0);
}

static void put_routes_in_place(struct nsa_nexthops *hops, const __u32 *of, int table)
{
	nsa_maps_config_begin(&maps);
	put_routes(hops, of, table);
	nsa_maps_config_end(&maps);
}

static void use_table(int table)
{
	__u32 slot = NS_OWNER;

	assert_int_equal(nsa_maps_config_put(&maps, NSA_MAP_TABLES, &slot, &table), 0);
	close(table);
}

static void swap_table(struct nsa_nexthops *hops, const __u32 *of)
{
	int table = nsa_maps_table_new(&maps);

	assert_true(table >= 0);
	put_routes(hops, of, table);
	use_table(table);
}

/* All hosts' hops are another state's: in place, or new ones for all. */
static void change_hops(struct nsa_nexthops *hops, __u32 *of, __u32 state)
{
	bool anew = !(state % 4), swaps = !(state % 512), changed;
	int table = table_in_use();
	__u32 old[HOSTS];

	for (__u32 i = 0; i < HOSTS; i++) {
		struct nsaccel_nexthop body = body_of(i, state, 2 * (state / 4) + i);

		old[i] = of[i];
		if (anew)
			of[i] = new_hop(hops, &body);
		else
			assert_int_equal(
				nsa_nexthops_commit_resolve(&maps, hops, of[i], &body, &changed),
				0);
	}
	if (swaps)
		swap_table(hops, of);
	else if (anew)
		put_routes_in_place(hops, of, table);
	for (int i = 0; anew && i < HOSTS; i++) {
		nsa_nexthops_route(hops, old[i], -1);
		nsa_nexthops_put(hops, old[i]);
	}
	assert_int_equal(nsa_nexthops_commit_collect(&maps, hops), 0);
	close(table);
}

static void *keep_hopping(void *unused)
{
	struct nsa_nexthops *hops = NULL;
	int others = table_in_use();
	__u32 of[HOSTS];

	(void)unused;
	run_anywhere();
	assert_int_equal(nsa_nexthops_commit_load(&maps, &hops), 0);
	for (__u32 i = 0; i < HOSTS; i++) {
		struct nsaccel_nexthop body = body_of(i, 0, i);

		of[i] = new_hop(hops, &body);
	}
	swap_table(hops, of);
	for (__u32 state = 1; !done; state++) {
		begun = state;
		change_hops(hops, of, state);
		made = state;
	}
	nsa_nexthops_free(hops);
	use_table(others);
	return NULL;
}

static void check_hop(__u32 number)
{
	const struct packet_spec spec = { .dst = hosts[number % HOSTS],
					  .dst_mac = PORT_MAC(ETH0),
					  .src_mac = HOST_MAC(ETH0) };
	struct packet in, want;
	struct passage passage;
	const __u8 *mac;
	__u32 state;

	packet_build(&in, &spec);
	passage = run_packet(ETH0, &in);
	if (passage.outcome->verdict != TC_ACT_REDIRECT) {
		assert_packet(&in, &passage.outcome->packet);
		return;
	}
	mac = passage.outcome->packet.data;
	memcpy(&state, mac + 2, sizeof(state));
	assert_int_equal(mac[0], 2);
	assert_int_equal(mac[1], number % HOSTS);
	assert_in_range(state, passage.first, passage.last);
	packet_forwarded(&want, &in, mac,
			 (const __u8[]){ 6, mac[1], mac[2], mac[3], mac[4], mac[5] });
	assert_packet(&want, &passage.outcome->packet);
}

static void next_hops(void **state)
{
	(void)state;
	world_init(&world);
	stress(keep_hopping, check_hop);
}

/* Rules: each state allows one port, and denies all else. A flow that one has allowed, and the next
 * denies, goes on sending. */

#define FIRST_PORT 1000
#define PORTS	   3

static void *keep_policing(void *unused)
{
	(void)unused;
	run_anywhere();
	for (__u32 state = 1; !done; state++) {
		struct nsa_policy_rule rule = { .number = 1 + state % PORTS };

		rule.rule.owner_slot = NS_OWNER;
		rule.rule.verdict = NSACCEL_VERDICT_ALLOW;
		rule.rule.proto = IPPROTO_UDP;
		rule.rule.port_low = rule.rule.port_high = (__u16)(FIRST_PORT + state % PORTS);
		begun = state;
		assert_int_equal(nsa_policy_swap(&maps, NS_OWNER, &rule, 1), 0);
		made = state;
		for (unsigned long before = sent_on + left; !done && sent_on + left < before + 50;)
			sched_yield();
	}
	assert_int_equal(nsa_policy_swap(&maps, NS_OWNER, NULL, 0), 0);
	return NULL;
}

static void check_rule(__u32 number)
{
	struct packet_spec spec = { .dst = "10.1.0.9",
				    .src = "10.2.0.2",
				    .sport = 500,
				    .dport = FIRST_PORT + (int)(number % PORTS),
				    .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED) };
	struct passage passage;
	struct packet in;
	bool may = false, must = true;

	packet_build(&in, &spec);
	passage = run_packet(RED, &in);
	for (__u32 state = passage.first; state <= passage.last; state++) {
		may |= state % PORTS == number % PORTS;
		must &= state % PORTS == number % PORTS;
	}
	if (passage.outcome->verdict == TC_ACT_REDIRECT)
		assert_true(may || !passage.first);
	else
		assert_false(must && passage.first);
}

static void rules(void **state)
{
	(void)state;
	world_init(&world);
	world.isolation[NS_RED].policy = NSACCEL_VERDICT_DENY;
	stress(keep_policing, check_rule);
}

/* A port's record beside another's with the same index in the port cache, which both want.
 * Whichever memory the records are in, the other's never is this one's. */

static void *keep_recording(void *unused)
{
	struct nsaccel_port port = world.ports[RED], other = world.ports[RED];
	__u32 ifindex = IFINDEX(RED), others = ifindex + NSACCEL_PORT_CACHE;

	(void)unused;
	run_anywhere();
	other.bound = NSACCEL_BOUND_CLOSED;
	for (__u32 state = 1; !done; state++) {
		begun = state;
		/* In turn each has the element, and is put again while the other has it. */
		port.mtu = other.mtu = 1400 + state % 100;
		assert_int_equal(nsa_maps_port_put(&maps, NS_OWNER, others, &other), 0);
		assert_int_equal(nsa_maps_port_put(&maps, NS_OWNER, ifindex, &port), 0);
		if (!(state % 16)) {
			nsa_maps_port_del(&maps, NS_OWNER, others);
			assert_int_equal(nsa_maps_port_put(&maps, NS_OWNER, others, &other), 0);
		}
		made = state;
	}
	nsa_maps_port_del(&maps, NS_OWNER, others);
	return NULL;
}

static void check_port(__u32 number)
{
	const struct packet_spec spec = { .dst = "10.1.0.9",
					  .src = "10.2.0.2",
					  .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED) };
	struct packet in;

	(void)number;
	packet_build(&in, &spec);
	assert_int_equal(run_packet(RED, &in).outcome->verdict, TC_ACT_REDIRECT);
}

static void ports(void **state)
{
	(void)state;
	world_init(&world);
	stress(keep_recording, check_port);
}

/* The firewall's rules: with each change all flows have to be admitted anew. */

static struct nsaccel_flow flow;

static void admit_now(__u32 ruleset)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	for (int i = 0; i < 2; i++) {
		struct nsaccel_flow_direction *direction = &flow.direction[i];

		direction->state = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec;
		direction->seen = direction->state;
		direction->signature.ruleset = direction->seen_ruleset = ruleset;
	}
	rig_set_flow(rig, &flow);
}

static void *keep_changing_rules(void *unused)
{
	struct nsaccel_owner owner = world.owner;

	(void)unused;
	run_anywhere();
	for (__u32 state = 1; !done; state++) {
		/* Odd: none is admitted. Even: this one is, by what the kernel has let through. */
		begun = state;
		if (state % 2) {
			owner.ruleset++;
			assert_int_equal(nsa_maps_owner_put(&maps, NS_OWNER, &owner), 0);
		} else {
			admit_now(owner.ruleset);
		}
		made = state;
	}
	return NULL;
}

static void conversation(struct packet *packet, bool back)
{
	const struct packet_spec spec = { .src = back ? "10.1.0.9" : "10.0.0.9",
					  .dst = back ? "10.0.0.9" : "10.1.0.9",
					  .sport = back ? 2000 : 1000,
					  .dport = back ? 1000 : 2000,
					  .dst_mac = PORT_MAC(back ? ETH1 : ETH0),
					  .src_mac = HOST_MAC(back ? ETH1 : ETH0) };

	packet_build(packet, &spec);
}

static void check_gate(__u32 number)
{
	struct passage passage;
	struct packet in;

	(void)number;
	conversation(&in, false);
	passage = run_packet(ETH0, &in);
	if (passage.outcome->verdict == TC_ACT_REDIRECT)
		assert_false(passage.first == passage.last && passage.first % 2);
	else
		assert_packet(&in, &passage.outcome->packet);
}

/* What the kernel would have let through, both ways. */
static void establish(void)
{
	for (int i = 0; i < 4; i++) {
		const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS,
					    .dev = i % 2 ? ETH1 : ETH0,
					    .unmarked = true };
		const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS,
					     .dev = i % 2 ? ETH0 : ETH1,
					     .unmarked = true,
					     .iif = IFINDEX(in.dev) };
		const struct nsaccel_nexthop *hop = &world.hops[i % 2 ? TO_ETH0 : TO_ETH1];
		struct packet came, leaves;

		conversation(&came, i % 2);
		rig_run_tc(rig, &in, &came);
		packet_forwarded(&leaves, &came, hop->dst_mac, hop->src_mac);
		rig_run_tc(rig, &out, &leaves);
	}
}

static void gates(void **state)
{
	(void)state;
	world_init(&world);
	world.ports[ETH0].gate = world.ports[ETH1].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
	establish();
	assert_true(rig_flow(rig, &flow));
	stress(keep_changing_rules, check_gate);
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
		cmocka_unit_test(next_hops),
		cmocka_unit_test(rules),
		cmocka_unit_test(ports),
		cmocka_unit_test(gates),
	};

	return cmocka_run_group_tests_name("stress", tests, set_up, rig_tear_down);
}
