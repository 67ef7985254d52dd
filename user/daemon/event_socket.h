/* SPDX-License-Identifier: GPL-2.0-only */
/* The Unix socket (SOCK_SEQPACKET) of the daemon's events. After nsa_pin_init(). */
#ifndef NSA_DAEMON_EVENT_SOCKET_H
#define NSA_DAEMON_EVENT_SOCKET_H

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "maps/run_dir.h"

#define NSA_EVENT_SIZE 65536 /* limit of an event's text, in bytes */

/* A socket address, and its size, as arguments of bind() and connect(). */
#define NSA_EVENT_ADDRESS(address) ((const struct sockaddr *)(address)), sizeof(*(address))

/* 0 or -errno, logged. */
static inline int nsa_event_socket_address(struct sockaddr_un *address)
{
	address->sun_family = AF_UNIX;
	return nsa_run_dir_path(address->sun_path, sizeof(address->sun_path), "sock");
}

/* A descriptor, which the caller closes, or -errno. It does not block. */
static inline int nsa_event_socket_open(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

#endif
