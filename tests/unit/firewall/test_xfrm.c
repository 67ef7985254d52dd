// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/xfrm.c: policies of IPsec. */
#include "firewall_fixture.h"
#include "sandbox.h"

static void test_ipsec(void **state)
{
	static const char policy[] =
		"ip -n nsa-fw xfrm policy add src 10.0.%d.0/24 dst 10.1.0.0/24 "
		"dir %s tmpl src 10.2.0.1 dst 10.2.0.2 proto esp mode tunnel";

	sh(policy, 1, "in");
	assert_string_equal(detect(*state).what, "");
	sh(policy, 2, "out");
	assert_string_equal(detect(*state).what, "1 IPsec policy");
	sh(policy, 3, "fwd");
	assert_string_equal(detect(*state).what, "2 IPsec policies");
	sh("ip -n nsa-fw xfrm policy flush && ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_string_equal(detect(*state).what, "IPsec default policy block");
}

static void test_ipsec_fingerprint(void **state)
{
	static const char policy[] =
		"ip -n nsa-fw xfrm policy %s src 0.0.0.0/0 dst 127.0.0.0/8 dir out priority %d";
	__u64 before = detect(*state).fingerprint, after;

	sh(policy, "add", 5);
	after = detect(*state).fingerprint;
	assert_int_not_equal(after, before);
	count_packets(); /* use times and the like */
	assert_int_equal(detect(*state).fingerprint, after);
	sh(policy, "update", 6);
	assert_string_equal(detect(*state).what, "1 IPsec policy");
	assert_int_not_equal(detect(*state).fingerprint, after);
	after = detect(*state).fingerprint;
	sh("ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_int_not_equal(detect(*state).fingerprint, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ipsec_fingerprint),
		TEST(test_ipsec),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
