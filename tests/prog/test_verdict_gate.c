// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts behind a firewall gate are for one flow, for what the gate would admit, and end with its
 * admission. A port that no longer forwards, of which no sequence tells, shows which packets go by
 * one. */
#include "conversation.h"

#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SECOND 1000000000ULL
#define HOUR   (3600 * SECOND)
#define TRIES  100 /* a test may be stopped for longer than a verdict holds that is to end soon */

static const struct step tcp_ack = { .proto = IPPROTO_TCP, .flags = TCP_ACK };

static bool has_verdict(enum way way, const struct step *step)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = port_in(way),
					 .unmarked = true,
					 .mark = step->mark,
					 .priority = step->priority };
	struct packet packet;
	bool sent;

	build_step(&packet, way, step);
	rig_let_forward(rig, &flow_world, port_in(way), false);
	sent = rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT;
	rig_let_forward(rig, &flow_world, port_in(way), true);
	return sent;
}

static bool has_xdp_verdict(enum way way, const struct step *step)
{
	bool sent;

	rig_let_forward(rig, &flow_world, port_in(way), false);
	sent = arrives_xdp(way, step);
	rig_let_forward(rig, &flow_world, port_in(way), true);
	return sent;
}

/* The only flow's admissions end then. */
static void admit_until(__u64 there, __u64 back)
{
	const __u64 until[] = { there, back };
	struct nsaccel_flow flow;

	assert_true(rig_flow(rig, &flow));
	for (int way = THERE; way <= BACK; way++) {
		flow.direction[way].state = until[way] - NSACCEL_ADMISSION_NS;
		flow.direction[way].seen = until[way] - 2 * NSACCEL_ADMISSION_NS;
	}
	rig_set_flow(rig, &flow);
}

static void admit(const struct step *step)
{
	new_world();
	kernel_forwards(THERE, step);
	kernel_forwards(BACK, step);
	admit_until(rig_now() + HOUR, rig_now() + HOUR);
}

static void send_often(enum way way, const struct step *step)
{
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		assert_true(arrives(way, step));
}

static bool gets_verdict(enum way way, const struct step *step)
{
	send_often(way, step);
	return has_verdict(way, step);
}

static void admitted_flows_have_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_kinds); i++) {
		admit(&all_kinds[i]);
		for (int way = THERE; way <= BACK; way++)
			assert_true(gets_verdict(way, &all_kinds[i]));
	}
}

static bool gets_xdp_verdict(enum way way, const struct step *step)
{
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		assert_true(arrives_xdp(way, step));
	return has_xdp_verdict(way, step);
}

static void xdp_has_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_kinds); i++) {
		admit(&all_kinds[i]);
		for (int way = THERE; way <= BACK; way++)
			assert_true(gets_xdp_verdict(way, &all_kinds[i]));
	}
}

/* Another signature, a mark, fragments, and what conntrack would call invalid; of TCP also what
 * begins or ends a connection. */
static const struct step not_admitted[] = {
	{ .ttl = 63 },		 { .tos = 0x20 },	    { .frag = 0x2000 },
	{ .no_checksum = true }, { .at = 5, .byte = 0xff }, /* longer than the packet */
	{ .mark = 1 },		 { .priority = 3 },
};

static const struct step tcp_not_admitted[] = {
	{ .proto = IPPROTO_TCP, .flags = TCP_ACK, .ttl = 63 },
	{ .proto = IPPROTO_TCP, .flags = TCP_SYN },
	{ .proto = IPPROTO_TCP, .flags = TCP_SYN | TCP_ACK },
	{ .proto = IPPROTO_TCP, .flags = TCP_FIN | TCP_ACK },
	{ .proto = IPPROTO_TCP, .flags = TCP_RST },
	{ .proto = IPPROTO_TCP, .flags = TCP_RST | TCP_ACK },
	{ .proto = IPPROTO_TCP, .flags = TCP_PSH },
	{ .proto = IPPROTO_TCP, .flags = TCP_ACK, .at = 13, .byte = 0x40 }, /* 16 bytes of header */
	{ .proto = IPPROTO_TCP,
	  .flags = TCP_ACK,
	  .at = 13,
	  .byte = 0xf0 }, /* longer than the packet */
};

static const struct step admitted[] = { { .tos = 1 }, { .payload = 5 }, { .frag = 0x4000 } };

static void assert_none(const struct step *of, const struct step *steps, size_t count)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct step usual = *of;

		usual.v6 = v6;
		admit(&usual);
		assert_true(gets_verdict(THERE, &usual));
		for (size_t i = 0; i < count; i++) {
			struct step step = steps[i];

			if (v6 && step.frag)
				continue;
			step.v6 = v6;
			assert_false(has_verdict(THERE, &step));
			if (!step.mark && !step.priority)
				assert_false(has_xdp_verdict(THERE, &step));
		}
		assert_true(has_verdict(THERE, &usual));
	}
}

static void what_is_not_admitted_has_none(void **state)
{
	(void)state;
	assert_none(&udp, not_admitted, ARRAY_SIZE(not_admitted));
	assert_none(&tcp_ack, tcp_not_admitted, ARRAY_SIZE(tcp_not_admitted));
	/* Another flow of the same addresses, of which the gate knows nothing. */
	assert_false(has_verdict(THERE, &udp));
}

