/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identity of network namespaces, and entering them. The only user of setns(). Finding namespaces:
 * netns_list.h and netns_open.h. All functions return 0 or -errno and leave out-parameters
 * untouched on failure; nothing is logged.
 */
#ifndef NSA_KERNEL_NETNS_H
#define NSA_KERNEL_NETNS_H

#include "kernel/objects.h"

/* The nsfs file of the calling thread's namespace. */
#define NSA_NETNS_OWN "/proc/thread-self/ns/net"

/* The cookie of the calling thread's namespace. */
int nsa_netns_own_cookie(__u64 *cookie);
/* The cookie of the namespace that fd is a file of. -EINVAL: it is no network namespace. */
int nsa_netns_cookie_of(int fd, __u64 *cookie);

/* Opens a path that may be a namespace's; nsa_netns_cookie_of() tells whether it is. A descriptor
 * (O_CLOEXEC), or -errno. */
int nsa_netns_open_path(const char *path);
/* A descriptor of ns. The caller closes it soon, since it keeps the namespace alive. -ESTALE:
 * another namespace has the path now. In that case, and after -ENOENT, a new list may find ns
 * elsewhere. */
int nsa_netns_fd(const struct nsa_netns *ns);
/* Frees the contents of ns. */
void nsa_netns_close(struct nsa_netns *ns);

/* Moves the calling thread into ns and returns a token, a descriptor of the namespace that it left,
 * or an error of nsa_netns_fd(). nsa_netns_leave() goes back by the token. If that fails, the
 * program aborts: otherwise it would change the wrong namespace. Visits nest. */
int nsa_netns_enter(const struct nsa_netns *ns);
void nsa_netns_leave(int token);
void nsa_netns_leavep(int *token); /* for __cleanup; negative: not entered */

#endif
