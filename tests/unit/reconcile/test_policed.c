// SPDX-License-Identifier: GPL-2.0-only
/* Where a policy holds, each port goes on checking what the kernel sends, whichever call fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/maps/maps.h"
#include "user/ops/netns_config.h"
#include "user/ops/policy_edit.h"

/* Of the owner, and of the one whose default denies. */
static const char *const ports[] = { "eth0", "red" };

#define PORTS (sizeof(ports) / sizeof(*ports))

static bool is_hooked(int ifindex)
{
	const struct fake_object *link;
	bool in = false, out = false;
	size_t at = 0;

	while ((link = fake_bpf_next_link(&at))) {
		in |= link->ifindex == ifindex && link->hook == 46;
		out |= link->ifindex == ifindex && link->hook == 47;
	}
	return in && out;
}

static void check_policed(const char *what)
{
	for (size_t i = 0; i < PORTS; i++) {
		const int ifindex = fake_link_named(machine.host, ports[i])->link.ifindex;
		const struct nsaccel_port_key key = { 1, (__u32)ifindex };
		const struct nsaccel_port *port = fake_map_value(fake_map_of(NSA_MAP_PORTS), &key);

		if (!port || !port->police_egress || !is_hooked(ifindex))
			fail_msg("%s: %s is not policed", what, ports[i]);
	}
}

static void have_rule(void)
{
	const struct nsa_policy_edit_rule deny = {
		.rule = { .verdict = NSACCEL_VERDICT_DENY, .any_proto = 1, .any_port = 1 },
		.from_netns = "red",
		.to_netns = "blue",
	};
	struct nsa_policy_edit_error error;

	assert_int_equal(nsa_policy_edit(&(struct nsa_policy_edit_request){ .bpffs = machine.bpffs,
									    .verb = NSA_POLICY_ADD,
									    .rules = &deny,
									    .count = 1 },
					 &error),
			 0);
}

static void have_default(void)
{
	const struct nsa_netns_config_request request = { .bpffs = machine.bpffs,
							  .netns = "red",
							  .set_policy = true,
							  .policy = NSACCEL_VERDICT_DENY };

	assert_int_equal(nsa_netns_config_set(&request), 0);
}

/* Each port's record has to change, too. */
static void change_ports(void)
{
	for (size_t i = 0; i < PORTS; i++)
		fake_link_named(machine.host, ports[i])->link.mtu = 1300;
}

/* function NULL: call n fails; else that function does, from its call n on. */
static bool try_failure(void (*prepare)(void), const char *what, const char *function,
			unsigned int n)
{
	char text[128];

	machine_reset();
	assert_int_equal(machine_attach("eth0"), 0);
	prepare();
	assert_int_equal(machine_sync(), 0);
	check_policed(what);
	change_ports();
	function ? fake_fail_from(function, n, -EIO) : fake_fail(NULL, n, -EIO);
	machine_sync();
	snprintf(text, sizeof(text), "%s, as call %u (%s) failed", what, n,
		 fake_failed() ? fake_failed() : "none");
	check_policed(text);
	return fake_failed();
}

static void try_each_failure(void (*prepare)(void), const char *what)
{
	for (unsigned int n = 1; try_failure(prepare, what, NULL, n); n++)
		;
	for (unsigned int n = 1; try_failure(prepare, what, "bpf_map_update_elem", n); n++)
		;
}

static void test_rule(void **state)
{
	(void)state;
	try_each_failure(have_rule, "a rule");
}

static void test_default(void **state)
{
	(void)state;
	try_each_failure(have_default, "a default");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_rule),
		MACHINE_TEST(test_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
