// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firewall gate: a conversation between a host on eth0's wire and one on eth1's, packet by
 * packet. What comes in runs the ingress program; what the kernel would have sent on, or something
 * else, runs the egress program of the port that it leaves by.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define TCP_FIN	      0x01
#define TCP_SYN	      0x02
#define TCP_RST	      0x04
#define TCP_PSH	      0x08
#define TCP_ACK	      0x10
#define TCP_URG	      0x20

enum way {
	THERE,
	BACK
};

/* A packet of the conversation, and how it comes in; zeros are the usual. */
struct step {
	int proto;
	bool v6;
	int ttl, tos, frag, flags, seq;
	int payload;
	int at, byte;	      /* a byte of layer 4, counted from 1, and what it is instead */
	bool no_checksum;     /* of UDP */
	enum dev in;	      /* another port than the way's */
	bool forged;	      /* from another MAC than the host's */
	__u32 mark, priority; /* that an earlier program gave it */
};

/* How it leaves. */
struct leaving {
	const char *name;
	struct step changed; /* what the kernel has made of it */
	__u32 out;	     /* by another port, counted from 1 */
	__u32 iif, mark, priority;
	__u32 ruleset; /* that there is by now */
	const __u8 *dst_mac, *src_mac;
	bool local, ours, tagged;
};

static struct world world;

static enum dev port_in(enum way way)
{
	return way == THERE ? ETH0 : ETH1;
}

static enum hop hop_of(enum way way)
{
	return way == THERE ? TO_ETH1 : TO_ETH0;
}

static void build(struct packet *packet, enum way way, const struct step *step)
{
	static const char *const hosts[][2] = { { "10.0.0.9", "10.1.0.9" },
						{ "fd00::9", "fd01::9" } };
	enum dev in = step->in ? step->in : port_in(way);
	struct packet_spec spec = {
		.src = hosts[step->v6][way],
		.dst = hosts[step->v6][!way],
		.sport = way == THERE ? 1000 : 2000,
		.dport = way == THERE ? 2000 : 1000,
		.proto = step->proto,
		.ttl = step->ttl,
		.tos = step->tos,
		.frag = step->frag,
		.tcp_flags = step->flags,
		.tcp_seq = step->seq,
		.l3_len = step->payload ? 100 + step->payload : 0,
		.dst_mac = PORT_MAC(in),
		.src_mac = step->forged ? STRANGER_MAC : HOST_MAC(in),
	};
	__u8 *l4;

	packet_build(packet, &spec);
	l4 = packet->data + ETH_HLEN + (step->v6 ? 40 : 20);
	if (step->at)
		l4[step->at - 1] = (__u8)step->byte;
	if (step->no_checksum)
		l4[6] = l4[7] = 0;
}

/* By the ingress program: sent on by it? */
static bool arrives(enum way way, const struct step *step)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = step->in ? step->in : port_in(way),
					 .unmarked = true,
					 .mark = step->mark,
					 .priority = step->priority };
	const struct outcome *outcome;
	struct packet packet;
	bool sent;

	build(&packet, way, step);
	rig_forget_counts(rig);
	outcome = rig_run_tc(rig, &arrival, &packet);
	sent = outcome->verdict == TC_ACT_REDIRECT;
	assert_int_equal(rig_counted(rig).packets, 1);
	assert_int_equal(rig_counted(rig).reason, sent ? NSACCEL_FWD_NIC : NSACCEL_PASS_FIREWALL);
	if (!sent)
		assert_packet(&packet, &outcome->packet);
	return sent;
}

static bool arrives_xdp(enum way way, const struct step *step)
{
	struct packet packet;

	build(&packet, way, step);
	return rig_run_xdp(rig, PLAIN, port_in(way), &packet)->verdict == XDP_REDIRECT;
}

