// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/conns.h"
#include "maps/inner.h"
#include "util/cleanup.h"

/* Copies the slot's connections; those that are there stay as they are. */
static void copy_conns(int from, int to, __u32 slot)
{
	struct nsaccel_conn_key key;
	struct nsaccel_conn conn;
	int r = bpf_map_get_next_key(from, NULL, &key);

	/* Programs go on changing it, so that it may have no end; twice its size is enough. */
	for (int i = 0; !r && i < 2 * NSACCEL_MAX_CONNS; i++) {
		if (key.slot == slot && !bpf_map_lookup_elem(from, &key, &conn))
			bpf_map_update_elem(to, &key, &conn, BPF_NOEXIST);
		r = bpf_map_get_next_key(from, &key, &key);
	}
}

/* enum nsaccel_conns_state, in "flow_use"; NULL: there is no such slot, though a record may name
 * it. */
static volatile __u32 *state_of(const struct nsa_maps *maps, __u32 slot)
{
	return slot < NSACCEL_MAX_NETNS ? &maps->flow_use[slot].conns : NULL;
}

int nsa_maps_conns_add(const struct nsa_maps *maps, __u32 slot, __u32 owner_slot)
{
	volatile __u32 *state = state_of(maps, slot);
	__cleanup(nsa_closep) int shared = -1;
	__cleanup(nsa_closep) int fd = -1;
	int r;

	if (!state)
		return -E2BIG;
	if (*state == NSACCEL_CONNS_OWN)
		return 0;
	fd = nsa_maps_inner_new(maps, NSA_MAP_CONNS_TEMPLATE, "nsa_conn", 0);
	if (fd < 0)
		return fd;
	if (slot != owner_slot)
		shared = nsa_maps_inner_open(maps, NSA_MAP_CONNS, &owner_slot);
	if (shared >= 0)
		copy_conns(shared, fd, slot);
	*state = NSACCEL_CONNS_CHANGING;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_CONNS], &slot, &fd, BPF_ANY);
	if (!r && shared >= 0) /* those that came in between */
		copy_conns(shared, fd, slot);
	if (!r)
		*state = NSACCEL_CONNS_OWN;
	return r;
}

int nsa_maps_conns_del(const struct nsa_maps *maps, __u32 slot)
{
	volatile __u32 *state = state_of(maps, slot);
	int r;

	if (!state)
		return -E2BIG;
	if (*state == NSACCEL_CONNS_NONE)
		return 0;
	*state = NSACCEL_CONNS_CHANGING;
	r = nsa_maps_inner_remove(maps, NSA_MAP_CONNS, &slot);
	if (!r)
		*state = NSACCEL_CONNS_NONE;
	return r;
}
