/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the reader of an nft ruleset's rules and that of their expressions. */
#ifndef NSA_FIREWALL_NFT_PACKETS_H
#define NSA_FIREWALL_NFT_PACKETS_H

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>

#include "firewall_nft.h"
#include "firewall_rule.h"

struct nlattr;

/* A base chain, or a set whose elements do something. */
struct nsa_nft_named {
	struct nsa_nft_named *next;
	const struct nsa_nft_family *family;
	char table[NFT_NAME_MAXLEN], name[NFT_NAME_MAXLEN];
	bool on_path;	     /* chain: forwarded packets meet its rules */
	const char *element; /* set: what that is */
};

/* What the register holds that a match looks at next. */
enum nsa_nft_loaded {
	NSA_NFT_LOADED_OTHER,
	NSA_NFT_LOADED_CT_STATE,
	NSA_NFT_LOADED_TCP_FLAGS
};

/* On the way through a ruleset. */
struct nsa_nft_rules {
	struct nsa_nft_named *chains, *sets;
	struct nsa_rules walk;
	int error;
	/* Where the rule at hand stands */
	const struct nsa_nft_family *family;
	char table[NFT_NAME_MAXLEN], chain[NFT_NAME_MAXLEN];
	bool on_path;
	/* and what its expressions have done so far. */
	enum nsa_nft_loaded loaded;
	__u32 mask;
};

void nsa_nft_get_expression(const struct nlattr *expression, char *name, size_t size,
			    const struct nlattr **data);

/* What the elements of a set do to packets: by their expressions, one or a list (each may be NULL);
 * as objects of this type; by the set's name. NULL: nothing that matters. */
const char *nsa_nft_element_of_list(const struct nlattr *one, const struct nlattr *list);
const char *nsa_nft_object(__u32 type);
const char *nsa_nft_element_of_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name);

/* The next expression of the rule at hand. */
void nsa_nft_add_expression(struct nsa_nft_rules *ruleset, const struct nlattr *expression);

#endif