static void leaves_as(enum way way, const struct step *step, const struct leaving *leaving)
{
	const struct nsaccel_nexthop *hop = &world.hops[hop_of(way)];
	const struct arrival departure = {
		.hook = NSACCEL_HOOK_TC_EGRESS,
		.dev = leaving->out ? leaving->out - 1 : port_in(!way),
		.unmarked = true,
		.mark = leaving->mark,
		.priority = leaving->priority,
		.iif = leaving->local ? 0 :
		       leaving->iif   ? leaving->iif :
					IFINDEX(port_in(way)),
		.ours = leaving->ours,
		.tagged = leaving->tagged,
	};
	struct packet came, left;

	build(&came, way, step);
	packet_forwarded(&left, &came, leaving->dst_mac ? leaving->dst_mac : hop->dst_mac,
			 leaving->src_mac ? leaving->src_mac : hop->src_mac);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &departure, &left)->verdict, (__u32)TC_ACT_UNSPEC);
	assert_int_equal(rig_counted(rig).packets, 0);
}

/* As ip_forward() sends it, unchanged. */
static void leaves(enum way way, const struct step *step)
{
	static const __u32 by_tos[] = { 0, 2, 6, 4 };
	const struct leaving unchanged = { .priority = step->v6 ? 0 : by_tos[step->tos >> 3 & 3] };

	leaves_as(way, step, &unchanged);
}

static void kernel_forwards(enum way way, const struct step *step)
{
	assert_false(arrives(way, step));
	leaves(way, step);
}

static void establish(const struct step *step)
{
	kernel_forwards(THERE, step);
	kernel_forwards(BACK, step);
	assert_true(arrives(THERE, step));
}

static void new_world(void)
{
	world_init(&world);
	for (int dev = ETH0; dev <= ETH3; dev++)
		world.ports[dev].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
}

static const struct step udp, tcp = { .proto = IPPROTO_TCP };
static const struct step all_kinds[] = {
	{ .proto = IPPROTO_UDP },
	{ .proto = IPPROTO_TCP },
	{ .proto = IPPROTO_UDP, .v6 = true },
	{ .proto = IPPROTO_TCP, .v6 = true },
};

/* Both directions have to have been seen. */
static void both_directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_kinds); i++) {
		const struct step *step = &all_kinds[i];

		new_world();
		kernel_forwards(THERE, step);
		assert_false(arrives(THERE, step));
		assert_false(arrives_xdp(THERE, step));
		kernel_forwards(BACK, step);
		for (int way = THERE; way <= BACK; way++) {
			assert_true(arrives(way, step));
			assert_true(arrives_xdp(way, step));
		}
	}
}

/* What hasn't left isn't admitted by what came in, however often. */
static void dropped_by_a_rule(void **state)
{
	(void)state;
	new_world();
	kernel_forwards(BACK, &udp);
	for (int i = 0; i < 3; i++)
		assert_false(arrives(THERE, &udp));
}

/* What leaves otherwise than the fast path would send it admits nothing. */
static void leaves_changed(void **state)
{
	const struct leaving *leaving = *state;
	struct step step = leaving->changed;

	step.seq = 0;
	step.tos = step.ttl = step.payload = 0;
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	if (leaving->ruleset)
		rig_set_owner(rig, &(struct nsaccel_owner){ .ruleset = leaving->ruleset });
	leaves_as(THERE, &leaving->changed, leaving);
	if (leaving->ruleset)
		rig_set_owner(rig, &world.owner);
	assert_false(arrives(THERE, &step));
	/* It isn't for another reason: */
	leaves(THERE, &step);
	assert_true(arrives(THERE, &step));
}

