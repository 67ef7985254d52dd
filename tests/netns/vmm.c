// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmm NETNS/TAP NETNS/TAP: what QEMU does for a guest's NIC. Frames that one tap's device sends
 * come out of the other's as they are, with their virtio_net_hdr: checksums to be filled in, and
 * packets to be segmented, as each side's stack left them. Says "ready" once both taps are open.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_FRAME 70000

static void die(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void enter(const char *netns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static int open_tap(char *where)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	char *name = strchr(where, '/');
	int fd;

	if (!name) {
		errno = EINVAL;
		die(where);
	}
	*name++ = '\0';
	enter(where);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		die(name);
	return fd;
}

/* One frame; what doesn't fit into the other queue is lost, as on a wire. */
static void forward(int from, int to)
{
	static char frame[MAX_FRAME];
	ssize_t len = read(from, frame, sizeof(frame));

	if (len > 0 && write(to, frame, (size_t)len) < 0 && errno != EAGAIN && errno != EIO)
		die("write");
}

int main(int argc, char **argv)
{
	struct pollfd taps[2] = { { .events = POLLIN }, { .events = POLLIN } };

	if (argc != 3) {
		fprintf(stderr, "usage: vmm NETNS/TAP NETNS/TAP\n");
		return EXIT_FAILURE;
	}
	taps[0].fd = open_tap(argv[1]);
	taps[1].fd = open_tap(argv[2]);
	puts("ready");
	fflush(stdout);
	while (poll(taps, 2, -1) > 0) {
		if (taps[0].revents & POLLIN)
			forward(taps[0].fd, taps[1].fd);
		if (taps[1].revents & POLLIN)
			forward(taps[1].fd, taps[0].fd);
	}
	die("poll");
}
