// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions of routes in a snapshot, which ICMP makes: redirects, path MTUs. */
#include <stdlib.h>
#include <sys/socket.h>

#include "kernel/icmp.h"
#include "kernel/rtnl_route.h"
#include "model/snapshot.h"

int nsa_snapshot_read_exceptions(struct nsa_snapshot *snapshot, struct nsa_krt **before,
				 size_t *before_count)
{
	__u64 heard = nsa_icmp_heard(); /* first, so that nothing is missed */
	struct nsa_krt *exceptions = NULL;
	size_t count = 0;
	int r = nsa_rtnl_exceptions(snapshot->rtnl, &exceptions, &count);

	if (r < 0)
		return r;
	*before = snapshot->exceptions;
	*before_count = snapshot->exception_count;
	snapshot->exceptions = exceptions;
	snapshot->exception_count = count;
	snapshot->icmp_heard = heard;
	return 0;
}

bool nsa_snapshot_exceptions_changed(const struct nsa_snapshot *snapshot)
{
	return snapshot->exception_count || nsa_icmp_heard() != snapshot->icmp_heard;
}

/* IN_DEV_RX_REDIRECTS(), and rt6_do_redirect(). */
bool nsa_snapshot_takes_redirects(const struct nsa_snapshot *snapshot, int ifindex, __u8 family)
{
	const struct nsa_link *link = nsa_snapshot_link(snapshot, ifindex);
	bool all = snapshot->settings.all_redirects4;

	if (!link)
		return false;
	if (family == AF_INET6)
		return link->takes_redirects6;
	return link->forwarding4 ? all && link->accept_redirects4 : all || link->accept_redirects4;
}
