// SPDX-License-Identifier: GPL-2.0-only
/* The snapshot of a namespace: its rules and its bridge are the kernel's, neighbours are made by hand. */
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/model/snapshot.h"
#include "user/model/snapshot_claims.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/snapshot_update.h"
#include "user/reconcile/snapshot_read.h"
#include "user/reconcile/snapshot_read_endpoints.h"
#include "user/reconcile/snapshot_read_settings.h"
#include "user/util/cleanup.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

static struct nsa_snapshot_reader reader;

static struct nsa_snapshot *read_all(const struct nsa_netns *ns, const struct nsa_netns_list *list)
{
	assert_int_equal(nsa_snapshot_read_all(&reader, ns, list), 0);
	return reader.snapshot;
}

static void free_snapshot(void)
{
	nsa_snapshot_reader_close(&reader);
	nsa_snapshot_freep(&reader.snapshot);
	reader.snapshot = NULL;
}

static struct nsa_snapshot *read_snapshot(struct nsa_netns *ns)
{
	const struct nsa_netns_list list = { .ns = ns, .count = 1 };
	struct nsa_snapshot *snapshot = NULL;

	assert_int_equal(nsa_netns_open(NULL, ns), 0);
	snapshot = read_all(ns, &list);
	return snapshot;
}

static struct nsa_snapshot_settings read_settings(void)
{
	struct nsa_netns ns;
	struct nsa_snapshot *snapshot = read_snapshot(&ns);
	struct nsa_snapshot_settings settings = snapshot->settings;

	free_snapshot();
	nsa_netns_close(&ns);
	return settings;
}

static bool has_policy_rules(void)
{
	return read_settings().policy_rules;
}

static bool has_tunnel_rules(void)
{
	return read_settings().tunnel_rules;
}

/* Whose tunnel a packet came by, in either family. */
static void test_tunnel_rules(void **state)
{
	static const char *const families[] = { "-4", "-6" };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(families); i++) {
		sh("ip %s rule add from all iif lo table 100", families[i]);
		assert_false(has_tunnel_rules());
		sh("ip %s rule add tun_id 42 table 100", families[i]);
		assert_true(has_tunnel_rules());
		sh("ip %s rule del tun_id 42 table 100", families[i]);
		sh("ip %s rule del from all iif lo table 100", families[i]);
	}
	assert_false(has_tunnel_rules());
}

/* Rules that were added, and those of the kernel's own that are missing. */
static void test_rules(void **state)
{
	static const char *const changes[][2] = {
		{ "ip rule add from 10.9.0.0/16 table 100",
		  "ip rule del from 10.9.0.0/16 table 100" },
		{ "ip -6 rule add iif lo table 100", "ip -6 rule del iif lo table 100" },
		{ "ip rule del pref 32766", "ip rule add pref 32766 table main" },
		{ "ip rule del pref 0", "ip rule add pref 0 table local" },
		{ "ip -6 rule del pref 32766", "ip -6 rule add pref 32766 table main" },
	};

	(void)state;
	assert_false(has_policy_rules());
	for (size_t i = 0; i < ELEMENTS(changes); i++) {
		sh("%s", changes[i][0]);
		assert_true(has_policy_rules());
		sh("%s", changes[i][1]);
		assert_false(has_policy_rules());
	}
	/* Nothing that is mirrored is in the table that the third one asks. */
	sh("ip rule del pref 32767");
	assert_false(has_policy_rules());
	sh("ip rule add pref 32767 table default");
}

/* Of a bridge's entries those by which it sends frames out of a port. */
static void test_fdb(void **state)
{
	const __u8 known[] = { 2, 0, 0, 0, 0, 1 }, unknown[] = { 2, 0, 0, 0, 0, 2 };
	const struct nsa_link *bridge, *port;
	const struct nsa_fdb *fdb;
	struct nsa_netns ns;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip link add br0 type bridge && ip link add p0 type veth peer name p1 && "
	   "ip link set p0 master br0 up && ip link set p1 up && ip link set br0 up");
	sh("bridge fdb add 02:00:00:00:00:01 dev p0 master static");
	snapshot = read_snapshot(&ns);
	bridge = nsa_snapshot_link_by_name(snapshot, "br0");
	port = nsa_snapshot_link_by_name(snapshot, "p0");
	assert_true(bridge && port);
	fdb = nsa_snapshot_fdb(snapshot, bridge->ifindex, known);
	assert_true(fdb && fdb->port == port->ifindex);
	assert_null(nsa_snapshot_fdb(snapshot, port->ifindex, known));
	assert_null(nsa_snapshot_fdb(snapshot, bridge->ifindex, port->mac)); /* the bridge's own */
	assert_null(nsa_snapshot_fdb(snapshot, bridge->ifindex, unknown));
	assert_true(nsa_snapshot_takes_up(snapshot, bridge->ifindex, port->mac));
	assert_false(nsa_snapshot_takes_up(snapshot, bridge->ifindex, known));
	assert_false(nsa_snapshot_takes_up(snapshot, bridge->ifindex, unknown));
	free_snapshot();
	nsa_netns_close(&ns);
	sh("ip link del p0 && ip link del br0");
}

