// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "dataplane/netfilter_probe.h"
#include "dataplane/programs.h"
#include "kernel/features.h"
#include "kernel/netns.h"
#include "maps/maps.h"
#include "maps/pin.h"
#include "nsaccel_maps.skel.h"
#include "nsaccel_tc.skel.h"
#include "nsaccel_xdp.skel.h"
#include "util/cleanup.h"
#include "util/log.h"

struct nsa_xdp_object {
	struct nsaccel_xdp *skel;
};

static void maps_destroyp(struct nsaccel_maps **skel)
{
	nsaccel_maps__destroy(*skel);
}

static void tc_destroyp(struct nsaccel_tc **skel)
{
	nsaccel_tc__destroy(*skel);
}

static void xdp_destroyp(struct nsaccel_xdp **skel)
{
	nsaccel_xdp__destroy(*skel);
}

void nsa_programs_closep(struct nsa_programs *programs)
{
	nsa_closep(&programs->xdp);
	nsa_closep(&programs->tc_ingress);
	nsa_closep(&programs->tc_egress);
}

/* The kernel sets BPF_F_RDONLY_PROG on every devmap. libbpf 1.1 takes the flag for a mismatch
 * with the pinned map, so the pinned devmap is reused by its fd. */
static int set_pin_path(struct bpf_map *map, const char *path)
{
	__cleanup(nsa_closep) int fd = -1;

	if (bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP)
		fd = bpf_obj_get(path);
	return fd >= 0 ? bpf_map__reuse_fd(map, fd) : bpf_map__set_pin_path(map, path);
}

/* Has a program with these features no use for the map? Its instructions that name the map are
 * dead, then: libbpf makes them ones that no verifier would let through. */
static bool is_unused(int map, __u32 features)
{
	return map == NSA_MAP_FLOWS && !(features & NSACCEL_FEATURE_GATE);
}

/* With pin paths, libbpf reuses pinned maps, and creates and pins missing ones; none that is
 * unused. */
static int set_pin_paths(struct bpf_object *obj, __u32 features)
{
	struct bpf_map *map;
	char path[PATH_MAX];
	int r;

	for (int i = 0; i < NSA_MAP_COUNT; i++) {
		map = bpf_object__find_map_by_name(obj, nsa_map_names[i].object);
		if (!map)
			continue;
		if (is_unused(i, features)) {
			bpf_map__set_autocreate(map, false);
			continue;
		}
		r = nsa_pin_path(path, "%s", nsa_map_names[i].pin);
		if (r < 0)
			return nsa_err(r, "path of map %s: %s", nsa_map_names[i].object,
				       strerror(-r));
		r = nsa_pin_mkdir_for(path);
		if (r < 0)
			return nsa_err(r, "create directory for %s: %s", path, strerror(-r));
		r = set_pin_path(map, path);
		if (r < 0)
			return nsa_err(r, "set pin path %s: %s", path, strerror(-r));
	}
	return 0;
}

static int explain_load(int r, const char *what)
{
	char path[PATH_MAX] = "";

	nsa_pin_path(path, "%s", "");
	return nsa_err(r, "load %s on the maps below %s: %s%s", what, path, strerror(-r),
		       r == -EPERM ? " (locked-down kernel, or a capability is missing)" :
				     "; -d shows libbpf's and the verifier's messages");
}

static int write_abi_version(void)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = NULL;
	struct nsaccel_meta meta = {};
	__u32 zero = 0;
	int r;

	r = nsa_maps_open(&maps);
	if (!r)
		r = bpf_map_lookup_elem(maps->fd[NSA_MAP_META], &zero, &meta);
	if (!r && meta.abi_version && meta.abi_version != NSACCEL_ABI_VERSION)
		return nsa_err(-EPROTO, "pinned maps have ABI %u, this nsaccel speaks %u",
			       meta.abi_version, NSACCEL_ABI_VERSION);
	meta.abi_version = NSACCEL_ABI_VERSION;
	if (!r)
		r = bpf_map_update_elem(maps->fd[NSA_MAP_META], &zero, &meta, BPF_ANY);
	return r < 0 ? nsa_err(r, "initialise maps: %s", strerror(-r)) : 0;
}

