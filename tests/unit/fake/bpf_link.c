// SPDX-License-Identifier: GPL-2.0-only
/* Links of the fake bpf(2): programs at hooks of devices. */
#include <bpf/bpf.h>
#include <errno.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/fail.h"
#include "fake/kernel.h"

bool fake_bpf_has_tcx = true;

static bool is_attached(const struct fake_object *link)
{
	return link->ifindex && fake_kernel_has(link->netns, link->ifindex) &&
	       (link->created_fd < 0 || fake_object_of(link->created_fd) == link ||
		fake_object_is_pinned(link));
}

const struct fake_object *fake_bpf_next_link(size_t *at)
{
	const struct fake_object *object;

	while ((object = fake_object_at((*at)++)))
		if (object->kind == FAKE_LINK && is_attached(object))
			return object;
	return NULL;
}

static struct fake_object *new_link(__u32 program, __u64 netns, int ifindex, int hook)
{
	struct fake_object *link = fake_object_new(FAKE_LINK);

	link->program = program;
	link->netns = netns;
	link->ifindex = ifindex;
	link->hook = hook;
	link->created_fd = -1;
	return link;
}

void fake_bpf_add_other(__u64 netns, int ifindex, int hook)
{
	new_link(fake_object_new(FAKE_PROGRAM)->id, netns, ifindex, hook);
}

static bool is_tcx(int hook)
{
	return hook != BPF_XDP;
}

int bpf_link_create(int prog_fd, int target, enum bpf_attach_type type,
		    const struct bpf_link_create_opts *opts)
{
	const struct fake_object *program;
	struct fake_object *link;

	(void)opts;
	FAKE_CALL();
	program = fake_object_of(prog_fd);
	assert_non_null(program);
	if (is_tcx((int)type) && !fake_bpf_has_tcx)
		return -EINVAL;
	if (!fake_kernel_has(fake_kernel_own(), target))
		return -ENODEV;
	if (!is_tcx((int)type) && !fake_kernel_link(fake_kernel_own(), target)->has_xdp)
		return -EOPNOTSUPP;
	link = new_link(program->id, fake_kernel_own(), target, (int)type);
	link->created_fd = fake_object_open(link);
	return link->created_fd;
}

int bpf_link_update(int fd, int prog_fd, const struct bpf_link_update_opts *opts)
{
	const struct fake_object *program;
	struct fake_object *link;

	(void)opts;
	FAKE_CALL();
	link = fake_object_of(fd);
	program = fake_object_of(prog_fd);
	assert_true(link && program);
	link->program = program->id;
	return 0;
}

int bpf_link_detach(int fd)
{
	struct fake_object *link = fake_object_of(fd);

	FAKE_CALL();
	if (link && link->kind == FAKE_LINK)
		link->ifindex = 0;
	return link && link->kind == FAKE_LINK ? 0 : -EINVAL;
}

int bpf_prog_query(int target, enum bpf_attach_type type, __u32 query_flags, __u32 *attach_flags,
		   __u32 *ids, __u32 *count)
{
	const struct fake_object *link;
	__u32 n = 0;
	size_t at = 0;

	(void)query_flags;
	(void)attach_flags;
	FAKE_CALL();
	if (!fake_bpf_has_tcx)
		return -EINVAL;
	if (!fake_kernel_has(fake_kernel_own(), target))
		return -ENODEV;
	while ((link = fake_bpf_next_link(&at)))
		if (link->netns == fake_kernel_own() && link->ifindex == target &&
		    link->hook == (int)type && n < *count)
			ids[n++] = link->program;
	*count = n;
	return 0;
}
