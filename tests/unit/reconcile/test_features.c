// SPDX-License-Identifier: GPL-2.0-only
/* Which features the programs of an owner are loaded with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "user/reconcile/features.h"

static __u32 features_of(const struct nsaccel_port *port, bool policed, bool translates)
{
	struct nsa_port_entry entries[2] = { { .port = { .kind = NSACCEL_KIND_NONE } },
					     { .port = *port } };
	const struct nsa_ports ports = { .entries = entries, .count = 2 };

	return nsa_features_of(&ports, policed, translates);
}

static void each_port_brings_its_own(void **state)
{
	static const struct {
		struct nsaccel_port port;
		__u32 features;
	} cases[] = {
		{ {}, 0 },
		{ { .shared = 1 }, NSACCEL_FEATURE_SHARE },
		{ { .share_nic = 7 }, NSACCEL_FEATURE_SHARE },
		{ { .macvlan_lower = 1 }, NSACCEL_FEATURE_MACVLAN },
		{ { .bridge = 9 }, NSACCEL_FEATURE_BRIDGE },
		{ { .gate = NSACCEL_GATE_FLOW }, NSACCEL_FEATURE_GATE },
		{ { .bridge_gate = NSACCEL_GATE_FLOW }, NSACCEL_FEATURE_GATE },
		{ { .gate = NSACCEL_GATE_SHUT, .bridge_gate = NSACCEL_GATE_SHUT }, 0 },
		{ { .bridge = 9, .gate = NSACCEL_GATE_FLOW },
		  NSACCEL_FEATURE_BRIDGE | NSACCEL_FEATURE_GATE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool gated = cases[i].features & NSACCEL_FEATURE_GATE;

		assert_int_equal(features_of(&cases[i].port, false, false), cases[i].features);
		assert_int_equal(features_of(&cases[i].port, true, false),
				 cases[i].features | NSACCEL_FEATURE_POLICY);
		/* Rules for NAT. */
		assert_int_equal(features_of(&cases[i].port, false, true),
				 cases[i].features | (gated ? NSACCEL_FEATURE_NAT : 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_port_brings_its_own) };

	return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
