// SPDX-License-Identifier: GPL-2.0-only
#include <linux/rtnetlink.h>
#include <string.h>

#include "fib.h"

bool nsa_prefix_covers(const __u8 *prefix, __u8 len, const __u8 *addr)
{
	__u8 bytes = len / 8, bits = len % 8;

	if (memcmp(prefix, addr, bytes))
		return false;
	return !bits || !((prefix[bytes] ^ addr[bytes]) & (0xff00 >> bits));
}

static const struct nsa_krt *lookup_table(const struct nsa_view *view, __u32 table, __u8 family,
					  const __u8 *addr)
{
	const struct nsa_krt *best = NULL;

	for (size_t i = 0; i < view->route_count; i++) {
		const struct nsa_krt *k = &view->routes[i];

		if (k->table != table || k->family != family ||
		    !nsa_prefix_covers(k->dst, k->dst_len, addr))
			continue;
		if (!best || k->dst_len > best->dst_len ||
		    (k->dst_len == best->dst_len && k->metric < best->metric))
			best = k;
	}
	return best;
}

const struct nsa_krt *nsa_fib_lookup(const struct nsa_view *view, __u8 family, const __u8 *addr)
{
	const struct nsa_krt *k = lookup_table(view, RT_TABLE_LOCAL, family, addr);

	return k ? k : lookup_table(view, RT_TABLE_MAIN, family, addr);
}

static bool same_prefix(const struct nsa_krt *a, const struct nsa_krt *b)
{
	return a->family == b->family && a->dst_len == b->dst_len &&
	       !memcmp(a->dst, b->dst, NSACCEL_ADDR_LEN);
}

bool nsa_fib_is_effective(const struct nsa_view *view, const struct nsa_krt *route)
{
	for (size_t i = 0; i < view->route_count; i++) {
		const struct nsa_krt *k = &view->routes[i];

		if (k == route || k->family != route->family)
			continue;
		if (k->table == route->table && same_prefix(k, route) && k->metric < route->metric)
			return false;
		if (route->table == RT_TABLE_MAIN && k->table == RT_TABLE_LOCAL &&
		    k->dst_len <= route->dst_len &&
		    nsa_prefix_covers(k->dst, k->dst_len, route->dst))
			return false;
	}
	return true;
}

bool nsa_fib_is_contested(const struct nsa_view *view, const struct nsa_krt *route)
{
	for (size_t i = 0; i < view->route_count; i++) {
		const struct nsa_krt *k = &view->routes[i];

		if (k != route && k->table == route->table && same_prefix(k, route) &&
		    (k->metric == route->metric || k->tos || k->src_len))
			return true;
	}
	return false;
}
