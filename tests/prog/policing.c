// SPDX-License-Identifier: GPL-2.0-only
#include "policing.h"
#include "user/model/policy_text.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world policed_world;
struct nsa_maps policing_maps;
__u32 policing_policy;
static __u32 generation;

const struct policed_side sides[] = {
	[SIDE_RED] = { RED, NS_RED, "10.2.0.2", "fd02::2" },
	[SIDE_BLUE] = { BLUE, NS_BLUE, "10.3.0.2", "fd03::2" },
	[SIDE_WIRE] = { ETH0, NS_OWNER, "10.0.0.9", "fd00::9" },
};

static __u32 slot_of(const char *name)
{
	static const struct {
		const char *name;
		enum ns slot;
	} names[] = { { "owner", NS_OWNER }, { "red", NS_RED }, { "blue", NS_BLUE } };

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].slot;
	return 0;
}

/* Policies */

void set_default(enum ns ns, enum nsaccel_verdict verdict)
{
	struct nsaccel_isolation isolation = { .cookie = ns,
					       .guard = NSACCEL_GUARD_OFF,
					       .policy = verdict };

	assert_int_equal(nsa_maps_isolation_put(&policing_maps, ns, &isolation), 0);
}

void forget_conns(void)
{
	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++)
		nsa_maps_conns_del(&policing_maps, ns);
	assert_int_equal(nsa_maps_conns_add(&policing_maps, NS_OWNER, NS_OWNER), 0);
	assert_int_equal(nsa_maps_conns_add(&policing_maps, NS_RED, NS_OWNER), 0);
}

void parse_rule(const char *text, struct nsa_policy_rule *out)
{
	struct nsa_policy_lines file = {};
	struct nsa_policy_text_error error = {};
	char *copy = strdup(text);

	assert_non_null(copy);
	if (nsa_policy_text_parse_lines(copy, &file, &error))
		fail_msg("%s: \"%s\" %s", text, error.token, error.why);
	out->rule = file.rules->rule;
	out->from_slot = slot_of(file.rules->from_netns);
	out->to_slot = slot_of(file.rules->to_netns);
	out->rule.from_cookie = file.rules->from_netns ? 1000 : 0;
	out->rule.to_cookie = file.rules->to_netns ? 1000 : 0;
	nsa_policy_lines_free(&file);
}

/* These rules, numbered from 1, are in force from now on. */
void police_many(struct nsa_policy_rule *rules, size_t count)
{
	struct nsa_policy *compiled = NULL;
	__u32 old = policing_policy;

	for (size_t i = 0; i < count; i++) {
		rules[i].number = (__u32)i + 1;
		rules[i].rule.pref = (__u32)i;
	}
	assert_int_equal(nsa_policy_compile(rules, count, &compiled), 0);
	assert_int_equal(nsa_maps_policy_add(&policing_maps, compiled, &policing_policy), 0);
	nsa_policy_free(compiled);
	policed_world.owner.policy = policing_policy;
	policed_world.owner.policy_generation = ++generation;
	rig_set_owner(rig, &policed_world.owner);
	if (old)
		assert_int_equal(nsa_maps_policy_del(&policing_maps, old), 0);
}

#define RULES_MAX 8

void police(const char *first, ...)
{
	struct nsa_policy_rule rules[RULES_MAX] = {};
	const char *text = first;
	size_t count = 0;
	va_list ap;

	va_start(ap, first);
	for (; text; text = va_arg(ap, const char *)) {
		assert_true(count < RULES_MAX);
		parse_rule(text, &rules[count++]);
	}
	va_end(ap);
	police_many(rules, count);
}

void no_policy(void)
{
	if (policing_policy)
		assert_int_equal(nsa_maps_policy_del(&policing_maps, policing_policy), 0);
	policed_world.owner.policy = policing_policy = 0;
	policed_world.owner.policy_generation = ++generation;
	rig_set_owner(rig, &policed_world.owner);
}

__u64 rule_packets(__u32 number)
{
	struct nsaccel_counter counter;

	assert_int_equal(nsa_maps_rule_stats(&policing_maps, number, &counter), 0);
	return counter.packets;
}

/* Packets */

