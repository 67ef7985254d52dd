/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies, compiled and written as the command does, and packets that they decide on. Namespaces
 * are called by the names of their ports: red (10.2.0.2), blue (10.3.0.2); wire is beyond eth0
 * (10.0.0.9), and, with the owner itself, "owner" in rules.
 */
#ifndef NSA_TEST_POLICING_H
#define NSA_TEST_POLICING_H

#include "rig.h"
#include "user/maps/conns.h"
#include "user/maps/endpoints.h"
#include "user/maps/isolation.h"
#include "user/maps/policy.h"
#include "user/maps/rules.h"
#include "user/model/policy_compile.h"

#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define IP6_LEN 40

enum side {
	SIDE_RED,
	SIDE_BLUE,
	SIDE_WIRE
};

struct policed_side {
	enum dev dev;
	enum ns ns;
	const char *addr4, *addr6;
};

extern const struct policed_side sides[];
extern struct world policed_world;
extern struct nsa_maps policing_maps;
extern __u32 policing_policy; /* number of the one in force; 0: none */

void set_default(enum ns ns, enum nsaccel_verdict verdict);
void forget_conns(void);
void parse_rule(const char *text, struct nsa_policy_rule *out);
void build_fragment(struct packet *out, bool v6, unsigned int offset, bool more,
		    const struct packet_spec *spec);
bool fragment_gets_in(bool v6, unsigned int offset, bool more, const struct packet_spec *spec);
/* These rules, numbered from 1, are in force from now on. */
void police_many(struct nsa_policy_rule *rules, size_t count);
void police(const char *first, ...);
void no_policy(void);
__u64 rule_packets(__u32 number);
void build_between(struct packet *packet, enum side from, enum side to, bool v6,
		   const struct packet_spec *more);
/* By the fast path: it gets there, or the policy denies it. */
bool gets_in(enum side from, const struct packet *packet);
bool sends(enum side from, enum side to, bool v6, const struct packet_spec *spec);
/* The same packet when the kernel sends it out of the port of whom it is for. */
bool kernel_sends(enum side from, enum side to, bool v6, const struct packet_spec *spec);
int policing_start(void **state);
int policing_set_up(void **state);

#define TEST(f) cmocka_unit_test_setup(f, policing_start)

extern const struct packet_spec udp53;
extern const struct packet_spec udp53_back;
extern const struct packet_spec udp54;
extern const struct packet_spec udp54_back;
extern const struct packet_spec udp80;
extern const struct packet_spec syn;
extern const struct packet_spec ack;
extern const struct packet_spec syn_ack_back;
extern const struct packet_spec syn_back;

#endif
