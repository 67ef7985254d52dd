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

/* Messages that are discarded in one call, so that endless changes do not block the caller. */
#define MAX_MESSAGES 1000

/* Runs in the namespace. *out is not changed if the kernel lacks the protocol. */
static int subscribe(int protocol, int group, int *out)
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
	r = subscribe(NETLINK_NETFILTER, NFNLGRP_NFTABLES, &watch.nft);
	if (!r)
		r = subscribe(NETLINK_XFRM, XFRMNLGRP_POLICY, &watch.xfrm);
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

/* The contents of the messages do not matter. */
static bool drain(int fd)
{
	bool changed = false;
	int r = fd < 0 ? -EAGAIN : 0;

	for (int i = 0; (r >= 0 || r == -ENOBUFS) && i < MAX_MESSAGES; i++) {
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