/* The ABI version is written after all maps exist. */
static bool have_maps(void)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = NULL;
	struct nsaccel_meta meta;
	__u32 zero = 0;

	return !nsa_maps_open(&maps) &&
	       !bpf_map_lookup_elem(maps->fd[NSA_MAP_META], &zero, &meta) &&
	       meta.abi_version == NSACCEL_ABI_VERSION;
}

int nsa_dataplane_create_maps(void)
{
	__cleanup(maps_destroyp) struct nsaccel_maps *skel = NULL;
	struct bpf_program *prog;
	int r;

	if (have_maps()) /* most commands find them */
		return 0;
	skel = nsaccel_maps__open();
	if (!skel)
		return nsa_err(-errno, "open BPF object: %s", strerror(errno));
	/* libbpf takes a global function that is alone in its section for a program. */
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	r = set_pin_paths(skel->obj, 0);
	if (r < 0)
		return r;
	r = nsaccel_maps__load(skel);
	if (r < 0)
		return explain_load(r, "maps");
	return write_abi_version();
}

/* Variables of bpf/core/config.h, which are in the .rodata of both skeletons (two types). */
#define CONFIGURE(rodata, config)                                                                  \
	({                                                                                         \
		(rodata)->nsaccel_owner_slot = (config)->owner_slot;                               \
		(rodata)->nsaccel_owner_cookie = (config)->owner_cookie;                           \
		(rodata)->nsaccel_check_owner = nsa_feature_kern_ctx();                            \
		(rodata)->nsaccel_features = (config)->features;                                   \
	})

static int open_tc(const struct nsa_program_config *config, struct nsaccel_tc **out)
{
	struct nsaccel_tc *skel = nsaccel_tc__open();

	if (!skel)
		return nsa_err(-errno, "open BPF object: %s", strerror(errno));
	*out = skel;
	CONFIGURE(skel->rodata, config);
	skel->rodata->nsaccel_mark_sent = config->mark_sent;
	skel->rodata->nsaccel_mark_wire = config->mark_wire;
	return set_pin_paths(skel->obj, config->features);
}

/* The XDP program for this kernel's way of attaching. */
static struct bpf_program *xdp_program(const struct nsaccel_xdp *skel)
{
	return nsa_feature_freplace() ? skel->progs.nsaccel_xdp_ext : skel->progs.nsaccel_xdp;
}

static int open_xdp(const struct nsa_program_config *config, struct nsaccel_xdp **out)
{
	struct nsaccel_xdp *skel = nsaccel_xdp__open();

	if (!skel)
		return nsa_err(-errno, "open BPF object: %s", strerror(errno));
	*out = skel;
	CONFIGURE(skel->rodata, config);
	skel->rodata->nsaccel_xdp_targets = config->xdp_targets;
	bpf_program__set_autoload(skel->progs.nsaccel_xdp, false);
	bpf_program__set_autoload(xdp_program(skel), true);
	return set_pin_paths(skel->obj, config->features);
}

/* FNV-1a */
static __u32 digest(__u32 hash, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 16777619U;
	return hash;
}

/* Over both ELF images, half a megabyte, which are constant: computed once. */
static __u32 digest_programs(void)
{
	static __u32 hash;
	size_t tc_size, xdp_size;
	const void *tc, *xdp;

	if (hash)
		return hash;
	tc = nsaccel_tc__elf_bytes(&tc_size);
	xdp = nsaccel_xdp__elf_bytes(&xdp_size);
	hash = digest(digest(2166136261U, tc, tc_size), xdp, xdp_size);
	return hash;
}

__u32 nsa_dataplane_digest(const struct nsa_program_config *config)
{
	const unsigned char flags[] = { config->xdp_targets, nsa_feature_kern_ctx(),
					nsa_feature_freplace() };
	__u32 hash = digest_programs();

	hash = digest(hash, &config->owner_slot, sizeof(config->owner_slot));
	hash = digest(hash, &config->owner_cookie, sizeof(config->owner_cookie));
	hash = digest(hash, &config->features, sizeof(config->features));
	return digest(hash, flags, sizeof(flags));
}

static int open_program(__u64 cookie, const char *name)
{
	return nsa_pin_open("programs/%llu/%s", cookie, name);
}

