/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ids (nsid) of namespaces, as seen from the namespace of a monitor's socket, and the questions
 * for an id whose answers have not arrived yet. No system calls.
 */
#ifndef NSA_KERNEL_RTNL_NSIDS_H
#define NSA_KERNEL_RTNL_NSIDS_H

#include <linux/types.h>
#include <stddef.h>

struct nsa_rtnl_nsid_entry {
	int nsid;
	__u64 cookie;
};

struct nsa_rtnl_question {
	__u32 seq; /* of the request to assign an id; even. The question for the id has seq + 1 */
	__u64 cookie;
};

/* Zeroed at first; nsa_rtnl_nsids_free() at the end. */
struct nsa_rtnl_nsids {
	struct nsa_rtnl_nsid_entry *entries; /* by nsid */
	struct nsa_rtnl_question *questions; /* oldest first, as the answers arrive */
	size_t count, room, question_count, question_room;
};

void nsa_rtnl_nsids_free(struct nsa_rtnl_nsids *nsids);
/* The cookie of the namespace with that id; 0: unknown. */
__u64 nsa_rtnl_nsids_cookie(const struct nsa_rtnl_nsids *nsids, int nsid);
/* Records an id. Its question, asked before, made room for it. */
void nsa_rtnl_nsids_set(struct nsa_rtnl_nsids *nsids, int nsid, __u64 cookie);
void nsa_rtnl_nsids_remove(struct nsa_rtnl_nsids *nsids, int nsid);

/* Records a question, and makes room for its answer. 0 or -ENOMEM. */
int nsa_rtnl_nsids_ask(struct nsa_rtnl_nsids *nsids, __u32 seq, __u64 cookie);
/* The question with one of its two sequence numbers, valid until the next change; NULL: none. */
const struct nsa_rtnl_question *nsa_rtnl_nsids_question(const struct nsa_rtnl_nsids *nsids,
							__u32 seq);
/* Removes a question. */
void nsa_rtnl_nsids_answered(struct nsa_rtnl_nsids *nsids,
			     const struct nsa_rtnl_question *question);

#endif
