/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the sources of traffic. */
#ifndef NSA_TEST_TRAFFIC_H
#define NSA_TEST_TRAFFIC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define IO_SECONDS 60

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct end {
	const char *netns; /* a name in /run/netns; "-": the caller's own */
	union address address;
};

/* Ends the program with a message, and that of errno, if there is one. */
void __attribute__((noreturn, format(printf, 1, 2))) traffic_die(const char *format, ...);

struct end traffic_parse_end(const char *netns, const char *text);
socklen_t traffic_address_len(const union address *address);
/* port: in host byte order. */
union address traffic_with_port(union address address, uint16_t port);
uint64_t traffic_now_ms(void);

/* A socket of end's namespace, bound to its address, which gives up after IO_SECONDS. */
int traffic_socket(const struct end *end, int type, int protocol, uint16_t port);

/* Datagrams (traffic_datagrams.c). */

/* Pings until there is an answer; ends the program if none comes in a minute. */
void traffic_ping(const struct end *from, const struct end *to);
/* Whether a datagram arrives. */
bool traffic_arrives(const struct end *from, const struct end *to);
/* Whether a datagram to the port arrives. One to the next port has to. */
bool traffic_heard(const struct end *from, const struct end *to, uint16_t port);

/* TCP (traffic_tcp.c): a payload that both ends know, there and back, every byte compared. */

void traffic_tcp(const struct end *from, const struct end *to);
/* To a virtual address and port, behind which stands the server. */
void traffic_service(const struct end *from, const struct end *to, uint16_t port,
		     const union address *virtual);
/* Chunk by chunk, each of which comes back, until SIGTERM. The file has the number of those that
 * did. */
void traffic_stream(const struct end *from, const struct end *to, const char *file);

#endif
