// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood: sends small UDP packets from the namespace that it is started in, in turn to each of a
 * range of addresses, at a given rate until a signal ends it. Prints how many were sent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/types.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"

#define TICK_NS 1000000L

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

static int start_ticking(void)
{
	const struct itimerspec every = { { 0, TICK_NS }, { 0, TICK_NS } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		err(1, "timer");
	return fd;
}

/* Unconnected, so that ICMP errors don't come back as errors of the next send. */
static unsigned long flood(int fd, __u32 first, __u32 count, double rate)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(SINK_PORT) };
	double start = now();
	int timer = start_ticking();
	unsigned long sent = 0, tried = 0;
	__u64 ticks;

	while (!stopped) {
		if (read(timer, &ticks, sizeof(ticks)) < 0 && errno != EINTR)
			err(1, "timer");
		while (!stopped && (double)tried < (now() - start) * rate) {
			to.sin_addr.s_addr = htonl(first + (__u32)(tried++ % count));
			if (sendto(fd, "nsaccel", 8, 0, (struct sockaddr *)&to, sizeof(to)) == 8)
				sent++;
		}
	}
	close(timer);
	return sent;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct in_addr first;
	unsigned long sent;
	int fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &first) != 1 || atol(argv[2]) < 1 ||
	    atof(argv[3]) < 1)
		errx(1, "usage: flood FIRST-ADDRESS COUNT PACKETS-PER-SECOND");
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		err(1, "UDP socket");
	sent = flood(fd, ntohl(first.s_addr), (__u32)atol(argv[2]), atof(argv[3]));
	printf("%lu\n", sent);
	close(fd);
	return 0;
}