void build_between(struct packet *packet, enum side from, enum side to, bool v6,
		   const struct packet_spec *more)
{
	struct packet_spec spec = *more;

	spec.dst_mac = PORT_MAC(sides[from].dev);
	spec.src_mac = sides[from].dev == ETH0 ? HOST_MAC(ETH0) : BEHIND_MAC(sides[from].dev);
	spec.src = v6 ? sides[from].addr6 : sides[from].addr4;
	spec.dst = v6 ? sides[to].addr6 : sides[to].addr4;
	packet_build(packet, &spec);
}

/* By the fast path: it gets there, or the policy denies it. */
bool gets_in(enum side from, const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = sides[from].dev };
	struct counted counted;
	__u32 verdict;

	rig_forget_counts(rig);
	verdict = rig_run_tc(rig, &arrival, packet)->verdict;
	counted = rig_counted(rig);
	assert_int_equal(counted.packets, 1);
	if (counted.reason == NSACCEL_DROP_POLICY) {
		assert_int_equal(verdict, TC_ACT_SHOT);
		return false;
	}
	if (counted.reason != NSACCEL_FWD_VETH && counted.reason != NSACCEL_FWD_NIC)
		fail_msg("neither sent nor denied, but reason %u", counted.reason);
	return true;
}

bool sends(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	struct packet packet;

	build_between(&packet, from, to, v6, spec);
	return gets_in(from, &packet);
}

/* The same packet when the kernel sends it out of the port of whom it is for. */
bool kernel_sends(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_EGRESS,
					 .dev = sides[to].dev,
					 .iif = IFINDEX(sides[from].dev) };
	struct packet packet;
	__u32 verdict;

	build_between(&packet, from, to, v6, spec);
	rig_forget_counts(rig);
	verdict = rig_run_tc(rig, &arrival, &packet)->verdict;
	if (verdict == (__u32)TC_ACT_UNSPEC)
		return true;
	assert_int_equal(verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	return false;
}

int policing_start(void **state)
{
	(void)state;
	world_init(&policed_world);
	policed_world.hops[TO_RED].dst_slot = NS_RED;
	policed_world.hops[TO_BLUE].dst_slot = NS_BLUE;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		policed_world.ports[dev].police_egress = 1;
	rig_apply(rig, &policed_world);
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	forget_conns();
	no_policy();
	return 0;
}

void build_fragment(struct packet *out, bool v6, unsigned int offset, bool more,
		    const struct packet_spec *spec)
{
	struct packet_spec fragment = *spec;

	fragment.ext = v6 ? EXT_FRAGMENT : EXT_NONE;
	fragment.frag = v6 ? 0 : (int)(offset | (more ? 0x2000 : 0));
	build_between(out, SIDE_RED, SIDE_BLUE, v6, &fragment);
	if (v6) {
		out->data[ETH_HLEN + IP6_LEN + 2] = (__u8)(offset >> 5);
		out->data[ETH_HLEN + IP6_LEN + 3] = (__u8)(offset << 3 | more);
	}
}

bool fragment_gets_in(bool v6, unsigned int offset, bool more, const struct packet_spec *spec)
{
	struct packet packet;

	build_fragment(&packet, v6, offset, more, spec);
	return gets_in(SIDE_RED, &packet);
}

const struct packet_spec udp53 = { .sport = 4000, .dport = 53 };
const struct packet_spec udp53_back = { .sport = 53, .dport = 4000 };
const struct packet_spec udp54 = { .sport = 4000, .dport = 54 };
const struct packet_spec udp54_back = { .sport = 54, .dport = 4000 };
const struct packet_spec udp80 = { .sport = 4000, .dport = 80 };
const struct packet_spec syn = { .proto = IPPROTO_TCP,
				 .sport = 4000,
				 .dport = 80,
				 .tcp_flags = TCP_SYN };
const struct packet_spec ack = { .proto = IPPROTO_TCP,
				 .sport = 4000,
				 .dport = 80,
				 .tcp_flags = TCP_ACK };
const struct packet_spec syn_ack_back = { .proto = IPPROTO_TCP,
					  .sport = 80,
					  .dport = 4000,
					  .tcp_flags = TCP_SYN | TCP_ACK };
const struct packet_spec syn_back = { .proto = IPPROTO_TCP,
				      .sport = 80,
				      .dport = 4000,
				      .tcp_flags = TCP_SYN };

int policing_set_up(void **state)
{
	rig_set_up(state);
	rig_maps(rig, &policing_maps);
	return 0;
}
