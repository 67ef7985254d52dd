// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/features.h"
#include "util/cleanup.h"
#include "util/log.h"

#define BTF_CHUNK (64 << 10)
#define VMLINUX	  "/sys/kernel/btf/vmlinux"

/* Is the name, with its end, in that part of the file? A chunk begins with the end of the one
 * before: a name may lie across. */
static bool search(int fd, off_t at, size_t left, const char *name)
{
	size_t size = strlen(name) + 1, kept = 0;
	char chunk[BTF_CHUNK];
	ssize_t n;

	for (; left; left -= (size_t)n, at += n) {
		n = pread(fd, chunk + kept,
			  left < sizeof(chunk) - kept ? left : sizeof(chunk) - kept, at);
		if (n <= 0)
			return false;
		kept += (size_t)n;
		if (memmem(chunk, kept, name, size))
			return true;
		if (kept >= size) {
			memmove(chunk, chunk + kept - (size - 1), size - 1);
			kept = size - 1;
		}
	}
	return false;
}

/* Whether the kernel's BTF names it. Parsing all of the BTF, or holding its strings at once, would
 * take most of a command's time. */
static bool btf_names(const char *path, const char *name)
{
	__cleanup(nsa_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct btf_header header;

	return fd >= 0 && pread(fd, &header, sizeof(header), 0) == sizeof(header) &&
	       header.magic == BTF_MAGIC &&
	       search(fd, (off_t)header.hdr_len + header.str_off, header.str_len, name);
}

bool nsa_feature_kern_ctx(void)
{
	static int known = -1;

	if (known < 0)
		known = btf_names(VMLINUX, "bpf_cast_to_kern_ctx");
	return known;
}

bool nsa_feature_ct_lookup(void)
{
	static bool known; /* the module may come later */

	if (!known)
		known = btf_names(VMLINUX, "bpf_skb_ct_lookup") ||
			btf_names("/sys/kernel/btf/nf_conntrack", "bpf_skb_ct_lookup");
	return known;
}

bool nsa_feature_freplace(void)
{
	static int known = -1;

	if (known < 0)
		known = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) == 1;
	return known;
}

static const struct {
	unsigned int bit;
	const char *name;
} needed[] = {
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" }, /* devices, maps, links */
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" }, /* setns, maps by id */
	{ CAP_BPF, "CAP_BPF" },
	{ CAP_PERFMON, "CAP_PERFMON" }, /* kernel-context casts */
};

int nsa_feature_check_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(SYS_capget, &header, data))
		return nsa_err(-errno, "read capabilities: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!(data[CAP_TO_INDEX(needed[i].bit)].effective & CAP_TO_MASK(needed[i].bit)))
			return nsa_err(-EPERM, "not permitted: %s is missing; run nsaccel as root",
				       needed[i].name);
	return 0;
}