static struct nsa_neigh neigh_of(int ifindex, __u8 last, __u16 nud)
{
	return (struct nsa_neigh){ .ifindex = ifindex,
				   .family = AF_INET,
				   .state = nud,
				   .has_mac = nud != NUD_FAILED,
				   .mac = { 2, 0, 0, 0, 0, last },
				   .addr = { 10, 0, 0, last } };
}

static void set(struct nsa_snapshot *snapshot, int ifindex, __u8 last, __u16 nud, bool gone)
{
	const struct nsa_neigh neigh = neigh_of(ifindex, last, nud);

	assert_int_equal(nsa_snapshot_set_neigh(snapshot, &neigh, gone), 0);
}

static const struct nsa_neigh *find(const struct nsa_snapshot *snapshot, int ifindex, __u8 last)
{
	const struct nsa_neigh neigh = neigh_of(ifindex, last, NUD_NONE);

	return nsa_snapshot_neigh(snapshot, ifindex, AF_INET, neigh.addr);
}

static size_t count(const struct nsa_snapshot *snapshot, __u8 last)
{
	const struct nsa_neigh neigh = neigh_of(1, last, NUD_NONE);
	size_t n = 99;

	nsa_snapshot_neighs(snapshot, AF_INET, neigh.addr, &n);
	return n;
}

static void test_neighbours(void **state)
{
	struct nsa_snapshot snapshot = {};

	(void)state;
	assert_null(find(&snapshot, 1, 1));
	assert_int_equal(count(&snapshot, 1), 0);
	set(&snapshot, 1, 1, NUD_STALE, true); /* was never there */
	for (int last = 200; last > 0; last--)
		set(&snapshot, last % 3 + 1, (__u8)last, NUD_REACHABLE, false);
	assert_int_equal(snapshot.neigh_count, 200);
	for (__u8 last = 1; last <= 200; last++) {
		assert_true(find(&snapshot, last % 3 + 1, last));
		assert_null(find(&snapshot, last % 3 + 2, last));
		assert_int_equal(count(&snapshot, last), 1);
	}
	/* Of one address on several devices. */
	set(&snapshot, 7, 50, NUD_PERMANENT, false);
	set(&snapshot, 1, 50, NUD_STALE, false);
	assert_int_equal(count(&snapshot, 50), 3);
	assert_int_equal(count(&snapshot, 51), 1);
	/* Changed in its place; what can't be used isn't found. */
	set(&snapshot, 7, 50, NUD_FAILED, false);
	assert_int_equal(count(&snapshot, 50), 3);
	assert_null(find(&snapshot, 7, 50));
	assert_true(find(&snapshot, 1, 50));
	set(&snapshot, 7, 50, NUD_FAILED, true);
	assert_int_equal(count(&snapshot, 50), 2);
	for (int last = 1; last <= 200; last += 2)
		set(&snapshot, last % 3 + 1, (__u8)last, NUD_REACHABLE, true);
	for (__u8 last = 1; last <= 200; last++)
		assert_int_equal(!!find(&snapshot, last % 3 + 1, last), last % 2 == 0);
	free(snapshot.neighs);
}

