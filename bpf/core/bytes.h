/* SPDX-License-Identifier: GPL-2.0-only */
/* MAC addresses, IP addresses and records, compared and copied by words. No helpers: builds
 * natively, too. */
#ifndef NSA_CORE_BYTES_H
#define NSA_CORE_BYTES_H

#include "core/bpf.h"

/* MAC addresses are 2-byte aligned, in frames and in our records: 3 loads instead of 6. */
static __always_inline bool nsa_mac_equal(const void *a, const void *b)
{
	const __u16 *x = a, *y = b;

	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]));
}

static __always_inline void nsa_mac_copy(void *to, const void *from)
{
	const __u16 *x = from;
	__u16 *y = to;

	y[0] = x[0];
	y[1] = x[1];
	y[2] = x[2];
}

/* A few whole words, not a dozen fields in registers that the stack would have to keep. */
static __always_inline void nsa_copy_words(void *to, const void *from, const __u32 len)
{
	const __u64 *source = from;
	__u64 *words = to;
	__u32 i;

	asm volatile("" : : "r"(to) : "memory");
#pragma unroll
	for (i = 0; i < len / sizeof(*words); i++)
		words[i] = source[i];
}

static __always_inline bool nsa_same_words(const void *a, const void *b, const __u32 bytes)
{
	const __u64 *x = a, *y = b;
	__u64 differ = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < bytes / sizeof(*x); i++)
		differ |= x[i] ^ y[i];
	return !differ;
}

/* By words: both are aligned to 4. */
static __always_inline void nsa_address_copy(void *to, const void *from)
{
	const __u32 *source = from;
	__u32 *words = to;

	words[0] = source[0];
	words[1] = source[1];
	words[2] = source[2];
	words[3] = source[3];
}

static __always_inline bool nsa_is_unspecified(const __u8 *address)
{
	__u32 a[4];

	__builtin_memcpy(a, address, sizeof(a));
	return !(a[0] | a[1] | a[2] | a[3]);
}

static __always_inline bool nsa_same_address(const __u8 *a, const __u8 *b)
{
	__u32 x[4], y[4];

	__builtin_memcpy(x, a, sizeof(x));
	__builtin_memcpy(y, b, sizeof(y));
	return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]));
}

#endif
