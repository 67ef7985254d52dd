// SPDX-License-Identifier: GPL-2.0-only
/*
 * sink: puts the counting drop on a device (the same for every contender), reads it, takes it
 * off. The program stays when this one exits; the counter is pinned for gen --sink and `count`.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"
#include "sink.skel.h"

static void usage(void)
{
	fprintf(stderr,
		"Usage: sink attach DEV tc|xdp PIN    count and drop, counter pinned at PIN\n"
		"       sink detach DEV tc|xdp PIN\n"
		"       sink count PIN SECONDS        packets that arrive in that time\n");
	exit(1);
}

static void check(int r, const char *what, const char *on)
{
	if (r)
		errx(1, "%s %s: %s", what, on, strerror(-r));
}

static void attach_tc(int ifindex, const char *dev, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd);

	/* A clsact that is there belongs to somebody: detach would take theirs away. */
	check(bpf_tc_hook_create(&hook), "clsact on", dev);
	check(bpf_tc_attach(&hook, &opts), "attach to", dev);
}

static void attach(const char *dev, int ifindex, bool xdp, const char *pin)
{
	struct sink *skel = sink__open_and_load();

	if (!skel)
		err(1, "load the sink");
	check(bpf_map__pin(skel->maps.sink_count, pin), "pin", pin);
	if (xdp)
		check(bpf_xdp_attach(ifindex, bpf_program__fd(skel->progs.sink_xdp),
				     XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL),
		      "attach to", dev);
	else
		attach_tc(ifindex, dev, bpf_program__fd(skel->progs.sink_tc));
	sink__destroy(skel);
}

static void detach(const char *dev, int ifindex, bool xdp, const char *pin)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (xdp)
		check(bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL), "detach from", dev);
	else
		check(bpf_tc_hook_destroy(&hook), "detach from", dev);
	if (unlink(pin))
		err(1, "unlink %s", pin);
}

static __u64 read_packets(int fd)
{
	int cpus = libbpf_num_possible_cpus();
	struct sink_count count[cpus];
	__u32 zero = 0;
	__u64 sum = 0;

	if (bpf_map_lookup_elem(fd, &zero, count))
		err(1, "read the counter");
	for (int i = 0; i < cpus; i++)
		sum += count[i].packets;
	return sum;
}

static void count(const char *pin, double seconds)
{
	struct timespec interval = { .tv_sec = seconds,
				     .tv_nsec = (seconds - (long)seconds) * 1e9 };
	int fd = bpf_obj_get(pin);
	__u64 before;

	if (fd < 0)
		err(1, "%s", pin);
	before = read_packets(fd);
	nanosleep(&interval, NULL); /* the measurement itself */
	printf("%llu\n", read_packets(fd) - before);
	close(fd);
}

int main(int argc, char **argv)
{
	bool xdp;
	int ifindex;

	if (argc == 4 && !strcmp(argv[1], "count")) {
		count(argv[2], strtod(argv[3], NULL));
		return 0;
	}
	if (argc != 5)
		usage();
	xdp = !strcmp(argv[3], "xdp");
	if (!xdp && strcmp(argv[3], "tc"))
		usage();
	ifindex = if_nametoindex(argv[2]);
	if (!ifindex)
		err(1, "%s", argv[2]);
	if (!strcmp(argv[1], "attach"))
		attach(argv[2], ifindex, xdp, argv[4]);
	else if (!strcmp(argv[1], "detach"))
		detach(argv[2], ifindex, xdp, argv[4]);
	else
		usage();
	return 0;
}
