// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"
#include "log.h"

bool nsa_feature_kern_ctx(void)
{
	static int known = -1;
	struct btf *btf;

	if (known < 0) {
		btf = btf__load_vmlinux_btf();
		known = btf &&
			btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;
		btf__free(btf);
	}
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
