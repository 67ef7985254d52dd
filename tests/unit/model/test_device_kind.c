// SPDX-License-Identifier: GPL-2.0-only
/* The tables of kinds: what is an endpoint, who takes frames, what follows for ports and next
 * hops. */
#include <linux/if_link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "user/model/device_kind.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

static struct nsa_link link_of(const char *kind)
{
	struct nsa_link link = { .ifindex = 2, .link = 10, .link_nsid = 3 };

	strncpy(link.kind, kind, sizeof(link.kind) - 1);
	return link;
}

static void test_kernel_kinds(void **state)
{
	static const struct {
		const char *kind;
		enum nsaccel_kind endpoint;
		bool takes, takes_by_mode, matters, bridge, peer, queueless, finishes;
	} all[] = {
		{ "", .endpoint = NSACCEL_KIND_NONE },
		{ "veth", NSACCEL_KIND_VETH, .matters = true, .peer = true, .queueless = true,
		  .finishes = true },
		{ "macvlan", NSACCEL_KIND_MACVLAN, .takes_by_mode = true, .matters = true },
		{ "macvtap", .takes_by_mode = true, .matters = true },
		{ "ipvlan", .takes = true, .matters = true },
		{ "ipvtap", .takes = true, .matters = true },
		{ "macsec", .takes = true, .matters = true },
		{ "bridge", .bridge = true, .queueless = true, .finishes = true },
		{ "bond", .queueless = true },
		{ "team", .queueless = true },
		{ "netkit", .peer = true },
		{ "vxcan", .peer = true },
		{ "vlan", .endpoint = NSACCEL_KIND_NONE },
		{ "vxlan", .endpoint = NSACCEL_KIND_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(all); i++) {
		struct nsa_link link = link_of(all[i].kind);

		assert_int_equal(nsa_device_is_veth(&link), all[i].endpoint == NSACCEL_KIND_VETH);
		assert_int_equal(nsa_device_is_bridge(&link), all[i].bridge);
		assert_int_equal(nsa_device_has_peer(&link), all[i].peer);
		assert_int_equal(nsa_device_kind_matters(all[i].kind), all[i].matters);
		assert_int_equal(nsa_device_is_queueless(&link), all[i].queueless);
		assert_int_equal(nsa_device_may_finish(&link), all[i].finishes);
		assert_int_equal(nsa_device_takes_frames(&link), all[i].takes);
		link.macvlan_mode = MACVLAN_MODE_BRIDGE;
		assert_int_equal(nsa_device_takes_frames(&link), all[i].takes);
		link.macvlan_mode = MACVLAN_MODE_PASSTHRU;
		assert_int_equal(nsa_device_takes_frames(&link),
				 all[i].takes || all[i].takes_by_mode);
		link.macvlan_mode = MACVLAN_MODE_SOURCE;
		assert_int_equal(nsa_device_takes_frames(&link),
				 all[i].takes || all[i].takes_by_mode);
		assert_int_equal(nsa_device_endpoint_kind(&link, 3), all[i].endpoint);
	}
}

/* A device whose peer or lower is not the owner's is no endpoint of the owner's. */
static void test_others(void **state)
{
	struct nsa_link link = link_of("veth");

	(void)state;
	assert_int_equal(nsa_device_endpoint_kind(&link, 4), NSACCEL_KIND_NONE);
	link.link = 0;
	assert_int_equal(nsa_device_endpoint_kind(&link, 3), NSACCEL_KIND_NONE);
}

static void test_bridged(void **state)
{
	struct nsa_link link = link_of("veth");

	(void)state;
	assert_false(nsa_device_is_bridged(&link));
	link.master = 7;
	strcpy(link.master_kind, "bond");
	assert_false(nsa_device_is_bridged(&link));
	strcpy(link.master_kind, "bridge");
	assert_true(nsa_device_is_bridged(&link));
	link.master = 0;
	assert_false(nsa_device_is_bridged(&link));
}

static void test_port_kinds(void **state)
{
	static const struct nsa_kind all[] = {
		[NSACCEL_KIND_NONE] = { false, false, NSACCEL_ACTION_PASS, 0,
					NSACCEL_HOOK_TC_EGRESS },
		[NSACCEL_KIND_NIC] = { false, false, NSACCEL_ACTION_NIC, NSACCEL_FWD_NIC,
				       NSACCEL_HOOK_TC_INGRESS },
		[NSACCEL_KIND_VETH] = { true, false, NSACCEL_ACTION_VETH, NSACCEL_FWD_VETH,
					NSACCEL_HOOK_TC_INGRESS },
		[NSACCEL_KIND_MACVLAN] = { false, true, NSACCEL_ACTION_MACVLAN, NSACCEL_FWD_MACVLAN,
					   NSACCEL_HOOK_TC_EGRESS },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(all); i++) {
		const struct nsa_kind *kind = nsa_kind((enum nsaccel_kind)i);

		assert_int_equal(kind->owns_port, all[i].owns_port);
		assert_int_equal(kind->shares_port, all[i].shares_port);
		assert_int_equal(kind->action, all[i].action);
		assert_int_equal(kind->forwarded, all[i].forwarded);
		assert_int_equal(kind->hook, all[i].hook);
	}
	assert_ptr_equal(nsa_kind((enum nsaccel_kind)200), nsa_kind(NSACCEL_KIND_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_kinds),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_bridged),
		cmocka_unit_test(test_port_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
