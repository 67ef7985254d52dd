// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter_bridge/ebtables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"
#include "user/kernel/netlink.h"

/* In recorded messages stands for the port id of the socket that received them. */
#define OWN_PORTID 0xfffffffe
/* No legacy table of a seed is larger; the real limit is what memory the kernel has for one. */
#define MAX_TABLE 0xffff
#define REDZONE	  4096
/* Datagrams that are received at once. */
#define MAX_AT_ONCE 64

enum {
	FROM_ELSEWHERE = -2,
	FROM_OWN = -1
};

static struct {
	bool answers; /* else the real kernel does */
	const uint8_t *at, *end;
	FILE *record;
	uint32_t seq; /* of the last request */
	void *forbidden[MAX_AT_ONCE];
	size_t forbidden_count;
} kernel;

/* Recording */

/* Each message's port id becomes that of any socket. */
static void set_portid(void *bytes, size_t size, uint32_t from, uint32_t to, uint32_t seq)
{
	struct nlmsghdr *msg = bytes;
	int left = (int)size;

	for (; nsa_nl_ok(msg, left); msg = mnl_nlmsg_next(msg, &left)) {
		if (msg->nlmsg_pid != from)
			continue;
		msg->nlmsg_pid = to;
		if (seq)
			msg->nlmsg_seq = seq;
	}
}

static void record(const void *bytes, size_t size, int nsid)
{
	const uint8_t head[] = { (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)nsid };

	if (size >= KERNEL_LOST)
		errx(1, "record: an answer of %zu bytes", size);
	fwrite(head, sizeof(head), 1, kernel.record);
	fwrite(bytes, size, 1, kernel.record);
}

static uint32_t own_portid(int fd)
{
	struct sockaddr_nl own = {};
	socklen_t len = sizeof(own);

	getsockname(fd, (struct sockaddr *)&own, &len);
	return own.nl_pid;
}

static void record_datagram(int fd, const struct msghdr *header, size_t size)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);
	int nsid = FROM_OWN;
	char *copy;

	if (!kernel.record || size > header->msg_iov->iov_len)
		return;
	if (cmsg && cmsg->cmsg_level == SOL_NETLINK && cmsg->cmsg_type == NETLINK_LISTEN_ALL_NSID)
		memcpy(&nsid, CMSG_DATA(cmsg), sizeof(nsid));
	copy = malloc(size);
	if (!copy)
		err(1, "malloc");
	memcpy(copy, header->msg_iov->iov_base, size);
	set_portid(copy, size, own_portid(fd), OWN_PORTID, 0);
	record(copy, size, nsid);
	free(copy);
}

/* Answering */

/* The next thing that the kernel says; NULL: nothing more. */
static const uint8_t *next(size_t *size, int *nsid)
{
	const uint8_t *bytes = kernel.at + 3;

	if (kernel.end - kernel.at < 3)
		return NULL;
	*size = kernel.at[0] | (size_t)kernel.at[1] << 8;
	*nsid = (int8_t)kernel.at[2];
	if (*size == KERNEL_LOST) {
		kernel.at = bytes;
		return bytes;
	}
	if (*size > (size_t)(kernel.end - bytes)) /* torn */
		*size = (size_t)(kernel.end - bytes);
	kernel.at = bytes + *size;
	return bytes;
}

static void allow(void)
{
	while (kernel.forbidden_count)
		ASAN_UNPOISON_MEMORY_REGION(kernel.forbidden[--kernel.forbidden_count], REDZONE);
}

/* Nothing behind what was received may be looked at. */
static void forbid(const struct iovec *room, size_t size)
{
	void *behind = (char *)room->iov_base + size;

	if (room->iov_len < size + REDZONE || kernel.forbidden_count == MAX_AT_ONCE)
		return;
	kernel.forbidden[kernel.forbidden_count++] = behind;
	ASAN_POISON_MEMORY_REGION(behind, REDZONE);
}

static void put_nsid(struct msghdr *header, int nsid)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(header);

	if (nsid < 0 || !cmsg || header->msg_controllen < CMSG_SPACE(sizeof(nsid))) {
		header->msg_controllen = 0;
		return;
	}
	*cmsg = (struct cmsghdr){ CMSG_LEN(sizeof(nsid)), SOL_NETLINK, NETLINK_LISTEN_ALL_NSID };
	memcpy(CMSG_DATA(cmsg), &nsid, sizeof(nsid));
	header->msg_controllen = CMSG_SPACE(sizeof(nsid));
}

static ssize_t answer(int fd, struct msghdr *header)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	struct iovec *room = header->msg_iov;
	const uint8_t *bytes;
	size_t size, fits;
	int nsid;

	bytes = next(&size, &nsid);
	if (!bytes || size == KERNEL_LOST) {
		errno = bytes ? ENOBUFS : EAGAIN;
		return -1;
	}
	from.nl_pid = nsid == FROM_ELSEWHERE;
	memcpy(header->msg_name, &from, sizeof(from));
	header->msg_namelen = sizeof(from);
	put_nsid(header, nsid);
	fits = size < room->iov_len ? size : room->iov_len;
	if (!fits)
		return (ssize_t)size;
	memcpy(room->iov_base, bytes, fits);
	set_portid(room->iov_base, fits, OWN_PORTID, own_portid(fd), kernel.seq);
	forbid(room, fits);
	return (ssize_t)size;
}

ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
	ssize_t len;

	if (kernel.answers) {
		allow();
		return answer(fd, header);
	}
	len = __real_recvmsg(fd, header, flags);
	if (len >= 0)
		record_datagram(fd, header, (size_t)len);
	return len;
}

