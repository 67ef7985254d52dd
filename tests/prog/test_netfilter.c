// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks and rules that are there, and those that the gates were set by: where programs see others,
 * all packets are the kernel's.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "user/dataplane/netfilter_probe.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static struct world world;

static struct nsaccel_netfilter seen(void)
{
	struct nsaccel_netfilter now = {};
	struct nsa_netns ns;

	assert_int_equal(nsa_netns_open("/proc/self/ns/net", &ns), 0);
	nsa_netfilter_probe(&ns, &now);
	nsa_netns_close(&ns);
	return now;
}

static void new_world(void)
{
	if (!rig_has(CHECKED))
		skip();
	rig_load(rig, CHECKED);
	world_init(&world);
	world.owner.gate_netfilter = seen();
	assert_int_equal(world.owner.gate_netfilter.known, 1);
	rig_apply(rig, &world);
}

static void judge(const struct nsaccel_netfilter *judged)
{
	world.owner.gate_netfilter = *judged;
	rig_set_owner(rig, &world.owner);
}

static enum nsaccel_reason arrives(bool v6)
{
	const struct packet_spec spec = {
		.src = v6 ? "fd00::9" : "10.0.0.9",
		.dst = v6 ? "fd01::9" : "10.1.0.9",
		.sport = 1000,
		.dport = 2000,
		.dst_mac = PORT_MAC(ETH0),
		.src_mac = HOST_MAC(ETH0),
	};
	const struct arrival arrival = { .variant = CHECKED,
					 .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = ETH0 };
	struct packet packet;
	__u32 verdict;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	rig_run_tc(rig, &arrival, &packet);
	verdict = rig_run_xdp(rig, CHECKED, ETH0, &packet)->verdict;
	assert_int_equal(verdict == XDP_REDIRECT, rig_counted(rig).reason == NSACCEL_FWD_NIC);
	return rig_counted(rig).reason;
}

static void as_judged(void **state)
{
	(void)state;
	new_world();
	assert_int_equal(arrives(false), NSACCEL_FWD_NIC);
	assert_int_equal(arrives(true), NSACCEL_FWD_NIC);
}

static void another_list(void **state)
{
	struct nsaccel_netfilter other;

	(void)state;
	new_world();
	other = world.owner.gate_netfilter;
	other.hooks[NSACCEL_HOOKS_IP4]++;
	judge(&other);
	assert_int_equal(arrives(false), NSACCEL_PASS_FIREWALL);
	assert_int_equal(arrives(true), NSACCEL_FWD_NIC);
	other.hooks[NSACCEL_HOOKS_IP4]--;
	other.hooks[NSACCEL_HOOKS_IP6] ^= 1;
	judge(&other);
	assert_int_equal(arrives(false), NSACCEL_FWD_NIC);
	assert_int_equal(arrives(true), NSACCEL_PASS_FIREWALL);
	other.hooks[NSACCEL_HOOKS_IP6] ^= 1;
	other.sequence++;
	judge(&other);
	assert_int_equal(arrives(false), NSACCEL_PASS_FIREWALL);
	assert_int_equal(arrives(true), NSACCEL_PASS_FIREWALL);
}

/* As the user wished, or on a kernel that tells nothing. */
static void not_known(void **state)
{
	static const struct nsaccel_netfilter nothing = { .hooks = { 1, 2, 3 }, .sequence = 4 };

	(void)state;
	new_world();
	judge(&nothing);
	assert_int_equal(arrives(false), NSACCEL_FWD_NIC);
	assert_int_equal(arrives(true), NSACCEL_FWD_NIC);
}

