// SPDX-License-Identifier: GPL-2.0-only
#include "row_run.h"

#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define SOON 5000 /* ms: for what is sure to come */

static int owner_of_eth2, wire_of_eth2; /* who hears what on eth2 */

int row_set_up(void **state)
{
	rig_set_up(state);
	owner_of_eth2 = rig_listen(rig, false, "nsa-eth2");
	wire_of_eth2 = rig_listen(rig, true, "far-eth2");
	return 0;
}

int row_tear_down(void **state)
{
	close(owner_of_eth2);
	close(wire_of_eth2);
	return rig_tear_down(state);
}

void row_build(struct packet *packet, const struct row *row)
{
	struct packet_spec spec = row->packet;

	spec.dst_mac = spec.dst_mac ? spec.dst_mac : PORT_MAC(row->in);
	spec.src_mac = spec.src_mac ? spec.src_mac : HOST_MAC(row->in);
	packet_build(packet, &spec);
}

static void apply(struct world *world, const struct row *row, bool big)
{
	world_init(world);
	for (size_t i = 0; i < ARRAY_SIZE(row->routes) && row->routes[i].prefix; i++)
		world->routes[world->route_count++] = row->routes[i];
	if (row->change)
		row->change(world);
	world->big = big && !world->refused;
	rig_apply(rig, world);
}

void row_apply(struct world *world, const struct row *row)
{
	apply(world, row, false);
}

/* RFC 792, RFC 1812 4.3.3, RFC 4443 3. */
static struct packet_error icmp_error(enum nsaccel_reason why, bool v6, __u32 mtu)
{
	switch (why) {
	case NSACCEL_DROP_TTL:
		return (struct packet_error){ .type = v6 ? 3 : ICMP_TIME_EXCEEDED };
	case NSACCEL_DROP_TOO_BIG:
		return (struct packet_error){ .type = v6 ? 2 : 3, .code = v6 ? 0 : 4, .rest = mtu };
	case NSACCEL_DROP_PROHIBIT: /* administratively */
		return (struct packet_error){ .type = v6 ? 1 : 3, .code = v6 ? 1 : 13 };
	default: /* no route; host */
		return (struct packet_error){ .type = v6 ? 1 : 3, .code = v6 ? 0 : 1 };
	}
}

void row_assert_output(const struct row *row, const struct expected *expected,
		       const struct world *world, const struct packet *in, const struct packet *got)
{
	const struct nsaccel_port *port = &world->ports[row->in];
	const struct nsaccel_nexthop *hop = &world->hops[expected->hop];
	bool v6 = in->data[ETH_HLEN] >> 4 == 6;
	struct packet want = *in;
	struct packet_error error;

	switch (expected->verdict) {
	case FORWARDED:
	case HANDED_UP:
		packet_forwarded(&want, in, hop->dst_mac, hop->src_mac);
		break;
	case REJECTED:
		error = icmp_error(expected->reason, v6,
				   expected->hop == TO_ETH3 ? SMALL_MTU : hop->mtu);
		packet_rejected(&want, in, port->mac, v6 ? port->address6 : port->address4, &error,
				row->packet.partial);
		assert_true(row->packet.partial || packet_checksums_ok(got));
		break;
	default:
		break;
	}
	assert_packet(&want, got);
}

void row_assert_counted(const struct row *row, const struct expected *expected,
			enum nsaccel_hook hook, const struct world *world, const struct packet *in)
{
	struct counted counted = rig_counted(rig);

	if (expected->verdict == UNCOUNTED) {
		assert_int_equal(counted.packets, 0);
		return;
	}
	assert_int_equal(counted.packets, 1);
	assert_int_equal(counted.bytes, in->len);
	assert_int_equal(counted.reason, expected->reason);
	assert_int_equal(counted.hook, hook);
	if (row->from)
		assert_int_equal(counted.ns, row->from);
	else
		assert_int_equal(counted.ns,
				 row->egress ? NS_OWNER : world->ports[row->in].source_slot);
}

