// SPDX-License-Identifier: GPL-2.0-only
/* What XDP may send to before Linux 6.3, which tells of no device whether it can. */
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "fake/daemon.h"
#include "user/maps/ports.h"
#include "user/ops/attach.h"
#include "user/util/cleanup.h"

static struct fake_netns *wire_ns;

static void attach(const char *dev)
{
	const struct nsa_attach_request request = {
		.bpffs = machine.bpffs, .dev = dev, .set_mode = true, .mode = NSACCEL_MODE_NATIVE
	};
	struct nsa_attached attached = {};

	assert_int_equal(nsa_attach(&request, &attached), 0);
}

/* A NIC, and a veth that is used as one, whose peer hasn't NAPI. */
static struct fake_link *have_wire(void)
{
	fake_fail_from("nsa_netdev_xdp_features", 1, -EOPNOTSUPP);
	wire_ns = fake_netns_add("wire");
	fake_veth_add(machine.host, "nic", wire_ns, "wire");
	attach("eth0");
	attach("nic");
	return fake_link_named(wire_ns, "wire");
}

static bool is_target(const char *dev)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int found = -1;

	assert_int_equal(nsa_session_open(machine.bpffs, &session), 0);
	assert_int_equal(nsa_maps_ports(session.maps, &ports, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(ports[i].port.name, dev))
			found = ports[i].port.tx_slot != 0;
	assert_true(found >= 0);
	return found;
}

/* It would lose what XDP sends to it. */
static void test_no_napi(void **state)
{
	(void)state;
	have_wire();
	assert_true(is_target("eth0"));
	assert_false(is_target("nic"));
}

static void test_gro(void **state)
{
	struct fake_link *wire = have_wire();

	(void)state;
	wire->gro = true;
	assert_int_equal(machine_sync(), 0);
	assert_true(is_target("nic"));
	wire->gro = false;
	assert_int_equal(machine_sync(), 0);
	assert_false(is_target("nic"));
}

/* Generic XDP has no NAPI of its own. */
static void test_program(void **state)
{
	struct fake_link *wire = have_wire();

	(void)state;
	wire->link.xdp_prog_id = 7;
	wire->link.xdp_attached = XDP_ATTACHED_SKB;
	assert_int_equal(machine_sync(), 0);
	assert_false(is_target("nic"));
	wire->link.xdp_attached = XDP_ATTACHED_DRV;
	assert_int_equal(machine_sync(), 0);
	assert_true(is_target("nic"));
}

static void test_out_of_reach(void **state)
{
	struct fake_link *wire = have_wire();

	(void)state;
	wire->gro = true;
	assert_int_equal(machine_sync(), 0);
	wire_ns->unreachable = true;
	assert_int_equal(machine_sync(), 0);
	assert_false(is_target("nic"));
}

/* Nobody tells it of GRO. */
static void test_daemon(void **state)
{
	struct fake_link *wire = have_wire();
	struct nsa_daemon d;

	(void)state;
	wire->gro = true;
	daemon_start(&d);
	daemon_settle(&d);
	assert_true(is_target("nic"));
	wire->gro = false;
	for (unsigned int i = 0; i < 100 && is_target("nic"); i++)
		daemon_run(&d, 100);
	assert_false(is_target("nic"));
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_no_napi), MACHINE_TEST(test_gro),
		MACHINE_TEST(test_program), MACHINE_TEST(test_out_of_reach),
		MACHINE_TEST(test_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