static const struct leaving changes[] = {
	{ .name = "leaves with another TTL", .changed = { .ttl = 63 } },
	{ .name = "leaves with another DSCP", .changed = { .tos = 0x20 } },
	{ .name = "leaves with another ECN", .changed = { .tos = 1 } },
	{ .name = "leaves with other bytes, UDP", .changed = { .payload = 1 } },
	{ .name = "leaves with another sequence number", .changed = { .proto = 6, .seq = 1 } },
	{ .name = "leaves with a mark", .mark = 1 },
	{ .name = "leaves with another priority", .priority = 3 },
	{ .name = "leaves by another port", .out = 1 + ETH3 },
	{ .name = "leaves to another router", .dst_mac = world_macs[MAC_STRANGER][0] },
	{ .name = "leaves from another device's MAC", .src_mac = world_macs[MAC_STRANGER][0] },
	{ .name = "leaves in a VLAN", .tagged = true },
	{ .name = "was sent by the owner itself", .local = true },
	{ .name = "came in by another device", .iif = IFINDEX(ETH3) },
	{ .name = "was redirected by us", .ours = true },
	{ .name = "leaves under another ruleset", .ruleset = RULESET + 1 },
};

/* ip_forward() sets the priority by the TOS. */
static void leaves_with_priority(void **state)
{
	const struct step step = { .tos = 0x10 };
	const struct leaving leaving = { .priority = 6 }, reset = {};

	(void)state;
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	leaves_as(THERE, &step, &leaving);
	assert_true(arrives(THERE, &step));
	/* A rule took it away again: the fast path wouldn't. */
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	leaves_as(THERE, &step, &reset);
	assert_false(arrives(THERE, &step));
}

/* Only what has the signature that was admitted may follow. */
static void has_another_signature(void **state)
{
	static const struct step different[] = {
		{ .ttl = 63 },	    { .tos = 0x20 },	      { .in = ETH3 },
		{ .frag = 0x2000 }, { .proto = IPPROTO_TCP }, { .v6 = true },
		{ .forged = true },
	};
	static const struct step alike[] = { { .tos = 1 }, { .payload = 5 }, { .frag = 0x4000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
		new_world();
		establish(&udp);
		assert_false(arrives_xdp(THERE, &different[i]) && !different[i].in);
		assert_false(arrives(THERE, &different[i]));
		assert_false(arrives(THERE, &different[i])); /* nor because it came before */
	}
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++) {
		new_world();
		establish(&udp);
		assert_true(arrives_xdp(THERE, &alike[i]));
		assert_true(arrives(THERE, &alike[i]));
	}
}

/* By a mark or priority that a packet comes with, rules may go. */
static void comes_marked(void **state)
{
	static const struct step marked[] = { { .mark = 1 }, { .priority = 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(marked); i++) {
		new_world();
		establish(&udp);
		assert_false(arrives(THERE, &marked[i]));
		assert_true(arrives(THERE, &udp));
	}
}

/* The kernel, or whoever set ip_forward_update_priority to 0, leaves the priority that it came with. */
static void keeps_priority(void **state)
{
	const struct step step = { .tos = 0x10 };
	const struct leaving kept = {}, given = { .priority = 6 };

	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		new_world();
		for (int dev = ETH0; dev <= ETH3; dev++)
			world.ports[dev].keeps_priority = (__u8)keeps;
		rig_apply(rig, &world);
		assert_false(arrives(BACK, &step));
		leaves_as(BACK, &step, keeps ? &kept : &given);
		assert_false(arrives(THERE, &step));
		leaves_as(THERE, &step, keeps ? &kept : &given);
		assert_true(arrives(THERE, &step));
	}
}

/* A packet with another signature takes the admission with it. */
static void signature_is_admitted_anew(void **state)
{
	const struct step other = { .ttl = 32 };

	(void)state;
	new_world();
	establish(&udp);
	assert_false(arrives(THERE, &other));
	assert_false(arrives(THERE, &udp));
	assert_false(arrives(THERE, &other));
	leaves(THERE, &other);
	assert_true(arrives(THERE, &other));
}

static void new_ruleset(void **state)
{
	(void)state;
	new_world();
	establish(&udp);
	world.owner.ruleset++;
	rig_set_owner(rig, &world.owner);
	assert_false(arrives_xdp(THERE, &udp));
	assert_false(arrives(THERE, &udp));
	leaves(THERE, &udp);
	assert_false(arrives(THERE, &udp)); /* the other direction's admission is of before */
	kernel_forwards(BACK, &udp);
	assert_true(arrives(THERE, &udp));
}

