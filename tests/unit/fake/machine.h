/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake machine for tests of user/reconcile, user/ops and user/daemon: no root, no BPF, no
 * network. The host has the NICs eth0 (10.1.0.1/24, to the router 10.1.0.9) and eth1 (10.4.0.1/24),
 * and the veths red and blue to a namespace of the same name, where the device is "in"
 * (10.2.0.2/24, 10.3.0.2/24; the host has .1). A test is linked with the fakes instead of
 * user/kernel, user/firewall and bpf(2) if it includes a header of this folder.
 */
#ifndef NSA_TEST_FAKE_MACHINE_H
#define NSA_TEST_FAKE_MACHINE_H

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/dump.h"
#include "fake/fail.h"
#include "fake/kernel.h"

extern struct machine {
	const char *bpffs; /* a directory */
	struct fake_netns *host, *red, *blue, *router;
} machine;

/* For cmocka: each test begins on a new machine, where nothing is attached. The second one checks,
 * too, that the caller is where it was, and that no descriptor is left open. */
int machine_setup(void **state);
int machine_teardown(void **state);
/* Begins anew within a test. */
void machine_reset(void);

#define MACHINE_TEST(function)                                                                     \
	cmocka_unit_test_setup_teardown(function, machine_setup, machine_teardown)

/* nsaccel attach; 0 or -errno. */
int machine_attach(const char *dev);

/* nsaccel sync */
int machine_sync(void);

/*
 * Fails each call that act makes, one after the other, each time on a new machine that prepare
 * made. After act has failed, the state has to be what it was before it. After that, and after act
 * has succeeded all the same, mend, without failures, has to lead to the state that both lead to
 * without any.
 */
struct machine_trial {
	const char *what;
	void (*prepare)(void); /* NULL: nothing */
	int (*act)(void);
	int (*mend)(void); /* NULL: act */
	/* Act follows the kernel before it does anything. Then namespaces behind ports that can't
	 * be read are taken for gone, and what was before is not what stands. */
	bool follows;
	/* Act does all that it can, and undoes nothing. */
	bool goes_on;
	/* The first call that fails; 0: the first of all. Those before it are another trial's. */
	unsigned int from;
};

void machine_try_each_failure(const struct machine_trial *trial);

#endif
