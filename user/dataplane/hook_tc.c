// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "dataplane/hook_link.h"
#include "dataplane/hook_tc.h"
#include "dataplane/settings.h"
#include "kernel/qdisc.h"

/* Our clsact filter: a priority that is unlikely to be chosen by hand ("ns"). */
#define FILTER_PRIORITY 0x6e73
#define FILTER_HANDLE	1

static struct nsa_filter filter_at(int ifindex, enum nsaccel_hook hook)
{
	return (struct nsa_filter){ .ifindex = ifindex,
				    .egress = hook == NSACCEL_HOOK_TC_EGRESS,
				    .priority = FILTER_PRIORITY,
				    .handle = FILTER_HANDLE };
}

static int clsact_attach(int ifindex, enum nsaccel_hook hook, int prog_fd)
{
	struct nsa_filter filter = filter_at(ifindex, hook);

	return nsa_filter_put(&filter, prog_fd, filter.egress ? "nsaccel_tc_eg" : "nsaccel_tc_in");
}

int nsa_tc_attach(const struct nsa_maps *maps, __u64 owner_cookie, int ifindex, const char *ifname,
		  enum nsaccel_hook hook, int prog_fd)
{
	struct nsaccel_setting_key key = { owner_cookie, (__u32)ifindex, NSACCEL_SETTING_CLSACT };
	int r;

	r = nsa_hook_link_attach(owner_cookie, ifindex, hook, prog_fd);
	if (r != -EINVAL)
		return r;
	r = nsa_settings_change(maps, owner_cookie, &key, ifname, 1);
	return r < 0 ? r : clsact_attach(ifindex, hook, prog_fd);
}

static bool clsact_query(int ifindex, enum nsaccel_hook hook)
{
	struct nsa_filter filter = filter_at(ifindex, hook);
	bool found;

	return !nsa_filter_find(&filter, &found) && found;
}

static int clsact_detach(int ifindex, enum nsaccel_hook hook)
{
	struct nsa_filter filter = filter_at(ifindex, hook);

	return nsa_filter_del(&filter);
}

int nsa_tc_detach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	int r = nsa_hook_link_detach(owner_cookie, ifindex, hook);

	if (r != -ENOENT)
		return r;
	return clsact_query(ifindex, hook) ? clsact_detach(ifindex, hook) : 0;
}

enum nsa_tc_kind nsa_tc_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	struct nsa_hook_link link;

	if (!nsa_hook_link_query(owner_cookie, ifindex, hook, &link))
		return link.ifindex == ifindex ? NSA_TC_TCX : NSA_TC_NONE;
	return clsact_query(ifindex, hook) ? NSA_TC_CLSACT : NSA_TC_NONE;
}

#define MAX_PROGRAMS 64 /* limit of tcx programs at one hook: BPF_MPROG_MAX (linux/bpf_mprog.h) */

/* 1: the program is attached; 0: it is not; -errno: the hook cannot be queried. */
static int has_program(int ifindex, __u32 prog_id)
{
	__u32 ids[MAX_PROGRAMS], count = MAX_PROGRAMS;
	int r = bpf_prog_query(ifindex, nsa_hook_link_type(NSACCEL_HOOK_TC_INGRESS), 0, NULL, ids,
			       &count);

	for (__u32 i = 0; !r && i < count; i++)
		if (ids[i] == prog_id)
			return 1;
	return r;
}

bool nsa_tc_is_replaced(__u64 owner_cookie, int ifindex, bool hooked)
{
	struct nsa_hook_link link;
	int r = nsa_hook_link_query(owner_cookie, ifindex, NSACCEL_HOOK_TC_INGRESS, &link);

	if (!r)
		return has_program(ifindex, link.prog_id) == 0;
	return r == -ENOENT && hooked && has_program(ifindex, 0) == -EINVAL &&
	       !clsact_query(ifindex, NSACCEL_HOOK_TC_INGRESS);
}

/* Ids of the programs at a hook, in the order in which they run, ours included. *count is 0
 * without tcx. */
static int list_tcx(int ifindex, enum nsaccel_hook hook, __u32 ids[MAX_PROGRAMS], __u32 *count)
{
	int r;

	*count = MAX_PROGRAMS;
	r = bpf_prog_query(ifindex, nsa_hook_link_type(hook), 0, NULL, ids, count);
	if (r)
		*count = 0;
	return r == -EINVAL ? 0 : r;
}

/* Id of our tcx program; 0: there is none. */
static __u32 own_program(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	struct nsa_hook_link link;

	if (nsa_hook_link_query(owner_cookie, ifindex, hook, &link) || link.ifindex != ifindex)
		return 0;
	return link.prog_id;
}

int nsa_tc_others(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
		  struct nsa_tc_others *out)
{
	bool egress = hook == NSACCEL_HOOK_TC_EGRESS;
	__u32 own = own_program(owner_cookie, ifindex, hook), ids[MAX_PROGRAMS], count;
	int r = list_tcx(ifindex, hook, ids, &count), first = r;

	out->tcx = r || count > !!own;
	out->behind = r || (own && count && ids[count - 1] != own);
	r = nsa_qdisc_has_filters(ifindex, egress, FILTER_PRIORITY, &out->filters);
	if (r)
		out->filters = true;
	out->behind |= out->filters;
	return first ?: r;
}
