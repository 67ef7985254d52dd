// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/inner.h"
#include "util/cleanup.h"

/* With the template's BTF, by which bpftool prints the names of fields. */
int nsa_maps_inner_new(const struct nsa_maps *maps, enum nsa_map template, const char *name,
		       __u32 max_entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	__cleanup(nsa_closep) int btf = -1;
	int r;

	r = bpf_obj_get_info_by_fd(maps->fd[template], &info, &len);
	if (r < 0)
		return r;
	btf = bpf_btf_get_fd_by_id(info.btf_id);
	if (btf < 0)
		return btf;
	opts.btf_fd = (__u32)btf;
	opts.btf_key_type_id = info.btf_key_type_id;
	opts.btf_value_type_id = info.btf_value_type_id;
	opts.map_flags = info.map_flags;
	return bpf_map_create(info.type, name, info.key_size, info.value_size,
			      max_entries ? max_entries : info.max_entries, &opts);
}

int nsa_maps_inner_open(const struct nsa_maps *maps, enum nsa_map outer, const void *key)
{
	__u32 id;
	int r = bpf_map_lookup_elem(maps->fd[outer], key, &id);

	return r < 0 ? r : bpf_map_get_fd_by_id(id);
}

__u32 nsa_maps_inner_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

bool nsa_maps_inner_is(const struct nsa_maps *maps, enum nsa_map outer, const void *key, int fd)
{
	__u32 found, id = nsa_maps_inner_id(fd);

	return id && !bpf_map_lookup_elem(maps->fd[outer], key, &found) && found == id;
}

int nsa_maps_inner_remove(const struct nsa_maps *maps, enum nsa_map outer, const void *key)
{
	int r = bpf_map_delete_elem(maps->fd[outer], key);

	return r == -ENOENT ? 0 : r;
}
