// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/snapshot_read.c on a fake kernel: when exceptions of routes are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake/kernel.h"
#include "user/kernel/icmp.h"
#include "user/reconcile/snapshot_read.h"

static void read_exceptions(struct nsa_snapshot *snapshot)
{
	struct nsa_snapshot_reader reader = { .snapshot = snapshot };
	struct nsa_kernel_route *before = NULL;
	size_t count = 0;

	assert_int_equal(nsa_snapshot_read_exceptions(&reader, &before, &count), 0);
	free(before);
}

/* A message tells of an exception before the kernel shows it. */
static void test_exceptions_are_read_again(void **state)
{
	struct nsa_snapshot snapshot = { .icmp_received = nsa_icmp_received() };

	(void)state;
	assert_false(nsa_snapshot_exceptions_changed(&snapshot));
	snapshot.icmp_received--;
	for (int i = 0; i < 4; i++) {
		assert_true(nsa_snapshot_exceptions_changed(&snapshot));
		read_exceptions(&snapshot);
	}
	assert_false(nsa_snapshot_exceptions_changed(&snapshot));
	free(snapshot.exceptions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exceptions_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
