// SPDX-License-Identifier: GPL-2.0-only
/* An owner's settling into the maps, of a world made by hand. */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pins.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/rtnl.h"
#include "user/maps/fdb.h"
#include "user/maps/netns.h"
#include "user/maps/ports.h"
#include "user/maps/routes.h"
#include "user/maps/stats.h"
#include "user/reconcile/fdb_map.h"
#include "user/reconcile/nexthops_commit.h"
#include "user/reconcile/routes.h"
#include "user/reconcile/state.h"
#include "user/reconcile/table_commit.h"
#include "user/util/cleanup.h"
#include "user/util/clock.h"
#include "world.h"
#include "reconcile/owner.h"
#include "reconcile/reconcile.h"
#include "reconcile/record.h"

static struct fixture {
	struct world world;
	struct nsa_session session;
	struct nsa_state state;
	struct nsa_run run;
	struct nsa_owner owner;
} fixture;

static int setup(void **state)
{
	struct fixture *f = &fixture;
	struct world *w = &f->world;

	memset(f, 0, sizeof(*f));
	world_make(w);
	world_free(w);
	f->session = (struct nsa_session){ .maps = pins_open(), .lock = -1 };
	assert_int_equal(nsa_nexthops_commit_load(f->session.maps, &w->hops), 0);
	assert_int_equal(nsa_table_load(f->session.maps, w->hops, w->snapshot.owner->cookie,
					OWNER_SLOT, &w->table),
			 0);
	f->run = (struct nsa_run){ .state = &f->state };
	f->state = (struct nsa_state){ .session = &f->session, .hops = w->hops };
	f->owner = (struct nsa_owner){
		.cookie = w->snapshot.owner->cookie,
		.slot = OWNER_SLOT,
		.ns = w->snapshot.owner,
		.snapshot = &w->snapshot,
		.reader = { .snapshot = &w->snapshot },
		.table = w->table,
		.ports = { w->ports, PORT_COUNT },
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nsa_pending_free(&f->owner.learners);
	world_free(&f->world);
	pins_close(f->session.maps);
	return 0;
}

static size_t count_routes(const struct fixture *f)
{
	__cleanup(nsa_freep) struct nsa_route_entry *routes = NULL;
	size_t count = 0;

	assert_int_equal(nsa_maps_routes(f->owner.cookie, &routes, &count), 0);
	return count;
}

/* Without a descriptor to spare no table can be made. */
static int settle_routes_without_room(struct fixture *f)
{
	struct rlimit limit, low;
	int r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = limit;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	r = nsa_routes_reconcile(&f->run, &f->owner);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return r;
}

/* Only a table that is too large waits for fewer routes: any other failure may pass. */
static void test_failed_table(void **state)
{
	struct fixture *f = *state;

	world_routes(&f->world, "10.5.0.0/16 dev eth0\n10.6.0.0/16 dev eth0");
	assert_int_equal(settle_routes_without_room(f), -EMFILE);
	assert_int_equal(f->world.table->refused, 0);
	assert_int_equal(nsa_routes_reconcile(&f->run, &f->owner), 0);
	assert_int_equal(count_routes(f), 2);
}

/* In which a later part of the kernel's state can't be read: its socket is gone. */
static void break_snapshot(struct fixture *f, const struct nsa_netns *ns)
{
	int fd = dup(STDERR_FILENO);

	assert_true(fd >= 0);
	close(fd); /* the lowest that is free: the next one to be opened */
	assert_int_equal(nsa_rtnl_open(&f->owner.reader.rtnl, ns), 0);
	assert_int_equal(close(fd), 0);
}

static void put_ports(const struct fixture *f)
{
	for (size_t i = 0; i < PORT_COUNT; i++)
		assert_int_equal(nsa_maps_port_put(f->session.maps, OWNER_SLOT,
						   f->world.ports[i].key.ifindex,
						   &f->world.ports[i].port),
				 0);
}

/* What the firewall forbids waits for nothing, and opens no gate that is shut. */
static void test_gates_first(void **state)
{
	struct fixture *f = *state;
	struct nsa_netns ns = {};
	struct nsa_netns_list list = { .ns = &ns, .count = 1 };
	struct nsaccel_port port;

	sh("ip netns add nsa-own && ip netns exec nsa-own nft 'table ip t { chain c { "
	   "type filter hook forward priority 0; policy drop; }; }'");
	assert_int_equal(nsa_netns_open("nsa-own", &ns), 0);
	f->session.list = &list;
	f->owner.cookie = ns.cookie;
	f->owner.dirty = NSA_DIRTY_FIREWALL | NSA_DIRTY_LINKS;
	f->world.ports[PORT_RED].port.gate = NSACCEL_GATE_SHUT;
	put_ports(f);
	break_snapshot(f, &ns);
	assert_true(nsa_reconcile(&f->run, &f->owner) < 0);
	for (size_t i = 0; i < PORT_COUNT; i++) {
		assert_int_equal(nsa_maps_port_get(f->session.maps, OWNER_SLOT,
						   f->world.ports[i].key.ifindex, &port),
				 0);
		assert_int_equal(port.gate, i == PORT_RED ? NSACCEL_GATE_SHUT : NSACCEL_GATE_FLOW);
	}
	nsa_netns_close(&ns);
	sh("ip netns del nsa-own");
}

/* Many namespaces at once: each as if it had been registered alone. */
static void test_many_namespaces(void **state)
{
	struct fixture *f = *state;
	const struct nsa_maps *maps = f->session.maps;
	struct nsa_netns_entry fresh[150] = {}, *all = NULL;
	struct nsaccel_stats stats;
	size_t count = 0;
	__u32 slot;

	assert_int_equal(nsa_maps_netns_register(maps, 1000, "first", &slot), 0);
	assert_int_equal(nsa_maps_netns_register(maps, 1001, "second", &slot), 0);
	assert_int_equal(nsa_maps_netns_forget(maps, 1000), 0);
	for (__u32 i = 0; i < ELEMENTS(fresh); i++) {
		fresh[i].cookie = 2000 + i;
		snprintf(fresh[i].ns.name, sizeof(fresh[i].ns.name), "ns%u", i);
	}
	assert_int_equal(nsa_maps_netns_register_all(maps, fresh, ELEMENTS(fresh)), 0);
	assert_int_equal(nsa_maps_netns(maps, &all, &count), 0);
	assert_int_equal(count, ELEMENTS(fresh) + 1);
	for (size_t i = 0; i < count; i++) { /* none twice, no gap */
		assert_int_equal(all[i].ns.slot, i + 1);
		assert_int_equal(nsa_maps_stats(maps, all[i].cookie, NSACCEL_HOOK_XDP, &stats), 0);
	}
	assert_string_equal(all[0].ns.name, "ns0");
	assert_int_equal(nsa_maps_netns_register(maps, 2149, "ns149", &slot), 0);
	assert_int_equal(slot, 151);
	free(all);
}

static struct nsa_fdb learnt(__u8 last, int port)
{
	return (struct nsa_fdb){
		.bridge = BR0, .port = port, .mac = NODE_MAC(last), .usable = true
	};
}

/* A dump says that green has those of the MACs first to last, and blue the rest, to 9; and it is
 * followed. */
static void learn(struct fixture *f, __u8 first, __u8 last)
{
	struct nsa_fdb all[10];

	for (__u8 i = 0; i < 10; i++)
		all[i] = learnt(i, i >= first && i <= last ? GREEN : ETH2);
	assert_true(nsa_fdb_note_all(&f->world.snapshot.fdb, all, 10, true) >= 0);
	assert_int_equal(nsa_fdb_map_reconcile_changed(&f->run, &f->owner), 0);
	assert_int_equal(nsa_fdb_map_due(&f->owner), ~0ULL);
}

/* Which MACs the map has for the port, as digits. */
static const char *forwarded(const struct fixture *f, int port)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *all = NULL;
	static char text[32];
	size_t count = 0, n = 0;

	assert_int_equal(nsa_maps_fdb(f->session.maps, &all, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (all[i].fdb.ifindex == (__u32)port)
			text[n++] = (char)('0' + all[i].key.mac[5]);
	text[n] = '\0';
	return text;
}

/* Only what has changed is written, and what the quota refuses gets room when there is some. */
static void test_learnt(void **state)
{
	struct fixture *f = *state;
	struct nsa_snapshot_endpoint *green = &f->world.endpoints[EP_GREEN];
	struct nsa_fdb gone = learnt(0, GREEN);

	f->world.ports[PORT_GREEN].port.source_slot = 8;
	green->quota = 3;
	learn(f, 0, 4);
	assert_string_equal(forwarded(f, GREEN), "012");
	assert_string_equal(forwarded(f, ETH2), "56789");
	assert_true(green->fdb_over);
	/* Nobody looks at what hasn't changed. */
	f->state.diff.count = 0;
	learn(f, 0, 5);
	assert_int_equal(f->state.diff.count, 1);
	assert_string_equal(forwarded(f, ETH2), "6789");
	assert_int_equal(nsa_fdb_note(&f->world.snapshot.fdb, &gone, true), NSA_FDB_NEWS);
	assert_int_equal(nsa_fdb_map_reconcile_changed(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "123");
	learn(f, 1, 3);
	assert_string_equal(forwarded(f, GREEN), "123");
	assert_string_equal(forwarded(f, ETH2), "0456789");
	assert_false(green->fdb_over);
	/* Those that are in the map keep their place if all is looked at. */
	learn(f, 0, 4);
	assert_string_equal(forwarded(f, GREEN), "123");
	assert_int_equal(nsa_fdb_map_reconcile(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "123");
	assert_true(green->fdb_over);
	green->quota = 2;
	assert_int_equal(nsa_fdb_map_reconcile(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "12");
	f->world.ports[PORT_GREEN].port.bridge_forward = NSACCEL_BRIDGE_FORWARD_NONE;
	assert_int_equal(nsa_fdb_map_reconcile(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "");
}

/* Who has had his time is the kernel's till it has come again; others aren't. */
static void test_paced(void **state)
{
	struct fixture *f = *state;
	struct nsa_fdb moved = learnt(7, GREEN), new = learnt(8, GREEN);
	struct nsa_fdb_node *node;
	__u64 now = nsa_clock_usec(CLOCK_MONOTONIC);
	struct nsa_pending *learners = &f->owner.learners;

	learn(f, 0, 4);
	assert_int_equal(nsa_pending_add(learners, GREEN, true, now), 0);
	nsa_pending_done(learners, GREEN, now, 1000000, true);
	nsa_fdb_map_record(&f->run, &f->owner, &moved, false);
	nsa_fdb_map_record(&f->run, &f->owner, &new, false);
	assert_int_equal(nsa_fdb_map_reconcile_changed(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "01234");
	assert_string_equal(forwarded(f, ETH2), "569");
	assert_null(nsa_snapshot_fdb(&f->world.snapshot, BR0, moved.mac));
	assert_true(nsa_fdb_map_due(&f->owner) > now + 1000000);
	assert_true(nsa_fdb_map_due(&f->owner) < ~0ULL);
	/* All are looked at: nobody waits. */
	TAILQ_FOREACH(node, &TAILQ_FIRST(&f->world.snapshot.fdb.dirty)->lists[NSA_FDB_WAITING],
		      others)
	node->unsure = false; /* there is no kernel to be asked */
	assert_int_equal(nsa_fdb_map_reconcile(&f->run, &f->owner), 0);
	assert_string_equal(forwarded(f, GREEN), "0123478");
	assert_int_equal(nsa_fdb_map_due(&f->owner), ~0ULL);
}

#define MANY   3000
#define SPOILT 77

/* As many as were resolved since they were spoilt. */
static size_t count_resolved(const struct fixture *f)
{
	size_t count = 0;

	for (__u32 number = 1; number <= nsa_nexthops_last(f->world.hops); number++) {
		const struct nsa_nexthop *hop = nsa_nexthop(f->world.hops, number);

		count += hop->refs && hop->record.mtu != SPOILT;
	}
	return count;
}

/* Each next hop was another one. */
static void spoil(const struct fixture *f)
{
	for (__u32 number = 1; number <= nsa_nexthops_last(f->world.hops); number++)
		nsa_nexthop(f->world.hops, number)->record.mtu = SPOILT;
}

static void add_many(struct fixture *f)
{
	char line[80];

	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(line, sizeof(line), "10.6.%u.%u via 10.5.%u.%u dev lone", i / 250, i % 250,
			 i / 250, i % 250);
		world_routes(&f->world, line);
	}
}

/* A neighbour's MAC changes, and next hops by that neighbour alone are looked at: here the
 * gateway's, and the static route's, of which nobody says by which device it is. */
static void test_neighbour(void **state)
{
	struct fixture *f = *state;
	struct nsa_neigh neigh = { .ifindex = ETH0,
				   .family = AF_INET,
				   .addr = { 10, 5, 0, 2 },
				   .mac = NODE_MAC(0x77),
				   .has_mac = true,
				   .state = NUD_REACHABLE };
	const struct nsa_nexthops_neigh by = {
		OWNER_SLOT, ETH0, NSACCEL_FAMILY_INET, { 10, 5, 0, 2 }
	};
	__u32 hop, count = 0;

	add_many(f);
	world_routes(&f->world, "10.5.0.0/16 dev eth0\n10.7.0.0/16 via 10.5.0.2 dev eth0");
	world_statics(&f->world, "10.9.0.0/16 via 10.5.0.2");
	nsa_record_neigh(&f->state, &f->owner, &neigh, false);
	assert_int_equal(nsa_routes_reconcile(&f->run, &f->owner), 0);
	assert_true(count_resolved(f) > MANY);
	spoil(f);
	f->owner.dirty = 0;
	f->owner.nexthops_pending = false;
	neigh.mac[5] = 0x78;
	nsa_record_neigh(&f->state, &f->owner, &neigh, false);
	assert_int_equal(f->owner.dirty, 0);
	assert_true(f->owner.nexthops_pending);
	assert_int_equal(nsa_routes_reconcile(&f->run, &f->owner), 0);
	assert_int_equal(count_resolved(f), 2);
	for (hop = nsa_nexthops_first_by(f->world.hops, &by); hop;
	     hop = nsa_nexthops_next_by(f->world.hops, hop, &by), count++)
		assert_int_equal(nsa_nexthop(f->world.hops, hop)->record.dst_mac[5], 0x78);
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_failed_table, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gates_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_namespaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_learnt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_neighbour, setup, teardown),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
