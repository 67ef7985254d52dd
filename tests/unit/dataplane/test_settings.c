// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/dataplane/settings.c: settings are changed, and restored. */
#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mount.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/util/cleanup.h"
#include "user/dataplane/settings.h"
#include "user/kernel/sysctl.h"
#include "user/maps/settings.h"
#include "user/util/cleanup.h"

#define LIBERAL "net/netfilter/nf_conntrack_tcp_be_liberal"
#define OWNER	1234

/* The namespace nsa-set, and what attach would have of it. */
static struct fixture {
	struct nsa_maps maps;
	struct nsa_netns ns;
	struct nsa_netns_list list;
	struct nsaccel_setting_key key;
} fixture;

static int setup(void **state)
{
	struct fixture *f = &fixture;

	sh("ip netns add nsa-set");
	assert_int_equal(nsa_netns_open("nsa-set", &f->ns), 0);
	f->list = (struct nsa_netns_list){ .ns = &f->ns, .count = 1 };
	f->key = (struct nsaccel_setting_key){ .netns_cookie = f->ns.cookie,
					       .kind = NSACCEL_SETTING_CT_LIBERAL };
	f->maps.fd[NSA_MAP_SETTINGS] =
		bpf_map_create(BPF_MAP_TYPE_HASH, "settings", sizeof(struct nsaccel_setting_key),
			       sizeof(struct nsaccel_setting), 8, NULL);
	assert_true(f->maps.fd[NSA_MAP_SETTINGS] >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->maps.fd[NSA_MAP_SETTINGS]);
	nsa_netns_close(&f->ns);
	sh("ip netns del nsa-set");
	return 0;
}

static int change(struct fixture *f, __u32 value)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(&f->ns);

	assert_true(token >= 0);
	return nsa_settings_change(&f->maps, OWNER, &f->key, "", value);
}

static int liberal(const struct fixture *f)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(&f->ns);
	int value;

	assert_true(token >= 0);
	if (nsa_sysctl_read(LIBERAL, &value) == -ENOENT)
		skip();
	return value;
}

static bool is_recorded(const struct fixture *f)
{
	return !nsa_maps_setting_get(&f->maps, &f->key, &(struct nsaccel_setting){});
}

static void test_changed_and_restored(void **state)
{
	struct fixture *f = *state;
	int outside = 0;

	assert_int_equal(liberal(f), 0);
	assert_int_equal(change(f, 1), 0);
	assert_int_equal(liberal(f), 1);
	assert_int_equal(nsa_sysctl_read(LIBERAL, &outside), 0);
	assert_int_equal(outside, 0);
	assert_true(is_recorded(f));
	assert_int_equal(change(f, 1), 0); /* again */
	nsa_settings_restore(&f->maps, &f->list, &f->key);
	assert_int_equal(liberal(f), 0);
	assert_false(is_recorded(f));
}

static void test_was_so_already(void **state)
{
	struct fixture *f = *state;

	liberal(f);
	sh("nsenter --net=/run/netns/nsa-set sysctl -qw "
	   "net.netfilter.nf_conntrack_tcp_be_liberal=1");
	assert_int_equal(change(f, 1), 0);
	assert_false(is_recorded(f));
	nsa_settings_restore(&f->maps, &f->list, &f->key);
	assert_int_equal(liberal(f), 1);
}

static void test_changed_by_somebody_else(void **state)
{
	struct fixture *f = *state;

	liberal(f);
	assert_int_equal(change(f, 1), 0);
	sh("nsenter --net=/run/netns/nsa-set sysctl -qw "
	   "net.netfilter.nf_conntrack_tcp_be_liberal=2 "
	   "2>/dev/null || "
	   "nsenter --net=/run/netns/nsa-set sysctl -qw "
	   "net.netfilter.nf_conntrack_tcp_be_liberal=0");
	assert_int_not_equal(liberal(f), 1);
	nsa_settings_restore(&f->maps, &f->list, &f->key);
	assert_int_not_equal(liberal(f), 1);
	assert_false(is_recorded(f));
}

static void test_restored_with_its_owner(void **state)
{
	struct fixture *f = *state;

	liberal(f);
	assert_int_equal(change(f, 1), 0);
	nsa_settings_restore_all(&f->maps, &f->list, OWNER + 1, 0, 0);
	assert_int_equal(liberal(f), 1);
	nsa_settings_restore_all(&f->maps, &f->list, OWNER, f->ns.cookie, 1); /* a device's */
	assert_int_equal(liberal(f), 1);
	nsa_settings_restore_all(&f->maps, &f->list, OWNER, 0, 0);
	assert_int_equal(liberal(f), 0);
}

static void test_namespace_is_gone(void **state)
{
	struct fixture *f = *state;
	const struct nsa_netns_list empty = {};

	liberal(f);
	assert_int_equal(change(f, 1), 0);
	nsa_settings_restore(&f->maps, &empty, &f->key);
	assert_false(is_recorded(f));
}

/* As in a kernel that has no conntrack. */
static void test_without_conntrack(void **state)
{
	struct fixture *f = *state;

	liberal(f);
	assert_int_equal(change(f, 1), 0);
	assert_int_equal(mount("tmpfs", "/proc/sys", "tmpfs", 0, NULL), 0);
	nsa_settings_restore(&f->maps, &f->list, &f->key);
	assert_false(is_recorded(f));
	assert_int_equal(change(f, 1), 0);
	assert_false(is_recorded(f));
	assert_int_equal(umount("/proc/sys"), 0);
}

/* A kind that nothing writes: somebody else did. */
static void test_of_no_kind(void **state)
{
	const __u32 kinds[] = { NSACCEL_SETTING_NONE, 100, 0x7fffffff };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct nsaccel_setting setting = { .owner_cookie = OWNER, .new_value = 1 };

		f->key.kind = kinds[i];
		f->key.ifindex = 1;
		assert_int_equal(nsa_maps_setting_put(&f->maps, &f->key, &setting), 0);
		nsa_settings_restore(&f->maps, &f->list, &f->key);
		assert_false(is_recorded(f));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_changed_and_restored),
		TEST(test_was_so_already),
		TEST(test_changed_by_somebody_else),
		TEST(test_restored_with_its_owner),
		TEST(test_namespace_is_gone),
		TEST(test_without_conntrack),
		TEST(test_of_no_kind),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
