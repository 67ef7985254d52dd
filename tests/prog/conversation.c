// SPDX-License-Identifier: GPL-2.0-only
#include "conversation.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct world flow_world;

enum dev port_in(enum way way)
{
	return way == THERE ? ETH0 : ETH1;
}

enum hop hop_of(enum way way)
{
	return way == THERE ? TO_ETH1 : TO_ETH0;
}

void build_step(struct packet *packet, enum way way, const struct step *step)
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
bool arrives(enum way way, const struct step *step)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = step->in ? step->in : port_in(way),
					 .unmarked = true,
					 .mark = step->mark,
					 .priority = step->priority };
	const struct outcome *outcome;
	struct packet packet;
	bool sent;

	build_step(&packet, way, step);
	rig_forget_counts(rig);
	outcome = rig_run_tc(rig, &arrival, &packet);
	sent = outcome->verdict == TC_ACT_REDIRECT;
	assert_int_equal(rig_counted(rig).packets, 1);
	assert_int_equal(rig_counted(rig).reason, sent ? NSACCEL_FWD_NIC : NSACCEL_PASS_FIREWALL);
	if (!sent)
		assert_packet(&packet, &outcome->packet);
	return sent;
}

bool arrives_xdp(enum way way, const struct step *step)
{
	struct packet packet;

	build_step(&packet, way, step);
	return rig_run_xdp(rig, PLAIN, port_in(way), &packet)->verdict == XDP_REDIRECT;
}

void leaves_as(enum way way, const struct step *step, const struct leaving *leaving)
{
	const struct nsaccel_nexthop *hop = &flow_world.hops[hop_of(way)];
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

	build_step(&came, way, step);
	packet_forwarded(&left, &came, leaving->dst_mac ? leaving->dst_mac : hop->dst_mac,
			 leaving->src_mac ? leaving->src_mac : hop->src_mac);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &departure, &left)->verdict, (__u32)TC_ACT_UNSPEC);
	assert_int_equal(rig_counted(rig).packets, 0);
}

/* As ip_forward() sends it, unchanged. */
void leaves(enum way way, const struct step *step)
{
	static const __u32 by_tos[] = { 0, 2, 6, 4 };
	const struct leaving unchanged = { .priority = step->v6 ? 0 : by_tos[step->tos >> 3 & 3] };

	leaves_as(way, step, &unchanged);
}

void kernel_forwards(enum way way, const struct step *step)
{
	assert_false(arrives(way, step));
	leaves(way, step);
}

void establish(const struct step *step)
{
	kernel_forwards(THERE, step);
	kernel_forwards(BACK, step);
	assert_true(arrives(THERE, step));
}

void new_world(void)
{
	world_init(&flow_world);
	for (int dev = ETH0; dev <= ETH3; dev++)
		flow_world.ports[dev].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &flow_world);
}

bool holds_in_time(bool (*try)(const struct step *), const struct step *step)
{
	__u64 begun;
	bool holds;

	do {
		begun = rig_now();
		holds = try(step);
	} while (!holds && rig_now() - begun >= NSACCEL_ADMISSION_NS / 2);
	return holds;
}

/* Makes the admissions older. */
void age(enum way way, __u64 ns)
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
	rig_set_owner(rig, &flow_world.owner); /* verdicts would live on */
}

const struct step udp, tcp = { .proto = IPPROTO_TCP };
const struct step all_kinds[KINDS] = {
	{ .proto = IPPROTO_UDP },
	{ .proto = IPPROTO_TCP },
	{ .proto = IPPROTO_UDP, .v6 = true },
	{ .proto = IPPROTO_TCP, .v6 = true },
};
