// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: each input is the words after "nsaccel", with a NUL between them. It runs in
 * namespaces of its own, without a bpffs: no command gets as far as to change anything.
 */
#include <err.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/cli/commands.h"

#define MAX_WORDS 64

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* Without CAP_SYS_PTRACE the kernel keeps us out of /proc/PID/ns and /proc/PID/root of processes
 * outside: neither --netns nor --bpffs reaches the machine's own namespaces. */
static void stay_inside(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		err(1, "capget");
	data[0].effective &= ~(1U << CAP_SYS_PTRACE);
	data[0].permitted &= ~(1U << CAP_SYS_PTRACE);
	if (syscall(SYS_capset, &header, data))
		err(1, "capset");
}

/* What the commands print goes nowhere, what libFuzzer and the sanitizers say still to stderr. */
static void discard_output(int *argc, char ***argv)
{
	char **with = calloc((size_t)*argc + 2, sizeof(*with));

	if (!with)
		err(1, "calloc");
	memcpy(with, *argv, (size_t)*argc * sizeof(*with));
	with[(*argc)++] = (char *)"-close_fd_mask=3";
	*argv = with;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) ||
	    mount("tmpfs", "/sys/fs/bpf", "tmpfs", 0, NULL))
		err(1, "namespaces (they take root)");
	stay_inside();
	discard_output(argc, argv);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *argv[MAX_WORDS + 2] = { (char *)"nsaccel" };
	char *words = malloc(size + 1);
	int argc = 1, code;

	if (!words)
		abort();
	memcpy(words, input, size);
	words[size] = '\0';
	for (size_t at = 0; at < size && argc <= MAX_WORDS; at += strlen(words + at) + 1)
		argv[argc++] = words + at;
	code = nsa_main(argc, argv);
	if (code < NSA_EXIT_OK || code > NSA_EXIT_UNSUPPORTED)
		abort();
	free(words);
	return 0;
}
