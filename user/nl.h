/* SPDX-License-Identifier: GPL-2.0-only */
/* What rtnetlink and generic netlink have in common: a socket in a namespace, requests, attributes.
 * 0 or -errno. */
#ifndef NSA_NL_H
#define NSA_NL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

struct nsa_netns;

struct nsa_nl {
	struct mnl_socket *socket;
	unsigned int portid, seq;
	/* The kernel fills up to 32 KiB at once if the buffer has room. */
	_Alignas(struct nlmsghdr) char request[1024], reply[65536];
};

/* protocol: NETLINK_ROUTE, NETLINK_GENERIC. ns NULL: where the calling thread is. */
int nsa_nl_open(struct nsa_nl *nl, int protocol, const struct nsa_netns *ns);
void nsa_nl_close(struct nsa_nl *nl);

/* Begins a request in nl->request; its header, size bytes, is zero. */
struct nlmsghdr *nsa_nl_request(struct nsa_nl *nl, __u16 type, __u16 flags, size_t size);
#define nsa_nl_header(request) mnl_nlmsg_get_payload(request)

/* Sends nl->request, which asks for NLM_F_ACK or NLM_F_DUMP, and calls cb for every message of the
 * answer. -EINTR: a dump, complete but inconsistent since things changed meanwhile. */
int nsa_nl_talk(struct nsa_nl *nl, mnl_cb_t cb, void *data);

/* Asks done() now and after every message of a multicast group (RTNLGRP_*), until it says true or
 * patience, in ms, is over. Opens a socket of its own. The last answer. */
bool nsa_nl_wait(const struct nsa_netns *ns, int group, int patience, bool (*done)(void *data),
		 void *data);

/* tb[type] = attribute, for those up to max. */
void nsa_nl_parse(const struct nlmsghdr *msg, size_t header, const struct nlattr **tb, __u16 max);
void nsa_nl_parse_nested(const struct nlattr *nest, const struct nlattr **tb, __u16 max);
void nsa_nl_parse_bytes(const void *bytes, size_t len, const struct nlattr **tb, __u16 max);

/* Copies an attribute's value; false, and nothing changed, if it is absent (NULL) or too short. */
bool nsa_nl_get(const struct nlattr *attr, void *value, size_t size);
/* The same of a string; what is too long is cut. */
bool nsa_nl_get_string(const struct nlattr *attr, char *value, size_t size);

#endif
