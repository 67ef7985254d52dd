// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/publish.c and subscribe.c: descriptors, memory and files that they cannot
 * have, and other daemons. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "publish_fixture.h"
#include "user/maps/pin.h"
#include "user/maps/run_dir.h"
#include "user/util/cleanup.h"
#include "user/util/clock.h"

#define WATCH_USEC 400000
#define PAUSE_USEC 100000 /* of the publisher, when it cannot accept a reader */
#define NOBODY	   65534

/* Descriptors */

static struct rlimit descriptors;

/* No more than so many descriptors can be opened until allow_descriptors(). */
static void allow_only(unsigned int more)
{
	struct rlimit low = descriptors;
	int fds[16];

	assert_true(more < 16);
	for (unsigned int i = 0; i <= more; i++)
		assert_true((fds[i] = dup(STDERR_FILENO)) >= 0);
	for (unsigned int i = 0; i <= more; i++)
		close(fds[i]);
	low.rlim_cur = (rlim_t)fds[more];
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
}

static void allow_descriptors(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
}

/* Its turns, while it cannot accept: two for each pause. */
static void assert_pauses(struct nsa_publisher *publisher)
{
	struct pollfd fd = { .fd = nsa_publisher_fd(publisher), .events = POLLIN };
	__u64 start = nsa_clock_usec(CLOCK_MONOTONIC), took = 0, turns = 0;

	while (took < WATCH_USEC) {
		if (poll(&fd, 1, 10) > 0) {
			nsa_publisher_dispatch(publisher);
			turns++;
		}
		took = nsa_clock_usec(CLOCK_MONOTONIC) - start;
	}
	assert_in_range(turns, 1, 2 * (took / PAUSE_USEC) + 2);
}

static void test_no_descriptor_for_a_reader(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *first = add_subscription(publisher), *second;

	(void)state;
	for (int round = 0; round < 2; round++) {
		int fds;

		second = subscribe();
		fds = count_fds();
		allow_only(0);
		assert_pauses(publisher);
		/* Others are served meanwhile. */
		publish(publisher, 1);
		assert_number(first, 1);
		allow_descriptors();
		/* Not because of another reader, but as the pause ends. */
		while (count_fds() == fds)
			dispatch(publisher);
		publish(publisher, 2);
		assert_number(first, 2);
		assert_number(second, 2);
		nsa_subscription_closep(&second);
		dispatch(publisher);
		assert_true(is_quiet(publisher));
	}
	nsa_subscription_closep(&first);
}

/* Of each descriptor that it needs. */
static void test_no_descriptor_for_itself(void **state)
{
	const struct sockaddr_un address = publisher_address();
	struct nsa_publisher *publisher = NULL;
	int r = -EMFILE, fds = count_fds();
	unsigned int more;

	(void)state;
	for (more = 0; r; more++) {
		allow_only(more);
		r = nsa_publisher_open(&publisher);
		allow_descriptors();
		assert_true(r == -EMFILE || (!r && more));
		if (!r)
			nsa_publisher_close(publisher);
		assert_int_equal(count_fds(), fds);
		assert_int_equal(access(address.sun_path, F_OK), -1);
	}
	assert_true(more > 2);
}

static void test_no_descriptor_for_subscription(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *subscription = NULL;
	int r = -EMFILE, fds = count_fds();

	(void)state;
	for (unsigned int more = 0; r; more++) {
		allow_only(more);
		r = nsa_subscribe(nsa_pin_bpffs(), &subscription);
		allow_descriptors();
		assert_true(r == -EMFILE || (!r && more));
		nsa_subscription_closep(&subscription);
		subscription = NULL;
		assert_int_equal(count_fds(), fds);
	}
	while (!is_quiet(publisher))
		nsa_publisher_dispatch(publisher);
	assert_false(nsa_publish_wanted(publisher));
}

/* Memory */

static void *no_memory(size_t size)
{
	(void)size;
	return NULL;
}

/* What it cannot say to a reader, that one has lost. It is told with the next event, and the
 * publisher does not try all the time until then. */
static void test_no_memory(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *reader = add_subscription(publisher);
	json_t *event = json_pack("{s:s}", "event", "test");

	(void)state;
	json_set_alloc_funcs(no_memory, free);
	nsa_publish(publisher, event);
	nsa_publish(publisher, json_pack("{s:s}", "event", "test")); /* NULL */
	dispatch(publisher);
	assert_true(is_quiet(publisher));
	json_set_alloc_funcs(malloc, free);
	publish(publisher, 3);
	assert_lost(reader, 2);
	assert_number(reader, 3);
	assert_true(is_quiet(publisher));
	nsa_subscription_closep(&reader);
}

/* An event that the caller had no memory for. */
static void test_no_event(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *reader;

	(void)state;
	nsa_publish(publisher, NULL); /* nobody listens */
	reader = add_subscription(publisher);
	nsa_publish(publisher, NULL);
	dispatch(publisher);
	assert_lost(reader, 1);
	nsa_subscription_closep(&reader);
}

/* The file */

