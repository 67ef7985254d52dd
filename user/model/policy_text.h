/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of a policy as words:
 *   [--from WHO] [--to WHO] [proto PROTO] [dport PORT[-PORT]] [pref N] allow|deny
 * WHO is a prefix, a namespace, or, whatever it looks like, netns:NAMESPACE. Pure.
 */
#ifndef NSA_MODEL_POLICY_TEXT_H
#define NSA_MODEL_POLICY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_policy_words {
	const char *from_netns, *to_netns; /* as written; NULL: none is named */
	struct nsaccel_policy_rule rule;   /* the rest */
	bool set_pref;
	unsigned int line; /* from 1; 0: it is no line's */
};

/* What is wrong: for people, printed as "<token>" why. */
struct nsa_policy_text_error {
	unsigned int line;
	char token[64]; /* "": none in particular */
	char why[96];
};

/* from, to: may be given beside the words, or be NULL. *out refers to the words. 0, or -EINVAL with
 * what is wrong in *error. */
int nsa_policy_text_parse(const char *from, const char *to, char *const *words, size_t count,
			  struct nsa_policy_words *out, struct nsa_policy_text_error *error);

/* Rules, one a line; # begins a comment. */
struct nsa_policy_lines {
	char *text; /* that the rules refer to */
	struct nsa_policy_words *rules;
	size_t count, room;
};

/* text: malloc'ed; taken, also on failure, and changed. 0, -EINVAL with what is wrong in *error, or
 * -ENOMEM. The caller frees *out with nsa_policy_lines_free(). */
int nsa_policy_text_parse_lines(char *text, struct nsa_policy_lines *out,
				struct nsa_policy_text_error *error);
void nsa_policy_lines_free(struct nsa_policy_lines *lines);

/* The line that gives the rule again. from, to: names of the namespaces that it names, or "pid N";
 * NULL: it names none. 0; -ENOENT: a name that is no word; -ENAMETOOLONG. */
int nsa_policy_text_format(const struct nsaccel_policy_rule *rule, const char *from, const char *to,
			   char *text, size_t size);

/* "tcp", or the number as text, which is put into buf. */
const char *nsa_policy_text_proto(__u8 proto, char buf[4]);

#endif
