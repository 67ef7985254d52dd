/* SPDX-License-Identifier: GPL-2.0-only */
/* Common to commands that show something. */
#ifndef NSA_CLI_SHOW_H
#define NSA_CLI_SHOW_H

#include "cli/output.h"
#include "ops/query.h"

struct nsa_show {
	/* Appends the answer to out, an array. 0 or -errno, logged. */
	int (*collect)(const struct nsa_query *query, json_t *out);
	void (*print)(const struct nsa_cli *cli, const json_t *entries);
};

/* Collects, and prints as JSON or as text. 0 or -errno, logged. */
int nsa_show(const struct nsa_cli *cli, const struct nsa_show *show);
/* Checks that nothing but "show" follows the command's name; then the same. */
int nsa_show_only(const struct nsa_cli *cli, const struct nsa_show *show);

/* The maps and the namespace that the command line names. */
struct nsa_query nsa_show_query(const struct nsa_cli *cli);
/* {"netns": its name, "cookie": ...}. */
json_t *nsa_show_netns(const struct nsa_netns_ref *netns);
/* The integer at key, as text. */
json_t *nsa_show_number(const json_t *object, const char *key);

#endif
