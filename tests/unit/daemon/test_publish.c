// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/daemon/publish.c: events of the daemon, and "nsaccel monitor", which shows them. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "publish_fixture.h"
#include "user/util/cleanup.h"
#include "user/cli/commands.h"
#include "user/maps/pin.h"

#define MANY 100000 /* events, more than a socket holds */

static void test_publish(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *a, *b;
	int year, month, day, hour, minute, end = 0;
	double second;
	json_t *event;

	(void)state;
	publish(publisher, 0); /* nobody listens */
	a = subscribe();
	b = subscribe();
	dispatch(publisher);
	assert_true(nsa_publish_wanted(publisher));
	publish(publisher, 1);
	publish(publisher, 2);
	event = next(a);
	assert_string_equal(json_object_iter_key(json_object_iter(event)), "time");
	assert_int_equal(sscanf(json_string_value(json_object_get(event, "time")),
				"%4d-%2d-%2dT%2d:%2d:%9lfZ%n", &year, &month, &day, &hour, &minute,
				&second, &end),
			 6);
	assert_int_equal(end, strlen("2026-11-22T10:33:00.123456Z"));
	json_decref(event);
	assert_number(a, 2);
	nsa_subscription_closep(&a);
	dispatch(publisher);
	assert_true(nsa_publish_wanted(publisher));
	publish(publisher, 3);
	assert_number(b, 1);
	assert_number(b, 2);
	assert_number(b, 3);

	/* One that left without a word is noticed when something is sent, too. */
	nsa_subscription_closep(&b);
	publish(publisher, 4);
	assert_false(nsa_publish_wanted(publisher));
}

static json_int_t read_numbers(struct nsa_subscription *subscription, json_int_t from)
{
	const char *name;
	json_int_t count;
	json_t *event;

	for (;; from++) {
		event = next(subscription);
		name = json_string_value(json_object_get(event, "event"));
		if (strcmp(name, "test") != 0)
			break;
		assert_int_equal(json_integer_value(json_object_get(event, "number")), from);
		json_decref(event);
	}
	assert_string_equal(name, "lost");
	count = json_integer_value(json_object_get(event, "count"));
	assert_true(count > 0);
	json_decref(event);
	return from + count;
}

static void test_slow_reader(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *slow = subscribe(), *fast = subscribe();
	struct pollfd fd = { .fd = nsa_publisher_fd(publisher), .events = POLLIN };

	(void)state;
	dispatch(publisher);
	for (int i = 0; i < MANY; i++) {
		publish(publisher, i);
		assert_number(fast, i);
	}
	assert_int_equal(poll(&fd, 1, 0), 0);

	/* What can be told no earlier is told as soon as there is room, without another event. */
	for (int i = 0; i < 1000; i++)
		assert_number(slow, i);
	while (poll(&fd, 1, 0) == 0)
		json_decref(next(slow));
	dispatch(publisher);
	assert_int_equal(poll(&fd, 1, 0), 0);
	publish(publisher, MANY);
	nsa_subscription_closep(&fast);
	nsa_subscription_closep(&slow);
	dispatch(publisher);
	assert_false(nsa_publish_wanted(publisher));
}

static void test_lost_are_counted(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *slow = subscribe();
	json_int_t number = 0;

	(void)state;
	dispatch(publisher);
	for (int round = 1; round <= 3; round++) {
		for (int i = (round - 1) * MANY; i < round * MANY; i++)
			publish(publisher, i);
		for (int i = 0; i < 10; i++, number++)
			assert_number(slow, (int)number);
		/* Not before there is room for it. */
		while (number < round * MANY) {
			struct pollfd fd = { .fd = nsa_publisher_fd(publisher), .events = POLLIN };
			json_t *event;

			if (poll(&fd, 1, 0)) {
				nsa_publisher_dispatch(publisher);
				number = read_numbers(slow, number);
				break;
			}
			event = next(slow);
			assert_int_equal(json_integer_value(json_object_get(event, "number")),
					 number++);
			json_decref(event);
		}
		assert_int_equal(number, round * MANY);
	}
	/* An event that is too large is lost to all. */
	nsa_publish(publisher, json_pack("{s:s, s:o}", "event", "large", "text",
					 json_sprintf("%0100000d", 0)));
	publish(publisher, (int)number);
	assert_int_equal(read_numbers(slow, number), number + 1);
	assert_number(slow, (int)number);
	nsa_subscription_closep(&slow);
}

static int count_sockets(void)
{
	DIR *dir = opendir("/run/nsaccel");
	struct dirent *entry;
	char path[512];
	struct stat st;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/run/nsaccel/%s", entry->d_name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode, S_IFSOCK | 0600);
		count++;
	}
	closedir(dir);
	return count;
}

