// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn: replaces routes of the namespace that it is started in, at a given rate, until a signal
 * or a number of changes ends it. Prints one JSON object: what it really did.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "route_msg.h"

#define TICK_NS	    1000000L
#define TICKS_PER_S (1000000000L / TICK_NS)
#define MAX_BATCH   256
#define PREFIXES    4096 /* /32s, counted up from the first, changed in turn */

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static __be32 address(const char *arg)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, arg, &addr) != 1)
		errx(1, "%s: not an IPv4 address", arg);
	return addr.s_addr;
}

/* The kernel works off what is sent before send() returns. An error comes as a message. */
static void expect_no_error(struct mnl_socket *nl)
{
	char buf[8192];
	ssize_t n = recv(mnl_socket_get_fd(nl), buf, sizeof(buf), MSG_DONTWAIT);
	const struct nlmsghdr *msg = (struct nlmsghdr *)buf;

	if (n <= 0)
		return;
	if (msg->nlmsg_type == NLMSG_ERROR)
		errno = -((struct nlmsgerr *)mnl_nlmsg_get_payload(msg))->error;
	err(1, "route replace");
}

static void change(struct mnl_socket *nl, __be32 first, const __be32 *gateways, unsigned long from,
		   unsigned long count)
{
	static char buf[MAX_BATCH * 128];
	size_t len = 0;

	for (unsigned long i = from; i < from + count; i++)
		len += route_replace_msg(buf + len, htonl(ntohl(first) + (__u32)(i % PREFIXES)), 32,
					 gateways[i / PREFIXES % 2], 0);
	if (mnl_socket_sendto(nl, buf, len) < 0)
		err(1, "route replace");
	expect_no_error(nl);
}

static int start_ticking(void)
{
	const struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		err(1, "timer");
	return fd;
}

/* How many changes are due by now. */
static unsigned long due(int timer, unsigned long rate, double start)
{
	__u64 ticks;

	if (!rate)
		return ~0UL;
	if (read(timer, &ticks, sizeof(ticks)) < 0 && errno != EINTR)
		err(1, "timer");
	return (unsigned long)((now() - start) * (double)rate);
}

static unsigned long run(struct mnl_socket *nl, __be32 first, const __be32 *gateways,
			 unsigned long rate, unsigned long total, double start)
{
	int timer = start_ticking();
	unsigned long done = 0;

	while (!stopped && done < total) {
		unsigned long until = due(timer, rate, start);

		while (!stopped && done < until && done < total) {
			unsigned long batch = until - done;

			if (batch > total - done)
				batch = total - done;
			if (batch > MAX_BATCH)
				batch = MAX_BATCH;
			change(nl, first, gateways, done, batch);
			done += batch;
		}
	}
	close(timer);
	return done;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	__be32 gateways[2], first;
	struct mnl_socket *nl;
	unsigned long done, total;
	double start, seconds;

	if (argc != 6)
		errx(1, "usage: churn RATE TOTAL FIRST-ADDRESS GATEWAY GATEWAY (0: no limit)");
	total = strtoul(argv[2], NULL, 10);
	first = address(argv[3]);
	gateways[0] = address(argv[4]);
	gateways[1] = address(argv[5]);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		err(1, "rtnetlink socket");
	start = now();
	done = run(nl, first, gateways, strtoul(argv[1], NULL, 10), total ? total : ~0UL, start);
	seconds = now() - start;
	printf("{\"changes\": %lu, \"seconds\": %.3f, \"rate\": %.0f}\n", done, seconds,
	       (double)done / seconds);
	mnl_socket_close(nl);
	return 0;
}