/* Whose path leads elsewhere by now. */
static void test_missed(void **state)
{
	struct nsa_netns_list *list;
	const struct nsa_netns *own;
	struct nsa_snapshot *snapshot;
	struct nsa_netns ns;
	__u64 own_cookie, cookie;

	(void)state;
	sh("ip netns add nsa-a && ip netns add nsa-b");
	assert_int_equal(nsa_netns_open("nsa-a", &ns), 0);
	cookie = ns.cookie;
	nsa_netns_close(&ns);
	assert_int_equal(nsa_netns_own_cookie(&own_cookie), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	own = nsa_netns_find(list, own_cookie);
	snapshot = read_all(own, list);
	assert_int_equal(snapshot->missed_count, 0);
	free_snapshot();
	sh("ip netns del nsa-a && ip netns add nsa-a");
	snapshot = read_all(own, list);
	assert_int_equal(snapshot->missed_count, 1);
	assert_true(snapshot->missed[0] == cookie);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

static const struct nsa_snapshot_endpoint *only_endpoint(const struct nsa_snapshot *snapshot)
{
	assert_int_equal(snapshot->endpoint_count, 1);
	return snapshot->endpoints;
}

/* What can't be read, or reached, is kept as it was; only death makes it go. */
static void test_unread(void **state)
{
	struct nsa_netns_list *list, *later;
	struct nsa_snapshot *snapshot;
	__u64 own, cookie;
	bool found;

	(void)state;
	sh("ip netns add nsa-a && ip link add h0 type veth peer name c0 netns nsa-a && "
	   "ip -n nsa-a addr add 10.0.0.2/24 dev c0 && ip -n nsa-a link set c0 up");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	cookie = only_endpoint(snapshot)->cookie;
	assert_false(only_endpoint(snapshot)->unread);
	assert_false(nsa_snapshot_is_missed(snapshot, cookie));
	/* It is to be found elsewhere now. */
	sh("touch /run/elsewhere && mount --bind /run/netns/nsa-a /run/elsewhere && "
	   "umount /run/netns/nsa-a");
	found = false;
	assert_true(nsa_snapshot_read_endpoints(&reader, nsa_netns_find(list, cookie), &found) < 0);
	assert_true(found);
	assert_true(only_endpoint(snapshot)->unread);
	assert_int_equal(only_endpoint(snapshot)->addr_count, 1);
	assert_true(nsa_snapshot_is_missed(snapshot, cookie));
	assert_int_equal(nsa_snapshot_miss(snapshot, cookie, &found), 0);
	assert_int_equal(snapshot->missed_count, 1);
	assert_int_equal(nsa_netns_list_get(&later), 0);
	assert_int_equal(
		nsa_snapshot_read_endpoints(&reader, nsa_netns_find(later, cookie), &found), 0);
	assert_false(only_endpoint(snapshot)->unread);
	assert_false(nsa_snapshot_is_missed(snapshot, cookie));
	assert_int_equal(nsa_snapshot_miss(snapshot, cookie, &found), 0);
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_int_equal(snapshot->endpoint_count, 1);
	sh("ip link del h0");
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_int_equal(snapshot->endpoint_count, 0);
	assert_false(nsa_snapshot_forget_endpoints(snapshot, cookie));
	free_snapshot();
	nsa_netns_list_free(list);
	nsa_netns_list_free(later);
	sh("umount /run/elsewhere && rm /run/elsewhere /run/netns/nsa-a");
}

/* Endpoints made by hand, whose addresses are few enough to be several ones' at times. */
static struct nsa_snapshot_endpoint some_endpoint(int port)
{
	struct nsa_snapshot_endpoint ep = { .cookie = (__u64)port,
					    .kind = port % 2 ? NSACCEL_KIND_VETH :
							       NSACCEL_KIND_MACVLAN,
					    .port = port };

	ep.addr_count = (size_t)(rand() % 20);
	ep.addrs = calloc(ep.addr_count + 1, sizeof(*ep.addrs));
	assert_non_null(ep.addrs);
	for (size_t i = 0; i < ep.addr_count; i++) {
		ep.addrs[i].family = AF_INET;
		ep.addrs[i].addr[0] = (__u8)(rand() % 8);
		ep.addrs[i].addr[1] = (__u8)i;
	}
	return ep;
}

static bool is_claimed_by(const struct nsa_snapshot *snapshot, const struct nsa_addr *addr,
			  size_t endpoint)
{
	size_t n;
	const struct nsa_snapshot_claim *claims =
		nsa_snapshot_claims(snapshot, addr->family, addr->addr, &n);

	for (size_t i = 0; i < n; i++)
		if (claims[i].endpoint == endpoint)
			return true;
	return false;
}

static void check_claims(const struct nsa_snapshot *snapshot)
{
	size_t count = 0, asks = 0, wanted = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		assert_true(!i || snapshot->endpoints[i - 1].port < ep->port);
		for (size_t j = 0; j < ep->addr_count; j++)
			assert_true(is_claimed_by(snapshot, &ep->addrs[j], i));
		count += ep->addr_count;
		if (ep->kind == NSACCEL_KIND_MACVLAN)
			wanted += ep->addr_count < 4 ? ep->addr_count : 4;
	}
	assert_int_equal(snapshot->claim_count, count);
	for (size_t i = 0; i < count; i++)
		asks += snapshot->claims[i].asks;
	assert_int_equal(asks, wanted < 256 ? wanted : 256);
}

/* What has changed is merged with what hasn't, wherever it stands now. */
static void test_claims(void **state)
{
	struct nsa_snapshot_endpoint endpoints[200];
	struct nsa_snapshot snapshot = { .endpoints = endpoints };

	(void)state;
	srand(1);
	for (int turn = 0; turn < 2000; turn++) {
		size_t at = snapshot.endpoint_count ? (size_t)rand() % snapshot.endpoint_count : 0;
		struct nsa_snapshot_endpoint *ep = &snapshot.endpoints[at];

		if (snapshot.endpoint_count < 100 && rand() % 3) {
			snapshot.endpoints[snapshot.endpoint_count++] =
				some_endpoint(rand() % 30000 + 40000 * (turn % 2) + turn * 100000);
		} else if (snapshot.endpoint_count && rand() % 3) {
			free(ep->addrs);
			*ep = some_endpoint(ep->port);
		} else if (snapshot.endpoint_count) {
			free(ep->addrs);
			*ep = snapshot.endpoints[--snapshot.endpoint_count];
		}
		assert_int_equal(nsa_snapshot_index(&snapshot), 0);
		check_claims(&snapshot);
	}
	while (snapshot.endpoint_count)
		free(snapshot.endpoints[--snapshot.endpoint_count].addrs);
	free(snapshot.claims);
	free(snapshot.inner);
}

static bool is_stirred(const struct nsa_snapshot *snapshot, __u8 last)
{
	for (size_t i = 0; i < snapshot->stirred.count; i++)
		if (snapshot->stirred.hosts[i].family == AF_INET &&
		    snapshot->stirred.hosts[i].addr[3] == last)
			return true;
	return false;
}

static bool is_news(const struct nsa_netns *ns, const char *change)
{
	bool found = false;

	sh("%s", change);
	assert_int_equal(nsa_snapshot_read_endpoints(&reader, ns, &found), 0);
	nsa_snapshot_reader_close(&reader);
	return found;
}

static bool has_other_addrs(const struct nsa_netns *ns, const char *change)
{
	bool found = false;

	sh("%s", change);
	assert_int_equal(nsa_snapshot_read_addrs_of(&reader, ns, &found), 0);
	return found;
}

/* Addresses alone are read anew, of endpoints that are known; all of what couldn't be read. */
static void test_addrs(void **state)
{
	const __u8 addr[NSACCEL_ADDR_LEN] = { 10, 0, 0, 3 };
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	bool had;
	__u64 own;
	size_t n;

	(void)state;
	sh("ip netns add nsa-t && ip link add t0 type veth peer name c0 netns nsa-t && "
	   "ip -n nsa-t addr add 10.0.0.2/24 dev c0");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	ns = nsa_netns_find(list, only_endpoint(snapshot)->cookie);
	nsa_snapshot_reader_close(&reader);
	nsa_snapshot_calm(snapshot);
	assert_false(has_other_addrs(ns, "ip -n nsa-t addr add 10.0.0.3/32 dev lo"));
	assert_false(has_other_addrs(ns, "ip -n nsa-t link set c0 mtu 1400"));
	assert_true(has_other_addrs(ns, "ip -n nsa-t addr add 10.0.0.3/24 dev c0"));
	nsa_snapshot_claims(snapshot, AF_INET, addr, &n);
	assert_int_equal(n, 1);
	assert_true(is_stirred(snapshot, 3));
	assert_int_equal(only_endpoint(snapshot)->link.mtu, 1500);
	assert_true(has_other_addrs(ns, "ip -n nsa-t addr del 10.0.0.3/24 dev c0"));
	nsa_snapshot_claims(snapshot, AF_INET, addr, &n);
	assert_int_equal(n, 0);
	assert_int_equal(nsa_snapshot_miss(snapshot, ns->cookie, &had), 0);
	assert_true(has_other_addrs(ns, "true"));
	assert_false(only_endpoint(snapshot)->unread);
	assert_int_equal(only_endpoint(snapshot)->link.mtu, 1400);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del t0 && ip netns del nsa-t");
}

/* What is read again, and is the same, is no news: whatever else the namespace has. */
static void test_same(void **state)
{
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;

	(void)state;
	sh("ip netns add nsa-s && ip link add s0 type veth peer name c0 netns nsa-s && "
	   "ip link add s1 type veth peer name c1 netns nsa-s && "
	   "ip -n nsa-s addr add 10.0.0.2/24 dev c0");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	assert_int_equal(snapshot->endpoint_count, 2);
	ns = nsa_netns_find(list, snapshot->endpoints[0].cookie);
	snapshot->endpoints[0].slot = 77; /* stays with it */
	assert_false(is_news(ns, "ip -n nsa-s link add br0 type bridge"));
	assert_false(is_news(ns, "ip -n nsa-s addr add 10.9.0.1/32 dev br0"));
	assert_int_equal(snapshot->endpoint_count, 2);
	assert_int_equal(snapshot->endpoints[0].slot, 77);
	nsa_snapshot_calm(snapshot);
	assert_true(is_news(ns, "ip -n nsa-s addr add 10.0.0.3/24 dev c0"));
	assert_true(is_stirred(snapshot, 2) && is_stirred(snapshot, 3));
	nsa_snapshot_calm(snapshot);
	assert_false(is_news(ns, "true"));
	assert_false(is_stirred(snapshot, 2));
	assert_true(is_news(ns, "ip -n nsa-s addr del 10.0.0.3/24 dev c0"));
	assert_true(is_stirred(snapshot, 3));
	assert_true(is_news(ns, "ip -n nsa-s link set c1 mtu 1400"));
	assert_true(is_news(ns, "ip -n nsa-s link set c1 address 02:00:00:00:00:99"));
	assert_true(is_news(ns, "ip link del s1"));
	assert_int_equal(snapshot->endpoint_count, 1);
	assert_true(is_news(ns, "ip link add s1 type veth peer name c1 netns nsa-s"));
	assert_int_equal(snapshot->endpoint_count, 2);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del s0 && ip link del s1 && ip netns del nsa-s");
}

/* Those that stay are found by their addresses still, wherever they stand now. */
static void test_gone(void **state)
{
	const __u8 stays[NSACCEL_ADDR_LEN] = { 10, 0, 1, 2 },
		   goes[NSACCEL_ADDR_LEN] = { 10, 0, 0, 2 };
	const struct nsa_snapshot_claim *claim;
	const struct nsa_link *port;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;
	size_t n;
	bool had;

	(void)state;
	for (int i = 0; i < 2; i++)
		sh("ip netns add nsa-%d && ip link add h%d type veth peer name c0 netns nsa-%d && "
		   "ip -n nsa-%d addr add 10.0.%d.2/24 dev c0",
		   i, i, i, i, i);
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	assert_int_equal(snapshot->endpoint_count, 2);
	port = nsa_snapshot_link_by_name(snapshot, "h0");
	assert_int_equal(snapshot->endpoints[0].port, port->ifindex);
	assert_int_equal(nsa_snapshot_miss(snapshot, snapshot->endpoints[0].cookie, &had), 0);
	sh("ip link del h0");
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	port = nsa_snapshot_link_by_name(snapshot, "h1");
	claim = nsa_snapshot_claims(snapshot, AF_INET, stays, &n);
	assert_int_equal(n, 1);
	assert_int_equal(claim->endpoint, 0);
	assert_int_equal(only_endpoint(snapshot)->port, port->ifindex);
	nsa_snapshot_claims(snapshot, AF_INET, goes, &n);
	assert_int_equal(n, 0);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip netns del nsa-0 && ip netns del nsa-1");
}

/* What the kernel does to routes when a link changes, it often tells nobody. */
static void test_moves_routes(void **state)
{
	const struct nsa_link before = { .flags = IFF_UP, .mtu = 1500, .mtu6 = 1500 };
	struct nsa_link now[] = { before, before, before, before };

	(void)state;
	assert_false(nsa_snapshot_moves_routes(&before, &now[0]));
	now[0].flags = 0;
	now[1].disable_ipv6 = true;
	now[2].mtu = 1400;
	now[3].mtu6 = 1400;
	for (size_t i = 0; i < ELEMENTS(now); i++)
		assert_true(nsa_snapshot_moves_routes(&before, &now[i]));
}

static bool is_taken(struct nsa_snapshot *snapshot, const char *name)
{
	return nsa_snapshot_is_taken(snapshot, nsa_snapshot_link_by_name(snapshot, name)->ifindex);
}

/* What another namespace has on a device here, and is no endpoint there. */
static void test_taken(void **state)
{
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;

	(void)state;
	sh("ip netns add nsa-k && ip link add k0 type veth peer name c0 netns nsa-k && "
	   "ip link add k1 type veth peer name c1 netns nsa-k");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	ns = nsa_netns_find(list, snapshot->endpoints[0].cookie);
	assert_false(is_news(ns, "ip link add m0 link k0 netns nsa-k type macvtap mode vepa"));
	assert_false(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip link add m1 link k1 netns nsa-k type macvtap mode passthru"));
	assert_true(is_taken(snapshot, "k1"));
	assert_true(is_news(ns, "ip -n nsa-k link set m0 type macvtap mode source"));
	assert_true(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip -n nsa-k link del m1"));
	assert_false(is_taken(snapshot, "k1"));
	assert_true(is_news(ns, "ip link add m2 link k0 netns nsa-k type macvlan mode bridge"));
	assert_true(is_news(ns, "ip -n nsa-k link del m0"));
	assert_false(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip -n nsa-k link set m2 type macvlan mode source"));
	assert_true(is_taken(snapshot, "k0"));
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del k0 && ip link del k1 && ip netns del nsa-k");
}

static struct nsa_snapshot *read_own_snapshot(struct nsa_netns_list **list)
{
	struct nsa_snapshot *snapshot;
	__u64 own;

	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(list), 0);
	snapshot = read_all(nsa_netns_find(*list, own), *list);
	return snapshot;
}

/* Of a bridge that a macvlan elsewhere makes promiscuous nobody tells. */
static void test_promiscuous(void **state)
{
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip netns add nsa-p && ip link add br9 type bridge && ip link set br9 up && "
	   "ip link add m9 link br9 netns nsa-p type macvlan mode bridge");
	snapshot = read_own_snapshot(&list);
	assert_false(nsa_snapshot_link_by_name(snapshot, "br9")->promiscuous);
	assert_false(nsa_snapshot_devices_changed(&reader));
	sh("ip -n nsa-p link set m9 up");
	assert_true(nsa_snapshot_devices_changed(&reader));
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_true(nsa_snapshot_link_by_name(snapshot, "br9")->promiscuous);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del br9 && ip netns del nsa-p");
}

static bool has_queue(struct nsa_snapshot *snapshot, const char *name)
{
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	return nsa_snapshot_read_device(snapshot, nsa_snapshot_link_by_name(snapshot, name))
		->egress_hooked;
}

/* What the kernel gives a NIC by itself, somebody gave a device that has no queue. */
static void test_queues(void **state)
{
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip link add br9 type bridge && ip link add q0 type veth peer name q1 && "
	   "ip link add t9 type ifb && ip link set br9 up");
	snapshot = read_own_snapshot(&list);
	assert_false(has_queue(snapshot, "br9") || has_queue(snapshot, "q0"));
	sh("tc qdisc add dev br9 root pfifo && tc qdisc add dev q0 root pfifo && "
	   "tc qdisc add dev t9 root pfifo");
	assert_true(has_queue(snapshot, "br9") && has_queue(snapshot, "q0"));
	assert_false(has_queue(snapshot, "t9"));
	sh("tc qdisc del dev br9 root");
	assert_false(has_queue(snapshot, "br9"));
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del br9 && ip link del q0 && ip link del t9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tunnel_rules), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_fdb),	     cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_missed),	     cmocka_unit_test(test_unread),
		cmocka_unit_test(test_gone),	     cmocka_unit_test(test_same),
		cmocka_unit_test(test_addrs),	     cmocka_unit_test(test_claims),
		cmocka_unit_test(test_taken),	     cmocka_unit_test(test_promiscuous),
		cmocka_unit_test(test_queues),	     cmocka_unit_test(test_moves_routes),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
