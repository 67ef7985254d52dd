// SPDX-License-Identifier: GPL-2.0-only
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

struct run {
	int argc;
	char **argv;
	sigset_t signals;
	int status;
};

static void *run(void *data)
{
	struct run *run = data;

	pthread_sigmask(SIG_SETMASK, &run->signals, NULL);
	run->status = nsa_main(run->argc, run->argv);
	return NULL;
}

/*
 * libbpf reads the kernel's types (BTF), some 6 MB, for each object that it loads. Blocks of that
 * size are mapped and unmapped one by one by default, so that each of their pages is faulted in
 * anew: a quarter of an attach.
 */
static void keep_freed_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

/*
 * The namespace of a process is that of its first thread, for "ip netns pids NAME | xargs kill" and
 * whoever else looks for the processes of a namespace to end them. So that thread stays at home,
 * and hears no signals; all is done by another, which visits other namespaces.
 */
int main(int argc, char **argv)
{
	struct run data = { .argc = argc, .argv = argv };
	pthread_t thread;
	sigset_t all;
	int r;

	keep_freed_memory();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &data.signals);
	r = pthread_create(&thread, NULL, run, &data);
	if (r) {
		fprintf(stderr, "nsaccel: start a thread: %s\n", strerror(r));
		return NSA_EXIT_REFUSED;
	}
	pthread_join(thread, NULL);
	return data.status;
}