static void new_route(void **state)
{
	struct nsaccel_nexthop hop;

	(void)state;
	new_world();
	establish(&udp);
	hop = world.hops[TO_ETH1];
	hop.dst_mac[5]++;
	rig_set_hop(rig, TO_ETH1, &hop);
	assert_false(arrives_xdp(THERE, &udp));
	assert_false(arrives(THERE, &udp));
}

/* Makes the admissions older. */
static void age(enum way way, __u64 ns)
{
	struct nsaccel_flow flow;
	__be32 low, high;

	assert_true(rig_flow(rig, &flow));
	memcpy(&low, flow.key.low, sizeof(low));
	memcpy(&high, flow.key.high, sizeof(high));
	assert_int_equal(low == htonl(0x0a000009), 1);
	assert_int_equal(high == htonl(0x0a010009), 1);
	flow.direction[way].state -= ns;
	flow.direction[way].seen -= ns;
	rig_set_flow(rig, &flow);
}

static void admission_ends(void **state)
{
	(void)state;
	new_world();
	establish(&udp);
	age(THERE, NSACCEL_ADMISSION_NS);
	assert_false(arrives_xdp(THERE, &udp));
	assert_true(arrives(BACK, &udp)); /* that the other is on the kernel's way is no harm */
	kernel_forwards(THERE, &udp);
	assert_true(arrives(THERE, &udp));
	age(BACK, 2 * NSACCEL_ADMISSION_NS);
	assert_false(arrives(THERE, &udp));
}

/* Another CPU is just writing down what is pending. */
static void armed_elsewhere(void **state)
{
	struct nsaccel_flow before, after;

	(void)state;
	new_world();
	kernel_forwards(BACK, &udp);
	assert_false(arrives(THERE, &udp));
	assert_true(rig_flow(rig, &before));
	before.direction[THERE].state = NSACCEL_FLOW_PENDING;
	rig_set_flow(rig, &before);
	assert_false(arrives_xdp(THERE, &udp));
	kernel_forwards(THERE, &udp);
	assert_true(rig_flow(rig, &after));
	assert_memory_equal(before.direction, after.direction, sizeof(before.direction));
}

/* FIN and RST end it, SYN begins another. */
static void opens_and_closes(void **state)
{
	static const int ends[] = { TCP_FIN | TCP_ACK, TCP_RST };
	static const struct step opening = { .proto = IPPROTO_TCP, .flags = TCP_SYN };
	struct nsaccel_flow flow;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct step end = { .proto = IPPROTO_TCP, .flags = ends[i] };

		new_world();
		kernel_forwards(THERE, &opening);
		assert_false(rig_flow(rig, &flow));
		establish(&tcp);
		assert_false(arrives_xdp(THERE, &end));
		kernel_forwards(THERE, &end);
		kernel_forwards(THERE, &tcp);
		kernel_forwards(BACK, &tcp);
		assert_false(arrives(THERE, &tcp));
		assert_false(arrives_xdp(THERE, &tcp));
		kernel_forwards(THERE, &opening);
		establish(&tcp);
	}
}

/* A SYN on its way out doesn't open what it must first have opened. */
static void control_admits_nothing(void **state)
{
	static const struct step end = { .proto = IPPROTO_TCP, .flags = TCP_FIN | TCP_ACK };

	(void)state;
	new_world();
	kernel_forwards(BACK, &tcp);
	assert_false(arrives(THERE, &tcp));
	leaves(THERE, &end);
	assert_false(arrives(THERE, &tcp));
}

