/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands that show something have in common. */
#ifndef NSA_CLI_SHOW_H
#define NSA_CLI_SHOW_H

#include "cli/output.h"
#include "maps/session.h"

struct nsa_show {
	/* Appends what there is to out, an array; only what concerns a namespace, if one is given. Is
	 * called only if something is attached. 0 or -errno, logged. */
	int (*collect)(const struct nsa_session *session, const struct nsa_netns *only,
		       json_t *out);
	void (*print)(const struct nsa_cli *cli, const json_t *entries);
};

/* Opens the session, collects, and prints as JSON or as text. */
int nsa_show(const struct nsa_cli *cli, const struct nsa_show *show);
/* Checks that nothing but "show" follows the command's name; then the same. */
int nsa_show_only(const struct nsa_cli *cli, const struct nsa_show *show);

/* {"netns": its name, or "", "cookie": ...}. */
json_t *nsa_show_netns(const struct nsa_session *session, __u64 cookie);
/* A port as status and attach show it. */
json_t *nsa_json_port(const struct nsa_session *session, const struct nsa_port_entry *entry);

#endif
