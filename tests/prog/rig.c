// SPDX-License-Identifier: GPL-2.0-only
#include "rig.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "before.skel.h"
#include "nsaccel_tc.skel.h"
#include "nsaccel_xdp.skel.h"
#include "user/maps/maps.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BATCH_MAX     8192

struct rig {
	struct nsaccel_xdp *xdp[VARIANT_COUNT];
	struct nsaccel_tc *tc[VARIANT_COUNT];
	struct before *before;
	int tables[NS_COUNT];
	int counters[NS_COUNT];
	struct nsa_maps maps; /* as the command has them */
	bool refused;	      /* the owner's table isn't set */
	int near, far;	      /* the two namespaces */
	struct outcome outcome;
};

static const char *const dev_names[DEV_COUNT] = {
	[ETH0] = "eth0", [ETH1] = "eth1", [ETH2] = "eth2",
	[ETH3] = "eth3", [RED] = "red",	  [BLUE] = "blue",
};

static const char *const macvlan_names[NS_COUNT] = {
	[NS_GREEN] = "nsa-green",
	[NS_GREY] = "nsa-grey",
	[NS_PINK] = "nsa-pink",
};

#define must(expression)                                                                           \
	({                                                                                         \
		long result = (expression);                                                        \
		if (result < 0)                                                                    \
			fail_msg("%s:%d: %s: %s", __FILE__, __LINE__, #expression,                 \
				 strerror(errno));                                                 \
		result;                                                                            \
	})

void assert_packet(const struct packet *want, const struct packet *got)
{
	if (packet_same(want, got))
		return;
	packet_print_difference(want, got);
	fail_msg("wrong bytes");
}

/* Namespaces and devices */

void rig_ip(const char *commands)
{
	FILE *ip = popen("ip -batch -", "w");

	assert_non_null(ip);
	fputs(commands, ip);
	if (pclose(ip))
		fail_msg("ip -batch failed");
}

void rig_sysctl(const char *device, const char *family, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, device, name);
	fd = (int)must(open(path, O_WRONLY | O_CLOEXEC));
	must(write(fd, value, strlen(value)));
	close(fd);
}

static void quiet_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* no IPv6, no noise */
	must(write(fd, "1", 1));
	close(fd);
}

static int new_namespace(void)
{
	must(unshare(CLONE_NEWNET));
	quiet_ipv6();
	return (int)must(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

static char *format_mac(char *text, const __u8 *mac)
{
	sprintf(text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		mac[5]);
	return text;
}

static void make_devices(const struct rig *rig)
{
	char batch[BATCH_MAX], mac[18], behind[18];
	size_t len = 0;

	for (int dev = 0; dev < DEV_COUNT; dev++)
		len += sprintf(batch + len,
			       "link add nsa-%s index %d address %s mtu %d type veth "
			       "peer name far-%s address %s mtu 9000 netns /proc/%d/fd/%d\n"
			       "link set nsa-%s up\n",
			       dev_names[dev], IFINDEX(dev), format_mac(mac, PORT_MAC(dev)),
			       dev == ETH3 ? SMALL_MTU : 9000, dev_names[dev],
			       format_mac(behind, BEHIND_MAC(dev)), getpid(), rig->far,
			       dev_names[dev]);
	for (int ns = 0; ns < NS_COUNT; ns++)
		if (macvlan_names[ns])
			len += sprintf(batch + len,
				       "link add link nsa-%s name %s netns /proc/%d/fd/%d "
				       "address %s type macvlan mode %s\n",
				       ns == NS_PINK ? "eth1" : "eth2", macvlan_names[ns], getpid(),
				       rig->far, format_mac(mac, MACVLAN_MAC(ns)),
				       ns == NS_GREY ? "private" : "bridge");
	rig_ip(batch);
	len = 0;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		len += sprintf(batch + len, "link set far-%s up\n", dev_names[dev]);
	for (int ns = 0; ns < NS_COUNT; ns++)
		if (macvlan_names[ns])
			len += sprintf(batch + len, "link set %s up\n", macvlan_names[ns]);
	must(setns(rig->far, CLONE_NEWNET));
	rig_ip(batch);
	must(setns(rig->near, CLONE_NEWNET));
}

/* What a packet does on its way to a listener is done when its sender gets to go on. */
static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)must(sched_getcpu()), &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus));
}

/* Programs and maps */

static __u64 own_cookie(void)
{
	socklen_t len = sizeof(__u64);
	__u64 cookie = 0;
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	must(getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len));
	close(fd);
	return cookie;
}

