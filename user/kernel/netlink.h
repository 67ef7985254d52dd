/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all netlink families have in common: a socket in a namespace, receiving, requests,
 * attributes. 0 or -errno.
 *
 * Root of a namespace can send to any netlink socket that is in it. So nothing else in this program
 * opens or reads one, and what comes from anybody but the kernel is never seen by a caller.
 */
#ifndef NSA_KERNEL_NETLINK_H
#define NSA_KERNEL_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <sys/types.h>

struct nsa_netns;

/* Grows to the longest message. Zeroed at first; free(data) at the end. */
struct nsa_nl_buffer {
	void *data;
	size_t size;
};

/* A socket that the kernel alone can send to, but for multicast; flags: SOCK_NONBLOCK. ns NULL:
 * where the calling thread is. The descriptor, or -errno. */
int nsa_nl_socket(int protocol, int flags, const struct nsa_netns *ns);
/* The next datagram, whole. Its length; 0: it wasn't the kernel's, and is gone. nsid: of the
 * namespace that it is from, -1 the socket's own; may be NULL. -ENOBUFS: some are lost. */
ssize_t nsa_nl_receive(int fd, struct nsa_nl_buffer *buffer, int *nsid);
/* Datagrams that were received at once: a system call for each is much of what a flood costs.
 * Zeroed at first; nsa_nl_lot_free() at the end. */
struct nsa_nl_lot {
	struct nsa_nl_letter *letters;
	struct nsa_nl_buffer buffer; /* of each so much */
	unsigned int count, next;
};
void nsa_nl_lot_free(struct nsa_nl_lot *lot);
/* As nsa_nl_receive(), of a socket that doesn't block; *msg is valid until the next call. */
ssize_t nsa_nl_receive_next(int fd, struct nsa_nl_lot *lot, const struct nlmsghdr **msg, int *nsid);
/* Has it any that weren't handed out? Nothing but the next call tells of them. */
static inline bool nsa_nl_lot_has_more(const struct nsa_nl_lot *lot)
{
	return lot->next < lot->count;
}
/* Throws the next datagram away. Was it the kernel's? Or -errno. */
int nsa_nl_skip(int fd);

struct nsa_nl {
	int fd;
	unsigned int portid, seq;
	/* Longer answers fail with -E2BIG, after which the socket is of no use any more; 0: none
	 * is. */
	size_t limit;
	struct nsa_nl_buffer reply;
	_Alignas(struct nlmsghdr) char request[1024];
};

/* protocol: NETLINK_ROUTE, NETLINK_GENERIC. ns NULL: where the calling thread is. */
int nsa_nl_open(struct nsa_nl *nl, int protocol, const struct nsa_netns *ns);
void nsa_nl_close(struct nsa_nl *nl);

/* Begins a request in nl->request; its header, size bytes, is zero. */
struct nlmsghdr *nsa_nl_request(struct nsa_nl *nl, __u16 type, __u16 flags, size_t size);
#define nsa_nl_header(request) mnl_nlmsg_get_payload(request)

/* Sends nl->request, which asks for NLM_F_ACK or NLM_F_DUMP, and calls cb for every message of the
 * answer to it, until it says MNL_CB_STOP: then a dump isn't over, and no other can be asked for.
 * -EINTR: a dump, complete but inconsistent since things changed meanwhile. */
int nsa_nl_talk(struct nsa_nl *nl, mnl_cb_t cb, void *data);

/* Asks done() now and after every message of a multicast group (RTNLGRP_*), until it says true or
 * patience, in ms, is over. Opens a socket of its own. The last answer. */
bool nsa_nl_wait(const struct nsa_netns *ns, int group, int patience, bool (*done)(void *data),
		 void *data);

/* Is msg, at the beginning of what is left of a datagram, whole? mnl_nlmsg_next() goes on. */
bool nsa_nl_ok(const struct nlmsghdr *msg, int left);
/* tb[type] = attribute, for those up to max. */
void nsa_nl_parse(const struct nlmsghdr *msg, size_t header, const struct nlattr **tb, __u16 max);
void nsa_nl_parse_nested(const struct nlattr *nest, const struct nlattr **tb, __u16 max);
void nsa_nl_parse_bytes(const void *bytes, size_t len, const struct nlattr **tb, __u16 max);

/* Copies an attribute's value; false, and nothing changed, if it is absent (NULL) or too short. */
bool nsa_nl_get(const struct nlattr *attr, void *value, size_t size);
/* The same of a string; what is too long is cut. */
bool nsa_nl_get_string(const struct nlattr *attr, char *value, size_t size);

#endif
