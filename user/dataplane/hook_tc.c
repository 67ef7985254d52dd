// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "dataplane/hook_tc.h"
#include "dataplane/settings.h"
#include "kernel/qdisc.h"
#include "maps/pin.h"
#include "util/cleanup.h"

/* enum bpf_attach_type; the headers of Debian 12 do not have tcx. */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

/* Our clsact filter: a priority that is unlikely to be chosen by hand ("ns"). */
#define FILTER_PRIORITY 0x6e73
#define FILTER_HANDLE	1

static int link_path(char path[PATH_MAX], __u64 cookie, int ifindex, enum nsaccel_hook hook)
{
	return nsa_pin_path(path, "links/%llu/%d-%s", cookie, ifindex,
			    hook == NSACCEL_HOOK_TC_INGRESS ? "tc_ingress" : "tc_egress");
}

/* 0 if the link's device is gone; or -errno. */
static int link_ifindex(int link)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int r = bpf_obj_get_info_by_fd(link, &info, &len);

	if (r)
		return r;
	/* info.tcx.ifindex: the first member of both. */
	return (int)info.xdp.ifindex;
}

static int tcx_update(const char *path, int ifindex, int prog_fd)
{
	__cleanup(nsa_closep) int link = bpf_obj_get(path);
	int found;

	if (link < 0)
		return link;
	found = link_ifindex(link);
	if (found < 0)
		return found;
	if (found != ifindex) { /* the link belongs to an earlier device */
		nsa_pin_remove(path);
		return -ENOENT;
	}
	return bpf_link_update(link, prog_fd, NULL);
}

static int tcx_create(const char *path, int ifindex, enum nsaccel_hook hook, int prog_fd)
{
	enum bpf_attach_type type =
		hook == NSACCEL_HOOK_TC_INGRESS ? ATTACH_TCX_INGRESS : ATTACH_TCX_EGRESS;
	__cleanup(nsa_closep) int link = bpf_link_create(prog_fd, ifindex, type, NULL);

	return link < 0 ? link : nsa_pin_replace(link, path);
}

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
	char path[PATH_MAX];
	int r;

	r = link_path(path, owner_cookie, ifindex, hook);
	if (r < 0)
		return r;
	r = tcx_update(path, ifindex, prog_fd);
	if (r == -ENOENT)
		r = tcx_create(path, ifindex, hook, prog_fd);
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
	char path[PATH_MAX];
	int r;

	r = link_path(path, owner_cookie, ifindex, hook);
	if (r < 0)
		return r;
	if (!access(path, F_OK))
		return nsa_pin_remove(path);
	return clsact_query(ifindex, hook) ? clsact_detach(ifindex, hook) : 0;
}

enum nsa_tc_kind nsa_tc_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	__cleanup(nsa_closep) int link = -1;
	char path[PATH_MAX];

	if (link_path(path, owner_cookie, ifindex, hook))
		return NSA_TC_NONE;
	link = bpf_obj_get(path);
	if (link >= 0)
		return link_ifindex(link) == ifindex ? NSA_TC_TCX : NSA_TC_NONE;
	return clsact_query(ifindex, hook) ? NSA_TC_CLSACT : NSA_TC_NONE;
}

#define MAX_PROGRAMS 64 /* limit of tcx programs at one hook: BPF_MPROG_MAX (linux/bpf_mprog.h) */

/* 1: the program is attached; 0: it is not; -errno: the hook cannot be queried. */
static int has_program(int ifindex, __u32 prog_id)
{
	__u32 ids[MAX_PROGRAMS], count = MAX_PROGRAMS;
	int r = bpf_prog_query(ifindex, ATTACH_TCX_INGRESS, 0, NULL, ids, &count);

	for (__u32 i = 0; !r && i < count; i++)
		if (ids[i] == prog_id)
			return 1;
	return r;
}

bool nsa_tc_is_replaced(__u64 owner_cookie, int ifindex, bool hooked)
{
	__cleanup(nsa_closep) int link = -1;
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	char path[PATH_MAX];

	if (link_path(path, owner_cookie, ifindex, NSACCEL_HOOK_TC_INGRESS))
		return false;
	link = bpf_obj_get(path);
	if (link >= 0)
		return !bpf_obj_get_info_by_fd(link, &info, &len) &&
		       has_program(ifindex, info.prog_id) == 0;
	return link == -ENOENT && hooked && has_program(ifindex, 0) == -EINVAL &&
	       !clsact_query(ifindex, NSACCEL_HOOK_TC_INGRESS);
}

/* Ids of the programs at a hook, in the order in which they run, ours included. *count is 0
 * without tcx. */
static int list_tcx(int ifindex, bool egress, __u32 ids[MAX_PROGRAMS], __u32 *count)
{
	int r;

	*count = MAX_PROGRAMS;
	r = bpf_prog_query(ifindex, egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS, 0, NULL, ids,
			   count);
	if (r)
		*count = 0;
	return r == -EINVAL ? 0 : r;
}

/* Id of our tcx program; 0: there is none. */
static __u32 own_program(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	__cleanup(nsa_closep) int link = -1;
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	char path[PATH_MAX];

	if (link_path(path, owner_cookie, ifindex, hook))
		return 0;
	link = bpf_obj_get(path);
	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &len) ||
	    (int)info.xdp.ifindex != ifindex)
		return 0;
	return info.prog_id;
}

int nsa_tc_others(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
		  struct nsa_tc_others *out)
{
	bool egress = hook == NSACCEL_HOOK_TC_EGRESS;
	__u32 own = own_program(owner_cookie, ifindex, hook), ids[MAX_PROGRAMS], count;
	int r = list_tcx(ifindex, egress, ids, &count), first = r;

	out->tcx = r || count > !!own;
	out->behind = r || (own && count && ids[count - 1] != own);
	r = nsa_qdisc_has_filters(ifindex, egress, FILTER_PRIORITY, &out->filters);
	if (r)
		out->filters = true;
	out->behind |= out->filters;
	return first ?: r;
}
