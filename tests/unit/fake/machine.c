// SPDX-License-Identifier: GPL-2.0-only
/* A fake machine: its topology, its directory, and the loop over failing calls. */
#include <errno.h>
#include <dirent.h>
#include <ftw.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake/machine.h"
#include "user/ops/attach.h"
#include "user/ops/sync.h"
#include "user/util/log.h"

struct machine machine;

static char directory[] = "/dev/shm/nsaccel-XXXXXX", bpffs[64];
static int descriptors; /* open before a test */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level ? remove(path) : 0;
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void make_topology(void)
{
	machine.host = fake_kernel_reset("host");
	machine.red = fake_netns_add("red");
	machine.blue = fake_netns_add("blue");
	machine.router = fake_netns_add("router");
	machine.router->unreachable = true;
	fake_link_add(machine.host, "eth0", "");
	fake_link_add(machine.host, "eth1", "");
	fake_veth_add(machine.host, "red", machine.red, "in");
	fake_veth_add(machine.host, "blue", machine.blue, "in");
	fake_link_add(machine.router, "lan", "");
	fake_addr_add(machine.host, "eth0", "10.1.0.1/24");
	fake_addr_add(machine.host, "eth1", "10.4.0.1/24");
	fake_addr_add(machine.host, "red", "10.2.0.1/24");
	fake_addr_add(machine.host, "blue", "10.3.0.1/24");
	fake_addr_add(machine.red, "in", "10.2.0.2/24");
	fake_addr_add(machine.blue, "in", "10.3.0.2/24");
	fake_addr_add(machine.router, "lan", "10.1.0.9/24");
	fake_route_add(machine.host, "0.0.0.0/0", "10.1.0.9", "eth0");
}

void machine_reset(void)
{
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	snprintf(bpffs, sizeof(bpffs), "%s/bpf", directory);
	assert_int_equal(mkdir(bpffs, 0700), 0);
	machine.bpffs = bpffs;
	fake_bpf_reset(bpffs);
	make_topology();
	fake_fail_never();
	nsa_log_init(true, false);
}

int machine_setup(void **state)
{
	(void)state;
	/* Copies of whole maps, of some megabytes, come from memory that is there. */
	mallopt(M_MMAP_THRESHOLD, 1 << 25);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	machine_reset();
	fake_bpf_reset(bpffs);
	descriptors = count_descriptors();
	return 0;
}

int machine_teardown(void **state)
{
	(void)state;
	assert_ptr_equal(fake_kernel_here(), machine.host);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	rmdir(directory);
	fake_bpf_reset("");
	assert_int_equal(count_descriptors(), descriptors);
	return 0;
}

int machine_attach(const char *dev)
{
	const struct nsa_attach_request request = { .bpffs = machine.bpffs, .dev = dev };
	struct nsa_attached attached = {};

	return nsa_attach(&request, &attached);
}

int machine_sync(void)
{
	return nsa_sync(machine.bpffs, NULL);
}

static void begin(const struct machine_trial *trial)
{
	machine_reset();
	if (trial->prepare)
		trial->prepare();
}

static bool state_is(const char *expected)
{
	char *now = fake_dump();
	bool same = !strcmp(now, expected);

	free(now);
	return same;
}

#define NEW_MACHINE 16

/* A machine that is as it was before is almost as good as a new one, and much cheaper: every now
 * and then there is a new one all the same. */
static void begin_again(const struct machine_trial *trial, unsigned int n, const char *before)
{
	if (n % NEW_MACHINE == 0 || !state_is(before))
		begin(trial);
	fake_fail_never();
	nsa_log_init(true, false);
}

static int mend(const struct machine_trial *trial)
{
	return (trial->mend ? trial->mend : trial->act)();
}

/* The calls by which namespaces behind ports are read. */
static bool reads_namespace(const char *function)
{
	return !strncmp(function, "nsa_rtnl_", strlen("nsa_rtnl_"));
}

/* Act has returned r. From a state that is known already, mend would lead to what is known, too. */
static void check_one(const struct machine_trial *trial, const char *before, const char *after,
		      unsigned int n, int r)
{
	const char *failed = fake_failed();
	char what[128];

	snprintf(what, sizeof(what), "%s, %d as call %u (%s) failed", trial->what, r, n, failed);
	if (state_is(r ? before : after))
		return;
	if (r && !trial->goes_on && !(trial->follows && reads_namespace(failed)))
		fake_check_state(what, before);
	fake_fail_never();
	nsa_log_forget();
	r = mend(trial);
	strncat(what, ", mended", sizeof(what) - strlen(what) - 1);
	if (r)
		fail_msg("%s: %d", what, r);
	fake_check_state(what, after);
}

/* What act and mend lead to. */
static char *find_after(const struct machine_trial *trial)
{
	assert_int_equal(trial->act(), 0);
	assert_int_equal(mend(trial), 0);
	return fake_dump();
}

void machine_try_each_failure(const struct machine_trial *trial)
{
	char *before, *after;
	int r;

	begin(trial);
	before = fake_dump();
	after = find_after(trial);
	for (unsigned int n = trial->from ?: 1;; n++) {
		begin_again(trial, n, before);
		fake_fail(NULL, n, -EIO);
		r = trial->act();
		if (!fake_failed())
			break;
		check_one(trial, before, after, n, r);
	}
	assert_int_equal(r, 0);
	free(before);
	free(after);
}