/* What fails after the first comes next time, as the kernel has it. */
static int answer_many(int fd, struct mmsghdr *headers, unsigned int count)
{
	unsigned int i;

	allow();
	for (i = 0; i < count; i++) {
		const uint8_t *at = kernel.at;
		ssize_t len = answer(fd, &headers[i].msg_hdr);

		if (len < 0 && i)
			kernel.at = at;
		if (len < 0)
			break;
		headers[i].msg_len = (unsigned int)len;
	}
	return i ? (int)i : -1;
}

int __real_recvmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *timeout)
{
	int r;

	if (kernel.answers)
		return answer_many(fd, headers, count);
	r = __real_recvmmsg(fd, headers, count, flags, timeout);
	for (int i = 0; i < r; i++)
		record_datagram(fd, &headers[i].msg_hdr, headers[i].msg_len);
	return r;
}

/* kernel/netlink.c waits for the answer to its last request; kernel/rtnl_monitor.c has several on
 * the way, and says so by not asking for an acknowledgement or a dump: what it is told keeps its
 * numbers. */
ssize_t __real_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t size, int flags)
{
	const struct nlmsghdr *request = bytes;

	if (!kernel.answers)
		return __real_send(fd, bytes, size, flags);
	kernel.seq = request->nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP) ? request->nlmsg_seq : 0;
	return (ssize_t)size;
}

/* Legacy tables */

/* What the kernel fills in: ebtables' entries go where the caller's structure says. */
static void *table_room(int option, void *value, socklen_t len, size_t *size)
{
	struct ebt_replace *ebt = value;

	*size = len;
	if (option != EBT_SO_GET_ENTRIES)
		return value;
	*size = ebt->entries_size;
	return ebt->entries;
}

/* The kernel has the memory for what it tells of. */
static void limit_table(int option, void *value)
{
	if (option == IPT_SO_GET_INFO)
		((struct ipt_getinfo *)value)->size &= MAX_TABLE;
	if (option == EBT_SO_GET_INFO)
		((struct ebt_replace *)value)->entries_size &= MAX_TABLE;
}

static bool is_of_tables(int option)
{
	return option == IPT_SO_GET_INFO || option == IPT_SO_GET_ENTRIES ||
	       option == EBT_SO_GET_INFO || option == EBT_SO_GET_ENTRIES;
}

int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
	bool is_ours = (level == IPPROTO_IP || level == IPPROTO_IPV6) && is_of_tables(option);
	const uint8_t *bytes;
	size_t room, size;
	int r, nsid;
	void *to;

	if (!kernel.answers || !is_ours) {
		r = __real_getsockopt(fd, level, option, value, len);
		to = table_room(option, value, *len, &room);
		if (!r && is_ours && kernel.record)
			record(to, room, FROM_OWN);
		return r;
	}
	to = table_room(option, value, *len, &room);
	bytes = next(&size, &nsid);
	if (!bytes || size == KERNEL_LOST) {
		errno = bytes ? EAGAIN : ENOENT;
		return -1;
	}
	memcpy(to, bytes, size < room ? size : room);
	limit_table(option, value);
	return 0;
}

/* Which tables there are: a file in /proc, or the modules that are loaded. */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
	bool is_ours = strstr(path, "_tables_names") != NULL;
	const uint8_t *bytes;
	char text[256];
	size_t size;
	FILE *file;
	int nsid;

	if (!kernel.answers || !is_ours) {
		file = __real_fopen(path, mode);
		if (!file || !is_ours || !kernel.record)
			return file;
		record(text, fread(text, 1, sizeof(text), file), FROM_OWN);
		rewind(file);
		return file;
	}
	bytes = next(&size, &nsid);
	if (!bytes || !size || size == KERNEL_LOST) {
		errno = ENOENT;
		return NULL;
	}
	return fmemopen((void *)(uintptr_t)bytes, size, "r");
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
	return kernel.answers && strstr(path, "/module/ebtable_") ? 0 : __real_access(path, mode);
}

/* br_netfilter is there, and on for no bridge by itself: each has to be asked. */
int __real_nsa_sysctl_read(const char *path, int *value);
int __wrap_nsa_sysctl_read(const char *path, int *value);
int __wrap_nsa_sysctl_read(const char *path, int *value)
{
	if ((!kernel.answers && !kernel.record) || strncmp(path, "net/bridge/", 11) != 0)
		return __real_nsa_sysctl_read(path, value);
	*value = 0;
	return 0;
}

void kernel_answer(const uint8_t *input, size_t size)
{
	kernel.at = input;
	kernel.end = input + size;
	kernel.answers = true;
}

void kernel_end(void)
{
	kernel.answers = false;
	allow();
}

void kernel_record(FILE *file)
{
	kernel.record = file;
}
