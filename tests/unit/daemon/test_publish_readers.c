// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/publish.c: what readers do to the publisher, and to each other. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "publish_fixture.h"
#include "user/util/cleanup.h"

#define MANY 100000 /* events, more than a socket holds */
#define SOME 40	    /* readers, more than one call has events of */

static void test_many_readers(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *readers[SOME];

	(void)state;
	for (int i = 0; i < SOME; i++)
		readers[i] = subscribe();
	dispatch(publisher);
	publish(publisher, 1);
	for (int i = 0; i < SOME; i++)
		assert_number(readers[i], 1);
	for (int i = 0; i < SOME; i += 2)
		nsa_subscription_closep(&readers[i]);
	while (!is_quiet(publisher))
		nsa_publisher_dispatch(publisher);
	publish(publisher, 2);
	for (int i = 1; i < SOME; i += 2) {
		assert_number(readers[i], 2);
		nsa_subscription_closep(&readers[i]);
	}
	publish(publisher, 3);
	assert_false(nsa_publish_wanted(publisher));
}

/* A reader that is gone before it was accepted. */
static void test_reader_in_a_hurry(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();

	(void)state;
	assert_int_equal(nsa_publisher_pid(), getpid());
	while (!is_quiet(publisher))
		nsa_publisher_dispatch(publisher);
	assert_false(nsa_publish_wanted(publisher));
}

/* A process that subscribes, and never reads. */
static pid_t start_idle_reader(struct nsa_publisher *publisher)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		subscribe();
		for (;;)
			pause();
	}
	dispatch(publisher);
	assert_true(nsa_publish_wanted(publisher));
	return pid;
}

/* The reader is gone while there are events that it has not read, and one that it has to be told
 * of. */
static void test_reader_dies(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *other;

	(void)state;
	for (int round = 0; round < 2; round++) {
		pid_t pid = start_idle_reader(publisher);

		for (int i = 0; i < MANY; i++)
			publish(publisher, i);
		process_end(pid);
		other = subscribe();
		if (round) { /* by the next event, before it was noticed */
			publish(publisher, MANY);
			assert_false(nsa_publish_wanted(publisher));
		}
		while (!is_quiet(publisher))
			nsa_publisher_dispatch(publisher);
		publish(publisher, 1);
		assert_number(other, 1);
		nsa_subscription_closep(&other);
		dispatch(publisher);
		assert_false(nsa_publish_wanted(publisher));
	}
}

static int connect_to(int type)
{
	const struct sockaddr_un address = publisher_address();
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Who writes to the daemon fills his own buffer, and no more. */
static void test_reader_that_writes(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	__cleanup(nsa_closep) int fd = connect_to(SOCK_SEQPACKET);
	struct nsa_subscription *other = add_subscription(publisher);
	char text[4096] = "{}";

	(void)state;
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_true(is_quiet(publisher));
	publish(publisher, 1);
	assert_number(other, 1);
	assert_true(recv(fd, text, sizeof(text), 0) > 0);
	nsa_subscription_closep(&other);
	close(TAKE_FD(fd));
	while (!is_quiet(publisher))
		nsa_publisher_dispatch(publisher);
	assert_false(nsa_publish_wanted(publisher));
}

static void test_stream_is_refused(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	__cleanup(nsa_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_un address = publisher_address();

	(void)state;
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), -1);
	assert_int_equal(errno, EPROTOTYPE);
	assert_true(is_quiet(publisher));
}

#define TEST(function) cmocka_unit_test_teardown(function, publish_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many_readers),       TEST(test_reader_in_a_hurry), TEST(test_reader_dies),
		TEST(test_reader_that_writes), TEST(test_stream_is_refused),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, publish_setup, NULL);
}
