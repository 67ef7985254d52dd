// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands on maps that anybody with the right to may have written to: a small set-up, really
 * attached, in namespaces of its own. Input: which command; then changes of the maps, each: which
 * map (8 bits); whose record (7 bits), or bit 7: of a key that follows; the first byte that changes
 * (8 bits, times 4), how many (8 bits) and these bytes. Whatever is there, a command ends with one
 * of its exit codes.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/cli/commands.h"
#include "user/maps/maps.h"
#include "user/maps/pin.h"

#define MAX_CHANGES 16
#define MAX_KEY	    64
#define MAX_VALUE   1024

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Those that change nothing come first. After one of the others all is set up anew, which takes a
 * second or more: they run only if the environment has NSA_FUZZ_WRITING. */
static const char *const commands[] = {
	"check",
	"status",
	"-j status",
	"route show",
	"route get 10.7.0.1",
	"route get 10.2.0.2 from 10.1.0.9 iif eth0",
	"ns show",
	"policy show",
	"policy save",
	"limit show",
	"endpoint show",
	"share show",
	"stats show",
	"-j stats port",
	/* From here on: */
	"sync",
	"detach eth0",
	"detach --all --force",
	"attach red --static",
	"route flush",
	"route add 10.8.0.0/16 via 10.1.0.9",
	"route del 10.7.0.0/16",
	"policy flush",
	"ns set red --guard off",
	"limit del red",
	"unshare eth0 netns blue",
	"endpoint set red --delivery tc",
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))
#define READING	 14 /* so many */

static const char *const attached[] = {
	"attach eth0 --mode tc --static",
	"route add 10.7.0.0/16 via 10.1.0.9",
	"route add 10.9.0.0/16 blackhole",
	"-n red route add 10.11.0.0/16 via 10.1.0.9",
	"ns set red --guard drop --sources 10.2.0.2/32 --on-miss drop",
	"policy add --from red --to 10.1.0.0/16 proto tcp dport 80-90 deny",
	"limit set red out rate 10mbit",
	"share eth0 netns blue address 10.1.0.77/24",
};

static const char topology[] =
	"ip link set lo up; ip link add eth0 type veth peer name wire;"
	"for i in red green blue; do ip netns add $i; ip -n $i link set lo up; done;"
	"for i in red green; do ip link add $i type veth peer name in netns $i;"
	" ip -n $i link set in up; ip link set $i up; done;"
	"ip link add br0 type bridge; ip link set green master br0; ip link set br0 up;"
	"ip link set eth0 up; ip link set wire up;"
	"ip addr add 10.1.0.1/24 dev eth0; ip addr add 10.2.0.1/24 dev red;"
	"ip -6 addr add fd02::1/64 dev red nodad; ip addr add 10.3.0.1/24 dev br0;"
	"ip -n red addr add 10.2.0.2/24 dev in; ip -n red -6 addr add fd02::2/64 dev in nodad;"
	"ip -n green addr add 10.3.0.2/24 dev in;"
	"ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev eth0;"
	"sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1";

/* Maps that hold maps or devices: of the first, what is in them is changed. */
static bool holds_others(enum nsa_map map)
{
	switch (map) {
	case NSA_MAP_ROUTES:
	case NSA_MAP_TABLES:
	case NSA_MAP_MTRIES:
	case NSA_MAP_STATS:
	case NSA_MAP_POLICY_HEAD:
	case NSA_MAP_POLICY_SETS:
	case NSA_MAP_POLICY_HASH:
	case NSA_MAP_POLICY_LPM:
	case NSA_MAP_CONNS:
		return true;
	default:
		return false;
	}
}

static size_t command_count;

static int run(const char *command)
{
	char words[256], *argv[24] = { (char *)"nsaccel" }, *rest = words;
	int argc = 1, code;

	snprintf(words, sizeof(words), "%s", command);
	while (argc < 23 && (argv[argc] = strsep(&rest, " ")))
		argc++;
	argv[argc] = NULL;
	code = nsa_main(argc, argv);
	if (code < NSA_EXIT_OK || code > NSA_EXIT_UNSUPPORTED)
		abort();
	return code;
}

/* Changing */

/* One change, to be taken back. */
struct change {
	int fd;
	bool was_there;
	uint8_t key[MAX_KEY], value[MAX_VALUE];
};

struct input {
	const uint8_t *at, *end;
};

