// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/dataplane/dispatcher.c: our pins in the dispatchers of libxdp are removed. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "sandbox.h"
#include "user/dataplane/dispatcher.h"
#include "user/maps/pin.h"

#define LIBXDP NSA_BPFFS_DEFAULT "/xdp"
#define LINKS  NSA_BPFFS_DEFAULT "/links"

/* What takes the part of our program, and of somebody else's. */
static int ours, others;

static int load(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "test", "GPL", insns, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

static __u32 id_of(int prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(prog, &info, &len), 0);
	return info.id;
}

/* libxdp's pins of a program in a dispatcher. */
static void pin(const char *dispatcher, int n, int prog)
{
	char path[PATH_MAX];

	sh("mkdir -p " LIBXDP "/%s", dispatcher);
	snprintf(path, sizeof(path), LIBXDP "/%s/prog%d-prog", dispatcher, n);
	assert_int_equal(bpf_obj_pin(prog, path), 0);
	snprintf(path, sizeof(path), LIBXDP "/%s/prog%d-link", dispatcher, n);
	assert_int_equal(bpf_obj_pin(prog, path), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(mount("bpf", NSA_BPFFS_DEFAULT, "bpf", 0, NULL), 0);
	ours = load();
	others = load();
	pin("dispatch-4-100", 0, ours);
	pin("dispatch-4-200", 0, others);
	pin("dispatch-40-100", 0, ours); /* another device's, to which it is attached, too */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(ours);
	close(others);
	assert_int_equal(umount(NSA_BPFFS_DEFAULT), 0);
	return 0;
}

static bool is_there(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), LIBXDP "/%s", name);
	return !access(path, F_OK);
}

static void test_gone(void **state)
{
	(void)state;
	nsa_dispatcher_clean(4, id_of(ours));
	assert_false(is_there("dispatch-4-100"));
	assert_true(is_there("dispatch-4-200/prog0-link"));
	assert_true(is_there("dispatch-40-100/prog0-link"));
}

static void test_shared(void **state)
{
	(void)state;
	pin("dispatch-4-100", 1, others);
	nsa_dispatcher_clean(4, id_of(ours));
	assert_false(is_there("dispatch-4-100/prog0-prog"));
	assert_false(is_there("dispatch-4-100/prog0-link"));
	assert_true(is_there("dispatch-4-100/prog1-prog"));
	assert_true(is_there("dispatch-4-100/prog1-link"));
}

static void test_nothing_known(void **state)
{
	(void)state;
	nsa_dispatcher_clean(4, 0);
	assert_true(is_there("dispatch-4-100/prog0-link"));
}

static void test_owner(void **state)
{
	(void)state;
	sh("mkdir " LINKS);
	assert_int_equal(bpf_obj_pin(ours, LINKS "/4-ext"), 0);
	assert_int_equal(bpf_obj_pin(others, LINKS "/4-tc_ingress"), 0);
	nsa_dispatcher_clean_owner(LINKS);
	assert_false(is_there("dispatch-4-100"));
	assert_true(is_there("dispatch-4-200/prog0-link"));
	assert_true(is_there("dispatch-40-100/prog0-link"));
	nsa_dispatcher_clean_owner(NSA_BPFFS_DEFAULT "/none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gone),
		TEST(test_shared),
		TEST(test_nothing_known),
		TEST(test_owner),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
