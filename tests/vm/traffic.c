// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic between two namespaces, in one process: in an emulated machine every
 * exec is dear. Ping until there is an answer, then TCP with a payload that both
 * ends know, there and back, every byte compared; or the same for as long as
 * it is wanted, and to a virtual service; or datagrams, to see whether something
 * on the way drops those to one of the ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD	     200000
#define PING_SECONDS 60 /* links that attach has reset need a while */
#define IO_SECONDS   60
#define STREAM_PAUSE 50000 /* microseconds: an emulated machine has other things to do, too */
#define HEAR_MS	     2000

#define CHUNK	   4096
#define EXIT_OTHER 3

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct end {
	const char *netns; /* a name in /run/netns; "-": the caller's own */
	union address address;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
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

static struct end parse_end(const char *netns, const char *text)
{
	struct end end = { .netns = netns };

	if (inet_pton(AF_INET, text, &end.address.in.sin_addr) == 1)
		end.address.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &end.address.in6.sin6_addr) == 1)
		end.address.any.sa_family = AF_INET6;
	else
		die("%s: no address", text);
	return end;
}

static socklen_t address_len(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
}

static union address with_port(union address address, uint16_t port)
{
	if (address.any.sa_family == AF_INET)
		address.in.sin_port = htons(port);
	else
		address.in6.sin6_port = htons(port);
	return address;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void enter(int netns_fd, const char *name)
{
	if (setns(netns_fd, CLONE_NEWNET))
		die("enter %s", name);
}

/* A socket of end's namespace, bound to its address, which gives up after IO_SECONDS. */
static int open_socket(const struct end *end, int type, int protocol, uint16_t port)
{
	struct timeval limit = { .tv_sec = IO_SECONDS };
	union address local = with_port(end->address, port);
	char path[256];
	int home, there, fd, on = 1;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/run/netns/%s", end->netns);
	there = open(strcmp(end->netns, "-") ? path : "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || there < 0)
		die("namespace %s", end->netns);
	enter(there, end->netns);
	fd = socket(end->address.any.sa_family, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		die("setsockopt");
	enter(home, "home");
	close(home);
	close(there);
	if (fd < 0)
		die("socket");
	if (bind(fd, &local.any, address_len(&local)))
		die("bind in %s", end->netns);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		die("setsockopt");
	return fd;
}

/* Ping */

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct echo {
	struct icmphdr header; /* ICMPv6's is alike; the kernel fills in its checksum */
	uint8_t payload[56];
};

static struct echo make_echo(bool v4, uint16_t sequence)
{
	struct echo echo = {};

	echo.header.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	echo.header.un.echo.id = htons((uint16_t)getpid());
	echo.header.un.echo.sequence = htons(sequence);
	memset(echo.payload, 0x5a, sizeof(echo.payload));
	if (v4)
		echo.header.checksum = checksum(&echo, sizeof(echo));
	return echo;
}

/* Is what a raw socket received the answer to echo? IPv4's come with their IP header. */
static bool is_reply(const uint8_t *data, size_t len, bool v4, const struct echo *echo)
{
	size_t skip = v4 && len ? (data[0] & 0xf) * 4u : 0;
	struct echo reply;

	if (len != skip + sizeof(reply))
		return false;
	memcpy(&reply, data + skip, sizeof(reply));
	return reply.header.type == (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) &&
	       reply.header.un.echo.id == echo->header.un.echo.id &&
	       !memcmp(reply.payload, echo->payload, sizeof(reply.payload));
}

static bool await_reply(int fd, bool v4, const struct echo *echo)
{
	uint64_t end = now_ms() + 1000, now;
	uint8_t data[512];
	ssize_t len;

	while ((now = now_ms()) < end) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (poll(&poll_fd, 1, (int)(end - now)) <= 0)
			break;
		len = recv(fd, data, sizeof(data), 0);
		if (len > 0 && is_reply(data, (size_t)len, v4, echo))
			return true;
	}
	return false;
}

static void ping(const struct end *from, const struct end *to)
{
	bool v4 = from->address.any.sa_family == AF_INET;
	uint64_t end = now_ms() + PING_SECONDS * 1000;
	uint16_t sequence = 0;
	int fd;

	fd = open_socket(from, SOCK_RAW, v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6, 0);
	while (now_ms() < end) {
		struct echo echo = make_echo(v4, ++sequence);
		ssize_t sent = sendto(fd, &echo, sizeof(echo), 0, &to->address.any,
				      address_len(&to->address));

		/* "Unreachable" comes at once; an answer that doesn't come, after a second. */
		if (await_reply(fd, v4, &echo) && sent > 0) {
			close(fd);
			return;
		}
	}
	errno = 0;
	die("no answer to %d pings", sequence);
}

/* TCP */

static uint8_t pattern(uint32_t offset)
{
	return (uint8_t)((offset * 2654435761u) >> 24);
}

static void send_payload(int fd, uint32_t start)
{
	uint8_t data[CHUNK];
	uint32_t done = 0;

	while (done < PAYLOAD) {
		uint32_t len = PAYLOAD - done < CHUNK ? PAYLOAD - done : CHUNK, i;
		ssize_t sent;

		for (i = 0; i < len; i++)
			data[i] = pattern(start + done + i);
		sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent <= 0)
			die("send, after %u bytes", done);
		done += (uint32_t)sent;
	}
}

static void receive_payload(int fd, uint32_t start)
{
	uint8_t data[CHUNK];
	uint32_t done = 0;
	ssize_t len, i;

	while (done < PAYLOAD) {
		errno = 0;
		len = recv(fd, data, sizeof(data), 0);
		if (len <= 0)
			die("receive, after %u of %u bytes", done, PAYLOAD);
		for (i = 0; i < len; i++) {
			errno = 0;
			if (data[i] != pattern(start + done + (uint32_t)i))
				die("byte %u is wrong", done + (uint32_t)i);
		}
		done += (uint32_t)len;
	}
}

/* The payload of the way back is another part of the pattern. */
static void __attribute__((noreturn)) serve(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	receive_payload(fd, 0);
	send_payload(fd, PAYLOAD);
	close(fd);
	exit(EXIT_SUCCESS);
}

static void tcp(const struct end *from, const struct end *to)
{
	union address remote;
	socklen_t len = sizeof(remote);
	int listener, fd, status;
	pid_t server;

	listener = open_socket(to, SOCK_STREAM, 0, 0);
	if (listen(listener, 1) || getsockname(listener, &remote.any, &len))
		die("listen");
	fflush(NULL);
	server = fork();
	if (server < 0)
		die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	fd = open_socket(from, SOCK_STREAM, 0, 0);
	if (connect(fd, &remote.any, len))
		die("connect");
	send_payload(fd, 0);
	receive_payload(fd, PAYLOAD);
	close(fd);
	if (waitpid(server, &status, 0) != server || status)
		exit(EXIT_FAILURE);
}

/* service: TCP to a virtual address and port, behind which stands the server. */
static void service(const struct end *from, const struct end *to, uint16_t port,
		    const union address *virtual)
{
	union address remote = with_port(*virtual, port);
	int listener = open_socket(to, SOCK_STREAM, 0, port), fd, status;
	pid_t server;

	if (listen(listener, 1))
		die("listen");
	fflush(NULL);
	server = fork();
	if (server < 0)
		die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	fd = open_socket(from, SOCK_STREAM, 0, 0);
	if (connect(fd, &remote.any, address_len(&remote)))
		die("connect to the service");
	send_payload(fd, 0);
	receive_payload(fd, PAYLOAD);
	close(fd);
	if (waitpid(server, &status, 0) != server || status)
		exit(EXIT_FAILURE);
}

/* A stream: chunk by chunk, each of which comes back, until SIGTERM. */

static volatile sig_atomic_t enough;

static void on_term(int signal)
{
	(void)signal;
	enough = 1;
}

static bool receive_all(int fd, uint8_t *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t r = recv(fd, data + done, len - done, 0);

		/* A socket with a timeout isn't restarted (signal(7)): what is on its way still has to come. */
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		done += (size_t)r;
	}
	return true;
}

