// SPDX-License-Identifier: GPL-2.0-only
#include <linux/nsfs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/netns_tenant.h"
#include "kernel/objects.h"
#include "util/cleanup.h"

#define INITIAL_USERNS 0xeffffffdU /* inode number, since Linux 3.8 */

static bool is_initial(int userns, __u64 *ino)
{
	struct stat st;

	if (fstat(userns, &st))
		return false;
	*ino = st.st_ino;
	return st.st_ino == INITIAL_USERNS;
}

static __u64 tenant_of(int userns, __u64 ino)
{
	uid_t uid;

	if (ioctl(userns, NS_GET_OWNER_UID, &uid))
		return NSA_TENANT_UNKNOWN;
	return uid ? 1ULL << 63 | uid : ino;
}

/* Ascends from the user namespace that owns it to the outermost below the initial one. */
__u64 nsa_netns_tenant(int netns)
{
	__cleanup(nsa_closep) int fd = ioctl(netns, NS_GET_USERNS);
	__u64 ino = 0, tenant = 0;

	while (fd >= 0 && !is_initial(fd, &ino)) {
		int parent = ioctl(fd, NS_GET_PARENT);

		tenant = tenant_of(fd, ino);
		close(fd);
		fd = parent;
	}
	return fd < 0 ? NSA_TENANT_UNKNOWN : tenant;
}
