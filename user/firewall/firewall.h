/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detection of firewall rules in a namespace that apply to forwarded packets (netfilter, IPVS,
 * IPsec), and of changes to them.
 *
 * Rules for ARP alone (nft family arp, arptables) are ignored: ARP never takes the fast path.
 */
#ifndef NSA_FIREWALL_FIREWALL_H
#define NSA_FIREWALL_FIREWALL_H

#include <linux/types.h>
#include <stdbool.h>

struct nsa_netns;

struct nsa_firewall {
	bool routed;  /* something applies to routed packets */
	bool bridged; /* something applies to frames between bridge ports */
	/* Something has to see every packet of a flow, not only the first ones. */
	bool every_packet;
	/* Connections are translated: there are rules for NAT. */
	bool translates;
	/* br_netfilter is loaded: bridged IP packets with invalid headers are dropped. */
	bool validates;
	/* Text for users: the rules that were found, such as "nft chain inet filter/forward (3
	 * rules)", separated by commas, and truncated with ", ...". If something has to see
	 * every packet, that comes first: "nft limit in inet filter/forward". Kernel flowtables
	 * are included, although they filter nothing. */
	char what[384];
	/* Changes whenever something that filters packets changes, and sometimes without such a
	 * change. */
	__u64 fingerprint;
	/* The same for the kernel's list of hooks alone; 0: the kernel cannot list them. */
	__u64 hooks;
};

/* Detects the rules in namespace ns. 0 or -errno, not logged; *out is not changed on failure. A
 * kernel without nf_tables or iptables has no such rules. */
int nsa_firewall_detect(const struct nsa_netns *ns, struct nsa_firewall *out);

/*
 * Whether the namespace has something whose changes have no notification: legacy tables, IPVS,
 * br_netfilter's sysctls. Then the fingerprint has to be polled. A first legacy table has no
 * notification either, so this has to be polled, too; it reads a few small files.
 */
bool nsa_firewall_is_polled(const struct nsa_netns *ns);

/* Fingerprint of the kernel's list of hooks. Changes of it (modules, BPF programs) have no
 * notification. 0 or -errno, not logged. */
int nsa_firewall_hooks(const struct nsa_netns *ns, __u64 *hooks);

/* Sockets subscribed to changes of nft rulesets and IPsec policies. They keep the namespace
 * alive. */
struct nsa_firewall_watch {
	int nft, xfrm; /* readable after a change; -1: not in this kernel */
};

int nsa_firewall_watch_open(const struct nsa_netns *ns, struct nsa_firewall_watch *out);
void nsa_firewall_watch_close(struct nsa_firewall_watch *watch);
/* Discards the messages that are waiting, up to a limit, without blocking. Returns whether there
 * were any, or some were lost. */
bool nsa_firewall_watch_drain(const struct nsa_firewall_watch *watch);

#endif