static void not_a_flow(void **state)
{
	static const struct step steps[] = { { .proto = IPPROTO_ICMP },
					     { .proto = 132 },
					     { .frag = 0x2000 },
					     { .frag = 0x00b9 },
					     { .proto = IPPROTO_ICMPV6, .v6 = true } };
	struct nsaccel_flow flow;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		new_world();
		kernel_forwards(THERE, &steps[i]);
		kernel_forwards(BACK, &steps[i]);
		assert_false(arrives(THERE, &steps[i]));
		assert_false(arrives_xdp(THERE, &steps[i]));
		assert_false(rig_flow(rig, &flow));
	}
}

#define TCP_DOFF  13 /* bytes of layer 4, counted from 1 */
#define TCP_FLAGS 14
#define UDP_LEN	  6

/* What conntrack calls invalid; and UDP without a checksum, by which to know it again. */
static void invalid(void **state)
{
	static const struct step steps[] = {
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = 0 },
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_PSH | TCP_URG },
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_FIN },
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0x40 },
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0xf0, .v6 = true },
		{ .at = UDP_LEN, .byte = 7 },
		{ .at = UDP_LEN, .byte = 8 + 26 + 1 },
		{ .at = UDP_LEN, .byte = 8 + 26 + 1, .v6 = true },
		{ .no_checksum = true },
	};
	struct nsaccel_flow before, after;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct step good = { .proto = steps[i].proto, .v6 = steps[i].v6 };

		new_world();
		establish(&good);
		assert_true(rig_flow(rig, &before));
		assert_false(arrives_xdp(THERE, &steps[i]));
		kernel_forwards(THERE, &steps[i]);
		assert_true(rig_flow(rig, &after));
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

/* The least that is valid, with any options, and urgent. */
static void valid_all_the_same(void **state)
{
	static const struct step steps[] = {
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0xb0 }, /* all of it options */
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_ACK | TCP_PSH | TCP_URG },
		{ .at = UDP_LEN, .byte = 8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct step good = { .proto = steps[i].proto };

		new_world();
		establish(&good);
		assert_true(arrives_xdp(THERE, &steps[i]));
		assert_true(arrives(THERE, &steps[i]));
	}
}

/* To ask changes nothing. */
static void asked(void **state)
{
	struct arrival arrival = {
		.hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0, .probe = true, .unmarked = true
	};
	struct nsaccel_flow before, after;
	const struct outcome *outcome;
	struct packet packet;

	(void)state;
	new_world();
	build(&packet, THERE, &udp);
	outcome = rig_run_tc(rig, &arrival, &packet);
	assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
	assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], NSACCEL_PASS_FIREWALL);
	assert_false(rig_flow(rig, &after));
	establish(&udp);
	assert_true(rig_flow(rig, &before));
	outcome = rig_run_tc(rig, &arrival, &packet);
	assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
	assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], NSACCEL_FWD_NIC);
	age(THERE, NSACCEL_ADMISSION_NS);
	assert_true(rig_flow(rig, &before));
	rig_run_tc(rig, &arrival, &packet);
	assert_true(rig_flow(rig, &after));
	assert_memory_equal(&before, &after, sizeof(before));
}

/* Frames that a bridge's port hands to another, with the TTL that they have. */
static bool bridged(enum way way, bool leaves_too)
{
	enum dev in = way == THERE ? RED : BLUE, out = way == THERE ? BLUE : RED;
	const struct packet_spec spec = {
		.dst = way == THERE ? "10.2.0.3" : "10.2.0.2",
		.src = way == THERE ? "10.2.0.2" : "10.2.0.3",
		.sport = way == THERE ? 1000 : 2000,
		.dport = way == THERE ? 2000 : 1000,
		.src_mac = BEHIND_MAC(in),
		.dst_mac = BEHIND_MAC(out),
	};
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = in,
					 .unmarked = true };
	const struct arrival departure = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = out, .unmarked = true, .iif = IFINDEX(in)
	};
	struct packet packet;
	bool sent;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	sent = rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT;
	assert_int_equal(rig_counted(rig).reason,
			 sent ? NSACCEL_FWD_BRIDGE : NSACCEL_PASS_FIREWALL);
	if (leaves_too)
		rig_run_tc(rig, &departure, &packet);
	return sent;
}

