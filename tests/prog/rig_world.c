// SPDX-License-Identifier: GPL-2.0-only
#include "rig_internal.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void clear_map(int fd, size_t key_size)
{
	__u8 key[64];

	assert_true(key_size <= sizeof(key));
	while (!bpf_map_get_next_key(fd, NULL, key))
		must(bpf_map_delete_elem(fd, key));
}

static void apply_ports(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_ports");
	struct nsaccel_port_key key = { .owner_slot = NS_OWNER };

	clear_map(fd, sizeof(key));
	for (int dev = 0; dev < DEV_COUNT; dev++) {
		key.ifindex = IFINDEX(dev);
		if (world->is_port[dev])
			must(bpf_map_update_elem(fd, &key, &world->ports[dev], 0));
	}
}

static void apply_endpoints(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_endpoints");
	struct nsaccel_endpoint_key key = { .owner_slot = NS_OWNER };
	struct nsaccel_endpoint ep;

	clear_map(fd, sizeof(key));
	for (int ns = 0; ns < NS_COUNT; ns++) {
		if (!world->endpoints[ns].slot)
			continue;
		key.ifindex = IFINDEX(world->endpoint_port[ns]);
		memcpy(key.mac,
		       world->endpoints[ns].kind == NSACCEL_KIND_VETH ?
			       BEHIND_MAC(world->endpoint_port[ns]) :
			       MACVLAN_MAC(ns),
		       sizeof(key.mac));
		ep = world->endpoints[ns];
		ep.key = key;
		must(bpf_map_update_elem(fd, &key, &ep, 0));
	}
}

/* The state has changed: cached results no longer hold. */
static void forget_cached(struct rig *self)
{
	nsa_maps_config_begin(&self->maps);
	nsa_maps_config_end(&self->maps);
}

void rig_set_hop(struct rig *self, enum hop hop, const struct nsaccel_nexthop *nh)
{
	__u32 id = hop;

	must(bpf_map_update_elem(rig_map_fd(self, "nsa_nexthops"), &id, nh, 0));
	forget_cached(self);
}

static void apply_hops(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_nh_used");
	__u32 zero = 0;

	for (__u32 hop = 0; hop < HOP_COUNT; hop++) {
		rig_set_hop(self, hop, &world->hops[hop]);
		must(bpf_map_update_elem(fd, &hop, &zero, 0));
	}
}

bool rig_used(struct rig *self, enum hop hop)
{
	__u32 id = hop, used;

	must(bpf_map_lookup_elem(rig_map_fd(self, "nsa_nh_used"), &id, &used));
	return used;
}

bool rig_fib_used(struct rig *self, struct nsaccel_fib_neighbour *key)
{
	int fd = rig_map_fd(self, "nsa_neigh_used");
	bool found = !bpf_map_get_next_key(fd, NULL, key);

	if (found)
		must(bpf_map_delete_elem(fd, key));
	return found;
}

static void apply_fdb(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_fdb");

	clear_map(fd, sizeof(struct nsaccel_fdb_key));
	for (unsigned int i = 0; i < world->fdb_count; i++)
		must(bpf_map_update_elem(fd, &world->fdb[i].key, &world->fdb[i], 0));
}

__u64 rig_seen(struct rig *self, const __u8 *mac)
{
	struct nsaccel_fdb_key key = { .owner_slot = NS_OWNER, .bridge = BRIDGE };
	struct nsaccel_fdb fdb;

	memcpy(key.mac, mac, sizeof(key.mac));
	must(bpf_map_lookup_elem(rig_map_fd(self, "nsa_fdb"), &key, &fdb));
	return fdb.seen;
}

void rig_set_owner(struct rig *self, const struct nsaccel_owner *owner)
{
	__u32 slot = NS_OWNER;

	must(bpf_map_update_elem(rig_map_fd(self, "nsa_owners"), &slot, owner, 0));
	forget_cached(self);
}

void rig_let_forward(struct rig *self, const struct world *world, enum dev dev, bool forwards)
{
	const struct nsaccel_port_key key = { NS_OWNER, IFINDEX(dev) };
	struct nsaccel_port port = world->ports[dev];

	if (!forwards)
		port.forward4 = port.forward6 = 0;
	must(bpf_map_update_elem(rig_map_fd(self, "nsa_ports"), &key, &port, BPF_EXIST));
}

__u64 rig_now(void)
{
	struct timespec ts;

	must(clock_gettime(CLOCK_MONOTONIC, &ts));
	return (__u64)ts.tv_sec * 1000000000ULL + (__u64)ts.tv_nsec;
}