static void send_all(int fd, const uint8_t *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
}

static void __attribute__((noreturn)) echo_chunks(int listener)
{
	int fd = accept(listener, NULL, NULL);
	uint8_t data[CHUNK];

	if (fd < 0)
		die("accept");
	while (receive_all(fd, data, sizeof(data)))
		send_all(fd, data, sizeof(data));
	exit(EXIT_SUCCESS);
}

/* Progress: the chunks that came back, as a line that is written in place. */
static void write_progress(int fd, unsigned long chunks)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "%010lu\n", chunks);

	if (pwrite(fd, line, (size_t)len, 0) != len)
		die("write progress");
}

static void stream_chunks(int fd, int progress)
{
	uint8_t data[CHUNK], back[CHUNK];
	unsigned long chunks = 0;
	size_t i;

	while (!enough) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = pattern((uint32_t)(chunks * CHUNK + i));
		send_all(fd, data, sizeof(data));
		if (!receive_all(fd, back, sizeof(back)))
			die("nothing comes back, after %lu chunks", chunks);
		errno = 0;
		if (memcmp(data, back, sizeof(data)))
			die("chunk %lu is wrong", chunks);
		write_progress(progress, ++chunks);
		usleep(STREAM_PAUSE);
	}
}

static void stream(const struct end *from, const struct end *to, const char *file)
{
	int progress = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	/* Not interrupted: what is under way is waited for. */
	struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };
	/* A link may be away for so long, and TCP's next try as far away again. */
	struct timeval limit = { .tv_sec = 2 * IO_SECONDS };
	union address remote;
	socklen_t len = sizeof(remote);
	int listener, fd;
	pid_t server;

	listener = open_socket(to, SOCK_STREAM, 0, 0);
	if (progress < 0 || listen(listener, 1) || getsockname(listener, &remote.any, &len))
		die("listen");
	if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt");
	server = fork();
	if (server < 0)
		die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo_chunks(listener);
	}
	sigaction(SIGTERM, &action, NULL);
	fd = open_socket(from, SOCK_STREAM, 0, 0);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		die("setsockopt");
	if (connect(fd, &remote.any, len))
		die("connect");
	stream_chunks(fd, progress);
}

