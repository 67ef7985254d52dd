// SPDX-License-Identifier: GPL-2.0-only
/* The clsact qdisc and filters, as tc(8) sees them: by this kernel's tcx they aren't needed. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/kernel/qdisc.h"

static int dev;

static int setup(void **state)
{
	(void)state;
	sh("ip link add v0 type veth peer name v1");
	dev = (int)if_nametoindex("v0");
	return 0;
}

static int load(int verdict)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "nsa_test", "GPL", program, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

static void test_clsact(void **state)
{
	bool found = true;

	(void)state;
	assert_int_equal(nsa_qdisc_has_clsact(dev, &found), 0);
	assert_false(found);
	assert_int_equal(nsa_qdisc_add_clsact(dev), 0);
	assert_int_equal(nsa_qdisc_add_clsact(dev), -EEXIST);
	sh_says("qdisc clsact ffff: parent ffff:fff1", "tc qdisc show dev v0");
	assert_int_equal(nsa_qdisc_has_clsact(dev, &found), 0);
	assert_true(found);
	assert_int_equal(nsa_qdisc_del_clsact(dev), 0);
	sh("! tc qdisc show dev v0 | grep clsact");
	assert_true(nsa_qdisc_del_clsact(dev) < 0);
	assert_int_equal(nsa_qdisc_add_clsact(9999), -ENODEV);
}

static void test_filters(void **state)
{
	struct nsa_filter filter = { dev, false, 0x6e73, 1 }, other = { dev, false, 9, 1 };
	int pass = load(0), drop = load(2);
	bool found = true;

	(void)state;
	assert_int_equal(nsa_qdisc_add_clsact(dev), 0);
	for (int egress = 0; egress < 2; egress++) {
		const char *where = egress ? "egress" : "ingress";

		filter.egress = egress;
		assert_int_equal(nsa_filter_find(&filter, &found), 0);
		assert_false(found);
		assert_true(nsa_filter_del(&filter) < 0);
		assert_int_equal(nsa_filter_put(&filter, pass, "nsa_one"), 0);
		sh_says("filter protocol all pref 28275 bpf chain 0 handle 0x1 nsa_one "
			"direct-action",
			"tc filter show dev v0 %s", where);
		/* Another in its place. */
		assert_int_equal(nsa_filter_put(&filter, drop, "nsa_two"), 0);
		sh_says("handle 0x1 nsa_two direct-action", "tc filter show dev v0 %s", where);
		sh("! tc filter show dev v0 %s | grep nsa_one", where);
		assert_int_equal(nsa_filter_find(&filter, &found), 0);
		assert_true(found);
		assert_int_equal(nsa_qdisc_has_filters(dev, egress, filter.priority, &found), 0);
		assert_false(found);
		/* Of another priority or handle it is somebody else's. */
		other.egress = egress;
		assert_int_equal(nsa_filter_put(&other, pass, "nsa_other"), 0);
		assert_int_equal(nsa_qdisc_has_filters(dev, egress, filter.priority, &found), 0);
		assert_true(found);
		filter.handle = 2;
		assert_int_equal(nsa_filter_find(&filter, &found), 0);
		assert_false(found);
		filter.handle = 1;
		assert_int_equal(nsa_filter_del(&filter), 0);
		assert_int_equal(nsa_filter_find(&filter, &found), 0);
		assert_false(found);
		sh_says("pref 9 bpf chain 0 handle 0x1 nsa_other", "tc filter show dev v0 %s",
			where);
	}
	assert_int_equal(nsa_filter_put(&filter, -1, "none"), -EBADF);
	assert_int_equal(nsa_qdisc_del_clsact(dev), 0);
	close(pass);
	close(drop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clsact),
		cmocka_unit_test(test_filters),
	};

	sandbox_enter();
	return cmocka_run_group_tests_name("qdisc", tests, setup, NULL);
}