bool rig_flow(struct rig *self, struct nsaccel_flow *flow)
{
	int fd = rig_map_fd(self, "nsa_flows");
	struct nsaccel_flow_key key;

	if (bpf_map_get_next_key(fd, NULL, &key))
		return false;
	must(bpf_map_lookup_elem(fd, &key, flow));
	assert_memory_equal(&key, &flow->key, sizeof(key));
	assert_int_not_equal(bpf_map_get_next_key(fd, &key, &key), 0);
	return true;
}

bool rig_has_flow(struct rig *self, __u16 port)
{
	int r, fd = rig_map_fd(self, "nsa_flows");
	struct nsaccel_flow_key key;

	for (r = bpf_map_get_next_key(fd, NULL, &key); !r; r = bpf_map_get_next_key(fd, &key, &key))
		if (key.low_port == htons(port) || key.high_port == htons(port))
			return true;
	return false;
}

struct nsaccel_flow_use rig_flow_use(struct rig *self, enum ns ns)
{
	struct nsaccel_flow_use use;
	__u32 slot = ns;

	must(bpf_map_lookup_elem(rig_map_fd(self, "nsa_flow_use"), &slot, &use));
	return use;
}

void rig_set_flow_quota(struct rig *self, enum ns ns, __u32 quota)
{
	const struct nsaccel_flow_use use = { .quota = quota };
	__u32 slot = ns;

	must(bpf_map_update_elem(rig_map_fd(self, "nsa_flow_use"), &slot, &use, 0));
}

void rig_set_flow(struct rig *self, const struct nsaccel_flow *flow)
{
	must(bpf_map_update_elem(rig_map_fd(self, "nsa_flows"), &flow->key, flow, 0));
}

static void apply_tx(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_tx");
	struct bpf_devmap_val val = {};
	__u32 slot;

	for (int dev = 0; dev < DEV_COUNT; dev++) {
		slot = TX_SLOT(dev);
		val.ifindex = IFINDEX(dev);
		if (world->has_tx[dev])
			must(bpf_map_update_elem(fd, &slot, &val, 0));
		else
			bpf_map_delete_elem(fd, &slot);
	}
}

static void parse_prefix(struct nsaccel_prefix *key, const char *text)
{
	const char *slash = strchr(text, '/');
	char address[64];

	assert_non_null(slash);
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	memset(key, 0, sizeof(*key));
	key->family = strchr(text, ':') ? NSACCEL_FAMILY_INET6 : NSACCEL_FAMILY_INET;
	key->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + (__u32)strtoul(slash + 1, NULL, 10);
	assert_int_equal(inet_pton((int)key->family, address, key->addr), 1);
}

static struct nsaccel_route route_of(const struct world_route *route)
{
	bool stale = route->hop >= HOP_COUNT;

	return (struct nsaccel_route){
		.nexthop = stale ? route->hop - HOP_COUNT : route->hop,
		.generation = stale ? GENERATION_BEFORE : GENERATION(route->hop),
		.origin = NSACCEL_ORIGIN_STATIC,
	};
}

static void apply_routes(struct rig *self, const struct world *world)
{
	struct nsaccel_route value;
	struct nsaccel_prefix key;

	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		clear_map(self->tables[ns], sizeof(key));
	for (unsigned int i = 0; i < world->route_count; i++) {
		parse_prefix(&key, world->routes[i].prefix);
		value = route_of(&world->routes[i]);
		must(bpf_map_update_elem(self->tables[world->routes[i].ns], &key, &value, 0));
	}
	forget_cached(self);
}

static void build_mtrie(struct nsa_mtrie *mtrie, const struct world *world, enum ns ns)
{
	struct nsa_mtrie_route routes[WORLD_ROUTES];
	size_t count = 0;

	for (unsigned int i = 0; i < world->route_count; i++) {
		const struct nsaccel_route value = route_of(&world->routes[i]);

		if (world->routes[i].ns != ns)
			continue;
		parse_prefix(&routes[count].prefix, world->routes[i].prefix);
		routes[count++].word = (__u64)value.generation << 32 | value.nexthop;
	}
	memset(mtrie->lines, 0, nsa_mtrie_lines(mtrie) * sizeof(*mtrie->lines));
	assert_int_equal(nsa_mtrie_build(mtrie, routes, count), 0);
}