/* Does a datagram arrive? Tried until it does, or the time is over. */
static bool arrives(const struct end *from, const struct end *to)
{
	int listener = open_socket(to, SOCK_DGRAM, 0, 0);
	int fd = open_socket(from, SOCK_DGRAM, 0, 0);
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	uint64_t end = now_ms() + HEAR_MS;
	union address remote;
	socklen_t len = sizeof(remote);

	if (getsockname(listener, &remote.any, &len))
		die("getsockname");
	do {
		if (sendto(fd, "nsaccel", 7, 0, &remote.any, len) != 7)
			die("send");
		if (poll(&poll_fd, 1, HEAR_MS / 10) > 0)
			return true;
	} while (now_ms() < end);
	return false;
}

/* UDP: a datagram to the port, then one to the next. Does the first arrive? */

static bool heard(const struct end *from, const struct end *to, uint16_t port)
{
	int first = open_socket(to, SOCK_DGRAM, 0, port);
	int second = open_socket(to, SOCK_DGRAM, 0, (uint16_t)(port + 1));
	int fd = open_socket(from, SOCK_DGRAM, 0, 0);
	uint16_t ports[] = { port, (uint16_t)(port + 1) };
	char data[16];
	size_t i;

	for (i = 0; i < 2; i++) {
		union address remote = with_port(to->address, ports[i]);

		if (sendto(fd, "nsaccel", 7, 0, &remote.any, address_len(&remote)) != 7)
			die("send to port %u", ports[i]);
	}
	/* They don't overtake each other: the second says that the first isn't under way. */
	if (recv(second, data, sizeof(data), 0) != 7)
		die("no datagram to port %u", ports[1]);
	return recv(first, data, sizeof(data), MSG_DONTWAIT) == 7;
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: traffic exchange FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS\n"
	      "       traffic arrives FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS\n"
	      "       traffic filtered FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PORT\n"
	      "       traffic stream FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PROGRESS-FILE\n"
	      "       traffic service FROM-NETNS FROM-ADDRESS TO-NETNS TO-ADDRESS PORT ADDRESS\n"
	      "arrives: 0: a datagram does; 3: none.\n"
	      "filtered: 0: the UDP port is, and the one after it isn't; 3: neither is.\n"
	      "stream: until SIGTERM; the file has the number of chunks that came back.\n"
	      "service: to the address and port of a virtual service.\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct end from, to, virtual;

	if (argc < 6)
		usage();
	from = parse_end(argv[2], argv[3]);
	to = parse_end(argv[4], argv[5]);
	if (!strcmp(argv[1], "exchange") && argc == 6) {
		ping(&from, &to);
		tcp(&from, &to);
	} else if (!strcmp(argv[1], "arrives") && argc == 6) {
		return arrives(&from, &to) ? EXIT_SUCCESS : EXIT_OTHER;
	} else if (!strcmp(argv[1], "filtered") && argc == 7) {
		return heard(&from, &to, (uint16_t)atoi(argv[6])) ? EXIT_OTHER : EXIT_SUCCESS;
	} else if (!strcmp(argv[1], "stream") && argc == 7) {
		stream(&from, &to, argv[6]);
	} else if (!strcmp(argv[1], "service") && argc == 8) {
		virtual = parse_end(argv[4], argv[7]);
		service(&from, &to, (uint16_t)atoi(argv[6]), &virtual.address);
	} else {
		usage();
	}
	return EXIT_SUCCESS;
}
