// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/snapshot_read_settings.c: policy rules, and state of devices. */
#include <stdbool.h>

#include "sandbox.h"
#include "snapshot_fixture.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/model/snapshot.h"
#include "user/reconcile/snapshot_read.h"
#include "user/reconcile/snapshot_read_settings.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

static struct nsa_snapshot_settings read_settings(void)
{
	struct nsa_netns ns;
	struct nsa_snapshot *snapshot = read_snapshot(&ns);
	struct nsa_snapshot_settings settings = snapshot->settings;

	free_snapshot();
	nsa_netns_close(&ns);
	return settings;
}

static bool has_policy_rules(void)
{
	return read_settings().policy_rules;
}

static bool has_tunnel_rules(void)
{
	return read_settings().tunnel_rules;
}

/* Whose tunnel a packet came by, in either family. */
static void test_tunnel_rules(void **state)
{
	static const char *const families[] = { "-4", "-6" };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(families); i++) {
		sh("ip %s rule add from all iif lo table 100", families[i]);
		assert_false(has_tunnel_rules());
		sh("ip %s rule add tun_id 42 table 100", families[i]);
		assert_true(has_tunnel_rules());
		sh("ip %s rule del tun_id 42 table 100", families[i]);
		sh("ip %s rule del from all iif lo table 100", families[i]);
	}
	assert_false(has_tunnel_rules());
}

/* By prefix length or by group of devices, of IPv6 alone. */
static void test_suppress_rules(void **state)
{
	static const char *const rules[] = { "table main suppress_prefixlength 0",
					     "table main suppress_ifgroup 1" };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rules); i++) {
		sh("ip rule add %s", rules[i]);
		assert_false(read_settings().suppress_rules6);
		sh("ip rule del %s", rules[i]);
		sh("ip -6 rule add %s", rules[i]);
		assert_true(read_settings().suppress_rules6);
		sh("ip -6 rule del %s", rules[i]);
	}
	assert_false(read_settings().suppress_rules6);
}

/* Rules that were added, and those of the kernel's own that are missing. */
static void test_rules(void **state)
{
	static const char *const changes[][2] = {
		{ "ip rule add from 10.9.0.0/16 table 100",
		  "ip rule del from 10.9.0.0/16 table 100" },
		{ "ip -6 rule add iif lo table 100", "ip -6 rule del iif lo table 100" },
		{ "ip rule del pref 32766", "ip rule add pref 32766 table main" },
		{ "ip rule del pref 0", "ip rule add pref 0 table local" },
		{ "ip -6 rule del pref 32766", "ip -6 rule add pref 32766 table main" },
	};

	(void)state;
	assert_false(has_policy_rules());
	for (size_t i = 0; i < ELEMENTS(changes); i++) {
		sh("%s", changes[i][0]);
		assert_true(has_policy_rules());
		sh("%s", changes[i][1]);
		assert_false(has_policy_rules());
	}
	/* Nothing that is mirrored is in the table that the third one asks. */
	sh("ip rule del pref 32767");
	assert_false(has_policy_rules());
	sh("ip rule add pref 32767 table default");
}

/* Of a bridge that a macvlan elsewhere makes promiscuous nobody tells. */
static void test_promiscuous(void **state)
{
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip netns add nsa-p && ip link add br9 type bridge && ip link set br9 up && "
	   "ip link add m9 link br9 netns nsa-p type macvlan mode bridge");
	snapshot = read_own_snapshot(&list);
	assert_false(nsa_snapshot_link_by_name(snapshot, "br9")->promiscuous);
	assert_false(nsa_snapshot_devices_changed(&reader));
	sh("ip -n nsa-p link set m9 up");
	assert_true(nsa_snapshot_devices_changed(&reader));
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_true(nsa_snapshot_link_by_name(snapshot, "br9")->promiscuous);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del br9 && ip netns del nsa-p");
}

static bool has_queue(struct nsa_snapshot *snapshot, const char *name)
{
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	return nsa_snapshot_read_device(snapshot, nsa_snapshot_link_by_name(snapshot, name))
		->egress_hooked;
}

/* What the kernel gives a NIC by itself, somebody gave a device that has no queue. */
static void test_queues(void **state)
{
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip link add br9 type bridge && ip link add q0 type veth peer name q1 && "
	   "ip link add t9 type ifb && ip link set br9 up");
	snapshot = read_own_snapshot(&list);
	assert_false(has_queue(snapshot, "br9") || has_queue(snapshot, "q0"));
	sh("tc qdisc add dev br9 root pfifo && tc qdisc add dev q0 root pfifo && "
	   "tc qdisc add dev t9 root pfifo");
	assert_true(has_queue(snapshot, "br9") && has_queue(snapshot, "q0"));
	assert_false(has_queue(snapshot, "t9"));
	sh("tc qdisc del dev br9 root");
	assert_false(has_queue(snapshot, "br9"));
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del br9 && ip link del q0 && ip link del t9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel_rules), cmocka_unit_test(test_suppress_rules),
		cmocka_unit_test(test_rules),	     cmocka_unit_test(test_promiscuous),
		cmocka_unit_test(test_queues),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
