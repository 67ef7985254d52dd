// SPDX-License-Identifier: GPL-2.0-only
/* Addresses, and sockets of other namespaces. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/vm/traffic.h"

void traffic_die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("traffic: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "%s%s\n", error ? ": " : "", error ? strerror(error) : "");
	exit(EXIT_FAILURE);
}

struct end traffic_parse_end(const char *netns, const char *text)
{
	struct end end = { .netns = netns };

	if (inet_pton(AF_INET, text, &end.address.in.sin_addr) == 1)
		end.address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &end.address.in6.sin6_addr) == 1)
		end.address.any.sa_family = AF_INET6;
	else
		traffic_die("%s: no address", text);
	return end;
}

socklen_t traffic_address_len(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
}

union address traffic_with_port(union address address, uint16_t port)
{
	if (address.any.sa_family == AF_INET)
		address.in.sin_port = htons(port);
	else
		address.in6.sin6_port = htons(port);
	return address;
}

uint64_t traffic_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void enter(int netns_fd, const char *name)
{
	if (setns(netns_fd, CLONE_NEWNET))
		traffic_die("enter %s", name);
}

/* A socket of end's namespace, bound to its address, which gives up after IO_SECONDS. */
int traffic_socket(const struct end *end, int type, int protocol, uint16_t port)
{
	struct timeval limit = { .tv_sec = IO_SECONDS };
	union address local = traffic_with_port(end->address, port);
	char path[256];
	int home, there, fd, on = 1;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/run/netns/%s", end->netns);
	there = open(strcmp(end->netns, "-") ? path : "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || there < 0)
		traffic_die("namespace %s", end->netns);
	enter(there, end->netns);
	fd = socket(end->address.any.sa_family, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		traffic_die("setsockopt");
	enter(home, "home");
	close(home);
	close(there);
	if (fd < 0)
		traffic_die("socket");
	if (bind(fd, &local.any, traffic_address_len(&local)))
		traffic_die("bind in %s", end->netns);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		traffic_die("setsockopt");
	return fd;
}
