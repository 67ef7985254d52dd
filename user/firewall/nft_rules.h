/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by nft_rules.c and nft_expr.c. */
#ifndef NSA_FIREWALL_NFT_RULES_H
#define NSA_FIREWALL_NFT_RULES_H

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>

#include "firewall/nft.h"
#include "firewall/nft_registers.h"
#include "firewall/rule.h"

struct nlattr;

/* A base chain, or a set that has expressions at its elements or that rules can add to. */
struct nsa_nft_named {
	struct nsa_nft_named *next;
	const struct nsa_nft_family *family;
	char table[NFT_NAME_MAXLEN], name[NFT_NAME_MAXLEN];
	bool on_path;	     /* chains: forwarded packets traverse it */
	const char *element; /* sets: name of the elements' expression; NULL: none that matters */
	/* Sets that rules can add to: whether packets on the fast path would add to it; whether
	 * they would be looked up. */
	bool grows, decides;
};

/* State of reading a ruleset. */
struct nsa_nft_rules {
	struct nsa_nft_named *chains, *sets;
	struct nsa_rules walk;
	int error;
	/* Position of the current rule */
	const struct nsa_nft_family *family;
	char table[NFT_NAME_MAXLEN], chain[NFT_NAME_MAXLEN];
	bool on_path;
	/* State after its expressions so far */
	struct nsa_nft_registers registers;
	/* Header that the rule is restricted to; NSA_HEADER_NONE: any. */
	enum nsa_header network, transport;
};

void nsa_nft_get_expression(const struct nlattr *expression, char *name, size_t size,
			    const struct nlattr **data);

/* Names of what an element of a set does to packets: by its expressions (one or list, each may
 * be NULL), by its object's type, by its set. NULL: nothing that matters. */
const char *nsa_nft_element_of_list(const struct nlattr *one, const struct nlattr *list);
const char *nsa_nft_object(__u32 type);
struct nsa_nft_named *nsa_nft_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name);
const char *nsa_nft_element_of_set(const struct nsa_nft_rules *ruleset, const struct nlattr *name);

/* An attribute of 32 bits in network byte order as a number; 0: attr is NULL. */
__u32 nsa_nft_number(const struct nlattr *attr);

/* Copies the value of an NFTA_DATA attribute. Returns its length; 0: there is none, or it is too
 * long. */
size_t nsa_nft_value(const struct nlattr *attr, __u8 out[NSA_NFT_REGISTER_BYTES]);

/* The kind of a comparison. *field: the field that it depends on, if that varies. */
enum nsa_rule_part nsa_nft_cmp(struct nsa_nft_rules *ruleset, const struct nlattr *data,
			       enum nsa_field *field);
/* Handles the expression "payload", a load or a store. Returns a field that it depends on and
 * that varies, or NSA_FIELD_NONE. */
enum nsa_field nsa_nft_payload(struct nsa_nft_rules *ruleset, const struct nlattr *data);
enum nsa_field nsa_nft_meta_field(__u32 key);
void nsa_nft_load_ct(struct nsa_nft_rules *ruleset, __u32 key, __u32 number);
/* Whether no packet on the fast path has this option or header. */
bool nsa_nft_exthdr_is_absent(__u32 op, __u8 type);

/* Evaluates the next expression of the current rule. */
void nsa_nft_add_expression(struct nsa_nft_rules *ruleset, const struct nlattr *expression);

#endif
