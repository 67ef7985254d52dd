/* SPDX-License-Identifier: GPL-2.0-only */
/* Report of the inspectors: each inspector adds the rules of its kind. */
#ifndef NSA_FIREWALL_REPORT_H
#define NSA_FIREWALL_REPORT_H

#include <linux/types.h>
#include <stdbool.h>

struct nsa_netns;
#include <stddef.h>

#include "kernel/netlink.h"
#include "util/log.h"

/* Bits: the packets that a rule applies to. */
enum nsa_scope {
	NSA_SCOPE_NONE = 0,
	NSA_SCOPE_ROUTED = 1,
	NSA_SCOPE_BRIDGED = 2,
	/* Hooks of the IP layer: routed packets, and bridged ones with br_netfilter. */
	NSA_SCOPE_IP = 4,
};

struct nsa_firewall_report {
	unsigned int scopes;
	__u64 fingerprint;
	/* Fingerprint of the kernel's list of hooks alone; 0: the kernel cannot list them. */
	__u64 hooks;
	char what[256];
	bool cut;
	unsigned int ipsec_policies;
	char every_packet[112]; /* name of the first rule that has to see every packet; "": none */
	/* Some rules need not see every packet only because connections are tracked. */
	bool relies_on_tracking;
	/* Some connections are not tracked, or their directions are tracked apart. */
	bool untracks;
	bool tracks;	      /* a rule makes the kernel track connections */
	bool translates;      /* there are rules for NAT */
	bool hooks_known;     /* the kernel has listed its hooks */
	bool ebtables_hooked; /* legacy ebtables is one of them */
};

/* Attempts to read a dump that changes interrupt. */
#define NSA_FIREWALL_TRIES 20

/* Adds a rule that applies to scope; NSA_SCOPE_NONE: it is only mentioned. */
void nsa_report_add(struct nsa_firewall_report *report, unsigned int scope, const char *fmt, ...)
	__printf(3, 4);
/* Adds a chain, unless it is empty and accepts. */
void nsa_report_add_chain(struct nsa_firewall_report *report, unsigned int scope, const char *chain,
			  unsigned int rules, bool drop);
/* Records that a rule for routed or bridged packets has to see every packet. */
void nsa_report_every_packet(struct nsa_firewall_report *report, const char *what);
/* Mixes data into the fingerprint. */
void nsa_report_mix(struct nsa_firewall_report *report, const void *data, size_t size);

/* Whether r is an error of kernels without the feature. */
bool nsa_report_is_missing(int r);
/* NSA_SCOPE_* of a bridge hook (NF_BR_*). */
unsigned int nsa_scope_of_bridge_hook(__u32 hook);
/* NSA_SCOPE_* of an IP hook (NF_INET_*). NSA_SCOPE_NONE for local input and output. */
unsigned int nsa_scope_of_ip_hook(__u32 hook);

typedef int (*nsa_inspect_fn)(struct nsa_nl *nl, struct nsa_firewall_report *report);

/* Calls inspect with a netlink socket in the namespace. Returns 0 for a kernel without the
 * feature. */
int nsa_report_by_netlink(nsa_inspect_fn inspect, int protocol, const struct nsa_netns *ns,
			  struct nsa_firewall_report *report);
/* Sends the dump request nl->request until an answer is consistent. The report is cb's data. */
int nsa_report_dump(struct nsa_nl *nl, mnl_cb_t cb, struct nsa_firewall_report *report);

/* Inspectors. 0 or -errno. */
int nsa_inspect_nft(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_nft_packets(const struct nsa_netns *ns,
			    struct nsa_firewall_report *report); /* sets every_packet */
int nsa_inspect_xtables(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_nft_rules(const struct nsa_netns *ns,
			  struct nsa_firewall_report *report); /* sets tracks */
int nsa_list_hooks(const struct nsa_netns *ns,
		   struct nsa_firewall_report *report); /* part of nsa_inspect_hooks() */
int nsa_inspect_hooks(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_ebtables(const struct nsa_netns *ns,
			 struct nsa_firewall_report *report); /* after nsa_inspect_hooks() */
int nsa_inspect_xfrm(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_br_netfilter(const struct nsa_netns *ns,
			     struct nsa_firewall_report *report); /* last */

/* Whether this match or target of iptables makes the kernel track connections. */
bool nsa_xt_extension_tracks(const char *name);

/* For the calling thread's namespace */
bool nsa_xtables_in_use(void);
bool nsa_ebtables_in_use(void);
bool nsa_ipvs_is_there(void);
bool nsa_br_netfilter_is_there(void);

#endif
