// SPDX-License-Identifier: GPL-2.0-only
/*
 * floor: puts a static program on a device of the namespace that it is started in, and takes it off
 * again. The program stays when this one exits.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "floor.skel.h"

/* The ways to send a packet on. */
static const struct mechanism {
	const char *name;
	bool xdp, egress, peer;
	__u32 flags;
} mechanisms[] = {
	{ .name = "peer", .peer = true },
	{ .name = "out" },
	{ .name = "in", .flags = BPF_F_INGRESS },
	{ .name = "egress-out", .egress = true },
	{ .name = "egress-in", .egress = true, .flags = BPF_F_INGRESS },
	{ .name = "xdp", .xdp = true },
};

static void usage(void)
{
	fprintf(stderr,
		"Usage: floor attach DEV MECHANISM TARGET [DST-MAC SRC-MAC]\n"
		"       floor detach DEV MECHANISM\n"
		"Without addresses a packet is bridged: sent as it is.\n"
		"  peer         at TC ingress, redirect_peer to the inner end of TARGET\n"
		"  out, in      at TC ingress, redirect out of TARGET, or into its ingress\n"
		"  egress-out, egress-in  the same at TC egress\n"
		"  xdp          XDP, by devmap\n");
	exit(1);
}

static void check(int r, const char *what, const char *on)
{
	if (r)
		errx(1, "%s %s: %s", what, on, strerror(-r));
}

static const struct mechanism *find_mechanism(const char *name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(*mechanisms); i++)
		if (!strcmp(mechanisms[i].name, name))
			return &mechanisms[i];
	usage();
	return NULL;
}

static int find_device(const char *name)
{
	int ifindex = (int)if_nametoindex(name);

	if (!ifindex)
		err(1, "%s", name);
	return ifindex;
}

static void parse_mac(const char *arg, __u8 *mac)
{
	struct ether_addr addr;

	if (!ether_aton_r(arg, &addr))
		errx(1, "%s: not a MAC address", arg);
	memcpy(mac, &addr, ETH_ALEN);
}

static struct floor *load(const struct floor_config *config)
{
	struct floor *skel = floor__open();

	if (!skel)
		err(1, "open the floor");
	memcpy((void *)&skel->rodata->config, config, sizeof(*config));
	check(floor__load(skel), "load", "the floor");
	return skel;
}

static void attach_xdp(const struct floor *skel, int ifindex, const char *dev, __u32 target)
{
	const __u32 flags = XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST;
	__u32 zero = 0;

	check(bpf_map_update_elem(bpf_map__fd(skel->maps.floor_tx), &zero, &target, 0), "devmap of",
	      dev);
	check(bpf_xdp_attach(ifindex, bpf_program__fd(skel->progs.floor_xdp), flags, NULL),
	      "attach to", dev);
}

static void attach_tc(const struct floor *skel, int ifindex, const char *dev, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = bpf_program__fd(skel->progs.floor_tc));

	/* A clsact that is there belongs to somebody: detach would take theirs away. */
	check(bpf_tc_hook_create(&hook), "clsact on", dev);
	check(bpf_tc_attach(&hook, &opts), "attach to", dev);
}

static void detach(const char *dev, const struct mechanism *how)
{
	int ifindex = find_device(dev);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (how->xdp)
		check(bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL), "detach from", dev);
	else
		check(bpf_tc_hook_destroy(&hook), "detach from", dev);
}

static void attach(int argc, char **argv)
{
	const struct mechanism *how = find_mechanism(argv[3]);
	int ifindex = find_device(argv[2]);
	struct floor_config config = {
		.ifindex = (__u32)find_device(argv[4]),
		.flags = how->flags,
		.peer = how->peer,
		.bridging = argc == 5,
	};
	struct floor *skel;

	if (!config.bridging) {
		parse_mac(argv[5], config.dst_mac);
		parse_mac(argv[6], config.src_mac);
	}
	skel = load(&config);
	if (how->xdp)
		attach_xdp(skel, ifindex, argv[2], config.ifindex);
	else
		attach_tc(skel, ifindex, argv[2], how->egress);
	floor__destroy(skel);
}

int main(int argc, char **argv)
{
	if ((argc == 5 || argc == 7) && !strcmp(argv[1], "attach"))
		attach(argc, argv);
	else if (argc == 4 && !strcmp(argv[1], "detach"))
		detach(argv[2], find_mechanism(argv[3]));
	else
		usage();
	return 0;
}