/* Each way to have something hooked is seen, and the way back as it was before. */
static void hooks_come_and_go(void **state)
{
	static const struct {
		const char *add;
		bool ip4, ip6;
	} rules[] = {
		{ "nft add table ip t; nft add chain ip t c '{ type filter hook forward priority "
		  "0; }'",
		  true, true },
		{ "nft add chain ip t d '{ type filter hook prerouting priority 0; }'", true,
		  true },
		{ "nft add rule ip t c drop", true, true },
		{ "nft add table ip6 t; nft add chain ip6 t c "
		  "'{ type filter hook postrouting priority 0; }'",
		  true, true },
		{ "iptables-legacy -P FORWARD DROP", true, false },
		{ "ip6tables-legacy -t mangle -A POSTROUTING -j DROP", false, true },
	};

	(void)state;
	new_world();
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct nsaccel_netfilter now;

		if (system(rules[i].add)) {
			print_message("skipped: %s\n", rules[i].add);
			continue;
		}
		assert_int_equal(arrives(false),
				 rules[i].ip4 ? NSACCEL_PASS_FIREWALL : NSACCEL_FWD_NIC);
		assert_int_equal(arrives(true),
				 rules[i].ip6 ? NSACCEL_PASS_FIREWALL : NSACCEL_FWD_NIC);
		now = seen();
		judge(&now);
		assert_int_equal(arrives(false), NSACCEL_FWD_NIC);
		assert_int_equal(arrives(true), NSACCEL_FWD_NIC);
	}
	assert_int_equal(system("nft flush ruleset"), 0);
	assert_int_equal(arrives(false), NSACCEL_PASS_FIREWALL);
}

static enum nsaccel_reason bridged(void)
{
	static const struct packet_spec spec = { .dst = "10.2.0.3",
						 .src = "10.2.0.2",
						 .sport = 1000,
						 .dport = 2000,
						 .src_mac = BEHIND_MAC(RED),
						 .dst_mac = BEHIND_MAC(BLUE) };
	const struct arrival arrival = { .variant = CHECKED,
					 .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = RED };
	struct packet packet;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	rig_run_tc(rig, &arrival, &packet);
	return rig_counted(rig).reason;
}

static void of_a_bridge(void **state)
{
	struct nsaccel_netfilter other;

	(void)state;
	new_world();
	world_bridge(&world, RED);
	world_bridge(&world, BLUE);
	rig_apply(rig, &world);
	assert_int_equal(bridged(), NSACCEL_FWD_BRIDGE);
	other = world.owner.gate_netfilter;
	other.hooks[NSACCEL_HOOKS_BRIDGE]++;
	judge(&other);
	assert_int_equal(bridged(), NSACCEL_PASS_FIREWALL);
	assert_int_equal(arrives(false), NSACCEL_FWD_NIC);
	/* br_netfilter shows frames to the hooks of IP. */
	other.hooks[NSACCEL_HOOKS_BRIDGE]--;
	other.hooks[NSACCEL_HOOKS_IP4]++;
	judge(&other);
	assert_int_equal(bridged(), NSACCEL_PASS_FIREWALL);
}

/* A user's own blackhole is nothing that rules could translate. */
static void blackholes(void **state)
{
	struct nsaccel_netfilter other;
	const struct packet_spec spec = {
		.src = "10.0.0.9",
		.dst = "192.0.2.1",
		.dst_mac = PORT_MAC(ETH0),
		.src_mac = HOST_MAC(ETH0),
	};
	const struct arrival arrival = { .variant = CHECKED,
					 .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = ETH0 };
	struct packet packet;

	(void)state;
	new_world();
	world_add_route(&world, NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE);
	packet_build(&packet, &spec);
	other = world.owner.gate_netfilter;
	other.sequence++;
	for (int by_user = 0; by_user < 2; by_user++) {
		world.hops[TO_BLACKHOLE].target =
			by_user ? NSACCEL_TARGET_BLACKHOLE : NSACCEL_TARGET_NONE;
		rig_apply(rig, &world);
		judge(&other);
		rig_forget_counts(rig);
		rig_run_tc(rig, &arrival, &packet);
		assert_int_equal(rig_counted(rig).reason,
				 by_user ? NSACCEL_DROP_BLACKHOLE : NSACCEL_PASS_FIREWALL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_judged),   cmocka_unit_test(another_list),
		cmocka_unit_test(not_known),   cmocka_unit_test(hooks_come_and_go),
		cmocka_unit_test(of_a_bridge), cmocka_unit_test(blackholes),
	};

	return cmocka_run_group_tests_name("netfilter", tests, rig_set_up, rig_tear_down);
}