static void share_maps(const struct bpf_object *from, struct bpf_object *to)
{
	const struct bpf_map *shared;
	struct bpf_map *map;

	bpf_object__for_each_map(map, to) {
		shared = bpf_map__is_internal(map) ?
				 NULL :
				 bpf_object__find_map_by_name(from, bpf_map__name(map));
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
	} while (0)

static void load(struct rig *rig, enum variant variant)
{
	struct nsaccel_xdp *xdp = rig->xdp[variant] = nsaccel_xdp__open();
	struct nsaccel_tc *tc = rig->tc[variant] = nsaccel_tc__open();

	assert_non_null(xdp);
	assert_non_null(tc);
	configure(xdp, variant);
	configure(tc, variant);
	tc->rodata->nsaccel_mark_sent = RIG_MARK_SENT;
	tc->rodata->nsaccel_mark_wire = RIG_MARK_WIRE;
	if (variant != PLAIN)
		share_maps(rig->xdp[PLAIN]->obj, xdp->obj);
	must(nsaccel_xdp__load(xdp));
	share_maps(rig->xdp[PLAIN]->obj, tc->obj);
	must(nsaccel_tc__load(tc));
}

static int map_fd(const struct rig *rig, const char *name)
{
	return (int)must(bpf_object__find_map_fd_by_name(rig->xdp[PLAIN]->obj, name));
}

/* With the types of the template: until Linux 6.2 an outer map takes no other ones. */
static int make_like(const struct rig *rig, const char *template)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(rig->xdp[PLAIN]->obj, template);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = bpf_map__map_flags(map),
		    .btf_fd = (__u32)bpf_object__btf_fd(rig->xdp[PLAIN]->obj),
		    .btf_key_type_id = bpf_map__btf_key_type_id(map),
		    .btf_value_type_id = bpf_map__btf_value_type_id(map));

	return (int)must(bpf_map_create(bpf_map__type(map), template, bpf_map__key_size(map),
					bpf_map__value_size(map), bpf_map__max_entries(map),
					&opts));
}

static void make_inner_maps(struct rig *rig)
{
	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++) {
		rig->tables[ns] = make_like(rig, "nsaccel_table");
		rig->counters[ns] = make_like(rig, "nsaccel_counts");
		must(bpf_map_update_elem(map_fd(rig, "nsaccel_tables"), &ns, &rig->tables[ns], 0));
		must(bpf_map_update_elem(map_fd(rig, "nsaccel_stats"), &ns, &rig->counters[ns], 0));
	}
}

static void find_maps(struct rig *rig)
{
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		rig->maps.fd[i] = map_fd(rig, nsa_map_names[i].object);
	assert_int_equal(nsa_maps_table_map(&rig->maps), 0);
}

struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	stay_on_this_cpu();
	rig->far = new_namespace();
	rig->near = new_namespace();
	make_devices(rig);
	for (int variant = 0; variant < VARIANT_COUNT; variant++)
		if ((variant != CHECKED && variant != MOVED) || kernel_tells_owner())
			load(rig, variant);
	rig->before = before__open_and_load();
	assert_non_null(rig->before);
	make_inner_maps(rig);
	find_maps(rig);
	return rig;
}

void rig_free(struct rig *rig)
{
	if (!rig)
		return;
	nsa_maps_table_unmap(&rig->maps);
	before__destroy(rig->before);
	for (int variant = VARIANT_COUNT - 1; variant >= 0; variant--) {
		nsaccel_tc__destroy(rig->tc[variant]);
		nsaccel_xdp__destroy(rig->xdp[variant]);
	}
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++) {
		close(rig->tables[ns]);
		close(rig->counters[ns]);
	}
	close(rig->near);
	close(rig->far);
	free(rig);
}

bool rig_has(const struct rig *rig, enum variant variant)
{
	return rig->tc[variant];
}

/* The world into the maps */

static void clear_map(int fd, size_t key_size)
{
	__u8 key[64];

	assert_true(key_size <= sizeof(key));
	while (!bpf_map_get_next_key(fd, NULL, key))
		must(bpf_map_delete_elem(fd, key));
}

static void apply_ports(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_ports");
	struct nsaccel_port_key key = { .owner_slot = NS_OWNER };

	clear_map(fd, sizeof(key));
	for (int dev = 0; dev < DEV_COUNT; dev++) {
		key.ifindex = IFINDEX(dev);
		if (world->is_port[dev])
			must(bpf_map_update_elem(fd, &key, &world->ports[dev], 0));
	}
}