static void bridged_flow(void **state)
{
	(void)state;
	world_init(&world);
	world_bridge(&world, RED);
	world_bridge(&world, BLUE);
	world.ports[RED].steer_gate = world.ports[BLUE].steer_gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
	assert_false(bridged(THERE, false));
	assert_false(bridged(BACK, true));
	assert_false(bridged(THERE, true));
	assert_true(bridged(THERE, false));
	assert_true(bridged(BACK, false));
}

/* A macvlan's packets are decided at their lower's egress, and go to the kernel by its ingress. */
static void macvlan_flow(void **state)
{
	static const struct packet_spec spec = { .dst = "10.1.0.9",
						 .src = "10.4.0.2",
						 .sport = 1000,
						 .dport = 2000,
						 .src_mac = world_macs[MAC_MACVLAN][NS_GREEN],
						 .dst_mac = world_macs[MAC_PORT][ETH2] };
	static const struct packet_spec answer = { .dst = "10.4.0.2",
						   .src = "10.1.0.9",
						   .sport = 2000,
						   .dport = 1000,
						   .src_mac = world_macs[MAC_HOST][ETH1],
						   .dst_mac = world_macs[MAC_PORT][ETH1] };
	const struct arrival sent = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2 };
	const struct arrival passed = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH1, .unmarked = true, .iif = IFINDEX(ETH2)
	};
	const struct arrival answered = { .hook = NSACCEL_HOOK_TC_INGRESS,
					  .dev = ETH1,
					  .unmarked = true };
	const struct arrival returned = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2, .unmarked = true, .iif = IFINDEX(ETH1)
	};
	struct packet packet, left;

	(void)state;
	new_world();
	packet_build(&packet, &spec);
	rig_run_tc(rig, &sent, &packet);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_HOST);
	packet_forwarded(&left, &packet, BEHIND_MAC(ETH1), PORT_MAC(ETH1));
	rig_run_tc(rig, &passed, &left);

	packet_build(&left, &answer);
	rig_forget_counts(rig);
	rig_run_tc(rig, &answered, &left);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_FIREWALL);
	rig_forget_counts(rig);
	packet_build(&packet, &answer);
	packet_forwarded(&left, &packet, MACVLAN_MAC(NS_GREEN), PORT_MAC(ETH2));
	rig_run_tc(rig, &returned, &left);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_MACVLAN); /* turned round */

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	rig_run_tc(rig, &sent, &packet);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_NIC);
}

static bool is_refused(const struct nsaccel_flow_use *before)
{
	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		if (rig_flow_use(rig, ns).refused != before[ns].refused)
			return true;
	return false;
}

/* Packets from one that has that port alone: is there a flow of it now? The kernel may have no memory for
 * a timer at hand, for a moment. */
static bool opens(enum dev from, const char *src, const char *dst, __u16 sport)
{
	const struct packet_spec spec = { .src = src,
					  .dst = dst,
					  .sport = sport,
					  .dport = 2000,
					  .src_mac = BEHIND_MAC(from),
					  .dst_mac = PORT_MAC(from) };
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = from,
					 .unmarked = true };
	struct nsaccel_flow_use before[NS_COUNT];
	struct packet packet;

	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		before[ns] = rig_flow_use(rig, ns);
	for (int tries = 0; tries < 20 && !is_refused(before); tries++) {
		packet_build(&packet, &spec);
		rig_forget_counts(rig);
		rig_run_tc(rig, &arrival, &packet);
		assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_FIREWALL);
		if (rig_has_flow(rig, sport))
			return true;
	}
	return false;
}

static bool red_to_wire(__u16 sport)
{
	return opens(RED, "10.2.0.2", "10.1.0.9", sport);
}

