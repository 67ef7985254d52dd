// SPDX-License-Identifier: GPL-2.0-only
/* Differences as readers of "nsaccel monitor" get them. */
#include <stdlib.h>

#include "fake/daemon.h"
#include "user/daemon/report.h"
#include "user/daemon/subscribe.h"

static struct nsa_subscription *subscribe(struct nsa_daemon *d)
{
	struct nsa_subscription *reader = NULL;

	daemon_start(d);
	daemon_settle(d);
	assert_int_equal(nsa_subscribe(machine.bpffs, &reader), 0);
	nsa_publisher_dispatch(d->publisher);
	assert_true(nsa_publish_wanted(d->publisher));
	return reader;
}

/* Without its time, as text. */
static void assert_next(struct nsa_subscription *reader, const char *expected)
{
	json_t *event = NULL;
	char *text;

	assert_int_equal(nsa_subscription_next(reader, &event), 1);
	assert_int_equal(json_object_del(event, "time"), 0);
	text = json_dumps(event, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(event);
}

static void report(struct nsa_daemon *d, __u64 cookie, const char *subject, const char *detail)
{
	nsa_report_difference(d, &(struct nsa_difference){ .event = "port-add",
							   .cookie = cookie,
							   .key = "dev",
							   .subject = subject,
							   .detail = detail });
}

static void test_difference(void **state)
{
	struct nsa_subscription *reader;
	struct nsa_daemon d;

	(void)state;
	assert_int_equal(machine_attach("eth0"), 0);
	reader = subscribe(&d);
	report(&d, machine.red->cookie, "eth0", "nic");
	assert_next(reader, "{\"event\":\"port-add\",\"dev\":\"eth0\",\"detail\":\"nic\",\"netns\":"
			    "\"red\",\"cookie\":\"102\"}");
	report(&d, machine.red->cookie, "eth0", "");
	assert_next(reader, "{\"event\":\"port-add\",\"dev\":\"eth0\",\"netns\":\"red\",\"cookie\":"
			    "\"102\"}");
	/* A namespace that nobody knows by name. */
	report(&d, 999, "eth0", "");
	assert_next(reader,
		    "{\"event\":\"port-add\",\"dev\":\"eth0\",\"netns\":\"\",\"cookie\":\"999\"}");
	nsa_report_event(&d, "resync");
	assert_next(reader, "{\"event\":\"resync\"}");
	nsa_subscription_closep(&reader);
	daemon_stop(&d);
}

/* Names of devices may have any bytes. */
static void test_any_bytes(void **state)
{
	struct nsa_subscription *reader;
	struct nsa_daemon d;

	(void)state;
	reader = subscribe(&d);
	report(&d, machine.red->cookie, "a\xff", "b\xff");
	assert_next(reader,
		    "{\"event\":\"port-add\",\"dev\":\"a?\",\"detail\":\"b?\",\"netns\":\"red\","
		    "\"cookie\":\"102\"}");
	nsa_subscription_closep(&reader);
	daemon_stop(&d);
}

/* What is reported to a reader who is gone is reported to nobody. */
static void test_reader_is_gone(void **state)
{
	struct nsa_subscription *reader;
	struct nsa_daemon d;

	(void)state;
	reader = subscribe(&d);
	nsa_subscription_closep(&reader);
	report(&d, machine.red->cookie, "eth0", "nic");
	assert_false(nsa_publish_wanted(d.publisher));
	nsa_report_event(&d, "resync");
	daemon_settle(&d);
	daemon_stop(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_difference),
		MACHINE_TEST(test_any_bytes),
		MACHINE_TEST(test_reader_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
