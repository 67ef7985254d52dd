/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types, BPF's helpers and this project's contract. Native builds replace this
 * file. */
#ifndef NSA_CORE_BPF_H
#define NSA_CORE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>
#include "nsaccel/abi.h"

/* A function with a stack frame of its own; not every program that includes its header calls it.
 * Global functions are __noinline without static: the verifier checks each of them once, for any
 * arguments, and not at each call. */
#define __subprog static __noinline __attribute__((unused))

#endif
