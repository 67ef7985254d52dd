// SPDX-License-Identifier: GPL-2.0-only
#include "rig_internal.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>

void assert_packet(const struct packet *want, const struct packet *got)
{
	if (packet_same(want, got))
		return;
	packet_print_difference(want, got);
	fail_msg("wrong bytes");
}

int rig_program_fd(const struct rig *self, enum variant variant, enum nsaccel_hook hook)
{
	const struct nsaccel_tc *tc = self->tc[variant];

	return bpf_program__fd(hook == NSACCEL_HOOK_TC_EGRESS ? tc->progs.nsaccel_tc_eg :
								tc->progs.nsaccel_tc_in);
}

int rig_tc_fd(const struct rig *self, enum nsaccel_hook hook)
{
	return rig_program_fd(self, PLAIN, hook);
}

int rig_xdp_fd(const struct rig *self)
{
	return bpf_program__fd(self->xdp[PLAIN]->progs.nsaccel_xdp);
}

/* The kernel refuses a frame without a whole IP header. */
#define TC_LEN_MIN (ETH_HLEN + 40)

static int program_before(struct rig *self, const struct arrival *arrival, __u32 cut_to)
{
	__u32 zero = 0;
	int fd;

	rig_load(self, arrival->variant);
	fd = rig_program_fd(self, arrival->variant, arrival->hook);

	if (!arrival->tagged && !cut_to)
		return fd;
	self->before->bss->tagged = arrival->tagged;
	self->before->bss->cut_to = cut_to;
	must(bpf_map_update_elem(bpf_map__fd(self->before->maps.under_test), &zero, &fd, 0));
	return bpf_program__fd(self->before->progs.before);
}

struct outcome *rig_run_tc(struct rig *self, const struct arrival *arrival,
			   const struct packet *packet)
{
	bool cut = packet->len < TC_LEN_MIN;
	struct outcome *outcome = &self->outcome;
	struct __sk_buff ctx = {
		.ifindex = IFINDEX(arrival->dev),
		.ingress_ifindex = arrival->iif,
		.mark = arrival->unmarked ? arrival->mark : RIG_MARK,
		.priority = arrival->unmarked ? arrival->priority : RIG_PRIORITY,
		.tstamp = RIG_TSTAMP,
		.gso_size = arrival->gso_size,
		.gso_segs = arrival->gso_size && !arrival->dodgy ? 2 : 0,
		.wire_len = arrival->probe ? (cut ? TC_LEN_MIN : packet->len) + 1 : 0,
		.cb = { arrival->probe || arrival->forged ? NSACCEL_PROBE_MAGIC : 0, RIG_UNANSWERED,
			[RIG_CB_SENT] = arrival->ours ? RIG_MARK_SENT : arrival->sent },
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data,
		    .data_size_in = cut ? TC_LEN_MIN : packet->len,
		    .data_out = outcome->packet.data, .data_size_out = PACKET_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .ctx_out = &outcome->ctx,
		    .ctx_size_out = sizeof(outcome->ctx), .repeat = 1);

	must(bpf_prog_test_run_opts(program_before(self, arrival, cut ? packet->len : 0), &opts));
	outcome->verdict = opts.retval;
	outcome->packet.len = opts.data_size_out;
	return outcome;
}

struct outcome *rig_run_xdp(struct rig *self, enum variant variant, enum dev dev,
			    const struct packet *packet)
{
	struct xdp_md ctx = { .data_end = packet->len, .ingress_ifindex = IFINDEX(dev) };
	struct outcome *outcome = &self->outcome;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data, .data_size_in = packet->len,
		    .data_out = outcome->packet.data, .data_size_out = PACKET_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	rig_load(self, variant);
	must(bpf_prog_test_run_opts(bpf_program__fd(self->xdp[variant]->progs.nsaccel_xdp), &opts));
	outcome->verdict = opts.retval;
	outcome->packet.len = opts.data_size_out;
	return outcome;
}

/* Counters */

static void add_counters(struct counted *counted, enum ns ns, enum nsaccel_hook hook,
			 const struct nsaccel_stats *stats)
{
	const struct nsaccel_counter *counters = (const void *)stats;

	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++) {
		if (!counters[reason].packets && !counters[reason].bytes)
			continue;
		counted->packets += counters[reason].packets;
		counted->bytes += counters[reason].bytes;
		counted->ns = ns;
		counted->hook = hook;
		counted->reason = reason;
	}
}

struct counted rig_counted(struct rig *self)
{
	int cpus = libbpf_num_possible_cpus();
	struct nsaccel_stats stats[cpus];
	struct counted counted = {};

	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		for (__u32 hook = 0; hook < NSACCEL_HOOK_COUNT; hook++) {
			must(bpf_map_lookup_elem(self->counters[ns], &hook, stats));
			for (int cpu = 0; cpu < cpus; cpu++)
				add_counters(&counted, ns, hook, &stats[cpu]);
		}
	return counted;
}

void rig_forget_counts(struct rig *self)
{
	int cpus = libbpf_num_possible_cpus();
	struct nsaccel_stats stats[cpus];

	memset(stats, 0, sizeof(stats));
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		for (__u32 hook = 0; hook < NSACCEL_HOOK_COUNT; hook++)
			must(bpf_map_update_elem(self->counters[ns], &hook, stats, 0));
}
