// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/ebtables.c: tables of legacy ebtables. */
#include <stdlib.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"

static void test_ebtables(void **state)
{
	static const char ebtables[] =
		"nsenter --net=/run/netns/nsa-fw ebtables-legacy 2>/dev/null %s";
	__u64 fingerprint;

	if (system("nsenter --net=/run/netns/nsa-fw ebtables-legacy -L >/dev/null 2>&1"))
		skip();
	assert_string_equal(detect(*state).what, "");
	assert_true(nsa_firewall_is_polled(*state));
	sh(ebtables, "-P FORWARD DROP");
	assert_string_equal(detect(*state).what, "ebtables filter (policy drop)");
	fingerprint = detect(*state).fingerprint;
	assert_int_equal(detect(*state).fingerprint, fingerprint);
	sh(ebtables, "-A FORWARD -p ip -j ACCEPT");
	/* First what has to see every packet, then all there is. */
	assert_string_equal(detect(*state).what, "ebtables filter, ebtables filter (1 rule)");
	assert_true(detect(*state).bridged);
	assert_int_not_equal(detect(*state).fingerprint, fingerprint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ebtables),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
