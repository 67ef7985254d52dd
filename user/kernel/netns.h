/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: finding them, naming them, entering them. The only user of
 * setns(). All functions return 0 or -errno and leave out-parameters untouched
 * on failure; they log nothing unless said.
 */
#ifndef NSA_KERNEL_NETNS_H
#define NSA_KERNEL_NETNS_H

#include <linux/types.h>
#include <stddef.h>

#include "nsaccel/abi.h"

/*
 * A descriptor of a namespace, and a socket in it, keep it alive, with the devices whose other ends
 * are elsewhere. So none is held for longer than it is worked with: the namespaces of a list are
 * known by path, and looked up and compared anew whenever they are needed.
 */
#define NSA_TENANT_UNKNOWN (~0ULL)

struct nsa_netns {
	__u64 cookie; /* SO_NETNS_COOKIE, Linux 5.14 */
	/* Who made it, by the user namespace below the initial one that it hangs on: that one's owner,
	 * or if that is root itself, its inode number; 0: it hangs on none. NSA_TENANT_UNKNOWN: the
	 * kernel doesn't tell. */
	__u64 tenant;
	__u64 dev, ino; /* of the nsfs file; the inode number of a dead one is soon used again */
	char *path;	/* where it was found; owned. NULL: held */
	int held; /* nsfs file, O_CLOEXEC, owned: the caller's own or of nsa_netns_open(); or -1 */
	/* For people, valid UTF-8: the name in /run/netns, else "pid N" of the lowest PID, else the
	 * path of a bind mount, else "cookie N". */
	char name[NSACCEL_NETNS_NAME];
};

/* All namespaces that can be reached, each once, by cookie: those in /run/netns, of processes,
 * bind-mounted anywhere, and the caller's own. What can't be opened is left out. A snapshot:
 * compared with the next one by nsa_netns_find(), it tells what came and went. */
struct nsa_netns_list {
	struct nsa_netns *ns;
	size_t count;
};

int nsa_netns_list_get(struct nsa_netns_list **out);
void nsa_netns_list_free(struct nsa_netns_list *list);
void nsa_netns_list_freep(struct nsa_netns_list **list);
const struct nsa_netns *nsa_netns_find(const struct nsa_netns_list *list, __u64 cookie);

/* spec: a name in /run/netns, a PID, or a path (has a '/'); NULL: the caller's own namespace.
 * -ENOENT no such name, -ESRCH no such process, -EINVAL the file is no network namespace. */
int nsa_netns_open(const char *spec, struct nsa_netns *out);
void nsa_netns_close(struct nsa_netns *ns);
/* Of the calling thread's namespace. */
int nsa_netns_own_cookie(__u64 *cookie);

/* A descriptor for the caller to close, soon. -ESTALE: another namespace is where this one was;
 * as with -ENOENT, it may be found elsewhere by a new list. */
int nsa_netns_fd(const struct nsa_netns *ns);

/* Guarded visit of another namespace by this thread: enter returns a token (an fd of the namespace
 * that was left), or as nsa_netns_fd(), and leave goes back. A failed return to one's own namespace
 * aborts the program: to go on would change the wrong machine. Visits nest. */
int nsa_netns_enter(const struct nsa_netns *ns);
void nsa_netns_leave(int token);
void nsa_netns_leavep(int *token); /* for __cleanup; negative: not entered */

#endif
