// SPDX-License-Identifier: GPL-2.0-only
/* rr: round trip of one byte over an established TCP connection, as a distribution. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

#define WARMUP 1000

static void usage(void)
{
	fprintf(stderr,
		"Usage: rr server ADDR PORT              serves one connection, then exits\n"
		"       rr client ADDR PORT SECONDS\n");
	exit(1);
}

static struct addrinfo *resolve(const char *addr, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	int r = getaddrinfo(addr, port, &hints, &info);

	if (r)
		errx(1, "%s %s: %s", addr, port, gai_strerror(r));
	return info;
}

static void set_nodelay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		err(1, "TCP_NODELAY");
}

static void serve(const struct addrinfo *info)
{
	int listener = socket(info->ai_family, info->ai_socktype, 0);
	int on = 1, fd;
	char byte;

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(listener, info->ai_addr, info->ai_addrlen) || listen(listener, 1))
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	set_nodelay(fd);
	while (read(fd, &byte, 1) == 1)
		if (write(fd, &byte, 1) != 1)
			err(1, "write");
	close(fd);
	close(listener);
}

static double round_trip(int fd)
{
	double start = samples_now();
	char byte = 0;

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		err(1, "round trip");
	return samples_now() - start;
}

static void measure(const struct addrinfo *info, double seconds)
{
	int fd = socket(info->ai_family, info->ai_socktype, 0);
	struct samples samples;
	double start;

	samples_init(&samples);
	if (fd < 0 || connect(fd, info->ai_addr, info->ai_addrlen))
		err(1, "connect");
	set_nodelay(fd);
	for (int i = 0; i < WARMUP; i++)
		round_trip(fd);
	start = samples_now();
	while (samples_add(&samples, round_trip(fd)) && samples_now() < start + seconds * 1e6)
		;
	samples_print(&samples, (samples_now() - start) * 1e-6);
	close(fd);
}

int main(int argc, char **argv)
{
	struct addrinfo *info;

	if (argc == 4 && !strcmp(argv[1], "server")) {
		info = resolve(argv[2], argv[3]);
		serve(info);
	} else if (argc == 5 && !strcmp(argv[1], "client")) {
		info = resolve(argv[2], argv[3]);
		measure(info, strtod(argv[4], NULL));
	} else {
		usage();
	}
	freeaddrinfo(info);
	return 0;
}