static void test_one_daemon_for_each_bpffs(void **state)
{
	struct nsa_publisher *publisher, *other, *none = NULL;
	struct nsa_subscription *subscription;
	int status, fds = count_fds();
	pid_t pid;

	(void)state;
	publisher = publisher_open();
	assert_int_equal(count_sockets(), 1);
	assert_int_equal(nsa_publisher_open(&none), -EADDRINUSE);
	assert_null(none);
	assert_int_equal(nsa_pin_init(BPFFS2), 0);
	other = publisher_open();
	assert_int_equal(count_sockets(), 2);
	nsa_publisher_close(other);
	assert_int_equal(nsa_pin_init(BPFFS), 0);
	subscription = subscribe();
	dispatch(publisher);
	publish(publisher, 1);
	assert_number(subscription, 1);
	nsa_subscription_closep(&subscription);
	nsa_publisher_close(publisher);
	assert_int_equal(count_sockets(), 0);

	/* One that was killed is no obstacle. */
	pid = fork();
	if (!pid)
		_exit(nsa_publisher_open(&none) ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(count_sockets(), 1);
	assert_int_equal(nsa_subscribe(nsa_pin_bpffs(), &subscription), -ESRCH);
	nsa_publisher_close(publisher_open());
	assert_int_equal(count_sockets(), 0);
	assert_int_equal(nsa_subscribe(nsa_pin_bpffs(), &subscription), -ESRCH);
	assert_int_equal(count_fds(), fds);
}

static void test_daemon_ends(void **state)
{
	struct nsa_publisher *publisher = publisher_open();
	struct nsa_subscription *subscription = subscribe();
	json_t *event = NULL;

	(void)state;
	dispatch(publisher);
	publish(publisher, 1);
	nsa_publisher_close(publisher);
	assert_number(subscription, 1);
	assert_int_equal(nsa_subscription_next(subscription, &event), -ESRCH);
	assert_null(event);
	nsa_subscription_closep(&subscription);
}

/* nsaccel monitor, with its output at the reading end of a pipe. */
static pid_t monitor(const char *option, FILE **output)
{
	char *argv[] = { "nsaccel", "--bpffs", BPFFS, "monitor", (char *)option, NULL };
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(nsa_main(option ? 5 : 4, argv));
	}
	close(ends[1]);
	*output = fdopen(ends[0], "r");
	assert_non_null(*output);
	return pid;
}

/* From a line to the next: it comes although nothing follows. */
static void assert_line(FILE *output, const char *text)
{
	char line[1024] = "";
	size_t len = 0;

	while (len < sizeof(line) - 1 && (!len || line[len - 1] != '\n'))
		assert_int_equal(read(fileno(output), line + len++, 1), 1);
	assert_non_null(strstr(line, text));
}

static int end_of(pid_t pid, FILE *output, int with)
{
	int status;

	if (with)
		kill(pid, with);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fclose(output);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static json_t *odd_event(void)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:[i, i]}", "event", "route-add", "metric", 7,
			 "prefix", "10.0.0.0/8", "netns", "pid 9", "name", "a\n\x1b[31m", "path", 1,
			 2);
}

static void test_monitor(void **state)
{
	static const char text[] = "route-add netns \"pid 9\" prefix 10.0.0.0/8 metric=7 "
				   "name=\"a\\n\\u001B[31m\" path=[1,2]\n";
	static const struct {
		const char *option, *start;
		int signal;
	} variants[] = { { NULL, "", SIGINT }, { "-t", "Z] ", SIGTERM } };
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	FILE *output;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char expected[256];

		snprintf(expected, sizeof(expected), "%s%s", variants[i].start, text);
		pid = monitor(variants[i].option, &output);
		dispatch(publisher);
		nsa_publish(publisher, odd_event());
		assert_line(output, expected);
		publish(publisher, 1);
		assert_line(output, "test number=1\n");
		assert_int_equal(end_of(pid, output, variants[i].signal), 0);
		dispatch(publisher);
	}
}

static void test_monitor_json(void **state)
{
	struct nsa_publisher *publisher = publisher_open();
	FILE *output;
	pid_t pid;

	(void)state;
	pid = monitor("-j", &output);
	dispatch(publisher);
	nsa_publish(publisher, odd_event());
	assert_line(output, "Z\",\"event\":\"route-add\",\"metric\":7,");
	publish(publisher, 1);
	assert_line(output, "Z\",\"event\":\"test\",\"number\":1}\n");
	nsa_publisher_close(publisher);
	assert_line(output, "{\"error\": \"the daemon has ended");
	assert_int_equal(end_of(pid, output, 0), NSA_EXIT_NOT_THERE);

	pid = monitor("-j", &output);
	assert_line(output, "{\"error\": \"no daemon is running; nsaccel daemon starts one\"}");
	assert_int_equal(end_of(pid, output, 0), NSA_EXIT_NOT_THERE);
}

static void publish_of(struct nsa_publisher *publisher, __u64 cookie)
{
	nsa_publish(publisher,
		    json_pack("{s:s, s:o}", "event", "of", "cookie", json_sprintf("%llu", cookie)));
}

static void test_monitor_of_one_namespace(void **state)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = publisher_open();
	char expected[64];
	FILE *output;
	pid_t pid;

	(void)state;
	pid = monitor("--netns=/proc/self/ns/net", &output);
	dispatch(publisher);
	publish_of(publisher, current_cookie() + 1);
	publish_of(publisher, current_cookie());
	snprintf(expected, sizeof(expected), "of cookie %llu\n",
		 (unsigned long long)current_cookie());
	assert_line(output, expected);
	publish(publisher, 1); /* of none in particular */
	assert_line(output, "test number=1\n");
	assert_int_equal(end_of(pid, output, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_lost_are_counted),
		cmocka_unit_test(test_one_daemon_for_each_bpffs),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_monitor_json),
		cmocka_unit_test(test_monitor_of_one_namespace),
		cmocka_unit_test(test_daemon_ends),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, publish_setup, NULL);
}
