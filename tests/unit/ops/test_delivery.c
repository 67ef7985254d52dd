// SPDX-License-Identifier: GPL-2.0-only
/* Delivery by XDP: who asks for it hears of a failure. What the endpoint's root does later costs
 * nobody else. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "fake/daemon.h"
#include "fake/monitor.h"
#include "user/maps/maps.h"
#include "user/ops/attach.h"
#include "user/ops/delivery.h"
#include "user/ops/limit.h"
#include "user/ops/netns_config.h"

static const struct nsaccel_port *port_of(const char *dev)
{
	const struct fake_object *map = fake_map_of(NSA_MAP_PORTS);
	const struct nsaccel_port *port;

	for (size_t i = 0; i < map->count; i++) {
		port = map->elements[i].value;
		if (!strcmp(port->name, dev))
			return port;
	}
	fail_msg("%s is no port", dev);
	return NULL;
}

static bool is_target(const char *dev)
{
	return port_of(dev)->tx_slot;
}

static int set_delivery(const char *dev, enum nsaccel_delivery delivery)
{
	return nsa_delivery_set(machine.bpffs, NULL, dev, delivery);
}

static int limit(const char *netns)
{
	const struct nsa_limit_request request = {
		.bpffs = machine.bpffs, .netns = netns, .both = true, .packets = 1000
	};

	return nsa_limit_set(&request);
}

static int isolate(const char *netns)
{
	const struct nsa_netns_config_request request = {
		.bpffs = machine.bpffs, .netns = netns, .set_isolated = true, .isolated = true
	};

	return nsa_netns_config_set(&request);
}

static int attach_all_by_xdp(void)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs,
						    .dev = "eth0",
						    .set_delivery = true,
						    .delivery = NSACCEL_DELIVERY_XDP };
	struct nsa_attached attached = {};

	return nsa_attach(&request, &attached);
}

static void have_xdp(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(set_delivery("blue", NSACCEL_DELIVERY_XDP), 0);
	assert_true(is_target("blue"));
}

/* What root in blue can do: ethtool -K in gro off; ip link set in down. Then GRO helps no more. */
static void take_down(void)
{
	struct fake_link *in = fake_link_named(machine.blue, "in");

	in->gro = false;
	in->link.flags &= ~(__u32)IFF_UP;
	fake_link_named(machine.host, "blue")->has_xdp = false;
}

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static int set_blue(void)
{
	return set_delivery("blue", NSACCEL_DELIVERY_XDP);
}

/* Blue may not have been seen. */
static int set_blue_again(void)
{
	return machine_sync() ?: set_blue();
}

static void test_undone(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "endpoint set",
							  .prepare = have_eth0,
							  .act = set_blue,
							  .mend = set_blue_again });
}

static void test_tenant_costs_nobody(void **state)
{
	(void)state;
	have_xdp();
	take_down();
	assert_int_equal(machine_sync(), 0);
	assert_false(is_target("blue"));
	assert_int_equal(port_of("blue")->delivery, NSACCEL_DELIVERY_XDP);
	assert_int_equal(limit("red"), 0);
	assert_int_equal(isolate("red"), 0);
	assert_int_equal(machine_attach("eth1"), 0);

	fake_link_named(machine.blue, "in")->link.flags |= IFF_UP;
	fake_link_named(machine.host, "blue")->has_xdp = true;
	assert_int_equal(machine_sync(), 0);
	assert_true(is_target("blue"));
	assert_true(fake_link_named(machine.blue, "in")->gro);
}

/* However its settings fail. */
static void test_tenant_fails(void **state)
{
	static const char *const calls[] = { "nsa_ethtool_get_gro", "nsa_ethtool_set_gro" };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		machine_reset();
		have_xdp();
		take_down();
		fake_fail_from(calls[i], 1, -EPERM);
		assert_int_equal(machine_sync(), 0);
		assert_int_equal(limit("red"), 0);
		assert_false(is_target("blue"));
	}
}

static void test_asked(void **state)
{
	char *before;

	(void)state;
	have_eth0();
	take_down();
	assert_int_equal(machine_sync(), 0);
	before = fake_dump();
	assert_int_equal(set_delivery("blue", NSACCEL_DELIVERY_XDP), -ENETDOWN);
	fake_check_state("endpoint set", before);
	assert_int_equal(attach_all_by_xdp(), -ENETDOWN);
	fake_check_state("attach --delivery", before);
	free(before);
	assert_int_equal(set_delivery("red", NSACCEL_DELIVERY_XDP), 0);
}

/* Another endpoint's. */
static void test_asked_beside(void **state)
{
	(void)state;
	have_xdp();
	take_down();
	assert_int_equal(set_delivery("red", NSACCEL_DELIVERY_XDP), 0);
	assert_true(is_target("red"));
	assert_int_equal(set_delivery("blue", NSACCEL_DELIVERY_TC), 0);
	assert_int_equal(port_of("blue")->delivery, NSACCEL_DELIVERY_TC);
}

/* Confined, it stays an endpoint, whose settings stay as they are. */
static void test_out_of_reach(void **state)
{
	const struct fake_link *in = fake_link_named(machine.blue, "in");

	(void)state;
	have_xdp();
	assert_int_equal(isolate("blue"), 0);
	machine.blue->unreachable = true;
	assert_int_equal(machine_sync(), 0);
	assert_int_equal(limit("red"), 0);
	assert_true(is_target("blue"));
	assert_int_equal(attach_all_by_xdp(), 0);
	assert_int_equal(set_delivery("blue", NSACCEL_DELIVERY_XDP), -ENOENT);
	assert_int_equal(set_delivery("blue", NSACCEL_DELIVERY_TC), 0);
	assert_true(in->gro);

	machine.blue->unreachable = false;
	assert_int_equal(machine_sync(), 0);
	assert_false(in->gro);
}

/* The kernel says that the host end takes frames once GRO was switched on while both ends are
 * up. */
static void follow_gro(const char *function, unsigned int object)
{
	(void)object;
	if (!strcmp(function, "nsa_ethtool_set_gro") &&
	    fake_link_named(machine.blue, "in")->link.flags & IFF_UP)
		fake_link_named(machine.host, "blue")->has_xdp = true;
}

static void test_daemon(void **state)
{
	struct fake_link *in = fake_link_named(machine.blue, "in");
	struct nsa_daemon d;

	(void)state;
	have_xdp();
	daemon_start(&d);
	daemon_settle(&d);
	take_down();
	fake_notify_link(machine.blue, in);
	daemon_settle(&d);
	for (unsigned int i = 0; i < 100 && is_target("blue"); i++)
		daemon_run(&d, 100);
	daemon_settle(&d);
	assert_false(is_target("blue"));

	fake_on_call = follow_gro;
	in->link.flags |= IFF_UP;
	fake_notify_link(machine.blue, in);
	for (unsigned int i = 0; i < 100 && !is_target("blue"); i++)
		daemon_run(&d, 100);
	fake_on_call = NULL;
	assert_true(is_target("blue"));
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_undone),	 MACHINE_TEST(test_tenant_costs_nobody),
		MACHINE_TEST(test_tenant_fails), MACHINE_TEST(test_asked),
		MACHINE_TEST(test_asked_beside), MACHINE_TEST(test_out_of_reach),
		MACHINE_TEST(test_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
