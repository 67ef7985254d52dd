// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

#include "firewall/firewall.h"
#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

/* Messages taken at once: whoever changes rules without end must not keep the caller busy. */
#define LIMIT 1000

/* In the namespace. *out is left alone where the kernel has no such thing. */
static int join(int protocol, int group, int *out)
{
	__cleanup(nsa_closep) int fd = nsa_nl_socket(protocol, SOCK_NONBLOCK, NULL);

	if (fd < 0)
		return fd == -EPROTONOSUPPORT ? 0 : fd;
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	*out = TAKE_FD(fd);
	return 0;
}

int nsa_firewall_watch_open(const struct nsa_netns *ns, struct nsa_firewall_watch *out)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);
	struct nsa_firewall_watch watch = { -1, -1 };
	int r;

	if (token < 0)
		return token;
	r = join(NETLINK_NETFILTER, NFNLGRP_NFTABLES, &watch.nft);
	if (!r)
		r = join(NETLINK_XFRM, XFRMNLGRP_POLICY, &watch.xfrm);
	if (r < 0) {
		nsa_firewall_watch_close(&watch);
		return r;
	}
	*out = watch;
	return 0;
}

void nsa_firewall_watch_close(struct nsa_firewall_watch *watch)
{
	nsa_closep(&watch->nft);
	nsa_closep(&watch->xfrm);
	*watch = (struct nsa_firewall_watch){ -1, -1 };
}

/* What the messages say is of no interest: that there are any is. */
static bool drain(int fd)
{
	bool changed = false;
	int r = fd < 0 ? -EAGAIN : 0;

	for (int i = 0; (r >= 0 || r == -ENOBUFS) && i < LIMIT; i++) {
		r = nsa_nl_skip(fd);
		changed |= r > 0 || r == -ENOBUFS;
	}
	return changed;
}

bool nsa_firewall_watch_drain(const struct nsa_firewall_watch *watch)
{
	bool nft = drain(watch->nft), xfrm = drain(watch->xfrm);

	return nft || xfrm;
}
