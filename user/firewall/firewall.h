/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What in a namespace rules on the packets that it forwards (netfilter, IPVS,
 * IPsec), so that the fast path can mind it, and when it changed.
 *
 * What decides about ARP alone (nft family arp, arptables) is left out: ARP never
 * takes the fast path.
 */
#ifndef NSA_FIREWALL_FIREWALL_H
#define NSA_FIREWALL_FIREWALL_H

#include <linux/types.h>
#include <stdbool.h>

struct nsa_netns;

struct nsa_firewall {
	bool routed;	   /* something applies to packets that are routed */
	bool bridged;	   /* something applies to frames between ports of a bridge */
	bool every_packet; /* something of that has to see every packet, not one now and then */
	bool validates; /* br_netfilter is loaded: bridged IP packets have to have valid headers */
	/* For people: "nft chain inet filter/forward (3 rules)"; what was found first, comma
	 * separated, cut with ", ...". Before it, what has to see every packet: "nft limit in inet
	 * filter/forward". Kernel flowtables are named, too, though they rule on
	 * nothing. */
	char what[384];
	/* The same as long as nothing changed that rules on packets. It may change without
	 * cause. */
	__u64 fingerprint;
	__u64 hooks; /* likewise of the kernel's list of hooks alone; 0: it can't be listed */
};

/* 0 or -errno, *out untouched on failure. A kernel without nf_tables or iptables has none. */
int nsa_firewall_detect(const struct nsa_netns *ns, struct nsa_firewall *out);

/*
 * Is there anything whose changes nobody tells of (legacy tables, IPVS, the switches
 * of br_netfilter)? Then the fingerprint has to be compared from time to time. A first legacy table
 * isn't told of either, so ask this from time to time, too: it reads a few small files.
 */
bool nsa_firewall_is_polled(const struct nsa_netns *ns);

/* The present fingerprint of the kernel's list of hooks, which nobody tells of either: modules and BPF
 * programs. 0 or -errno. */
int nsa_firewall_hooks(const struct nsa_netns *ns, __u64 *hooks);

/* Sockets that hear of changes of nft rulesets and IPsec policies. They keep the namespace alive. */
struct nsa_firewall_watch {
	int nft, xfrm; /* to poll for input; -1: not in this kernel */
};

int nsa_firewall_watch_open(const struct nsa_netns *ns, struct nsa_firewall_watch *out);
void nsa_firewall_watch_close(struct nsa_firewall_watch *watch);
/* Did anything change, or may it have (overrun)? Takes what there is, up to a limit; never waits. */
bool nsa_firewall_watch_drain(const struct nsa_firewall_watch *watch);

#endif