static void what_is_admitted_has_it(void **state)
{
	(void)state;
	admit(&udp);
	assert_true(gets_verdict(THERE, &udp));
	for (size_t i = 0; i < ARRAY_SIZE(admitted); i++) {
		assert_true(has_verdict(THERE, &admitted[i]));
		assert_true(has_xdp_verdict(THERE, &admitted[i]));
	}
}

/* The packet that the kernel sees again gets none, and isn't counted for the next ones. */
static void a_renewed_admission_has_one_soon(void **state)
{
	(void)state;
	admit(&udp);
	assert_true(gets_verdict(THERE, &udp));
	admit_until(rig_now() - SECOND, rig_now() + HOUR);
	rig_set_owner(rig, &flow_world.owner); /* the verdict was for an hour */
	kernel_forwards(THERE, &udp);
	admit_until(rig_now() + HOUR, rig_now() + HOUR);
	assert_true(arrives(THERE, &udp));
	assert_true(has_verdict(THERE, &udp));
}

/* Whichever direction it came in. */
static void the_end_of_a_connection_ends_them(void **state)
{
	static const int flags[] = { TCP_FIN | TCP_ACK, TCP_RST, TCP_SYN, TCP_SYN | TCP_ACK };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(flags); i++) {
		const struct step control = { .proto = IPPROTO_TCP, .flags = flags[i / 2] };
		enum way by = i % 2 ? BACK : THERE;

		admit(&tcp_ack);
		assert_true(gets_verdict(!by, &tcp_ack));
		assert_true(gets_verdict(by, &tcp_ack));
		assert_false(arrives(by, &control));
		for (int way = THERE; way <= BACK; way++) {
			assert_false(has_verdict(way, &tcp_ack));
			assert_false(has_xdp_verdict(way, &tcp_ack));
			assert_false(arrives(way, &tcp_ack));
		}
	}
}

/* A flow's, while another one closes. */
static void others_stay(void **state)
{
	const struct step ack6 = { .proto = IPPROTO_TCP, .flags = TCP_ACK, .v6 = true },
			  fin6 = { .proto = IPPROTO_TCP, .flags = TCP_FIN | TCP_ACK, .v6 = true };

	(void)state;
	admit(&tcp_ack);
	kernel_forwards(THERE, &ack6);
	kernel_forwards(BACK, &ack6);
	assert_true(gets_verdict(THERE, &tcp_ack));
	assert_false(arrives(THERE, &fin6));
	assert_true(has_verdict(THERE, &tcp_ack));
}

/* The gate admits one signature at a time. */
static void another_signature_ends_it(void **state)
{
	const struct step other = { .ttl = 32 };

	(void)state;
	admit(&udp);
	assert_true(gets_verdict(THERE, &udp));
	assert_false(arrives(THERE, &other));
	assert_false(has_verdict(THERE, &udp));
	assert_false(arrives(THERE, &udp));
}

static void another_ruleset_ends_it(void **state)
{
	(void)state;
	admit(&udp);
	assert_true(gets_verdict(THERE, &udp));
	flow_world.owner.ruleset++;
	rig_set_owner(rig, &flow_world.owner);
	assert_false(has_verdict(THERE, &udp));
	assert_false(arrives(THERE, &udp));
}

/* How long a verdict held that was recorded under these admissions; a second if none was. */
static __u64 held(__u64 there, __u64 back)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	__u64 begun = rig_now();

	admit_until(begun + there, begun + back);
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		if (!arrives(THERE, &udp))
			return SECOND;
	if (!has_verdict(THERE, &udp))
		return SECOND;
	while (has_verdict(THERE, &udp))
		nanosleep(&pause, NULL);
	return rig_now() - begun;
}

static bool is_half_a_second(__u64 took)
{
	return took > SECOND / 3 && took < 3 * SECOND / 4;
}

/* In whichever direction it ends first; and no sooner, as a verdict under a policy does. */
static void it_ends_with_the_admission(void **state)
{
	(void)state;
	for (int back = 0; back < 2; back++) {
		__u64 took = 0;

		for (int i = 0; i < TRIES && !is_half_a_second(took); i++) {
			admit(&udp);
			took = held(back ? HOUR : SECOND / 2, back ? SECOND / 2 : HOUR);
		}
		assert_true(is_half_a_second(took));
		assert_false(arrives(THERE, &udp));
	}
}

/* A port that gets a gate while there are verdicts on all packets between two addresses. */
static void a_gate_ends_those_of_addresses(void **state)
{
	(void)state;
	new_world();
	flow_world.ports[ETH0].gate = NSACCEL_GATE_OPEN;
	rig_apply(rig, &flow_world);
	assert_true(gets_verdict(THERE, &udp));
	flow_world.ports[ETH0].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &flow_world);
	assert_false(arrives(THERE, &udp));
	assert_false(has_verdict(THERE, &udp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admitted_flows_have_verdicts),
		cmocka_unit_test(xdp_has_verdicts),
		cmocka_unit_test(what_is_not_admitted_has_none),
		cmocka_unit_test(what_is_admitted_has_it),
		cmocka_unit_test(a_renewed_admission_has_one_soon),
		cmocka_unit_test(the_end_of_a_connection_ends_them),
		cmocka_unit_test(others_stay),
		cmocka_unit_test(another_signature_ends_it),
		cmocka_unit_test(another_ruleset_ends_it),
		cmocka_unit_test(it_ends_with_the_admission),
		cmocka_unit_test(a_gate_ends_those_of_addresses),
	};

	return cmocka_run_group_tests_name("verdict gate", tests, rig_set_up, rig_tear_down);
}