static void apply_endpoints(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_endpts");
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

void rig_set_hop(struct rig *rig, enum hop hop, const struct nsaccel_nexthop *nh)
{
	__u32 id = hop;

	must(bpf_map_update_elem(map_fd(rig, "nsaccel_nexthop"), &id, nh, 0));
}

static void apply_hops(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_used");
	__u32 zero = 0;

	for (__u32 hop = 0; hop < HOP_COUNT; hop++) {
		rig_set_hop(rig, hop, &world->hops[hop]);
		must(bpf_map_update_elem(fd, &hop, &zero, 0));
	}
}

bool rig_used(struct rig *rig, enum hop hop)
{
	__u32 id = hop, used;

	must(bpf_map_lookup_elem(map_fd(rig, "nsaccel_used"), &id, &used));
	return used;
}

bool rig_fib_used(struct rig *rig, struct nsaccel_fib_neighbour *key)
{
	int fd = map_fd(rig, "nsaccel_fibused");
	bool found = !bpf_map_get_next_key(fd, NULL, key);

	if (found)
		must(bpf_map_delete_elem(fd, key));
	return found;
}

static void apply_fdb(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_fdb");

	clear_map(fd, sizeof(struct nsaccel_fdb_key));
	for (unsigned int i = 0; i < world->fdb_count; i++)
		must(bpf_map_update_elem(fd, &world->fdb[i].key, &world->fdb[i], 0));
}

__u64 rig_seen(struct rig *rig, const __u8 *mac)
{
	struct nsaccel_fdb_key key = { .owner_slot = NS_OWNER, .bridge = BRIDGE };
	struct nsaccel_fdb fdb;

	memcpy(key.mac, mac, sizeof(key.mac));
	must(bpf_map_lookup_elem(map_fd(rig, "nsaccel_fdb"), &key, &fdb));
	return fdb.seen;
}

void rig_set_owner(struct rig *rig, const struct nsaccel_owner *owner)
{
	__u32 slot = NS_OWNER;

	must(bpf_map_update_elem(map_fd(rig, "nsaccel_owners"), &slot, owner, 0));
}

bool rig_flow(struct rig *rig, struct nsaccel_flow *flow)
{
	int fd = map_fd(rig, "nsaccel_flows");
	struct nsaccel_flow_key key;

	if (bpf_map_get_next_key(fd, NULL, &key))
		return false;
	must(bpf_map_lookup_elem(fd, &key, flow));
	assert_memory_equal(&key, &flow->key, sizeof(key));
	assert_int_not_equal(bpf_map_get_next_key(fd, &key, &key), 0);
	return true;
}

bool rig_has_flow(struct rig *rig, __u16 port)
{
	int r, fd = map_fd(rig, "nsaccel_flows");
	struct nsaccel_flow_key key;

	for (r = bpf_map_get_next_key(fd, NULL, &key); !r; r = bpf_map_get_next_key(fd, &key, &key))
		if (key.low_port == htons(port) || key.high_port == htons(port))
			return true;
	return false;
}

struct nsaccel_flow_use rig_flow_use(struct rig *rig, enum ns ns)
{
	struct nsaccel_flow_use use;
	__u32 slot = ns;

	must(bpf_map_lookup_elem(map_fd(rig, "nsaccel_flowuse"), &slot, &use));
	return use;
}

void rig_set_flow_quota(struct rig *rig, enum ns ns, __u32 quota)
{
	const struct nsaccel_flow_use use = { .quota = quota };
	__u32 slot = ns;

	must(bpf_map_update_elem(map_fd(rig, "nsaccel_flowuse"), &slot, &use, 0));
}

void rig_set_flow(struct rig *rig, const struct nsaccel_flow *flow)
{
	must(bpf_map_update_elem(map_fd(rig, "nsaccel_flows"), &flow->key, flow, 0));
}

static void apply_tx(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_tx");
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

/* Whatever was in the tables, it isn't any more. */
static void forget_cached(struct rig *rig)
{
	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++) {
		nsa_maps_table_begin(&rig->maps, ns);
		nsa_maps_table_end(&rig->maps, ns);
	}
}

static void apply_routes(struct rig *rig, const struct world *world)
{
	const struct world_route *route;
	struct nsaccel_route value;
	struct nsaccel_prefix key;
	bool stale;

	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		clear_map(rig->tables[ns], sizeof(key));
	for (unsigned int i = 0; i < world->route_count; i++) {
		route = &world->routes[i];
		parse_prefix(&key, route->prefix);
		stale = route->hop >= HOP_COUNT;
		value = (struct nsaccel_route){
			.nexthop = stale ? route->hop - HOP_COUNT : route->hop,
			.generation = stale ? GENERATION_BEFORE : GENERATION(route->hop),
			.origin = NSACCEL_ORIGIN_STATIC,
		};
		must(bpf_map_update_elem(rig->tables[route->ns], &key, &value, 0));
	}
	forget_cached(rig);
}

static void apply_refusal(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_tables");
	__u32 slot = NS_OWNER;

	if (rig->refused == world->refused)
		return; /* each change waits for all programs that run */
	rig->refused = world->refused;
	if (world->refused)
		must(bpf_map_delete_elem(fd, &slot));
	else
		must(bpf_map_update_elem(fd, &slot, &rig->tables[NS_OWNER], 0));
}

/* A new second's budget of ICMP errors. */
static void allow_rejects(struct rig *rig)
{
	const struct bpf_map *map;
	__u32 zero = 0;

	for (int variant = 0; variant < VARIANT_COUNT; variant++) {
		if (!rig_has(rig, variant))
			continue;
		map = rig->tc[variant]->maps.nsaccel_rejects;
		__u8 budget[(size_t)libbpf_num_possible_cpus() * bpf_map__value_size(map)];

		memset(budget, 0, sizeof(budget));
		must(bpf_map_update_elem(bpf_map__fd(map), &zero, budget, 0));
	}
}

void rig_limits(struct rig *rig, enum ns ns, struct nsaccel_limits *limits)
{
	__u32 slot = ns;

	must(bpf_map_lookup_elem(map_fd(rig, "nsaccel_limits"), &slot, limits));
}

void rig_set_limits(struct rig *rig, enum ns ns, const struct nsaccel_limits *limits)
{
	__u32 slot = ns;

	must(bpf_map_update_elem(map_fd(rig, "nsaccel_limits"), &slot, limits, 0));
}

static void apply_isolation(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_isolat");

	for (__u32 slot = 0; slot < NS_COUNT; slot++) {
		must(bpf_map_update_elem(fd, &slot, &world->isolation[slot], 0));
		rig_set_limits(rig, slot, &world->limits[slot]);
	}
}

static void apply_sources(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_sources");
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

static void apply_shares(struct rig *rig, const struct world *world)
{
	int fd = map_fd(rig, "nsaccel_shares");
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

void rig_apply(struct rig *rig, const struct world *world)
{
	apply_ports(rig, world);
	apply_endpoints(rig, world);
	apply_hops(rig, world);
	apply_tx(rig, world);
	apply_routes(rig, world);
	apply_refusal(rig, world);
	apply_fdb(rig, world);
	apply_isolation(rig, world);
	apply_sources(rig, world);
	apply_shares(rig, world);
	rig_set_owner(rig, &world->owner);
	clear_map(map_fd(rig, "nsaccel_flows"), sizeof(struct nsaccel_flow_key));
	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		rig_set_flow_quota(rig, ns, 0);
	allow_rejects(rig);
	rig_forget_counts(rig);
}

/* As in the world: the owner's address, and the prefix that is behind the device. */
static const struct {
	enum dev dev;
	const char *own4, *own6, *prefix4, *prefix6, *via4, *via6;
} networks[] = {
	{ ETH0, "10.0.0.1", "fd00::1", "10.0.0.0/24", "fd00::/64", "10.0.0.9", "fd00::9" },
	{ ETH1, "10.1.0.1", "fd01::1", "10.1.0.0/24", "fd01::/64", "10.1.0.9", "fd01::9" },
	{ ETH2, "10.4.0.1", "fd04::1", "10.4.0.0/24", "fd04::/64", "10.4.0.9", "fd04::9" },
	{ ETH3, "10.5.0.1", "fd05::1", "10.5.0.0/24", "fd05::/64", "10.5.0.9", "fd05::9" },
	{ RED, "10.2.0.1", "fd02::1", "10.2.0.2/32", "fd02::2/128", "10.2.0.2", "fd02::2" },
	{ BLUE, "10.3.0.1", "fd03::1", "10.3.0.2/32", "fd03::2/128", "10.3.0.2", "fd03::2" },
};

void rig_make_router(void)
{
	char batch[8192];
	const __u8 *mac;
	size_t len = 0;

	rig_sysctl("all", "ipv4", "forwarding", "1");
	rig_sysctl("all", "ipv4", "rp_filter", "0");
	rig_sysctl("all", "ipv6", "forwarding", "1");
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		char dev[16];

		snprintf(dev, sizeof(dev), "nsa-%s", dev_names[networks[i].dev]);
		rig_sysctl(dev, "ipv4", "rp_filter", "0");
		rig_sysctl(dev, "ipv6", "disable_ipv6", "0");
		mac = BEHIND_MAC(networks[i].dev);
		len += (size_t)snprintf(
			batch + len, sizeof(batch) - len,
			"addr add %s/32 dev %s\n"
			"addr add %s/128 dev %s nodad\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"neigh add %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev %s\n"
			"route add %s via %s dev %s onlink\n"
			"route add %s via %s dev %s onlink\n",
			networks[i].own4, dev, networks[i].own6, dev, networks[i].via4, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].via6, mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5], dev, networks[i].prefix4,
			networks[i].via4, dev, networks[i].prefix6, networks[i].via6, dev);
		assert_true(len < sizeof(batch));
	}
	rig_ip(batch);
}

