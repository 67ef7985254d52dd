/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the reader of an nft ruleset's rules and that of their expressions. */
#ifndef NSA_FIREWALL_NFT_RULES_H
#define NSA_FIREWALL_NFT_RULES_H

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>

#include "firewall/nft.h"
#include "firewall/nft_registers.h"
#include "firewall/rule.h"

struct nlattr;

/* A base chain, or a set whose elements do something or that rules can add to. */
struct nsa_nft_named {
	struct nsa_nft_named *next;
	const struct nsa_nft_family *family;
	char table[NFT_NAME_MAXLEN], name[NFT_NAME_MAXLEN];
	bool on_path;	     /* chain: forwarded packets meet its rules */
	const char *element; /* set: what that is; NULL: nothing that matters */
	/* Of a set that rules can add to: do packets that could take the fast path? */
	bool grows, decides;
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
	struct nsa_nft_registers registers;
	enum nsa_header network, transport; /* that it goes on for; NONE: any */
};

void nsa_nft_get_expression(const struct nlattr *expression, char *name, size_t size,
			    const struct nlattr **data);

/* What the elements of a set do to packets: by their expressions, one or a list (each may be NULL);
 * as objects of this type; by the set's name. NULL: nothing that matters. */
const char *nsa_nft_element_of_list(const struct nlattr *one, const struct nlattr *list);
const char *nsa_nft_object(__u32 type);
struct nsa_nft_named *nsa_nft_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name);
const char *nsa_nft_element_of_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name);

/* A number as netlink has it; 0: it isn't there. */
__u32 nsa_nft_number(const struct nlattr *attr);

/* A value as netlink has it; its length, 0: there is none. */
size_t nsa_nft_value(const struct nlattr *attr, __u8 out[NSA_NFT_REGISTER_BYTES]);

/* What part a comparison is; by which field, if that varies. */
enum nsa_rule_part nsa_nft_cmp(struct nsa_nft_rules *ruleset, const struct nlattr *data,
			       enum nsa_field *field);
/* "payload" loads into registers or writes: a field that this goes by and that varies, or NONE. */
enum nsa_field nsa_nft_payload(struct nsa_nft_rules *ruleset, const struct nlattr *data);
enum nsa_field nsa_nft_meta_field(__u32 key);
void nsa_nft_load_ct(struct nsa_nft_rules *ruleset, __u32 key, __u32 number);
/* Has no packet on the fast path such an option or header? */
bool nsa_nft_exthdr_is_absent(__u32 op, __u8 type);

/* The next expression of the rule at hand. */
void nsa_nft_add_expression(struct nsa_nft_rules *ruleset, const struct nlattr *expression);

#endif
