// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "dataplane/hook_link.h"
#include "maps/pin.h"
#include "util/cleanup.h"

/* enum bpf_attach_type; the headers of Debian 12 do not have tcx. */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

static const struct {
	const char *pin;
	enum bpf_attach_type type;
	__u32 flags; /* of bpf_link_create() */
} hooks[NSACCEL_HOOK_COUNT] = {
	[NSACCEL_HOOK_XDP] = { "xdp", BPF_XDP, XDP_FLAGS_DRV_MODE },
	[NSACCEL_HOOK_TC_INGRESS] = { "tc_ingress", ATTACH_TCX_INGRESS, 0 },
	[NSACCEL_HOOK_TC_EGRESS] = { "tc_egress", ATTACH_TCX_EGRESS, 0 },
};

enum bpf_attach_type nsa_hook_link_type(enum nsaccel_hook hook)
{
	return hooks[hook].type;
}

static int link_path(char path[PATH_MAX], __u64 cookie, int ifindex, enum nsaccel_hook hook)
{
	return nsa_pin_path(path, "links/%llu/%d-%s", cookie, ifindex, hooks[hook].pin);
}

static int read_link(int fd, struct nsa_hook_link *out)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int r = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (r < 0)
		return r;
	/* info.tcx.ifindex, too: the first member of both. */
	*out = (struct nsa_hook_link){ (int)info.xdp.ifindex, info.prog_id };
	return 0;
}

static int update(const char *path, int ifindex, int prog_fd)
{
	__cleanup(nsa_closep) int fd = bpf_obj_get(path);
	struct nsa_hook_link link;
	int r;

	if (fd < 0)
		return fd;
	r = read_link(fd, &link);
	if (r < 0)
		return r;
	if (link.ifindex != ifindex) { /* it belongs to an earlier device */
		nsa_pin_remove(path);
		return -ENOENT;
	}
	return bpf_link_update(fd, prog_fd, NULL);
}

int nsa_hook_link_attach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook, int prog_fd)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = hooks[hook].flags);
	__cleanup(nsa_closep) int fd = -1;
	char path[PATH_MAX];
	int r;

	r = link_path(path, owner_cookie, ifindex, hook);
	if (!r)
		r = update(path, ifindex, prog_fd);
	if (r != -ENOENT)
		return r;
	fd = bpf_link_create(prog_fd, ifindex, hooks[hook].type, &opts);
	return fd < 0 ? fd : nsa_pin_replace(fd, path);
}

bool nsa_hook_link_is_pinned(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	char path[PATH_MAX];

	return !link_path(path, owner_cookie, ifindex, hook) && !access(path, F_OK);
}

int nsa_hook_link_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
			struct nsa_hook_link *out)
{
	__cleanup(nsa_closep) int fd =
		nsa_pin_open("links/%llu/%d-%s", owner_cookie, ifindex, hooks[hook].pin);

	return fd < 0 ? fd : read_link(fd, out);
}

int nsa_hook_link_detach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook)
{
	char path[PATH_MAX];
	int r;

	r = link_path(path, owner_cookie, ifindex, hook);
	if (r < 0)
		return r;
	return access(path, F_OK) ? -ENOENT : nsa_pin_remove(path);
}