static int reuse_tc(const struct nsa_program_config *config, struct nsa_programs *out)
{
	__cleanup(nsa_programs_closep) struct nsa_programs fds = {
		.xdp = -1,
		.tc_ingress = open_program(config->owner_cookie, "tc_ingress"),
		.tc_egress = open_program(config->owner_cookie, "tc_egress"),
	};

	if (fds.tc_ingress < 0 || fds.tc_egress < 0)
		return -ENOENT;
	out->tc_ingress = TAKE_FD(fds.tc_ingress);
	out->tc_egress = TAKE_FD(fds.tc_egress);
	return 0;
}

int nsa_dataplane_reuse(const struct nsa_program_config *config, struct nsa_programs *out)
{
	__cleanup(nsa_closep) int xdp = open_program(config->owner_cookie, "xdp");

	if (xdp < 0 || reuse_tc(config, out))
		return -ENOENT;
	nsa_netfilter_probe_pin();
	out->xdp = TAKE_FD(xdp);
	return 0;
}

/* Only the XDP program depends on xdp_targets, which NICs change as they come and go. The TC
 * programs, which take a second or two to load, are reused then. */
static bool has_tc(const struct nsa_program_config *config, __u32 loaded)
{
	struct nsa_program_config other = *config;

	other.xdp_targets = !config->xdp_targets;
	return nsa_dataplane_digest(&other) == loaded;
}

/* Pins a duplicate of prog's fd as the owner's program name. The caller owns *out. */
static int pin_program(const struct bpf_program *prog, __u64 cookie, const char *name, int *out)
{
	__cleanup(nsa_closep) int fd = dup(bpf_program__fd(prog));
	char path[PATH_MAX];
	int r;

	if (fd < 0)
		return nsa_err(-errno, "duplicate the descriptor of program %s: %s", name,
			       strerror(errno));
	r = nsa_pin_path(path, "programs/%llu/%s", cookie, name);
	if (!r)
		r = nsa_pin_replace(fd, path);
	if (r < 0)
		return nsa_err(r, "pin program %s: %s", name, strerror(-r));
	*out = TAKE_FD(fd);
	return 0;
}

int nsa_dataplane_load(const struct nsa_program_config *config, __u32 loaded,
		       struct nsa_programs *out)
{
	__cleanup(nsa_programs_closep) struct nsa_programs fds = { -1, -1, -1 };
	__cleanup(tc_destroyp) struct nsaccel_tc *tc = NULL;
	__cleanup(xdp_destroyp) struct nsaccel_xdp *xdp = NULL;
	bool tc_stands = has_tc(config, loaded) && !reuse_tc(config, &fds);
	int r;

	r = open_xdp(config, &xdp);
	if (!r && !tc_stands)
		r = open_tc(config, &tc);
	if (r < 0)
		return r;
	r = tc ? nsaccel_tc__load(tc) : 0;
	if (r < 0)
		return explain_load(r, "TC programs");
	r = nsaccel_xdp__load(xdp);
	if (r < 0)
		return explain_load(r, "XDP program");
	r = pin_program(xdp_program(xdp), config->owner_cookie, "xdp", &fds.xdp);
	if (!r && tc)
		r = pin_program(tc->progs.nsaccel_tc_in, config->owner_cookie, "tc_ingress",
				&fds.tc_ingress);
	if (!r && tc)
		r = pin_program(tc->progs.nsaccel_tc_eg, config->owner_cookie, "tc_egress",
				&fds.tc_egress);
	if (r < 0)
		return r;
	nsa_netfilter_probe_pin();
	out->xdp = TAKE_FD(fds.xdp);
	out->tc_ingress = TAKE_FD(fds.tc_ingress);
	out->tc_egress = TAKE_FD(fds.tc_egress);
	return 0;
}

int nsa_xdp_object_open(const struct nsa_program_config *config, struct nsa_xdp_object **out)
{
	__cleanup(xdp_destroyp) struct nsaccel_xdp *skel = NULL;
	struct nsa_xdp_object *object;
	int r;

	r = open_xdp(config, &skel);
	if (r < 0)
		return r;
	object = malloc(sizeof(*object));
	if (!object)
		return nsa_err(-ENOMEM, "open XDP object: %s", strerror(ENOMEM));
	object->skel = TAKE_PTR(skel);
	*out = object;
	return 0;
}

struct bpf_object *nsa_xdp_object_bpf(struct nsa_xdp_object *object)
{
	return object->skel->obj;
}

void nsa_xdp_object_closep(struct nsa_xdp_object **object)
{
	if (!*object)
		return;
	nsaccel_xdp__destroy((*object)->skel);
	free(*object);
}
