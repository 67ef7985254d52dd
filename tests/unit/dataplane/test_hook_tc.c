// SPDX-License-Identifier: GPL-2.0-only
/* Whose programs are at a TC hook, and in which order they run. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pins.h"
#include "sandbox.h"
#include "user/dataplane/hook_tc.h"
#include "user/kernel/qdisc.h"
#include "user/maps/maps.h"

#define COOKIE	7
#define INGRESS 46	  /* BPF_TCX_INGRESS, Linux 6.6: newer than Debian 12's headers */
#define BEFORE	(1U << 3) /* BPF_F_BEFORE */

static int load(void)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "nsa_test", "GPL", program, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

static struct nsa_tc_others others_at(int dev)
{
	struct nsa_tc_others others;

	memset(&others, 0xa5, sizeof(others));
	assert_int_equal(nsa_tc_others(COOKIE, dev, NSACCEL_HOOK_TC_INGRESS, &others), 0);
	return others;
}

static void assert_others(int dev, bool tcx, bool filters, bool behind)
{
	const struct nsa_tc_others others = others_at(dev);

	assert_int_equal(others.tcx, tcx);
	assert_int_equal(others.filters, filters);
	assert_int_equal(others.behind, behind);
}

static void test_order(void **state)
{
	const struct bpf_link_create_opts first = { .sz = sizeof(first), .flags = BEFORE };
	struct nsa_filter filter = { .priority = 9, .handle = 1 };
	struct nsa_maps *maps = pins_open();
	int ours = load(), theirs = load(), before, behind, dev;

	(void)state;
	sh("ip link add v0 type veth peer name v1");
	dev = (int)if_nametoindex("v0");
	assert_others(dev, false, false, false);
	before = bpf_link_create(theirs, dev, INGRESS, NULL);
	if (before == -EINVAL)
		skip(); /* no tcx */
	assert_true(before >= 0);
	assert_others(dev, true, false, false); /* ours will be the last */
	assert_int_equal(nsa_tc_attach(maps, COOKIE, dev, "v0", NSACCEL_HOOK_TC_INGRESS, ours), 0);
	assert_others(dev, true, false, false);
	close(before);
	assert_others(dev, false, false, false);
	behind = bpf_link_create(theirs, dev, INGRESS, NULL);
	assert_true(behind >= 0);
	assert_others(dev, true, false, true);
	close(behind);
	before = bpf_link_create(theirs, dev, INGRESS, &first);
	assert_true(before >= 0);
	assert_others(dev, true, false, false);
	filter.ifindex = dev;
	assert_int_equal(nsa_qdisc_add_clsact(dev), 0);
	assert_int_equal(nsa_filter_put(&filter, theirs, "theirs"), 0);
	assert_others(dev, true, true, true);
	close(before);
	assert_others(dev, false, true, true);
	assert_int_equal(nsa_tc_detach(COOKIE, dev, NSACCEL_HOOK_TC_INGRESS), 0);
	close(theirs);
	close(ours);
	pins_close(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests_name("hook_tc", tests, NULL, NULL);
}
