/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzzer of several functions that ask the kernel. Input: a byte, which function; then what the
 * kernel says (kernel/features.h).
 *
 * Seeds are recorded: NSA_RECORD=TARGET:FILE makes the fuzzer run that one once with the kernel
 * that is there, and write what it said (record.sh).
 */
#ifndef NSA_FUZZ_TARGETS_H
#define NSA_FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct target {
	const char *name;
	void (*run)(void);
};

/* The fuzzer's own; the last one's name is NULL. */
extern const struct target targets[];

/* The namespace that it runs in, with nothing in it. */
const struct nsa_netns *targets_netns(void);

#endif
