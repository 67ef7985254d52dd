// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "maps/dump.h"
#include "maps/shares.h"
#include "util/cleanup.h"
#include "util/sort.h"

struct share_entry {
	struct nsaccel_share_key key;
	struct nsaccel_share share;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nsaccel_share_key));
}

/* The value has its key in it. */
int nsa_maps_shares(const struct nsa_maps *maps, struct nsaccel_share **out, size_t *count)
{
	__cleanup(nsa_freep) struct share_entry *entries = NULL;
	struct nsaccel_share *shares;
	size_t n = 0;
	/* cppcheck-suppress nullPointer ; only its size is asked for */
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_SHARES], &entries, &n, key, share);

	if (r < 0)
		return r;
	shares = calloc(n + 1, sizeof(*shares));
	if (!shares)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		shares[i] = entries[i].share;
		NSA_END_NAME(shares[i].name);
	}
	SORT(shares, n, by_key);
	*out = shares;
	*count = n;
	return 0;
}

int nsa_maps_share_put(const struct nsa_maps *maps, const struct nsaccel_share *share)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_SHARES], &share->key, share, BPF_ANY);
}

int nsa_maps_share_del(const struct nsa_maps *maps, const struct nsaccel_share_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_SHARES], key);
}