/* Runs */

static int tc_fd(const struct rig *rig, enum variant variant, enum nsaccel_hook hook)
{
	const struct nsaccel_tc *tc = rig->tc[variant];

	return bpf_program__fd(hook == NSACCEL_HOOK_TC_EGRESS ? tc->progs.nsaccel_tc_eg :
								tc->progs.nsaccel_tc_in);
}

void rig_maps(const struct rig *rig, struct nsa_maps *maps)
{
	*maps = rig->maps;
}

int rig_tc_fd(const struct rig *rig, enum nsaccel_hook hook)
{
	return tc_fd(rig, PLAIN, hook);
}

void rig_make_hooks(void)
{
	LIBBPF_OPTS(bpf_tc_hook, clsact, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	for (int dev = 0; dev < DEV_COUNT; dev++) {
		clsact.ifindex = IFINDEX(dev);
		must(bpf_tc_hook_create(&clsact));
	}
}

void rig_attach(const struct rig *rig, enum dev dev, enum nsaccel_hook hook)
{
	LIBBPF_OPTS(bpf_tc_hook, tc, .ifindex = IFINDEX(dev),
		    .attach_point =
			    hook == NSACCEL_HOOK_TC_EGRESS ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = rig_tc_fd(rig, hook));

	must(bpf_tc_attach(&tc, &opts));
}

/* The kernel refuses a frame without a whole IP header. */
#define TC_LEN_MIN (ETH_HLEN + 40)

static int program_before(struct rig *rig, const struct arrival *arrival, __u32 cut_to)
{
	int fd = tc_fd(rig, arrival->variant, arrival->hook);
	__u32 zero = 0;

	if (!arrival->tagged && !cut_to)
		return fd;
	rig->before->bss->tagged = arrival->tagged;
	rig->before->bss->cut_to = cut_to;
	must(bpf_map_update_elem(bpf_map__fd(rig->before->maps.under_test), &zero, &fd, 0));
	return bpf_program__fd(rig->before->progs.before);
}

struct outcome *rig_run_tc(struct rig *rig, const struct arrival *arrival,
			   const struct packet *packet)
{
	bool cut = packet->len < TC_LEN_MIN;
	struct outcome *outcome = &rig->outcome;
	struct __sk_buff ctx = {
		.ifindex = IFINDEX(arrival->dev),
		.ingress_ifindex = arrival->iif,
		.mark = arrival->unmarked ? arrival->mark : RIG_MARK,
		.priority = arrival->unmarked ? arrival->priority : RIG_PRIORITY,
		.tstamp = RIG_TSTAMP,
		.gso_size = arrival->gso_size,
		.gso_segs = arrival->gso_size && !arrival->dodgy ? 2 : 0,
		.wire_len = arrival->probe ? (cut ? TC_LEN_MIN : packet->len) + 1 : 0,
		.cb = { arrival->probe || arrival->forged ? NSACCEL_PROBE_MAGIC : 0, RIG_UNANSWERED,
			[RIG_CB_SENT] = arrival->ours ? RIG_MARK_SENT : arrival->sent },
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data,
		    .data_size_in = cut ? TC_LEN_MIN : packet->len,
		    .data_out = outcome->packet.data, .data_size_out = PACKET_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .ctx_out = &outcome->ctx,
		    .ctx_size_out = sizeof(outcome->ctx), .repeat = 1);

	must(bpf_prog_test_run_opts(program_before(rig, arrival, cut ? packet->len : 0), &opts));
	outcome->verdict = opts.retval;
	outcome->packet.len = opts.data_size_out;
	return outcome;
}

struct outcome *rig_run_xdp(struct rig *rig, enum variant variant, enum dev dev,
			    const struct packet *packet)
{
	struct xdp_md ctx = { .data_end = packet->len, .ingress_ifindex = IFINDEX(dev) };
	struct outcome *outcome = &rig->outcome;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data, .data_size_in = packet->len,
		    .data_out = outcome->packet.data, .data_size_out = PACKET_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	must(bpf_prog_test_run_opts(bpf_program__fd(rig->xdp[variant]->progs.nsaccel_xdp), &opts));
	outcome->verdict = opts.retval;
	outcome->packet.len = opts.data_size_out;
	return outcome;
}

/* Counters */

static void add_counters(struct counted *counted, enum ns ns, enum nsaccel_hook hook,
			 const struct nsaccel_stats *stats)
{
	const struct nsaccel_counter *counters = (const void *)stats;

	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++) {
		if (!counters[reason].packets && !counters[reason].bytes)
			continue;
		counted->packets += counters[reason].packets;
		counted->bytes += counters[reason].bytes;
		counted->ns = ns;
		counted->hook = hook;
		counted->reason = reason;
	}
}

