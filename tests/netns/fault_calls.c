// SPDX-License-Identifier: GPL-2.0-only
/* The calls of libc that fault.so replaces: bpf(2), netlink, files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/netns/fault.h"

#define MAKE(call, number, a, b, c, d, e, f)                                                       \
	fault_make(call, number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* bpf(2). What is only known to this process by a descriptor goes with it. */
static const struct {
	const char *name;
	bool counts, changes;
} commands[] = {
	[BPF_MAP_CREATE] = { "bpf:MAP_CREATE", true, false },
	[BPF_MAP_LOOKUP_ELEM] = { "bpf:MAP_LOOKUP_ELEM", false, false },
	[BPF_MAP_UPDATE_ELEM] = { "bpf:MAP_UPDATE_ELEM", true, true },
	[BPF_MAP_DELETE_ELEM] = { "bpf:MAP_DELETE_ELEM", true, true },
	[BPF_MAP_GET_NEXT_KEY] = { "bpf:MAP_GET_NEXT_KEY", false, false },
	[BPF_PROG_LOAD] = { "bpf:PROG_LOAD", true, false },
	[BPF_OBJ_PIN] = { "bpf:OBJ_PIN", true, true },
	[BPF_OBJ_GET] = { "bpf:OBJ_GET", false, false },
	[BPF_PROG_ATTACH] = { "bpf:PROG_ATTACH", false, true },
	[BPF_PROG_DETACH] = { "bpf:PROG_DETACH", false, true },
	[BPF_PROG_TEST_RUN] = { "bpf:PROG_TEST_RUN", false, false },
	[BPF_PROG_GET_NEXT_ID] = { "bpf:PROG_GET_NEXT_ID", false, false },
	[BPF_MAP_GET_NEXT_ID] = { "bpf:MAP_GET_NEXT_ID", false, false },
	[BPF_PROG_GET_FD_BY_ID] = { "bpf:PROG_GET_FD_BY_ID", false, false },
	[BPF_MAP_GET_FD_BY_ID] = { "bpf:MAP_GET_FD_BY_ID", false, false },
	[BPF_OBJ_GET_INFO_BY_FD] = { "bpf:OBJ_GET_INFO_BY_FD", false, false },
	[BPF_PROG_QUERY] = { "bpf:PROG_QUERY", false, false },
	[BPF_BTF_LOAD] = { "bpf:BTF_LOAD", false, false },
	[BPF_BTF_GET_FD_BY_ID] = { "bpf:BTF_GET_FD_BY_ID", false, false },
	[BPF_MAP_FREEZE] = { "bpf:MAP_FREEZE", false, false },
	[BPF_BTF_GET_NEXT_ID] = { "bpf:BTF_GET_NEXT_ID", false, false },
	[BPF_MAP_LOOKUP_BATCH] = { "bpf:MAP_LOOKUP_BATCH", false, false },
	[BPF_MAP_UPDATE_BATCH] = { "bpf:MAP_UPDATE_BATCH", true, true },
	[BPF_MAP_DELETE_BATCH] = { "bpf:MAP_DELETE_BATCH", true, true },
	[BPF_LINK_CREATE] = { "bpf:LINK_CREATE", true, true },
	[BPF_LINK_UPDATE] = { "bpf:LINK_UPDATE", true, true },
	[BPF_LINK_GET_FD_BY_ID] = { "bpf:LINK_GET_FD_BY_ID", false, false },
	[BPF_LINK_GET_NEXT_ID] = { "bpf:LINK_GET_NEXT_ID", false, false },
	[BPF_LINK_DETACH] = { "bpf:LINK_DETACH", true, true },
	[BPF_PROG_BIND_MAP] = { "bpf:PROG_BIND_MAP", false, false },
};

static struct call bpf_call(long command)
{
	struct call call = { .name = "bpf:other", .kind = BPF };

	if (command < 0 || command >= (long)(sizeof(commands) / sizeof(*commands)) ||
	    !commands[command].name)
		return call;
	call.name = commands[command].name;
	call.counts = commands[command].counts;
	if (commands[command].changes)
		call.kind = CHANGE;
	return call;
}