static void gated_endpoints(void)
{
	world_init(&world);
	for (int dev = ETH0; dev <= BLUE; dev++)
		world.ports[dev].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
}

/* Until the last of its flows has gone by itself, a while after it was used. */
static void wait_for_none(enum ns ns)
{
	for (int tries = 0; rig_flow_use(rig, ns).count; tries++) {
		assert_true(tries < 2000);
		usleep(10000);
	}
}

/* For who sends, or whom a wire sends to; between wires for the owner. Unused, they go by themselves. */
static void counts(void **state)
{
	(void)state;
	gated_endpoints();
	assert_true(red_to_wire(1));
	assert_true(opens(RED, "10.2.0.2", "10.3.0.2", 2));
	assert_true(opens(ETH0, "10.0.0.9", "10.3.0.2", 3));
	assert_true(opens(ETH0, "10.0.0.9", "10.1.0.9", 4));
	assert_true(red_to_wire(1)); /* it's there */
	assert_int_equal(rig_flow_use(rig, NS_RED).count, 2);
	assert_int_equal(rig_flow_use(rig, NS_BLUE).count, 1);
	assert_int_equal(rig_flow_use(rig, NS_OWNER).count, 1);
	wait_for_none(NS_RED);
	wait_for_none(NS_BLUE);
	wait_for_none(NS_OWNER);
}

/* Over it only new flows of that namespace are refused, until there is room. */
static void quota(void **state)
{
	(void)state;
	gated_endpoints();
	rig_set_flow_quota(rig, NS_RED, 3);
	for (__u16 port = 1; port <= 5; port++)
		assert_int_equal(red_to_wire(port), port <= 3);
	assert_int_equal(rig_flow_use(rig, NS_RED).count, 3);
	assert_int_not_equal(rig_flow_use(rig, NS_RED).refused, 0);
	assert_true(opens(BLUE, "10.3.0.2", "10.1.0.9", 6));
	wait_for_none(NS_RED);
	assert_true(red_to_wire(5));
}

/* Who has answered nothing but what was refused pays nothing for it. */
static void answers_are_the_askers(void **state)
{
	(void)state;
	gated_endpoints();
	rig_set_flow_quota(rig, NS_RED, 1);
	assert_true(opens(RED, "10.2.0.2", "10.3.0.2", 1));
	assert_false(opens(RED, "10.2.0.2", "10.3.0.2", 2));
	assert_false(opens(BLUE, "10.3.0.2", "10.2.0.2", 3));
	assert_int_equal(rig_flow_use(rig, NS_BLUE).count, 0);
}

#define FIXED_TESTS 22

int main(void)
{
	struct CMUnitTest tests[FIXED_TESTS + ARRAY_SIZE(changes)] = {
		cmocka_unit_test(both_directions),
		cmocka_unit_test(dropped_by_a_rule),
		cmocka_unit_test(leaves_with_priority),
		cmocka_unit_test(has_another_signature),
		cmocka_unit_test(comes_marked),
		cmocka_unit_test(keeps_priority),
		cmocka_unit_test(signature_is_admitted_anew),
		cmocka_unit_test(new_ruleset),
		cmocka_unit_test(new_route),
		cmocka_unit_test(admission_ends),
		cmocka_unit_test(armed_elsewhere),
		cmocka_unit_test(opens_and_closes),
		cmocka_unit_test(control_admits_nothing),
		cmocka_unit_test(not_a_flow),
		cmocka_unit_test(invalid),
		cmocka_unit_test(valid_all_the_same),
		cmocka_unit_test(asked),
		cmocka_unit_test(bridged_flow),
		cmocka_unit_test(macvlan_flow),
		cmocka_unit_test(counts),
		cmocka_unit_test(quota),
		cmocka_unit_test(answers_are_the_askers),
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = changes[i].name,
			.test_func = leaves_changed,
			.initial_state = (void *)&changes[i],
		};
	return cmocka_run_group_tests_name("flow", tests, rig_set_up, rig_tear_down);
}
