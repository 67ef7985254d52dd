// SPDX-License-Identifier: GPL-2.0-only
#include "rig_internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* What a packet does on its way to a listener is done when its sender gets to go on. */
static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)must(sched_getcpu()), &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus));
}

static __u64 own_cookie(void)
{
	socklen_t len = sizeof(__u64);
	__u64 cookie = 0;
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must(getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len));
	close(fd);
	return cookie;
}

/* By pins, in use; other maps are each object's own. */
static bool is_shared(const char *name)
{
	for (int map = 0; map < NSA_MAP_COUNT; map++)
		if (!strcmp(nsa_map_names[map].object, name))
			return true;
	return false;
}

static void share_maps(const struct bpf_object *from, struct bpf_object *to)
{
	const struct bpf_map *shared;
	struct bpf_map *map;

	bpf_object__for_each_map(map, to) {
		shared = is_shared(bpf_map__name(map)) ?
				 bpf_object__find_map_by_name(from, bpf_map__name(map)) :
				 NULL;
		if (shared)
			must(bpf_map__reuse_fd(map, bpf_map__fd(shared)));
	}
}

/* Kernel-context casts: Linux 6.2. */
static bool kernel_tells_owner(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	must(uname(&name));
	sscanf(name.release, "%u.%u", &major, &minor);
	return major > 6 || (major == 6 && minor >= 2);
}

#define configure(skel, variant)                                                                   \
	do {                                                                                       \
		(skel)->rodata->nsaccel_owner_slot = NS_OWNER;                                     \
		(skel)->rodata->nsaccel_owner_cookie = own_cookie() + ((variant) == MOVED);        \
		(skel)->rodata->nsaccel_check_owner = (variant) == CHECKED || (variant) == MOVED;  \
		(skel)->rodata->nsaccel_xdp_targets = (variant) != IDLE;                           \
		(skel)->rodata->nsaccel_features =                                                 \
			(variant) == BARE ? self->bare_features : NSACCEL_FEATURE_ALL;             \
	} while (0)

void rig_load(struct rig *self, enum variant variant)
{
	struct nsaccel_xdp *xdp;
	struct nsaccel_tc *tc;

	if (self->tc[variant])
		return;
	xdp = self->xdp[variant] = nsaccel_xdp__open();
	tc = self->tc[variant] = nsaccel_tc__open();
	assert_non_null(xdp);
	assert_non_null(tc);
	configure(xdp, variant);
	configure(tc, variant);
	tc->rodata->nsaccel_mark_sent = RIG_MARK_SENT;
	tc->rodata->nsaccel_mark_wire = RIG_MARK_WIRE;
	if (variant != PLAIN)
		share_maps(self->xdp[PLAIN]->obj, xdp->obj);
	must(nsaccel_xdp__load(xdp));
	share_maps(self->xdp[PLAIN]->obj, tc->obj);
	must(nsaccel_tc__load(tc));
}

int rig_map_fd(const struct rig *self, const char *name)
{
	return (int)must(bpf_object__find_map_fd_by_name(self->xdp[PLAIN]->obj, name));
}

/* With the types of the template: until Linux 6.2 an outer map takes no other ones. */
static int make_like(const struct rig *self, const char *template, __u32 max_entries)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(self->xdp[PLAIN]->obj, template);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = bpf_map__map_flags(map),
		    .btf_fd = (__u32)bpf_object__btf_fd(self->xdp[PLAIN]->obj),
		    .btf_key_type_id = bpf_map__btf_key_type_id(map),
		    .btf_value_type_id = bpf_map__btf_value_type_id(map));

	return (int)must(bpf_map_create(bpf_map__type(map), template, bpf_map__key_size(map),
					bpf_map__value_size(map),
					max_entries ?: bpf_map__max_entries(map), &opts));
}

static void make_mtrie(struct rig *self, enum ns ns)
{
	const size_t lines = NSACCEL_MTRIE_BLOCKS + 4096;
	void *memory;

	self->mtrie_fds[ns] = make_like(self, "nsa_mtrie", (__u32)lines);
	memory = mmap(NULL, lines * sizeof(struct nsaccel_mtrie_line), PROT_READ | PROT_WRITE,
		      MAP_SHARED, self->mtrie_fds[ns], 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	self->mtries[ns] =
		(struct nsa_mtrie){ .lines = memory, .line_count = lines - NSA_MTRIE_SLACK };
}

static void make_inner_maps(struct rig *self)
{
	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++) {
		self->tables[ns] = make_like(self, "nsa_table", 0);
		self->counters[ns] = make_like(self, "nsa_counters", 0);
		must(bpf_map_update_elem(rig_map_fd(self, "nsa_tables"), &ns, &self->tables[ns],
					 0));
		must(bpf_map_update_elem(rig_map_fd(self, "nsa_stats"), &ns, &self->counters[ns],
					 0));
		make_mtrie(self, ns);
	}
}

static void find_maps(struct rig *self)
{
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		self->maps.fd[i] = rig_map_fd(self, nsa_map_names[i].object);
	assert_int_equal(nsa_maps_sequences_map(&self->maps), 0);
	assert_int_equal(nsa_maps_flow_use_map(&self->maps), 0);
}

struct rig *rig_new(void)
{
	struct rig *self = calloc(1, sizeof(*self));

	assert_non_null(self);
	stay_on_this_cpu();
	self->far = rig_new_namespace();
	self->near = rig_new_namespace();
	rig_make_devices(self);
	rig_load(self, PLAIN);
	self->before = before__open_and_load();
	assert_non_null(self->before);
	make_inner_maps(self);
	find_maps(self);
	return self;
}

void rig_free(struct rig *self)
{
	if (!self)
		return;
	nsa_maps_flow_use_unmap(&self->maps);
	nsa_maps_sequences_unmap(&self->maps);
	before__destroy(self->before);
	for (int variant = VARIANT_COUNT - 1; variant >= 0; variant--) {
		nsaccel_tc__destroy(self->tc[variant]);
		nsaccel_xdp__destroy(self->xdp[variant]);
	}
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++) {
		close(self->tables[ns]);
		close(self->counters[ns]);
	}
	close(self->near);
	close(self->far);
	free(self);
}

bool rig_has(enum variant variant)
{
	return (variant != CHECKED && variant != MOVED) || kernel_tells_owner();
}

void rig_set_features(struct rig *self, __u32 features)
{
	nsaccel_tc__destroy(self->tc[BARE]);
	nsaccel_xdp__destroy(self->xdp[BARE]);
	self->tc[BARE] = NULL;
	self->xdp[BARE] = NULL;
	self->bare_features = features;
}

void rig_maps(const struct rig *self, struct nsa_maps *maps)
{
	*maps = self->maps;
}

struct rig *rig;

int rig_set_up(void **state)
{
	(void)state;
	rig = rig_new();
	return 0;
}

int rig_tear_down(void **state)
{
	(void)state;
	rig_free(rig);
	return 0;
}
