/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An owner made by hand for tests of the planner: no kernel takes part. Two NICs and three veths,
 * two of them with a namespace behind them, a macvlan on the first NIC, and a bridge with a NIC and
 * a veth as ports. What is in it is written as ip(8) and bridge(8) do, and so is the plan, a route
 * a line:
 *
 *   PREFIX ORIGIN ACTION [REASON] [dev DEV] [on BRIDGE] [via GATEWAY] [to NETNS]
 *	[SRC>DST mtu N] [tx SLOT]
 *
 * MACs are 02:00:00:00:00:XX, and only XX is written.
 */
#ifndef NSA_TEST_WORLD_H
#define NSA_TEST_WORLD_H

#include "sandbox.h"
#include "user/maps/records.h"
#include "user/model/plan.h"
#include "user/model/rib.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

enum {
	OWNER_SLOT = 1,
	ETH0 = 10,
	ETH1 = 11,
	BLUE = 12,
	RED = 13,
	LONE = 14, /* a veth with nobody behind it: no port */
	BR0 = 15,
	GREEN = 16, /* a veth, port of the bridge */
	ETH2 = 17,  /* a NIC, port of the bridge */
	LINK_COUNT = 8,
	MAX_THINGS = 16,
};

enum {
	EP_MAC, /* by port */
	EP_BLUE,
	EP_RED,
	EP_GREEN,
	EP_COUNT
};

enum {
	PORT_ETH0,
	PORT_ETH1,
	PORT_BLUE,
	PORT_RED,
	PORT_GREEN,
	PORT_ETH2,
	PORT_COUNT
};

#define NODE_MAC(last)                                                                             \
	{                                                                                          \
		2, 0, 0, 0, 0, last                                                                \
	}

/* The cookie of the namespace behind an endpoint. */
#define WORLD_COOKIE(ep) (100U + (ep))

/* The devices before a test changes them, and the names of the namespaces behind endpoints. */
extern const struct nsa_link world_links[LINK_COUNT];
extern const char *const world_namespaces[EP_COUNT];

struct world {
	struct nsa_snapshot snapshot;
	struct nsa_link links[LINK_COUNT];
	struct nsa_snapshot_device devices[LINK_COUNT];
	struct nsa_snapshot_endpoint endpoints[EP_COUNT];
	struct nsa_port_entry ports[PORT_COUNT];
	struct nsa_neigh neighs[MAX_THINGS];
	struct nsa_addr addrs[MAX_THINGS]; /* the owner's */
	struct nsa_fdb fdb[MAX_THINGS];
	size_t fdb_count;
	struct nsa_nexthops *hops;
	struct nsa_table *table;
	struct nsa_sources *sources;
	bool asks; /* the kernel may be asked for what endpoints claim; else scenes needn't say so */
	struct nsa_plan plan;
};

void world_make(struct world *w);
/* Checks, too, that nobody but the table held a next hop. */
void world_free(struct world *w);
struct nsa_link *world_link(struct world *w, int ifindex);
/* The planner's record of a port, as if device were both the port and its bridge. Fields that the
 * planner leaves out have all bytes 0xa5. */
struct nsaccel_port world_port(const struct world *w, int ifindex,
			       const struct nsa_snapshot_device *device, bool requested);

/* One a line. */
void world_routes(struct world *w, const char *text);
void world_neighs(struct world *w, const char *text);  /* ADDRESS dev DEV XX|failed|incomplete */
void world_statics(struct world *w, const char *text); /* PREFIX TARGET */
void world_fdb(struct world *w, const char *text);     /* XX dev DEV; br0: its own */

/* In the map "sources". */
void world_list(struct world *w, __u32 slot, const char *prefix, enum nsaccel_source source);

/* Plans and resolves, as an owner settles. */
void world_settle(struct world *w);
/* The same of what was touched since. */
void world_settle_touched(struct world *w);
/* Of routes by prefix length and address; the caller frees it. */
char *world_plan(const struct world *w);
/* Neighbours that would be asked for: ADDRESS dev DEV. */
char *world_wanted(const struct world *w);

/* Words */
__u8 read_addr(const char *word, __u8 *addr); /* AF_* */
struct nsaccel_prefix read_prefix(const char *word);
struct nsa_kernel_route read_krt(const char *line);

#endif
