// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/netfilter_probe.h"
#include "kernel/features.h"
#include "kernel/netns.h"
#include "maps/pin.h"
#include "nsaccel_seen.skel.h"
#include "util/cleanup.h"
#include "util/hash.h"

/* By a digest of the program: another version's may see other things. */
#define PINS "netfilter_probe"
#define PIN  PINS "/%08x"

static __u32 version(void)
{
	size_t size;
	const void *elf = nsaccel_seen__elf_bytes(&size);

	return (__u32)nsa_hash(elf, size);
}

static int load(void)
{
	struct nsaccel_seen *skel = nsaccel_seen__open();
	int fd = -1;

	if (!skel)
		return -1;
	skel->rodata->nsaccel_check_owner = true;
	if (!nsaccel_seen__load(skel))
		fd = fcntl(bpf_program__fd(skel->progs.nsaccel_see), F_DUPFD_CLOEXEC, 3);
	nsaccel_seen__destroy(skel);
	return fd;
}

/* Of the namespace that the thread is in; all zero: it doesn't tell. */
static void ask(int fd, struct nsaccel_netfilter *out)
{
	struct {
		struct ethhdr eth;
		struct nsaccel_netfilter seen; /* which the program fills in */
	} __attribute__((packed)) packet = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &packet, .data_size_in = sizeof(packet),
		    .data_out = &packet, .data_size_out = sizeof(packet));

	memset(out, 0, sizeof(*out));
	if (!bpf_prog_test_run_opts(fd, &opts))
		*out = packet.seen;
}

/* The pinned one, if it is what it should be. */
static int open_pinned(void)
{
	__cleanup(nsa_closep) int fd = nsa_pin_open(PIN, version());
	struct nsaccel_netfilter seen = {};

	if (fd >= 0)
		ask(fd, &seen);
	return seen.known ? TAKE_FD(fd) : -1;
}

/* A descriptor that stays open, or negative: there is none. */
static int probe(void)
{
	static int fd = -1;
	static bool tried;

	if (tried)
		return fd;
	tried = true;
	fd = open_pinned();
	if (fd < 0 && nsa_feature_kern_ctx())
		fd = load();
	return fd;
}

void nsa_netfilter_probe(const struct nsa_netns *ns, struct nsaccel_netfilter *out)
{
	int fd = probe();
	__cleanup(nsa_netns_leavep) int token = fd < 0 ? -1 : nsa_netns_enter(ns);

	if (token >= 0)
		ask(fd, out);
	else
		memset(out, 0, sizeof(*out));
}

void nsa_netfilter_probe_pin(void)
{
	char others[PATH_MAX], path[PATH_MAX];
	int fd = probe();

	if (fd < 0 || nsa_pin_path(others, PINS) || nsa_pin_path(path, PIN, version()) ||
	    !access(path, F_OK))
		return;
	nsa_pin_remove(others);
	nsa_pin_replace(fd, path);
}
