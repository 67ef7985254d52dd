/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's answers, from a fuzzer's input: what the program receives over netlink, and what it
 * reads of legacy tables by getsockopt(). All else is the program itself, and the real kernel.
 *
 * The input is what the kernel says, one after the other: the length (16 bits, little endian), the
 * id of the namespace that it is from (8 bits; -1 the socket's own, -2: somebody else has sent it)
 * and the bytes. KERNEL_LOST as length, without bytes: messages were lost. After the last there is
 * nothing more (EAGAIN). The bytes are followed by memory that may not be touched.
 */
#ifndef NSA_FUZZ_KERNEL_H
#define NSA_FUZZ_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define KERNEL_LOST 0xffff

/* From now on, the input answers; until kernel_end(). */
void kernel_answer(const uint8_t *input, size_t size);
void kernel_end(void);
/* What the real kernel answers is written as such an input. */
void kernel_record(FILE *file);

#endif
