// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "log.h"
#include "neighbour.h"
#include "nl.h"

#define PATIENCE_MS 300

static bool is_resolved(const struct nsa_neigh *neighs, size_t count,
			const struct nsa_plan_wanted *w)
{
	for (size_t i = 0; i < count; i++)
		if (neighs[i].ifindex == w->ifindex && neighs[i].family == w->family &&
		    neighs[i].has_mac && !memcmp(neighs[i].addr, w->addr, sizeof(w->addr)))
			return true;
	return false;
}

static size_t count_resolved(struct nsa_rtnl *rtnl, const struct nsa_plan_wanted *wanted,
			     size_t count)
{
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t neigh_count = 0, resolved = 0;

	if (nsa_rtnl_neighs(rtnl, &neighs, &neigh_count))
		return 0;
	for (size_t i = 0; i < count; i++)
		resolved += is_resolved(neighs, neigh_count, &wanted[i]);
	return resolved;
}

/* A socket that hears of every change of a neighbour. */
static int listen_neighbours(struct nsa_nl *nl, int owner_fd)
{
	int group = RTNLGRP_NEIGH, r;

	r = nsa_nl_open(nl, NETLINK_ROUTE, owner_fd);
	if (!r &&
	    mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group))) {
		r = -errno;
		nsa_nl_close(nl);
	}
	return r;
}

static int ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)((now.tv_sec - start->tv_sec) * 1000 +
		     (now.tv_nsec - start->tv_nsec) / 1000000);
}

/* Until all are resolved or the time is up. How many are? */
static size_t wait_resolved(struct nsa_nl *nl, const struct nsa_view *view,
			    const struct nsa_plan_wanted *wanted, size_t count)
{
	struct pollfd fd = { .fd = mnl_socket_get_fd(nl->socket), .events = POLLIN };
	size_t resolved = count_resolved(view->rtnl, wanted, count);
	struct timespec start;
	int left = PATIENCE_MS;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (resolved < count && left > 0 && poll(&fd, 1, left) > 0) {
		mnl_socket_recvfrom(nl->socket, nl->reply, sizeof(nl->reply));
		resolved = count_resolved(view->rtnl, wanted, count);
		left = PATIENCE_MS - ms_since(&start);
	}
	return resolved;
}

bool nsa_neighbours_resolve(const struct nsa_view *view, const struct nsa_plan_wanted *wanted,
			    size_t count)
{
	__cleanup(nsa_freep) struct nsa_nl *nl = malloc(sizeof(*nl));
	size_t resolved;
	int r;

	if (!count || !nl || listen_neighbours(nl, view->owner->fd))
		return false;
	for (size_t i = 0; i < count; i++) {
		r = nsa_rtnl_neigh_resolve(view->rtnl, wanted[i].ifindex, wanted[i].family,
					   wanted[i].addr);
		if (r < 0) /* the routes pass to the kernel, then */
			nsa_debug("resolve a neighbour on device %d: %s", wanted[i].ifindex,
				  strerror(-r));
	}
	resolved = wait_resolved(nl, view, wanted, count);
	nsa_nl_close(nl);
	return resolved;
}

void nsa_neighbours_release(int owner_fd, int ifindex)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t count = 0;

	if (nsa_rtnl_open(&rtnl, owner_fd) || nsa_rtnl_neighs(rtnl, &neighs, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (neighs[i].ifindex == ifindex && neighs[i].managed &&
		    neighs[i].protocol == NSA_NEIGH_PROTOCOL)
			nsa_rtnl_neigh_release(rtnl, ifindex, neighs[i].family, neighs[i].addr);
}
