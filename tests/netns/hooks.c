// SPDX-License-Identifier: GPL-2.0-only
/* Prints how many programs hang on each device of this network namespace, hook by hook. iproute2
 * and bpftool of Debian 12 don't know tcx. Prints nothing for hooks that have none. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, Linux 6.6: newer than Debian 12's headers */
#define TCX_EGRESS  47

#define MAX_PROGRAMS 64

static const struct {
	const char *name;
	enum bpf_attach_type type;
} tc_hooks[] = {
	{ "tcx_ingress", (enum bpf_attach_type)TCX_INGRESS },
	{ "tcx_egress", (enum bpf_attach_type)TCX_EGRESS },
};

static void show(const struct if_nameindex *dev)
{
	__u32 ids[MAX_PROGRAMS];
	__u32 count, id;

	if (!bpf_xdp_query_id((int)dev->if_index, 0, &id) && id)
		printf("%s xdp 1\n", dev->if_name);
	for (size_t i = 0; i < sizeof(tc_hooks) / sizeof(tc_hooks[0]); i++) {
		count = MAX_PROGRAMS;
		if (!bpf_prog_query((int)dev->if_index, tc_hooks[i].type, 0, NULL, ids, &count) &&
		    count)
			printf("%s %s %u\n", dev->if_name, tc_hooks[i].name, count);
	}
}

int main(void)
{
	struct if_nameindex *devs = if_nameindex();

	if (!devs) {
		perror("if_nameindex");
		return EXIT_FAILURE;
	}
	for (const struct if_nameindex *dev = devs; dev->if_index; dev++)
		show(dev);
	if_freenameindex(devs);
	return EXIT_SUCCESS;
}
