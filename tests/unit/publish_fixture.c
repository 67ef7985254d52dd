// SPDX-License-Identifier: GPL-2.0-only
/* A publisher of events and its readers, on a bpffs of the test's own. */
#include <poll.h>
#include <sys/socket.h>

#include "publish_fixture.h"
#include "user/maps/pin.h"
#include "user/maps/run_dir.h"

int publish_setup(void **state)
{
	(void)state;
	sh("for dir in " BPFFS " " BPFFS2 "; do mkdir $dir; mount -t bpf bpf $dir; done");
	return nsa_pin_init(BPFFS);
}

int publish_teardown(void **state)
{
	(void)state;
	sh("rm -f /run/nsaccel/*.sock");
	return 0;
}

struct sockaddr_un publisher_address(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	assert_int_equal(nsa_run_dir_path(address.sun_path, sizeof(address.sun_path), "sock"), 0);
	return address;
}

struct nsa_publisher *publisher_open(void)
{
	struct nsa_publisher *publisher = NULL;

	assert_int_equal(nsa_publisher_open(&publisher), 0);
	assert_false(nsa_publish_wanted(publisher));
	return publisher;
}

struct nsa_subscription *subscribe(void)
{
	struct nsa_subscription *subscription = NULL;

	assert_int_equal(nsa_subscribe(nsa_pin_bpffs(), &subscription), 0);
	return subscription;
}

void dispatch(struct nsa_publisher *publisher)
{
	struct pollfd fd = { .fd = nsa_publisher_fd(publisher), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	nsa_publisher_dispatch(publisher);
}

bool is_quiet(const struct nsa_publisher *publisher)
{
	struct pollfd fd = { .fd = nsa_publisher_fd(publisher), .events = POLLIN };

	return poll(&fd, 1, 0) == 0;
}

struct nsa_subscription *add_subscription(struct nsa_publisher *publisher)
{
	struct nsa_subscription *subscription = subscribe();

	dispatch(publisher);
	assert_true(nsa_publish_wanted(publisher));
	return subscription;
}

void publish(struct nsa_publisher *publisher, int number)
{
	nsa_publish(publisher, json_pack("{s:s, s:i}", "event", "test", "number", number));
}

json_t *next(struct nsa_subscription *subscription)
{
	json_t *event = NULL;

	assert_int_equal(nsa_subscription_next(subscription, &event), 1);
	return event;
}

static void assert_next(struct nsa_subscription *subscription, const char *name, const char *key,
			int value)
{
	json_t *event = next(subscription);

	assert_string_equal(json_string_value(json_object_get(event, "event")), name);
	assert_int_equal(json_integer_value(json_object_get(event, key)), value);
	json_decref(event);
}

void assert_number(struct nsa_subscription *subscription, int number)
{
	assert_next(subscription, "test", "number", number);
}

void assert_lost(struct nsa_subscription *subscription, int count)
{
	assert_next(subscription, "lost", "count", count);
}
