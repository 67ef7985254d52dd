/* SPDX-License-Identifier: GPL-2.0-only */
/* What the readers of nft rulesets have in common. */
#ifndef NSA_FIREWALL_NFT_H
#define NSA_FIREWALL_NFT_H

#include <linux/types.h>

struct nlmsghdr;

struct nsa_nft_family {
	__u8 number;
	const char *name;
	unsigned int (*scope_of)(__u32 hook); /* NSA_SCOPE_* */
};

/* Of a message about a ruleset. NULL: too short, or of no concern. */
const struct nsa_nft_family *nsa_nft_family_of(const struct nlmsghdr *msg);

#endif