struct counted rig_counted(struct rig *rig)
{
	int cpus = libbpf_num_possible_cpus();
	struct nsaccel_stats stats[cpus];
	struct counted counted = {};

	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		for (__u32 hook = 0; hook < NSACCEL_HOOK_COUNT; hook++) {
			must(bpf_map_lookup_elem(rig->counters[ns], &hook, stats));
			for (int cpu = 0; cpu < cpus; cpu++)
				add_counters(&counted, ns, hook, &stats[cpu]);
		}
	return counted;
}

void rig_forget_counts(struct rig *rig)
{
	int cpus = libbpf_num_possible_cpus();
	struct nsaccel_stats stats[cpus];

	memset(stats, 0, sizeof(stats));
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		for (__u32 hook = 0; hook < NSACCEL_HOOK_COUNT; hook++)
			must(bpf_map_update_elem(rig->counters[ns], &hook, stats, 0));
}

/* The wire */

int rig_listen(struct rig *rig, bool far, const char *device)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd, one = 1;

	must(setns(far ? rig->far : rig->near, CLONE_NEWNET));
	fd = (int)must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
	address.sll_ifindex = (int)if_nametoindex(device);
	assert_int_not_equal(address.sll_ifindex, 0);
	must(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)));
	must(bind(fd, (void *)&address, sizeof(address)));
	must(setns(rig->near, CLONE_NEWNET));
	return fd;
}

