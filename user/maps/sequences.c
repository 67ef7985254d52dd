// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/mapped.h"
#include "maps/sequences.h"

#define ROUTE_SEQS (NSACCEL_ROUTE_SEQS4 + NSACCEL_ROUTE_SEQS6)
/* The kernel maps whole pages. */
#define CONFIG_SIZE (NSACCEL_SEQ_COUNT * sizeof(__u64))
#define ROUTE_SIZE  (ROUTE_SEQS * sizeof(__u64))

int nsa_maps_sequences_map(struct nsa_maps *maps)
{
	int r = nsa_maps_mmap(maps, NSA_MAP_CONFIG_SEQ, CONFIG_SIZE, (void **)&maps->config_seq);

	return r < 0 ? r :
		       nsa_maps_mmap(maps, NSA_MAP_ROUTE_SEQ, ROUTE_SIZE,
				     (void **)&maps->route_seq);
}

void nsa_maps_sequences_unmap(struct nsa_maps *maps)
{
	nsa_maps_munmap(maps->config_seq, CONFIG_SIZE);
	nsa_maps_munmap(maps->route_seq, ROUTE_SIZE);
}

static void begin(__u64 *seq)
{
	__atomic_store_n(seq, *seq | 1, __ATOMIC_RELAXED);
}

static void end(__u64 *seq)
{
	if (*seq & 1)
		__atomic_store_n(seq, *seq + 1, __ATOMIC_RELEASE);
}

void nsa_maps_sequences_mend(const struct nsa_maps *maps)
{
	end(&maps->config_seq[NSACCEL_SEQ_CONFIG]);
	if (!maps->config_seq[NSACCEL_SEQ_ROUTES_CHANGE])
		return;
	for (size_t i = 0; i < ROUTE_SEQS; i++)
		end(&maps->route_seq[i]);
	maps->config_seq[NSACCEL_SEQ_ROUTES_CHANGE] = 0;
}

void nsa_maps_any_seq_advance(const struct nsa_maps *maps)
{
	__u64 *seq = &maps->config_seq[NSACCEL_SEQ_ANY];

	__atomic_store_n(seq, *seq + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void nsa_maps_config_begin(const struct nsa_maps *maps)
{
	begin(&maps->config_seq[NSACCEL_SEQ_CONFIG]);
	nsa_maps_any_seq_advance(maps);
}

void nsa_maps_config_end(const struct nsa_maps *maps)
{
	end(&maps->config_seq[NSACCEL_SEQ_CONFIG]);
}

/* Calls change for each sequence of addresses in an IPv4 prefix. */
static void each4(const struct nsa_maps *maps, const __u8 *addr, __u32 length,
		  void (*change)(__u64 *seq))
{
	__u32 count =
		length < NSACCEL_ROUTE_SEQ_BITS4 ? 1U << (NSACCEL_ROUTE_SEQ_BITS4 - length) : 1;
	__u32 first = (__u32)(addr[0] << 8 | addr[1]) & ~(count - 1);

	for (__u32 i = 0; i < count; i++)
		change(&maps->route_seq[NSACCEL_ROUTE_SEQ4(first + i)]);
}

/* Likewise for IPv6. Their index is a hash, so that a wide prefix has all of them. */
static void each6(const struct nsa_maps *maps, const __u8 *addr, __u32 length,
		  void (*change)(__u64 *seq))
{
	__u32 bits = length < NSACCEL_ROUTE_SEQ_BITS6 ? NSACCEL_ROUTE_SEQ_BITS6 - length : 0;
	__u64 first = 0, count = 1ULL << bits;

	if (count >= NSACCEL_ROUTE_SEQS6) {
		for (__u32 i = 0; i < NSACCEL_ROUTE_SEQS6; i++)
			change(&maps->route_seq[NSACCEL_ROUTE_SEQS4 + i]);
		return;
	}
	for (int i = 0; i < NSACCEL_ROUTE_SEQ_BITS6 / 8; i++)
		first = first << 8 | addr[i];
	first &= ~(count - 1);
	for (__u64 i = 0; i < count; i++)
		change(&maps->route_seq[NSACCEL_ROUTE_SEQ6(first + i)]);
}

static void each(const struct nsa_maps *maps, const struct nsaccel_prefix *prefix,
		 void (*change)(__u64 *seq))
{
	__u32 length = prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS;

	if (prefix->family == NSACCEL_FAMILY_INET)
		each4(maps, prefix->addr, length, change);
	else
		each6(maps, prefix->addr, length, change);
}

void nsa_maps_route_begin(const struct nsa_maps *maps, const struct nsaccel_prefix *prefix)
{
	maps->config_seq[NSACCEL_SEQ_ROUTES_CHANGE]++;
	each(maps, prefix, begin);
}

void nsa_maps_route_end(const struct nsa_maps *maps, const struct nsaccel_prefix *prefix)
{
	each(maps, prefix, end);
	maps->config_seq[NSACCEL_SEQ_ROUTES_CHANGE]--;
}

int nsa_maps_config_put(const struct nsa_maps *maps, enum nsa_map map, const void *key,
			const void *value)
{
	int r;

	nsa_maps_config_begin(maps);
	r = bpf_map_update_elem(maps->fd[map], key, value, BPF_ANY);
	nsa_maps_config_end(maps);
	return r;
}

int nsa_maps_config_del(const struct nsa_maps *maps, enum nsa_map map, const void *key)
{
	int r;

	nsa_maps_config_begin(maps);
	r = bpf_map_delete_elem(maps->fd[map], key);
	nsa_maps_config_end(maps);
	return r;
}
