/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The usual case, for fuzzers of the data plane: programs as loaded for an owner, in place of
 * bpf/core/config.h; a port of his with a namespace behind it, a route and its next hop; and the
 * maps that all programs have. To be included before the program.
 */
#ifndef NSA_FUZZ_USUAL_H
#define NSA_FUZZ_USUAL_H

#include "machine.h"

#include "nsaccel/abi.h"

#include <stdio.h>
#include <stdlib.h>

#define USUAL_OWNER   7
#define USUAL_GUEST   8
#define USUAL_IFINDEX 9
#define USUAL_TARGET  10

/* One bit: else one packet in 65,536 would look for a verdict, and one in 1,024 be recorded. */
#define NSA_VERDICT_RECORDED(hash) ((__u16)((hash) >> 63))

#define NSA_STAGE_CONNTRACK_H
#define NSA_CORE_CONFIG_H
static const volatile __u32 nsaccel_owner_slot = USUAL_OWNER;
static const volatile __u64 nsaccel_owner_cookie = 70;
static const volatile bool nsaccel_check_owner = false;
static const volatile bool nsaccel_xdp_targets = true;
static const volatile __u32 nsaccel_features = NSACCEL_FEATURE_ALL;

#define USUAL_MAC(last)                                                                            \
	{                                                                                          \
		2, 0, 0, 0, 0, last                                                                \
	}

#define USUAL_PORT                                                                                 \
	{                                                                                          \
		.owner_cookie = 70, .endpoint_cookie = 80, .source_slot = USUAL_GUEST,             \
		.kind = NSACCEL_KIND_VETH, .mtu = 1500, .mac = USUAL_MAC(1),                       \
		.endpoint_mac = USUAL_MAC(2), .forward4 = 1, .forward6 = 1,                        \
		.l3_ifindex = USUAL_IFINDEX, .source4 = { 10, 0, 0, 2 },                           \
		.source6 = { 0xfd, [15] = 2 }, .address4 = {                                       \
			10,                                                                        \
			0,                                                                         \
			0,                                                                         \
			1                                                                          \
		}                                                                                  \
	}

static const struct nsaccel_port usual_port = USUAL_PORT;
static const struct nsaccel_cached_port usual_cached = { .owner_slot = USUAL_OWNER,
							 .ifindex = USUAL_IFINDEX,
							 .port = USUAL_PORT };
static const struct nsaccel_nexthop usual_nexthop = { .generation = 1,
						      .action = NSACCEL_ACTION_VETH,
						      .reason = NSACCEL_FWD_VETH,
						      .owner_slot = USUAL_OWNER,
						      .ifindex = USUAL_TARGET,
						      .l3_ifindex = USUAL_TARGET,
						      .tx_slot = 1,
						      .mtu = 1500,
						      .dst_mac = USUAL_MAC(3),
						      .src_mac = USUAL_MAC(4) };
static const struct nsaccel_route usual_route = { .nexthop = 1, .generation = 1 };
static const struct nsaccel_owner usual_owner = { .cookie = 70, .ruleset = 1 };

/* clang-format off */
#define USUAL_MAPS                                                                                 \
	MACHINE_MAP(nsa_owners, &usual_owner),                                                 \
	MACHINE_MAP(nsa_ports, &usual_port),                                                   \
	MACHINE_MAP(nsa_port_cache, &usual_cached),                                                \
	MACHINE_MAP(nsa_isolation, NULL),                                                         \
	MACHINE_MAP(nsa_table, &usual_route),                                                  \
	MACHINE_MAP_OF(nsa_tables, &nsa_table),                                            \
	MACHINE_MAP_EMPTY(nsa_mtries), /* tests/unit/bpf/test_mtrie.c has lookups in them */                                          \
	MACHINE_MAP(nsa_config_seq, NULL), \
	MACHINE_MAP(nsa_route_seq, NULL), \
	MACHINE_MAP(nsa_verdicts, NULL),                                                         \
	MACHINE_MAP(nsa_verdict_tags, NULL),                                                     \
	MACHINE_MAP(nsa_scratch_mem, NULL), \
	MACHINE_MAP(nsa_scopes, NULL), \
	MACHINE_MAP(nsa_flow_seq, NULL), \
	MACHINE_MAP(nsa_route_cache, NULL),                                                         \
	MACHINE_MAP(nsa_nexthops, &usual_nexthop),                                              \
	MACHINE_MAP(nsa_nh_used, NULL),                                                           \
	MACHINE_MAP(nsa_flows, NULL),                                                          \
	MACHINE_MAP(nsa_counters, NULL),                                                         \
	MACHINE_MAP_OF(nsa_stats, &nsa_counters)
/* clang-format on */

#define require(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "not so: %s\n", #what);                                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
