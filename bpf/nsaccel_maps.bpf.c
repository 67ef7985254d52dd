// SPDX-License-Identifier: GPL-2.0-only
/* All maps, and no program: loading it makes those that aren't pinned yet. Without programs that access the kernel's
 * structures libbpf needn't read the kernel's BTF, several megabytes, for them. */
#include "core/bpf.h"
#include "map/all.h"

char _license[] SEC("license") = "GPL";