/* Each change of a map of maps waits for all programs that run. */
static void apply_mtries(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_mtries");

	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++) {
		if (world->big)
			build_mtrie(&self->mtries[ns], world, ns);
		if (world->big && !self->big)
			must(bpf_map_update_elem(fd, &ns, &self->mtrie_fds[ns], 0));
		if (!world->big && self->big)
			must(bpf_map_delete_elem(fd, &ns));
	}
	self->big = world->big;
}

static void apply_refusal(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_tables");
	__u32 slot = NS_OWNER;

	if (self->refused == world->refused)
		return; /* each change waits for all programs that run */
	self->refused = world->refused;
	if (world->refused)
		must(bpf_map_delete_elem(fd, &slot));
	else
		must(bpf_map_update_elem(fd, &slot, &self->tables[NS_OWNER], 0));
}

/* A new second's budget of ICMP errors. */
static void allow_rejects(struct rig *self)
{
	const struct bpf_map *map;
	__u32 zero = 0;

	for (int variant = 0; variant < VARIANT_COUNT; variant++) {
		if (!self->tc[variant])
			continue;
		map = self->tc[variant]->maps.nsaccel_rejects;
		__u8 budget[(size_t)libbpf_num_possible_cpus() * bpf_map__value_size(map)];

		memset(budget, 0, sizeof(budget));
		must(bpf_map_update_elem(bpf_map__fd(map), &zero, budget, 0));
	}
}

void rig_limits(struct rig *self, enum ns ns, struct nsaccel_limits *limits)
{
	__u32 slot = ns;

	must(bpf_map_lookup_elem(rig_map_fd(self, "nsa_limits"), &slot, limits));
}

void rig_set_limits(struct rig *self, enum ns ns, const struct nsaccel_limits *limits)
{
	__u32 slot = ns;

	must(bpf_map_update_elem(rig_map_fd(self, "nsa_limits"), &slot, limits, 0));
}

static void apply_isolation(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_isolation");

	for (__u32 slot = 0; slot < NS_COUNT; slot++) {
		must(bpf_map_update_elem(fd, &slot, &world->isolation[slot], 0));
		rig_set_limits(self, slot, &world->limits[slot]);
	}
}

static void apply_sources(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_sources");
	struct nsaccel_source_key key;
	struct nsaccel_prefix prefix;

	clear_map(fd, sizeof(key));
	for (unsigned int i = 0; i < world->source_count; i++) {
		parse_prefix(&prefix, world->sources[i].prefix);
		key.prefixlen =
			prefix.prefixlen - NSACCEL_PREFIX_FAMILY_BITS + NSACCEL_SOURCE_STATIC_BITS;
		key.slot = world->sources[i].ns;
		if (key.slot == NS_OWNER)
			key.slot |= NSACCEL_SOURCE_OF_OWNER;
		key.family = prefix.family;
		memcpy(key.addr, prefix.addr, sizeof(key.addr));
		must(bpf_map_update_elem(fd, &key, &world->sources[i].source, 0));
	}
}

static void apply_shares(struct rig *self, const struct world *world)
{
	int fd = rig_map_fd(self, "nsa_shares");
	struct nsaccel_prefix prefix;

	clear_map(fd, sizeof(struct nsaccel_share_key));
	for (unsigned int i = 0; i < world->share_count; i++) {
		const struct world_share *from = &world->shares[i];
		struct nsaccel_share share = {
			.key = { .owner_slot = NS_OWNER,
				 .nic = IFINDEX(from->nic),
				 .vlan = from->vlan },
			.port = IFINDEX(from->port),
			.ready = 1,
		};

		if (from->address) {
			parse_prefix(&prefix, from->address);
			share.key.family = prefix.family;
			memcpy(share.key.addr, prefix.addr, sizeof(prefix.addr));
		}
		must(bpf_map_update_elem(fd, &share.key, &share, 0));
	}
}

void rig_apply(struct rig *self, const struct world *world)
{
	apply_ports(self, world);
	apply_endpoints(self, world);
	apply_hops(self, world);
	apply_tx(self, world);
	apply_mtries(self, world);
	apply_routes(self, world);
	apply_refusal(self, world);
	apply_fdb(self, world);
	apply_isolation(self, world);
	apply_sources(self, world);
	apply_shares(self, world);
	rig_set_owner(self, &world->owner);
	clear_map(rig_map_fd(self, "nsa_flows"), sizeof(struct nsaccel_flow_key));
	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		rig_set_flow_quota(self, ns, 0);
	allow_rejects(self);
	rig_forget_counts(self);
}