static uint8_t next(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* A descriptor of the map, or of the first in it; -1: it isn't one whose records are changed. */
static int open_map(const struct nsa_maps *maps, enum nsa_map map, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info), id;
	uint8_t key[MAX_KEY];
	int fd = -1;

	if (!holds_others(map))
		fd = dup(maps->fd[map]);
	else if (!bpf_map_get_next_key(maps->fd[map], NULL, key) &&
		 !bpf_map_lookup_elem(maps->fd[map], key, &id))
		fd = bpf_map_get_fd_by_id(id);
	memset(info, 0, sizeof(*info));
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, info, &len) || info->key_size > MAX_KEY ||
	    info->value_size > MAX_VALUE || info->type == BPF_MAP_TYPE_DEVMAP ||
	    info->type == BPF_MAP_TYPE_PERCPU_ARRAY || info->type == BPF_MAP_TYPE_PERCPU_HASH) {
		close(fd);
		return -1;
	}
	return fd;
}

/* That of the record so many after the first; false: none is there. */
static bool choose_key(int fd, unsigned int number, uint8_t *key)
{
	uint8_t last[MAX_KEY];

	if (bpf_map_get_next_key(fd, NULL, key))
		return false;
	while (number--) {
		memcpy(last, key, sizeof(last));
		if (bpf_map_get_next_key(fd, last, key))
			memcpy(key, last, sizeof(last));
	}
	return true;
}

static bool change(const struct nsa_maps *maps, struct input *in, struct change *out)
{
	struct bpf_map_info info;
	uint8_t value[MAX_VALUE] = {}, which;
	size_t from, count;

	memset(out, 0, sizeof(*out));
	out->fd = open_map(maps, next(in) % NSA_MAP_TABLE_TEMPLATE, &info);
	which = next(in);
	from = next(in) * 4U;
	count = next(in);
	if (out->fd < 0)
		return false;
	if (!(which & 0x80) && !choose_key(out->fd, which, out->key)) {
		close(out->fd);
		return false;
	}
	for (size_t i = 0; which & 0x80 && i < info.key_size; i++)
		out->key[i] = next(in);
	out->was_there = !bpf_map_lookup_elem(out->fd, out->key, out->value);
	memcpy(value, out->value, sizeof(value));
	for (size_t i = from; i < from + count && i < info.value_size; i++)
		value[i] = next(in);
	bpf_map_update_elem(out->fd, out->key, value, BPF_ANY);
	return true;
}

static void take_back(const struct change *change)
{
	if (change->was_there)
		bpf_map_update_elem(change->fd, change->key, change->value, BPF_ANY);
	else
		bpf_map_delete_elem(change->fd, change->key);
	close(change->fd);
}

/* Setting up */

/* Without CAP_SYS_PTRACE the kernel keeps us out of the namespaces of processes outside. */
static void stay_inside(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		err(1, "capget");
	data[0].effective &= ~(1U << CAP_SYS_PTRACE);
	data[0].permitted &= ~(1U << CAP_SYS_PTRACE);
	if (syscall(SYS_capset, &header, data))
		err(1, "capset");
}

static void attach_all(bool must)
{
	umount2("/sys/fs/bpf", MNT_DETACH);
	if (mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		err(1, "mount a bpffs");
	for (size_t i = 0; i < sizeof(attached) / sizeof(*attached); i++)
		if (run(attached[i]) != NSA_EXIT_OK && must)
			errx(1, "nsaccel %s", attached[i]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char **with = calloc((size_t)*argc + 2, sizeof(*with));

	if (!with)
		err(1, "calloc");
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) || mkdir("/run/netns", 0755) ||
	    system(topology))
		err(1, "namespaces (they take root)");
	stay_inside();
	attach_all(true);
	command_count = getenv("NSA_FUZZ_WRITING") ? COMMANDS : READING;
	memcpy(with, *argv, (size_t)*argc * sizeof(*with));
	with[(*argc)++] = (char *)"-close_fd_mask=3";
	*argv = with;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct input in = { input + 1, input + size };
	static struct change changes[MAX_CHANGES];
	struct nsa_maps *maps;
	size_t count = 0, command;

	if (!size || nsa_pin_init(NSA_BPFFS_DEFAULT) || nsa_maps_open(&maps))
		return 0;
	while (count < MAX_CHANGES && in.at < in.end)
		count += change(maps, &in, &changes[count]);
	nsa_maps_close(maps);
	command = input[0] % command_count;
	run(commands[command]);
	while (count)
		take_back(&changes[--count]);
	if (command >= READING)
		attach_all(false);
	return 0;
}