/* What ip_forward() makes of IPv4's type of service, unless it leaves it: rt_tos2priority(). */
static __u32 forwarded_priority(const struct row *row, const struct world *world,
				const struct packet *in, const struct nsaccel_nexthop *hop)
{
	static const __u32 priorities[] = { 0 /* best effort */, 2 /* bulk */, 6 /* interactive */,
					    4 /* interactive bulk */ };
	const __u8 *ip = in->data + ETH_HLEN;

	if (hop->action != NSACCEL_ACTION_NIC || row->tc.verdict == REJECTED)
		return 0;
	if (ip[0] >> 4 != 4 || world->ports[row->in].keep_priority)
		return row->unmarked || row->egress ? 0 : RIG_PRIORITY;
	return priorities[(ip[1] & 0x18) / 8];
}

/* mark and priority belong to a namespace: neither gets into another. The time of arrival stays. At
 * egress mark and time are those of a sender: sent, a frame has none, nor has an error about it. */
static void assert_metadata(const struct row *row, const struct expected *expected,
			    const struct world *world, const struct packet *in,
			    const struct __sk_buff *ctx)
{
	bool passed = expected->verdict == UNCOUNTED || expected->verdict == PASSED ||
		      expected->verdict == DROPPED || expected->verdict == OWNERS;
	bool to_nic = world->hops[expected->hop].action == NSACCEL_ACTION_NIC;
	bool steered = expected->verdict == STEERED && to_nic;
	bool forwarded = expected->verdict == FORWARDED && to_nic && !row->egress;
	bool timed = passed || (!row->egress && expected->verdict != REJECTED);

	assert_int_equal(ctx->mark,
			 (passed || steered || forwarded) && !row->unmarked ? RIG_MARK : 0);
	assert_int_equal(ctx->tstamp, timed ? RIG_TSTAMP : 0);
	assert_int_equal(ctx->priority,
			 passed || steered ?
				 (row->unmarked ? 0 : RIG_PRIORITY) :
				 forwarded_priority(row, world, in, &world->hops[expected->hop]));
}

static enum nsaccel_hook tc_hook(const struct row *row)
{
	return row->egress ? NSACCEL_HOOK_TC_EGRESS : NSACCEL_HOOK_TC_INGRESS;
}

struct outcome *row_run(const struct row *row, const struct packet *in, bool probe)
{
	const struct arrival arrival = {
		.variant = row->variant,
		.hook = tc_hook(row),
		.dev = row->in,
		.gso_size = row->gso_size,
		.tagged = row->tagged,
		.probe = probe,
		.unmarked = row->unmarked,
		.ours = row->ours,
		.iif = row->iif,
	};

	rig_forget_counts(rig);
	return rig_run_tc(rig, &arrival, in);
}

/* A frame from the wire marks the end of what the run may have sent up: both take the same way. */
static void assert_heard(const struct row *row, unsigned int expected, const struct packet *in)
{
	const struct packet_spec end = { .ethertype = 0x88b5,
					 .dst_mac = PORT_MAC(ETH2),
					 .src_mac = HOST_MAC(ETH2) };
	unsigned int copies = 0;
	struct packet marker;
	struct heard heard;

	if (!row->egress)
		return;
	packet_build(&marker, &end);
	rig_send(wire_of_eth2, &marker, NULL);
	for (;;) {
		assert_true(rig_hear(owner_of_eth2, &heard, SOON));
		if (packet_same(&marker, &heard.packet))
			break;
		assert_false(heard.out);
		assert_packet(in, &heard.packet);
		copies++;
	}
	assert_int_equal(copies, expected);
}

static const __u32 tc_verdicts[] = {
	[UNCOUNTED] = (__u32)TC_ACT_UNSPEC, [PASSED] = (__u32)TC_ACT_UNSPEC,
	[FORWARDED] = TC_ACT_REDIRECT,	    [HANDED_UP] = (__u32)TC_ACT_UNSPEC,
	[TURNED] = TC_ACT_REDIRECT,	    [DROPPED] = TC_ACT_SHOT,
	[REJECTED] = TC_ACT_REDIRECT,	    [STEERED] = TC_ACT_REDIRECT,
	[OWNERS] = TC_ACT_REDIRECT,
};

