/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule of a policy in words:
 *   [--from WHO] [--to WHO] [proto PROTO] [dport PORT[-PORT]] [pref N] allow|deny
 * WHO is a prefix, a namespace, or, whatever it looks like, netns:NAMESPACE. Pure but for reading a
 * file. 0, -EINVAL with what is wrong, or another -errno.
 */
#ifndef NSA_MODEL_POLICY_TEXT_H
#define NSA_MODEL_POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_rule_words {
	const char *from_netns, *to_netns; /* as written; NULL: none is named */
	struct nsaccel_rule rule;	   /* the rest */
	bool set_pref;
	unsigned int line; /* in its file, for messages; 0: of the command line */
};

/* What is wrong: printed as "<token>" why. */
struct nsa_rule_error {
	unsigned int line;
	char token[64]; /* "": none in particular */
	char why[96];
};

/* The words are referred to. from, to: may be given beside them, or be NULL. */
int nsa_rule_parse(const char *from, const char *to, char *const *words, size_t count,
		   struct nsa_rule_words *out, struct nsa_rule_error *error);

/* Rules, one a line; # begins a comment. */
struct nsa_rule_file {
	char *text; /* that the rules refer to */
	struct nsa_rule_words *rules;
	size_t count, room;
};

/* text: taken, also on failure. */
int nsa_rule_parse_text(char *text, struct nsa_rule_file *out, struct nsa_rule_error *error);
/* path "-": standard input. A failure to read is logged. */
int nsa_rule_read(const char *path, struct nsa_rule_file *out, struct nsa_rule_error *error);
void nsa_rule_file_free(struct nsa_rule_file *file);

/* "tcp", or the number as text, which is put into buf. */
const char *nsa_rule_proto(__u8 proto, char buf[4]);
bool nsa_rule_has_ports(__u8 proto);
/* Would the word be taken for something else than a namespace, unless it is marked as one? */
bool nsa_rule_is_ambiguous(const char *name);

#endif