void rig_send(int fd, const struct packet *packet, const struct virtio_net_hdr *offload)
{
	static const struct virtio_net_hdr none;
	struct iovec parts[] = {
		{ (void *)(offload ? offload : &none), sizeof(none) },
		{ (void *)packet->data, packet->len },
	};
	struct sockaddr_ll to;
	socklen_t len = sizeof(to);
	struct msghdr message = {
		.msg_name = &to, .msg_namelen = len, .msg_iov = parts, .msg_iovlen = 2
	};
	ssize_t sent;

	must(getsockname(fd, (void *)&to, &len));
	/* Not each kernel reads it from a macvlan's frame, where the socket says ETH_P_ALL. */
	memcpy(&to.sll_protocol, packet->data + 2 * ETH_ALEN, sizeof(to.sll_protocol));
	sent = sendmsg(fd, &message, 0);
	if (sent < 0 && errno == EINVAL && offload && offload->gso_type == GSO_UDP_L4)
		skip(); /* the kernel takes none from a packet socket; Linux 6.2 does */
	must(sent);
}

bool rig_hear(int fd, struct heard *heard, int timeout_ms)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct iovec parts[] = {
		{ &heard->offload, sizeof(heard->offload) },
		{ heard->packet.data, sizeof(heard->packet.data) },
	};
	struct sockaddr_ll from;
	struct msghdr message = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = parts, .msg_iovlen = 2
	};

	if (must(poll(&readable, 1, timeout_ms)) == 0)
		return false;
	heard->packet.len = (__u32)must(recvmsg(fd, &message, 0)) - (__u32)sizeof(heard->offload);
	heard->out = from.sll_pkttype == PACKET_OUTGOING;
	return true;
}

void rig_drain(int fd)
{
	struct heard heard;

	while (rig_hear(fd, &heard, 0))
		;
}
