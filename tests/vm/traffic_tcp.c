// SPDX-License-Identifier: GPL-2.0-only
/* TCP: a payload there and back, or a stream. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/vm/traffic.h"

#define PAYLOAD	     200000
#define STREAM_PAUSE 50000 /* microseconds: an emulated machine has other things to do, too */
#define CHUNK	     4096

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
			traffic_die("send, after %u bytes", done);
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
			traffic_die("receive, after %u of %u bytes", done, PAYLOAD);
		for (i = 0; i < len; i++) {
			errno = 0;
			if (data[i] != pattern(start + done + (uint32_t)i))
				traffic_die("byte %u is wrong", done + (uint32_t)i);
		}
		done += (uint32_t)len;
	}
}

/* The payload of the way back is another part of the pattern. */
static void __attribute__((noreturn)) serve(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		traffic_die("accept");
	receive_payload(fd, 0);
	send_payload(fd, PAYLOAD);
	close(fd);
	exit(EXIT_SUCCESS);
}

void traffic_tcp(const struct end *from, const struct end *to)
{
	union address remote;
	socklen_t len = sizeof(remote);
	int listener, fd, status;
	pid_t server;

	listener = traffic_socket(to, SOCK_STREAM, 0, 0);
	if (listen(listener, 1) || getsockname(listener, &remote.any, &len))
		traffic_die("listen");
	fflush(NULL);
	server = fork();
	if (server < 0)
		traffic_die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	fd = traffic_socket(from, SOCK_STREAM, 0, 0);
	if (connect(fd, &remote.any, len))
		traffic_die("connect");
	send_payload(fd, 0);
	receive_payload(fd, PAYLOAD);
	close(fd);
	if (waitpid(server, &status, 0) != server || status)
		exit(EXIT_FAILURE);
}

/* service: TCP to a virtual address and port, behind which stands the server. */
void traffic_service(const struct end *from, const struct end *to, uint16_t port,
		     const union address *virtual)
{
	union address remote = traffic_with_port(*virtual, port);
	int listener = traffic_socket(to, SOCK_STREAM, 0, port), fd, status;
	pid_t server;

	if (listen(listener, 1))
		traffic_die("listen");
	fflush(NULL);
	server = fork();
	if (server < 0)
		traffic_die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	fd = traffic_socket(from, SOCK_STREAM, 0, 0);
	if (connect(fd, &remote.any, traffic_address_len(&remote)))
		traffic_die("connect to the service");
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

		/* A socket with a timeout isn't restarted (signal(7)): what is on its way still has
		 * to come. */
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
		traffic_die("send");
}

static void __attribute__((noreturn)) echo_chunks(int listener)
{
	int fd = accept(listener, NULL, NULL);
	uint8_t data[CHUNK];

	if (fd < 0)
		traffic_die("accept");
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
		traffic_die("write progress");
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
			traffic_die("nothing comes back, after %lu chunks", chunks);
		errno = 0;
		if (memcmp(data, back, sizeof(data)))
			traffic_die("chunk %lu is wrong", chunks);
		write_progress(progress, ++chunks);
		usleep(STREAM_PAUSE);
	}
}

void traffic_stream(const struct end *from, const struct end *to, const char *file)
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

	listener = traffic_socket(to, SOCK_STREAM, 0, 0);
	if (progress < 0 || listen(listener, 1) || getsockname(listener, &remote.any, &len))
		traffic_die("listen");
	if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		traffic_die("setsockopt");
	server = fork();
	if (server < 0)
		traffic_die("fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo_chunks(listener);
	}
	sigaction(SIGTERM, &action, NULL);
	fd = traffic_socket(from, SOCK_STREAM, 0, 0);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		traffic_die("setsockopt");
	if (connect(fd, &remote.any, len))
		traffic_die("connect");
	stream_chunks(fd, progress);
}
