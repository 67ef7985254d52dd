// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/features.h"
#include "util/cleanup.h"
#include "util/log.h"

/* All strings of the kernel's BTF, which are a fraction of it; to be freed. */
static char *read_strings(int fd, size_t *size)
{
	struct btf_header header;
	size_t done = 0;
	ssize_t n = 1;
	char *strings;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) || header.magic != BTF_MAGIC)
		return NULL;
	strings = malloc(header.str_len);
	for (; strings && n > 0 && done < header.str_len; done += (size_t)(n > 0 ? n : 0))
		n = pread(fd, strings + done, header.str_len - done,
			  header.hdr_len + header.str_off + (off_t)done);
	*size = done;
	return strings;
}

/* Whether the kernel's BTF names it. Parsing all of the BTF would take most of a command's time. */
static bool btf_names(const char *name)
{
	__cleanup(nsa_closep) int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	__cleanup(nsa_freep) char *strings = NULL;
	size_t size = 0;

	if (fd >= 0)
		strings = read_strings(fd, &size);
	return strings && memmem(strings, size, name, strlen(name) + 1);
}

bool nsa_feature_kern_ctx(void)
{
	static int known = -1;

	if (known < 0)
		known = btf_names("bpf_cast_to_kern_ctx");
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
