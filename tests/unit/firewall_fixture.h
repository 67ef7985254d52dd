/* SPDX-License-Identifier: GPL-2.0-only */
/* The namespace nsa-fw with the pair v0 and v1, whose firewall the tests of user/firewall set. */
#ifndef NSA_TEST_FIREWALL_FIXTURE_H
#define NSA_TEST_FIREWALL_FIXTURE_H

#include <linux/types.h>
#include <stdbool.h>

#include "sandbox.h"
#include "user/firewall/firewall.h"
#include "user/kernel/netns.h"

/* Of a test: makes nsa-fw anew, with br_netfilter off; the state is its struct nsa_netns. */
int firewall_setup(void **state);
int firewall_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, firewall_setup, firewall_teardown)

/* A namespace that is gone. */
extern const struct nsa_netns nowhere;

/* The report of nsa_firewall_detect(), which must succeed. */
struct nsa_firewall detect(const struct nsa_netns *ns);
/* The report says that some part has to see every packet, and starts with this kind; NULL: none
 * has to. */
void expect_every(const struct nsa_netns *ns, const char *kind);

/* Commands of nft(8) in nsa-fw. */
void nft(const char *ruleset);
/* What the report says while this ruleset is all that nf_tables has in nsa-fw. */
void expect_nft(const struct nsa_netns *ns, const char *ruleset, const char *what);
void expect_scope(const struct nsa_netns *ns, const char *ruleset, bool routed, bool bridged);

/* A table of this family with one rule, at forward or at the ingress of v0. */
#define FORWARD(family)                                                                            \
	"table " family " t { chain c { type filter hook forward priority 0; accept; }; }"
#define INGRESS(family)                                                                            \
	"table " family " t { chain c { type filter hook ingress device v0 priority 0; accept; "   \
	"}; }"

/* Sends packets by lo of nsa-fw, which rules and policies count. */
void count_packets(void);

#endif
