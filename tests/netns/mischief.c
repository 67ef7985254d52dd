// SPDX-License-Identifier: GPL-2.0-only
/*
 * mischief claim NAMESPACE/DEV ADDRESS...
 * mischief flood NAMESPACE/DEV
 * mischief forge NAMESPACE/DEV LINK NSID
 * mischief learn NAMESPACE/DEV KNOWN RATE
 *
 * What root of a namespace does beside sending, again and again until it is killed. It says "ready"
 * once all of it has been done.
 *
 * claim: gives lo and the device these addresses, takes them away, and tells all on the link about
 *        them by ARP and neighbour discovery.
 * flood: adds and removes addresses, neighbours and links, and changes its device, by the thousand.
 * forge: answers in the kernel's place every netlink socket that it sees in its namespace: that its
 *        device has gone, that there is nothing more, an error; and that it has a veth whose peer
 *        is LINK in the namespace NSID. It is ready when somebody else's socket was there to be
 *        lied to, and one of its own has believed it.
 */
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/netns/mischief.h"

unsigned int mischief_dev;
__u8 mischief_mac[ETH_ALEN];

/* Where it does it */

static const char *enter(const char *where)
{
	const char *name = strchr(where, '/');
	char path[128];
	int fd;

	if (!name)
		errx(1, "\"%s\" is not NAMESPACE/DEV", where);
	snprintf(path, sizeof(path), "/run/netns/%.*s", (int)(name - where), where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "enter %s", path);
	close(fd);
	return name + 1;
}

static void find_device(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {};

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	mischief_dev = if_nametoindex(name);
	if (fd < 0 || !mischief_dev || ioctl(fd, SIOCGIFHWADDR, &ifr))
		err(1, "%s", name);
	memcpy(mischief_mac, ifr.ifr_hwaddr.sa_data, sizeof(mischief_mac));
	close(fd);
}

static const struct {
	const char *name;
	void (*doing)(char **args);
	int args; /* as many, or -1: any number */
} means[] = { { "claim", mischief_claim, -1 },
	      { "flood", mischief_flood, -1 },
	      { "forge", mischief_forge, 2 },
	      { "learn", mischief_learn, 2 } };

int main(int argc, char **argv)
{
	void (*doing)(char **args) = NULL;

	for (size_t i = 0; argc > 2 && i < sizeof(means) / sizeof(*means); i++)
		if (!strcmp(argv[1], means[i].name) &&
		    (means[i].args < 0 || argc == 3 + means[i].args))
			doing = means[i].doing;
	if (!doing)
		errx(1, "usage: mischief claim|flood|forge|learn NAMESPACE/DEV ARGUMENT...");
	find_device(enter(argv[2]));
	mischief_batch.fd = mischief_netlink_socket();
	doing(argv + 3);
	puts("ready");
	fflush(stdout);
	for (;;)
		doing(argv + 3);
}