long syscall(long number, ...)
{
	struct call call = { .name = "syscall", .kind = OTHER };
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_bpf)
		call = bpf_call(arg[0]);
	return fault_make(call, number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* Netlink */

static bool is_netlink(int fd)
{
	int domain = 0, saved = errno;
	socklen_t size = sizeof(domain);

	fault_real(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	errno = saved;
	return domain == AF_NETLINK;
}

static struct call socket_call(int fd, const char *name)
{
	return (struct call){ .name = name, .kind = is_netlink(fd) ? NETLINK : OTHER };
}

/* Requests that only read are dumps, and what rtnetlink calls GET. Others' are few: they count as
 * changes. */
static struct call send_call(int fd, const char *name, const void *data, size_t size)
{
	struct call call = socket_call(fd, name);
	const struct nlmsghdr *msg = data;

	if (call.kind == NETLINK && size >= sizeof(*msg) &&
	    (msg->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP &&
	    !(msg->nlmsg_type >= RTM_BASE && msg->nlmsg_type <= RTM_MAX &&
	      (msg->nlmsg_type & 3) == 2))
		call.kind = CHANGE;
	return call;
}

int socket(int domain, int type, int protocol)
{
	struct call call = { .name = "socket", .kind = domain == AF_NETLINK ? NETLINK : OTHER };

	return (int)MAKE(call, SYS_socket, domain, type, protocol, 0, 0, 0);
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	return (int)MAKE(socket_call(fd, "connect"), SYS_connect, fd, address.__sockaddr__, size, 0,
			 0, 0);
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	return (int)MAKE(socket_call(fd, "bind"), SYS_bind, fd, address.__sockaddr__, size, 0, 0,
			 0);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	return (int)MAKE(socket_call(fd, "setsockopt"), SYS_setsockopt, fd, level, option, value,
			 size, 0);
}

int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *size)
{
	return (int)MAKE(socket_call(fd, "getsockname"), SYS_getsockname, fd, address.__sockaddr__,
			 size, 0, 0, 0);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	return MAKE(send_call(fd, "send", data, size), SYS_sendto, fd, data, size, flags, 0, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct iovec *first = msg->msg_iov;

	return MAKE(send_call(fd, "sendmsg", first ? first->iov_base : NULL,
			      first ? first->iov_len : 0),
		    SYS_sendmsg, fd, msg, flags, 0, 0, 0);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	return MAKE(socket_call(fd, "recvmsg"), SYS_recvmsg, fd, msg, flags, 0, 0, 0);
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return MAKE(socket_call(fd, "recv"), SYS_recvfrom, fd, data, size, flags, 0, 0);
}

/* Files */

#define CHANGES(call_name) ((struct call){ .name = call_name, .kind = CHANGE })
#define COUNTS(call_name)  ((struct call){ .name = call_name, .kind = CHANGE, .counts = true })

int mkdir(const char *path, mode_t mode)
{
	return (int)MAKE(COUNTS("mkdir"), SYS_mkdir, path, mode, 0, 0, 0, 0);
}

int unlink(const char *path)
{
	return (int)MAKE(COUNTS("unlink"), SYS_unlink, path, 0, 0, 0, 0, 0);
}

int rename(const char *from, const char *to)
{
	return (int)MAKE(COUNTS("rename"), SYS_rename, from, to, 0, 0, 0, 0);
}

int rmdir(const char *path)
{
	return (int)MAKE(CHANGES("rmdir"), SYS_rmdir, path, 0, 0, 0, 0, 0);
}

int remove(const char *path)
{
	struct stat st;
	bool directory = !lstat(path, &st) && S_ISDIR(st.st_mode);

	return (int)MAKE(CHANGES("remove"), directory ? SYS_rmdir : SYS_unlink, path, 0, 0, 0, 0,
			 0);
}

int open(const char *path, int flags, ...)
{
	struct call call = { .name = "open", .kind = flags & O_CREAT ? CHANGE : OTHER };
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)MAKE(call, SYS_openat, AT_FDCWD, path, flags, mode, 0, 0);
}

int ftruncate(int fd, off_t size)
{
	return (int)MAKE(CHANGES("ftruncate"), SYS_ftruncate, fd, size, 0, 0, 0, 0);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	return MAKE(CHANGES("pwrite"), SYS_pwrite64, fd, data, size, offset, 0, 0);
}

int utimensat(int fd, const char *path, const struct timespec times[2], int flags)
{
	return (int)MAKE(CHANGES("utimensat"), SYS_utimensat, fd, path, times, flags, 0, 0);
}

int futimens(int fd, const struct timespec times[2])
{
	return (int)MAKE(CHANGES("futimens"), SYS_utimensat, fd, NULL, times, 0, 0, 0);
}

/* With fortification that is what dprintf() is. */
int __dprintf_chk(int fd, int flag, const char *format, ...);

int __dprintf_chk(int fd, int flag, const char *format, ...)
{
	char text[256];
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return (int)MAKE(CHANGES("dprintf"), SYS_write, fd, text, n, 0, 0, 0);
}

int flock(int fd, int operation);

int flock(int fd, int operation)
{
	return (int)MAKE(((struct call){ .name = "flock", .kind = OTHER }), SYS_flock, fd,
			 operation, 0, 0, 0, 0);
}

static bool sets_device(unsigned long request, const void *argument)
{
	__u32 command;

	if (request != SIOCETHTOOL)
		return false;
	memcpy(&command, ((const struct ifreq *)argument)->ifr_data, sizeof(command));
	return command == ETHTOOL_SFEATURES || command == ETHTOOL_SCHANNELS ||
	       command == ETHTOOL_SGRO || command == ETHTOOL_SFLAGS;
}

int ioctl(int fd, unsigned long request, ...)
{
	struct call call = { .name = "ioctl", .kind = OTHER };
	void *argument;
	va_list ap;

	va_start(ap, request);
	argument = va_arg(ap, void *);
	va_end(ap);
	if (sets_device(request, argument))
		call.kind = CHANGE;
	return (int)MAKE(call, SYS_ioctl, fd, request, argument, 0, 0, 0);
}
