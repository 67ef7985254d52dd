// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost: ns of CPU that the programs take for each kind of packet, less an empty program's, as TSV:
 * kind, ns, and ns divided by those of a reference that ran in turn with it.
 */
#include "cost_kinds.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "cost.h"
#include "cost.skel.h"
#include "row_run.h"

/* Short slices: some of many pass undisturbed, and the least of all is the cost. */
#define SLICES 100
#define REPEAT 2000

struct program {
	int fd;
	double best; /* ns */
};

static struct cost *skel;

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void run_slice(const struct cost_kind *kind, const struct packet *packet,
		      struct program *program)
{
	struct __sk_buff skb = { .ifindex = IFINDEX(kind->row.in) };
	struct xdp_md xdp = { .data_end = packet->len, .ingress_ifindex = IFINDEX(kind->row.in) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->data, .data_size_in = packet->len,
		    .ctx_in = kind->xdp ? (void *)&xdp : (void *)&skb,
		    .ctx_size_in = kind->xdp ? sizeof(xdp) : sizeof(skb), .repeat = REPEAT);
	const struct bpf_map *progs =
		kind->xdp ? skel->maps.cost_xdp_prog : skel->maps.cost_tc_prog;
	int entry = bpf_program__fd(kind->xdp ? skel->progs.cost_xdp : skel->progs.cost_tc);
	__u32 zero = 0;
	double start, ns;

	if (bpf_map_update_elem(bpf_map__fd(progs), &zero, &program->fd, 0))
		err(1, "%s: set the program", kind->name);
	start = cpu_ns();
	if (bpf_prog_test_run_opts(entry, &opts))
		err(1, "%s: run", kind->name);
	ns = (cpu_ns() - start) / REPEAT;
	if (!program->best || ns < program->best)
		program->best = ns;
}

static void set_header(const struct packet *packet)
{
	__u64 value = 0;

	memcpy(&skel->bss->cost_header, packet->data, sizeof(struct cost_header));
	if (bpf_map_update_elem(bpf_map__fd(skel->maps.cost_hash), packet->data, &value, 0))
		err(1, "fill the reference's map");
}

/* Stops unless the programs do to the packet what the row says. */
static void check_kind(const struct cost_kind *kind, struct world *world, struct packet *packet)
{
	row_apply(world, &kind->row);
	if (kind->prepare)
		kind->prepare(&kind->row, world);
	row_build(packet, &kind->row);
	if (kind->xdp)
		row_run_xdp(&kind->row, world, packet);
	else
		row_run_tc(&kind->row, world, packet);
}

static void measure(const struct cost_kind *kind)
{
	const struct cost_kind tc = { .name = "reference", .row = kind->row };
	enum nsaccel_hook hook =
		kind->row.egress ? NSACCEL_HOOK_TC_EGRESS : NSACCEL_HOOK_TC_INGRESS;
	struct program empty = { .fd = bpf_program__fd(kind->xdp ? skel->progs.empty_xdp :
								   skel->progs.empty_tc) };
	struct program empty_tc = { .fd = bpf_program__fd(skel->progs.empty_tc) };
	struct program reference = { .fd = bpf_program__fd(skel->progs.reference_tc) };
	struct program program = { .fd = kind->xdp ? rig_xdp_fd(rig) : rig_tc_fd(rig, hook) };
	static struct packet packet;
	static struct world world;

	check_kind(kind, &world, &packet);
	set_header(&packet);
	for (int i = 0; i < SLICES; i++) {
		run_slice(kind, &packet, &empty);
		run_slice(kind, &packet, &program);
		run_slice(&tc, &packet, &empty_tc);
		run_slice(&tc, &packet, &reference);
	}
	printf("%s\t%.1f\t%.3f\n", kind->name, program.best - empty.best,
	       (program.best - empty.best) / (reference.best - empty_tc.best));
	fflush(stdout);
}

static bool is_wanted(const struct cost_kind *kind, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(kind->name, argv[i]))
			return true;
	return argc < 2;
}

int main(int argc, char **argv)
{
	void *state = NULL;

	row_set_up(&state);
	skel = cost__open_and_load();
	if (!skel)
		err(1, "load");
	for (size_t i = 0; i < cost_kind_count; i++)
		if (is_wanted(&cost_kinds[i], argc, argv))
			measure(&cost_kinds[i]);
	cost__destroy(skel);
	row_tear_down(&state);
	return 0;
}
