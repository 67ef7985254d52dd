// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces by name, and a packet socket in each. */
#include <err.h>
#include <fcntl.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/netns/witness.h"

#define NAMESPACES "/run/netns"
#define BUFFER	   (16 << 20)

struct space witness_spaces[MAX_NAMESPACES];
size_t witness_space_count;
int witness_home;

int witness_packet_socket(void)
{
	const int size = BUFFER;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static int packet_socket_in(const char *name)
{
	char path[128];
	int ns, fd = -1;

	snprintf(path, sizeof(path), NAMESPACES "/%s", name);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return -1;
	if (!setns(ns, CLONE_NEWNET)) {
		fd = witness_packet_socket();
		if (setns(witness_home, CLONE_NEWNET))
			err(1, "back to the own namespace");
	}
	close(ns);
	return fd;
}

static struct space *find(const char *name)
{
	for (size_t i = 0; i < witness_space_count; i++)
		if (!strcmp(witness_spaces[i].name, name))
			return &witness_spaces[i];
	return NULL;
}

/* The namespace of that name, open; NULL if it can't be. */
struct space *witness_space(const char *name)
{
	struct space *s = find(name);
	socklen_t size = sizeof(s->cookie);

	if (!s) {
		if (witness_space_count == MAX_NAMESPACES || strlen(name) >= sizeof(s->name))
			return NULL;
		s = &witness_spaces[witness_space_count++];
		strcpy(s->name, name);
		s->fd = -1;
	}
	if (s->fd < 0)
		s->fd = packet_socket_in(name);
	if (s->fd < 0 || getsockopt(s->fd, SOL_SOCKET, SO_NETNS_COOKIE, &s->cookie, &size))
		return NULL;
	return s;
}

/* Sockets of names that are gone, or are given anew. */
void witness_let_go(int inotify)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(inotify, events, sizeof(events))) > 0) {
		const struct inotify_event *e;

		for (char *at = events; at < events + n; at += sizeof(*e) + e->len) {
			struct space *s;

			e = (const struct inotify_event *)at;
			s = e->len ? find(e->name) : NULL;
			if (s && s->fd >= 0) {
				close(s->fd);
				s->fd = -1;
			}
		}
	}
}

int witness_watch_names(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, NAMESPACES, IN_DELETE | IN_MOVE | IN_CREATE) < 0)
		err(1, "watch " NAMESPACES);
	return fd;
}
