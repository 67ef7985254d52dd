/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of bpf/core/bpf.h, so that bpf/pkt/parse.h and bpf/pkt/rewrite.h build natively. */
#ifndef NSA_TEST_NATIVE_H
#define NSA_TEST_NATIVE_H

#include <linux/types.h>

#include <bpf/bpf_endian.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <nsaccel/abi.h>
#include <stdbool.h>
#include <stddef.h>

#define NSA_CORE_BPF_H
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __subprog
#define __subprog static inline
#endif
#ifndef barrier_var
#define barrier_var(var) __asm__ volatile("" : "+r"(var))
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* unroll: clang's */
#include "bpf/pkt/parse.h"
#include "bpf/pkt/rewrite.h"
#pragma GCC diagnostic pop

#endif
