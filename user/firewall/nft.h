/* SPDX-License-Identifier: GPL-2.0-only */
/* Families of nft rulesets. */
#ifndef NSA_FIREWALL_NFT_H
#define NSA_FIREWALL_NFT_H

#include <linux/types.h>

#include <stdbool.h>

struct nlattr;
struct nlmsghdr;

struct nsa_nft_family {
	__u8 number;
	const char *name;
	unsigned int (*scope_of)(__u32 hook); /* Returns NSA_SCOPE_* of a hook. */
};

/* The family of a message about a ruleset. NULL: the message is too short, or the family has no
 * packets of the fast path. */
const struct nsa_nft_family *nsa_nft_family_of(const struct nlmsghdr *msg);

/* Is that NFTA_CHAIN_TYPE (NULL: it is missing) the type "nat", whose rules see only the first
 * packet of a connection? */
bool nsa_nft_is_of_nat(const struct nlattr *type);

#endif
