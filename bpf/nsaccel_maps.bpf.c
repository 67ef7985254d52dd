// SPDX-License-Identifier: GPL-2.0-only
/* All pinned maps, and no program but the global functions of their headers: loading it makes those
 * that aren't pinned yet. Nothing in it accesses the kernel's structures, so that libbpf needn't
 * read the kernel's BTF, several megabytes. */
#include "core/bpf.h"
#include "map/all.h"

char _license[] SEC("license") = "GPL";
