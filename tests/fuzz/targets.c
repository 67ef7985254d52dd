// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "targets.h"
#include "user/kernel/netns_open.h"

static struct nsa_netns here;

const struct nsa_netns *targets_netns(void)
{
	return &here;
}

static void record_target(char *what)
{
	char *file = strchr(what, ':');
	FILE *record;

	if (!file)
		errx(1, "NSA_RECORD=TARGET:FILE");
	*file++ = '\0';
	for (uint8_t i = 0; targets[i].name; i++) {
		if (strcmp(targets[i].name, what) != 0)
			continue;
		record = fopen(file, "we");
		if (!record)
			err(1, "%s", file);
		fputc(i, record);
		kernel_record(record);
		targets[i].run();
		exit(fclose(record) ? 1 : 0);
	}
	errx(1, "no target %s", what);
}

/* Messages of the program's own go nowhere: libFuzzer's and the sanitizers' still to stderr. */
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
	char *what = getenv("NSA_RECORD");

	if (!what && unshare(CLONE_NEWNET))
		err(1, "a network namespace (it takes root)");
	if (nsa_netns_open(NULL, &here))
		errx(1, "open this namespace");
	if (what)
		record_target(what);
	discard_output(argc, argv);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	size_t count = 0;

	while (targets[count].name)
		count++;
	if (!size)
		return 0;
	kernel_answer(input + 1, size - 1);
	targets[input[0] % count].run();
	kernel_end();
	return 0;
}
