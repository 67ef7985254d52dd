// SPDX-License-Identifier: GPL-2.0-only
/*
 * user/dataplane/programs.h and dispatcher.h without a kernel: maps are made as the object file
 * declares them, programs are objects that do nothing. There is no freplace, so that XDP is
 * attached by a link.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "nsaccel_tc.skel.h"
#include "user/dataplane/dispatcher.h"
#include "user/dataplane/netfilter_probe.h"
#include "user/dataplane/programs.h"
#include "user/maps/maps.h"
#include "user/maps/pin.h"
#include "user/util/cleanup.h"
#include "user/util/log.h"

/* Opened once, and never closed. */
static const struct bpf_object *declared(void)
{
	static struct nsaccel_tc *skel;

	if (!skel)
		skel = nsaccel_tc__open();
	assert_non_null(skel);
	return skel->obj;
}

/* A map that is there already stays. */
static int make_map(enum nsa_map map)
{
	const struct bpf_map *from =
		bpf_object__find_map_by_name(declared(), nsa_map_names[map].object);
	__cleanup(nsa_closep) int fd = -1;
	char path[PATH_MAX];
	int r = nsa_pin_path(path, "%s", nsa_map_names[map].pin);

	assert_non_null(from);
	if (!r)
		r = nsa_pin_mkdir_for(path);
	if (r || fake_object_pinned(path))
		return r;
	fd = fake_object_open(fake_map_new(bpf_map__type(from), bpf_map__key_size(from),
					   bpf_map__value_size(from), bpf_map__max_entries(from),
					   bpf_map__map_flags(from)));
	return bpf_obj_pin(fd, path);
}

int nsa_dataplane_create_maps(void)
{
	__u32 zero = 0;
	int r = fake_call(__func__, 0);

	if (r < 0)
		return nsa_err(r, "create maps: %s", strerror(-r));
	for (int i = 0; !r && i < NSA_MAP_COUNT; i++)
		r = make_map(i);
	if (r)
		return nsa_err(r, "create maps: %s", strerror(-r));
	((struct nsaccel_meta *)fake_map_value(fake_map_of(NSA_MAP_META), &zero))->abi_version =
		NSACCEL_ABI_VERSION;
	return 0;
}

__u32 nsa_dataplane_digest(const struct nsa_program_config *config)
{
	return ((__u32)config->owner_cookie * 4 + config->owner_slot * 2 + config->xdp_targets +
		1) |
	       config->features << 24;
}

void nsa_programs_closep(struct nsa_programs *programs)
{
	nsa_closep(&programs->xdp);
	nsa_closep(&programs->tc_ingress);
	nsa_closep(&programs->tc_egress);
}

static int open_pinned(__u64 cookie, const char *name)
{
	return nsa_pin_open("programs/%llu/%s", cookie, name);
}

int nsa_dataplane_reuse(const struct nsa_program_config *config, struct nsa_programs *out)
{
	__cleanup(nsa_programs_closep) struct nsa_programs fds = {
		.xdp = open_pinned(config->owner_cookie, "xdp"),
		.tc_ingress = open_pinned(config->owner_cookie, "tc_ingress"),
		.tc_egress = open_pinned(config->owner_cookie, "tc_egress"),
	};

	if (fds.xdp < 0 || fds.tc_ingress < 0 || fds.tc_egress < 0)
		return -ENOENT;
	*out = fds;
	fds = (struct nsa_programs){ -1, -1, -1 };
	return 0;
}

static int load(__u64 cookie, const char *name, int *fd)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, "programs/%llu/%s", cookie, name);

	*fd = fake_object_open(fake_object_new(FAKE_PROGRAM));
	return r ?: nsa_pin_replace(*fd, path);
}

int nsa_dataplane_load(const struct nsa_program_config *config, __u32 loaded,
		       struct nsa_programs *out)
{
	__cleanup(nsa_programs_closep) struct nsa_programs fds = { -1, -1, -1 };
	int r;

	(void)loaded;
	r = fake_call(__func__, 0);
	if (!r)
		r = load(config->owner_cookie, "xdp", &fds.xdp);
	if (!r)
		r = load(config->owner_cookie, "tc_ingress", &fds.tc_ingress);
	if (!r)
		r = load(config->owner_cookie, "tc_egress", &fds.tc_egress);
	if (r)
		return nsa_err(r, "load programs: %s", strerror(-r));
	*out = fds;
	fds = (struct nsa_programs){ -1, -1, -1 };
	return 0;
}

/* As on a kernel before 6.2. */
void nsa_netfilter_probe(const struct nsa_netns *ns, struct nsaccel_netfilter *out)
{
	const struct fake_netns *fake = fake_kernel_netns(ns->cookie);

	memset(out, 0, sizeof(*out));
	if (!fake)
		return;
	out->known = 1;
	out->sequence = (__u32)fake->firewall.fingerprint;
}

int nsa_dispatcher_attach(const struct nsa_program_config *config, int ifindex, int common)
{
	(void)config;
	(void)ifindex;
	(void)common;
	return -EOPNOTSUPP;
}

int nsa_dispatcher_detach(__u64 owner_cookie, int ifindex)
{
	(void)owner_cookie;
	(void)ifindex;
	return 0;
}

bool nsa_dispatcher_is_there(int ifindex)
{
	(void)ifindex;
	return false;
}

bool nsa_dispatcher_has_ours(int ifindex)
{
	(void)ifindex;
	return false;
}

void nsa_dispatcher_clean(int ifindex, __u32 id)
{
	(void)ifindex;
	(void)id;
}

void nsa_dispatcher_clean_owner(const char *links)
{
	(void)links;
}
