// SPDX-License-Identifier: GPL-2.0-only
/*
 * crr: times the beginning of flows. TCP: connect, one byte there and back, close. UDP: the first
 * packet of a flow and its answer, each from a new port.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

#define WARMUP 100

static void usage(void)
{
	fprintf(stderr, "Usage: crr server ADDR PORT              TCP and UDP, until a client has "
			"finished\n"
			"       crr connect|first ADDR PORT SECONDS\n");
	exit(1);
}

static struct addrinfo *resolve(const char *addr, const char *port, int type)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = type };
	struct addrinfo *info;
	int r = getaddrinfo(addr, port, &hints, &info);

	if (r)
		errx(1, "%s %s: %s", addr, port, gai_strerror(r));
	return info;
}

static int bound(const char *addr, const char *port, int type)
{
	struct addrinfo *info = resolve(addr, port, type);
	int fd = socket(info->ai_family, type, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, info->ai_addr, info->ai_addrlen))
		err(1, "%s %s", addr, port);
	freeaddrinfo(info);
	return fd;
}

/* False after a connection without a byte, which a client makes when it has
 * finished. */
static bool answer_tcp(int listener)
{
	int fd = accept(listener, NULL, NULL);
	bool more = true;
	char byte;

	if (fd < 0)
		return true;
	more = read(fd, &byte, 1);
	if (more && write(fd, &byte, 1) == 1)
		(void)!read(fd, &byte, 1); /* the client closes first */
	close(fd);
	return more;
}

static void finish(const char *addr, const char *port)
{
	struct addrinfo *info = resolve(addr, port, SOCK_STREAM);
	int fd = socket(info->ai_family, info->ai_socktype, 0);

	if (fd < 0 || connect(fd, info->ai_addr, info->ai_addrlen))
		err(1, "finish");
	close(fd);
	freeaddrinfo(info);
}

static void answer_udp(int fd)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char byte;

	if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &len) == 1)
		(void)!sendto(fd, &byte, 1, 0, (struct sockaddr *)&from, len);
}

static void serve(const char *addr, const char *port)
{
	struct pollfd fds[] = { { .fd = bound(addr, port, SOCK_STREAM), .events = POLLIN },
				{ .fd = bound(addr, port, SOCK_DGRAM), .events = POLLIN } };

	if (listen(fds[0].fd, 128))
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents && !answer_tcp(fds[0].fd))
			break;
		if (fds[1].revents)
			answer_udp(fds[1].fd);
	}
}

/* Closes with a reset: ports in TIME_WAIT would run out. */
static double begin(const struct addrinfo *info)
{
	const struct linger reset = { .l_onoff = 1 };
	const struct timeval patience = { .tv_sec = 5 };
	double start = samples_now();
	char byte = 0;
	int fd = socket(info->ai_family, info->ai_socktype, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    (info->ai_socktype == SOCK_STREAM &&
	     setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset))) ||
	    connect(fd, info->ai_addr, info->ai_addrlen))
		err(1, "connect");
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		err(1, "round trip");
	close(fd);
	return samples_now() - start;
}

static void measure(const struct addrinfo *info, double seconds)
{
	struct samples samples;
	double start;

	samples_init(&samples);
	for (int i = 0; i < WARMUP; i++)
		begin(info);
	start = samples_now();
	while (samples_add(&samples, begin(info)) && samples_now() < start + seconds * 1e6)
		;
	samples_print(&samples, (samples_now() - start) * 1e-6);
}

int main(int argc, char **argv)
{
	struct addrinfo *info;
	int type;

	if (argc == 4 && !strcmp(argv[1], "server")) {
		serve(argv[2], argv[3]);
		return 0;
	}
	if (argc != 5 || (strcmp(argv[1], "connect") && strcmp(argv[1], "first")))
		usage();
	type = strcmp(argv[1], "first") ? SOCK_STREAM : SOCK_DGRAM;
	info = resolve(argv[2], argv[3], type);
	measure(info, strtod(argv[4], NULL));
	freeaddrinfo(info);
	finish(argv[2], argv[3]);
	return 0;
}