/* Where the programs at egress, or at ingress of a macvlan's lower, are to know it, and nowhere
 * else: a tenant could read it there. */
static bool is_marked(const struct row *row, const struct world *world)
{
	bool to_lower = row->tc.verdict == REJECTED ?
				row->egress :
				world->hops[row->tc.hop].action == NSACCEL_ACTION_MACVLAN;
	__u32 ifindex =
		row->tc.verdict == REJECTED ? IFINDEX(row->in) : world->hops[row->tc.hop].ifindex;

	if (to_lower || row->tc.verdict == TURNED)
		return true;
	for (enum dev dev = 0; dev < DEV_COUNT; dev++)
		if (world->is_port[dev] && (__u32)IFINDEX(dev) == ifindex)
			return world->ports[dev].police_egress ||
			       world->ports[dev].gate == NSACCEL_GATE_FLOW ||
			       world->ports[dev].bridge_gate == NSACCEL_GATE_FLOW;
	return false;
}

/* Into an endpoint past its host end: redirect_peer. */
static bool to_peer(const struct row *row, const struct world *world)
{
	return !row->egress && row->tc.verdict != REJECTED &&
	       world->hops[row->tc.hop].action == NSACCEL_ACTION_VETH;
}

void row_run_tc(const struct row *row, const struct world *world, const struct packet *in)
{
	const struct outcome *outcome = row_run(row, in, false);

	assert_int_equal(outcome->verdict, tc_verdicts[row->tc.verdict]);
	row_assert_output(row, &row->tc, world, in, &outcome->packet);
	row_assert_counted(row, &row->tc, tc_hook(row), world, in);
	assert_metadata(row, &row->tc, world, in, &outcome->ctx);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == REJECTED ||
	    row->tc.verdict == STEERED || row->tc.verdict == TURNED)
		assert_int_equal(outcome->ctx.cb[RIG_CB_SENT],
				 !to_peer(row, world) && is_marked(row, world) ? RIG_MARK_SENT : 0);
	assert_heard(row, row->heard ? 1 : 0, in);
}

/* The hop of the row's route, which may leave it to the kernel's FIB where that leads. */
static enum hop routed_by(const struct row *row)
{
	return row->routes[0].prefix && row->routes[0].hop == TO_FIB ? TO_FIB : row->tc.hop;
}

static void assert_answer(const struct row *row, const struct world *world,
			  const struct outcome *outcome)
{
	static const __u32 verdicts[] = {
		[PASSED] = (__u32)TC_ACT_UNSPEC, [FORWARDED] = TC_ACT_REDIRECT,
		[HANDED_UP] = TC_ACT_REDIRECT,	 [TURNED] = (__u32)TC_ACT_UNSPEC,
		[DROPPED] = TC_ACT_SHOT,	 [REJECTED] = TC_ACT_SHOT,
		[STEERED] = TC_ACT_REDIRECT,	 [OWNERS] = TC_ACT_REDIRECT,
	};
	const struct nsaccel_nexthop *hop = &world->hops[row->tc.hop];

	if (row->tc.verdict == UNCOUNTED) /* it came by a way that a probe doesn't come */
		return;
	assert_int_equal(outcome->verdict, verdicts[row->tc.verdict]);
	if (row->tc.verdict != TURNED) /* why the kernel has to have it is what it says then */
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], row->tc.reason);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == HANDED_UP ||
	    row->tc.verdict == STEERED)
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_IFINDEX], hop->ifindex);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == HANDED_UP)
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_GENERATION],
				 world->hops[routed_by(row)].generation);
}