static int subscribe_as_nobody(void)
{
	struct nsa_subscription *subscription = NULL;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(setgid(NOBODY) || setuid(NOBODY) ?
			      1 :
			      -nsa_subscribe(nsa_pin_bpffs(), &subscription));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

/* The directory keeps others out, and so does the socket, whatever umask the daemon has. */
static void test_permission(void **state)
{
	const struct sockaddr_un address = publisher_address();
	static const mode_t masks[] = { 0, 022, 0777 };

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		mode_t before = umask(masks[i]);
		struct nsa_publisher *publisher = publisher_open();
		struct stat st;

		umask(before);
		assert_int_equal(stat(address.sun_path, &st), 0);
		assert_int_equal(st.st_mode & ~0600U, S_IFSOCK);
		chmod("/run/nsaccel", 0700);
		assert_int_equal(subscribe_as_nobody(), -EACCES);
		chmod("/run/nsaccel", 0755);
		assert_int_equal(subscribe_as_nobody(), -EACCES);
		assert_true(is_quiet(publisher));
		nsa_publisher_close(publisher);
	}
	chmod("/run/nsaccel", 0700);
}

/* What is no socket of a daemon that was killed stays. */
static void test_file_in_the_way(void **state)
{
	const struct sockaddr_un address = publisher_address();
	struct nsa_publisher *publisher = NULL;
	int fds = count_fds();

	(void)state;
	sh("mkdir -p /run/nsaccel/it && ln -s it '%s'", address.sun_path);
	assert_int_equal(nsa_publisher_open(&publisher), -EEXIST);
	sh("rmdir /run/nsaccel/it && test -L '%s'", address.sun_path);
	assert_int_equal(nsa_publisher_open(&publisher), -EEXIST);
	sh("rm '%s' && mkdir '%s'", address.sun_path, address.sun_path);
	assert_int_equal(nsa_publisher_open(&publisher), -EEXIST);
	sh("rmdir '%s' && touch '%s'", address.sun_path, address.sun_path);
	assert_int_equal(nsa_publisher_open(&publisher), -EEXIST);
	sh("rm '%s'", address.sun_path);
	assert_null(publisher);
	assert_int_equal(count_fds(), fds);
}

static void test_run_is_read_only(void **state)
{
	struct nsa_publisher *publisher = NULL;
	int fds = count_fds();

	(void)state;
	sh("mount -o remount,ro /run");
	assert_int_equal(nsa_publisher_open(&publisher), -EROFS);
	sh("mount -o remount,rw /run && rm -r /run/nsaccel && mount -o remount,ro /run");
	assert_int_equal(nsa_publisher_open(&publisher), -EROFS);
	sh("mount -o remount,rw /run && touch /run/nsaccel");
	assert_int_equal(nsa_publisher_open(&publisher), -ENOTDIR);
	sh("rm /run/nsaccel");
	assert_null(publisher);
	assert_int_equal(count_fds(), fds);
	nsa_publisher_close(publisher_open());
}

/* Subscriptions */

/* What is there listens, but is no daemon of this version. */
static int open_server(void)
{
	const struct sockaddr_un address = publisher_address();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int next_of(const void *message, size_t size)
{
	__cleanup(nsa_closep) int server = open_server(), fd = -1;
	struct nsa_subscription *subscription = subscribe();
	json_t *event = NULL;
	int r;

	fd = accept(server, NULL, NULL);
	assert_int_equal(send(fd, message, size, 0), size);
	r = nsa_subscription_next(subscription, &event);
	nsa_subscription_closep(&subscription);
	assert_null(event);
	sh("rm /run/nsaccel/*.sock");
	return r;
}

static void test_other_daemon(void **state)
{
	__cleanup(nsa_freep) char *large = calloc(1, 70000);

	(void)state;
	assert_int_equal(next_of("{\"event\":", 9), -EBADMSG);
	assert_int_equal(next_of("\"word\"", 6), -EBADMSG);
	assert_int_equal(next_of("[1]", 3), -EBADMSG);
	assert_int_equal(next_of("{\"event\":\"\xff\"}", 13), -EBADMSG);
	assert_int_equal(next_of("", 0), -ESRCH);
	snprintf(large, 70000, "{\"event\":\"%068000d\"}", 0);
	assert_int_equal(next_of(large, strlen(large)), -EBADMSG);
}

static void test_no_bpffs(void **state)
{
	struct nsa_subscription *subscription = NULL;

	(void)state;
	assert_int_equal(nsa_subscribe("/run/none", &subscription), -ENOENT);
	assert_int_equal(nsa_subscribe("/proc", &subscription), -ENODEV);
	assert_int_equal(nsa_subscribe(BPFFS, &subscription), -ESRCH);
	assert_int_equal(nsa_publisher_pid(), -ESRCH);
	assert_null(subscription);
}

static int setup(void **state)
{
	int r = publish_setup(state);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
	nsa_publisher_close(publisher_open()); /* the directory is there now */
	return r;
}

/* What a test that failed has left must fail no other. */
static int teardown(void **state)
{
	allow_descriptors();
	json_set_alloc_funcs(malloc, free);
	return publish_teardown(state);
}

#define TEST(function) cmocka_unit_test_teardown(function, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_descriptor_for_a_reader),
		TEST(test_no_descriptor_for_itself),
		TEST(test_no_descriptor_for_subscription),
		TEST(test_no_memory),
		TEST(test_no_event),
		TEST(test_permission),
		TEST(test_file_in_the_way),
		TEST(test_run_is_read_only),
		TEST(test_other_daemon),
		TEST(test_no_bpffs),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, setup, NULL);
}
