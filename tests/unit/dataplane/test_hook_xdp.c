// SPDX-License-Identifier: GPL-2.0-only
/* A port's record says what is attached, also if that can neither be replaced nor removed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake/machine.h"
#include "user/dataplane/hook_xdp.h"
#include "user/util/cleanup.h"
#include "user/util/log.h"

static bool removal_fails;

/* In the place of libc's: pins can't be removed from a bpffs that is read-only. */
int remove(const char *path)
{
	if (removal_fails) {
		errno = EROFS;
		return -1;
	}
	return unlink(path) ? rmdir(path) : 0;
}

static int attach_again(struct nsaccel_port *port)
{
	const struct nsa_program_config config = { .owner_cookie = machine.host->cookie };
	__cleanup(nsa_closep) int program = fake_object_open(fake_object_new(FAKE_PROGRAM));

	return nsa_xdp_attach(&config, &fake_link_named(machine.host, "eth0")->link, program, port);
}

static bool is_attached(void)
{
	const struct fake_link *eth0 = fake_link_named(machine.host, "eth0");

	return nsa_xdp_query(machine.host->cookie, eth0->link.ifindex, NSACCEL_XDP_LINK);
}

static struct nsaccel_port have_xdp(enum nsaccel_mode mode)
{
	assert_int_equal(machine_attach("eth0"), 0);
	assert_true(is_attached());
	return (struct nsaccel_port){ .requested = 1,
				      .mode = mode,
				      .xdp = NSACCEL_XDP_LINK,
				      .xdp_why = NSACCEL_XDP_WHY_NO_EXT };
}

static void check_stays(struct nsaccel_port *port)
{
	removal_fails = true;
	assert_int_equal(attach_again(port), -EROFS);
	removal_fails = false;
	assert_true(is_attached());
	assert_int_equal(port->xdp, NSACCEL_XDP_LINK);
	assert_int_equal(port->xdp_why, NSACCEL_XDP_WHY_NO_EXT);
	assert_non_null(strstr(nsa_log_error() ?: "", "eth0"));
}

static void check_goes(struct nsaccel_port *port, enum nsaccel_xdp_why why)
{
	assert_int_equal(attach_again(port), 0);
	assert_false(is_attached());
	assert_int_equal(port->xdp, NSACCEL_XDP_NONE);
	assert_int_equal(port->xdp_why, why);
}

static void test_not_replaced(void **state)
{
	struct nsaccel_port port = have_xdp(NSACCEL_MODE_AUTO);

	(void)state;
	fake_fail_from("bpf_link_update", 1, -EIO);
	check_stays(&port);
	check_goes(&port, NSACCEL_XDP_WHY_REFUSED);
}

static void test_not_wanted(void **state)
{
	struct nsaccel_port port = have_xdp(NSACCEL_MODE_TC);

	(void)state;
	check_stays(&port);
	check_goes(&port, NSACCEL_XDP_WHY_ASKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_not_replaced),
		MACHINE_TEST(test_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
