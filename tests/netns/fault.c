// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets one system call of nsaccel's fail, or kills it there: LD_PRELOADed into the command, it
 * stands between that and the calls of libc by which all that is outside the process is read and
 * changed: bpf(2), netlink, files. What the command starts itself is left alone.
 *
 * FAULT_TRACE=FILE: a line for each call, "SITE NTH KIND CALL RESULT". SITE is where it was called
 *	from (a digest of the call and of the functions on the stack, the same in each run of a
 *	binary), NTH the number of the call there, KIND "change" if state that outlives the process
 *	was, or would have been, changed, else "bpf", "netlink" or "other"; RESULT 0 or an error's
 *	name.
 * FAULT=SITE NTH ACTION: what happens at that call, in its place or before it: an error's name,
 *	which it fails with; "kill"; "!COMMAND", for a shell, and then the call.
 * FAULT_AT=N: the Nth, from 1, of the calls that change maps, programs, links or pins fails with
 *	ENOMEM.
 * FAULT_HIT=FILE: is made when it has happened.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/netns/fault.h"

#define FRAMES 48
#define SITES  4096 /* a power of 2, and more than any command has */

static const char *const kinds[] = { "other", "bpf", "netlink", "change" };

static struct {
	unsigned int id, calls;
} sites[SITES];

long (*fault_real)(long, ...);
static pid_t self;
static int trace = -1;
static char hit[256];
static unsigned long at, counted; /* FAULT_AT */
static unsigned int wanted_site, wanted_nth;
static char action[512]; /* none: no fault */

/* Settings */

static const char *setting(const char *name, char *out, size_t size)
{
	const char *value = getenv(name);

	snprintf(out, size, "%s", value ?: "");
	unsetenv(name);
	return out;
}

__attribute__((constructor)) static void start(void)
{
	char text[640];
	void *frame;

	*(void **)&fault_real = dlsym(RTLD_NEXT, "syscall");
	self = getpid();
	unsetenv("LD_PRELOAD");
	backtrace(&frame, 1); /* loads what it needs */
	setting("FAULT_HIT", hit, sizeof(hit));
	at = strtoul(setting("FAULT_AT", text, sizeof(text)), NULL, 10);
	if (*setting("FAULT_TRACE", text, sizeof(text)))
		trace = (int)fault_real(SYS_openat, AT_FDCWD, text,
					O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (*setting("FAULT", text, sizeof(text)) &&
	    sscanf(text, "%x %u %511[^\n]", &wanted_site, &wanted_nth, action) != 3)
		abort();
}

/* Where a call is made */

static unsigned int add(unsigned int digest, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++) /* FNV-1a */
		digest = (digest ^ bytes[i]) * 16777619;
	return digest;
}

static unsigned int digest_stack(unsigned int digest)
{
	void *frames[FRAMES];
	int count = backtrace(frames, FRAMES);

	for (int i = 0; i < count; i++) {
		struct dl_find_object found;
		unsigned long address;

		if (_dl_find_object(frames[i], &found))
			continue;
		address = (unsigned long)frames[i] - (unsigned long)found.dlfo_map_start;
		digest = add(digest, &address, sizeof(address));
	}
	return digest;
}

static void locate(struct call *call)
{
	unsigned int slot;

	call->site = digest_stack(add(2166136261, call->name, strlen(call->name)));
	for (slot = call->site % SITES; sites[slot].id && sites[slot].id != call->site;)
		slot = (slot + 1) % SITES;
	sites[slot].id = call->site;
	call->nth = ++sites[slot].calls;
}

/* Faults */

static void note_hit(void)
{
	int fd;

	if (!*hit)
		return;
	fd = (int)fault_real(SYS_openat, AT_FDCWD, hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		fault_real(SYS_close, fd);
}

static int error_of(const char *name)
{
	for (int error = 1; error < 134; error++)
		if (strerrorname_np(error) && !strcmp(strerrorname_np(error), name))
			return error;
	abort();
}

static void run_shell(char *command)
{
	char *const words[] = { (char *)"sh", (char *)"-c", command, NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ))
		abort();
	while (fault_real(SYS_wait4, pid, NULL, 0, NULL) < 0 && errno == EINTR)
		;
}

/* What was asked for. The error that the call fails with; 0: it is to be made. */
static int act(void)
{
	note_hit();
	if (*action == '!')
		run_shell(action + 1);
	else if (!strcmp(action, "kill"))
		kill(self, SIGKILL);
	else
		return error_of(action);
	return 0;
}

static int fault(struct call *call)
{
	if (trace < 0 && !*action) {
		if (!at || !call->counts || ++counted != at)
			return 0;
		note_hit();
		return ENOMEM;
	}
	locate(call);
	return *action && call->site == wanted_site && call->nth == wanted_nth ? act() : 0;
}

/* What hasn't changed anything is no change. */
static void write_trace(const struct call *call, long result)
{
	bool failed = result < 0;
	enum kind kind = call->kind;
	char line[160];
	int n;

	if (trace < 0)
		return;
	if (failed && kind == CHANGE)
		kind = !strncmp(call->name, "bpf", 3) ? BPF : OTHER;
	n = snprintf(line, sizeof(line), "%08x %u %s %s %s\n", call->site, call->nth, kinds[kind],
		     call->name, failed ? strerrorname_np(errno) : "0");
	fault_real(SYS_write, trace, line, n);
}

long fault_make(struct call call, long number, long a, long b, long c, long d, long e, long f)
{
	int error = getpid() == self ? fault(&call) : 0, saved;
	long result;

	if (error) {
		errno = error;
		result = -1;
	} else {
		result = fault_real(number, a, b, c, d, e, f);
	}
	saved = errno;
	if (getpid() == self)
		write_trace(&call, result);
	errno = saved;
	return result;
}