/* The same question as a probe: the same answer, and nothing happens. */
void row_run_probe(const struct row *row, const struct world *world, const struct packet *in)
{
	static const struct expected nothing = { .verdict = UNCOUNTED };
	const struct outcome *outcome = row_run(row, in, true);

	assert_packet(in, &outcome->packet);
	assert_int_equal(rig_counted(rig).packets, 0);
	assert_metadata(row, &nothing, world, in, &outcome->ctx);
	assert_heard(row, 0, in);
	assert_false(rig_used(rig, routed_by(row)));
	/* Of what it doesn't decide, a program has nothing to tell. */
	if (outcome->ctx.cb[NSACCEL_PROBE_REASON] == RIG_UNANSWERED)
		assert_true(row->egress || row->tc.verdict == UNCOUNTED);
	else
		assert_answer(row, world, outcome);
}

void row_run_xdp(const struct row *row, const struct world *world, const struct packet *in)
{
	static const __u32 verdicts[] = {
		[UNCOUNTED] = XDP_PASS,
		[FORWARDED] = XDP_REDIRECT,
		[DROPPED] = XDP_DROP,
	};
	struct outcome *outcome;

	rig_forget_counts(rig);
	outcome = rig_run_xdp(rig, row->variant, row->in, in);
	assert_int_equal(outcome->verdict, verdicts[row->xdp.verdict]);
	row_assert_output(row, &row->xdp, world, in, &outcome->packet);
	row_assert_counted(row, &row->xdp, NSACCEL_HOOK_XDP, world, in);
}

/* The bridge has to be told of sources whose frames it didn't see. */
static void assert_seen(const struct row *row, const struct world *world, const struct packet *in,
			bool asked)
{
	bool sent = row->tc.verdict == FORWARDED || row->tc.verdict == STEERED;

	if (world->ports[row->in].bridge && sent)
		assert_int_equal(!rig_seen(rig, in->data + ETH_ALEN), asked);
}

/* Plain packets of the same addresses come before it, and leave a verdict if they get one: which is
 * nothing to a packet that isn't like them. */
static void run_after_plain(const struct row *row, const struct world *world,
			    const struct packet *in)
{
	const struct row plain = {
		.in = row->in,
		.variant = row->variant,
		.packet = { .dst = row->packet.dst,
			    .src = row->packet.src,
			    .dst_mac = row->packet.dst_mac,
			    .src_mac = row->packet.src_mac },
		.egress = row->egress,
		.unmarked = row->unmarked,
		.iif = row->iif,
	};
	struct packet before;

	if (row->packet.ethertype)
		return;
	row_build(&before, &plain);
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		row_run(&plain, &before, false);
	rig_drain(owner_of_eth2);
	row_run_tc(row, world, in);
	row_run_tc(row, world, in);
}

static void begin(const struct row *row, bool big, struct world *world, struct packet *in)
{
	if (!rig_has(row->variant))
		skip();
	apply(world, row, big);
	row_build(in, row);
	rig_drain(owner_of_eth2);
}

void row_test_big(void **state)
{
	const struct row *row = *state;
	struct world world;
	struct packet in;

	begin(row, true, &world, &in);
	if (!row->egress && !row->tagged)
		row_run_xdp(row, &world, &in);
	row_run_tc(row, &world, &in);
}

void row_test(void **state)
{
	const struct row *row = *state;
	struct world world;
	struct packet in;

	begin(row, false, &world, &in);
	if (!row->unprobed && !row->gso_size) /* what is GSO never asks */
		row_run_probe(row, &world, &in);
	assert_seen(row, &world, &in, true);
	if (!row->egress && !row->tagged) /* what XDP never sees */
		row_run_xdp(row, &world, &in);
	if (row->xdp.verdict == FORWARDED)
		assert_int_equal(rig_used(rig, routed_by(row)), row->used);
	row_run_tc(row, &world, &in);
	assert_seen(row, &world, &in, false);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == PASSED)
		assert_int_equal(rig_used(rig, routed_by(row)), row->used);
	row_apply(&world, row);
	run_after_plain(row, &world, &in);
}
