/* SPDX-License-Identifier: GPL-2.0-only */
/* What the inspectors of firewall_*.c add to, each what it knows about. */
#ifndef NSA_FIREWALL_REPORT_H
#define NSA_FIREWALL_REPORT_H

#include <linux/types.h>
#include <stdbool.h>

struct nsa_netns;
#include <stddef.h>

#include "kernel/netlink.h"
#include "util/log.h"

/* Bits: what a thing that was found applies to. */
enum nsa_scope {
	NSA_SCOPE_NONE = 0,
	NSA_SCOPE_ROUTED = 1,
	NSA_SCOPE_BRIDGED = 2,
	NSA_SCOPE_IP = 4, /* the IP layer's hooks: routed, and with br_netfilter bridged, too */
};

struct nsa_firewall_report {
	unsigned int scopes;
	__u64 fingerprint;
	__u64 hooks; /* fingerprint of the kernel's list of hooks alone; 0: it can't be listed */
	char what[256];
	bool cut;
	unsigned int ipsec_policies;
	char every_packet[112];	 /* the first thing found that has to see every packet; "" none */
	bool relies_on_tracking; /* some rules only needn't, because connections are tracked */
	bool untracks;		 /* but some aren't, or not as one */
	bool tracks;		 /* a rule was seen that makes the kernel track connections */
	bool hooks_known;	 /* the kernel has listed its hooks */
	bool ebtables_hooked;	 /* legacy ebtables among them */
};

/* Of answers that changes interrupt: enough for any but a namespace in constant turmoil. */
#define NSA_FIREWALL_TRIES 20

/* Names something that applies to the scope; NONE: worth telling. */
void nsa_report_add(struct nsa_firewall_report *report, unsigned int scope, const char *fmt, ...)
	__printf(3, 4);
/* A chain, which does nothing if it is empty and accepts. */
void nsa_report_add_chain(struct nsa_firewall_report *report, unsigned int scope, const char *chain,
			  unsigned int rules, bool drop);
/* Something that routed or bridged packets meet has to see every one of them. */
void nsa_report_every_packet(struct nsa_firewall_report *report, const char *what);
/* Makes the fingerprint depend on something. */
void nsa_report_mix(struct nsa_firewall_report *report, const void *data, size_t size);

/* What kernels say that were built without the thing asked for. */
bool nsa_report_is_missing(int r);
/* What the bridge's hook (NF_BR_*) sees. */
unsigned int nsa_scope_of_bridge_hook(__u32 hook);
/* What the hook of the IP layer (NF_INET_*) sees: NONE, what is for this namespace or from it. */
unsigned int nsa_scope_of_ip_hook(__u32 hook);

typedef int (*nsa_inspect_fn)(struct nsa_nl *nl, struct nsa_firewall_report *report);

/* Inspects over a netlink socket in the namespace. A kernel without the thing has none of it. */
int nsa_report_by_netlink(nsa_inspect_fn inspect, int protocol, const struct nsa_netns *ns,
			  struct nsa_firewall_report *report);
/* Sends nl->request, a dump, until an answer is consistent; cb's data is the report. */
int nsa_report_dump(struct nsa_nl *nl, mnl_cb_t cb, struct nsa_firewall_report *report);

/* The inspectors: 0 or -errno. */
int nsa_inspect_nft(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_nft_packets(const struct nsa_netns *ns,
			    struct nsa_firewall_report *report); /* for "every_packet" */
int nsa_inspect_xtables(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_nft_rules(const struct nsa_netns *ns,
			  struct nsa_firewall_report *report); /* for "tracks" */
int nsa_list_hooks(const struct nsa_netns *ns,
		   struct nsa_firewall_report *report); /* a part of hooks */
int nsa_inspect_hooks(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_ebtables(const struct nsa_netns *ns,
			 struct nsa_firewall_report *report); /* after hooks */
int nsa_inspect_xfrm(const struct nsa_netns *ns, struct nsa_firewall_report *report);
int nsa_inspect_br_netfilter(const struct nsa_netns *ns,
			     struct nsa_firewall_report *report); /* the last */

/* Does the match or target of iptables make the kernel track connections? */
bool nsa_xt_extension_tracks(const char *name);

/* In the calling thread's namespace: */
bool nsa_xtables_in_use(void);
bool nsa_ebtables_in_use(void);
bool nsa_ipvs_is_there(void);
bool nsa_br_netfilter_is_there(void);

#endif
