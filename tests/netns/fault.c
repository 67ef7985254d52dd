// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes one change of the kernel's state fail: LD_PRELOADed into nsaccel.
 * FAULT_AT=N: the Nth, from 1, of those that change maps, programs, links or pins fails with ENOMEM.
 * FAULT_HIT=FILE: is made then.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long calls;

static bool fails(void)
{
	const char *at = getenv("FAULT_AT"), *hit = getenv("FAULT_HIT");
	int fd;

	if (!at || ++calls != strtoul(at, NULL, 10))
		return false;
	fd = hit ? open(hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		close(fd);
	errno = ENOMEM;
	return true;
}

static bool changes(long cmd)
{
	switch (cmd) {
	case BPF_MAP_CREATE:
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
	case BPF_PROG_LOAD:
	case BPF_OBJ_PIN:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		return true;
	default:
		return false;
	}
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_bpf && changes(arg[0]) && fails())
		return -1;
	return next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

int mkdir(const char *path, mode_t mode)
{
	return fails() ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

int unlink(const char *path)
{
	return fails() ? -1 : (int)syscall(SYS_unlink, path);
}

int rename(const char *from, const char *to)
{
	return fails() ? -1 : (int)syscall(SYS_rename, from, to);
}
