/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What commands print. Each builds one JSON value; with -j it is printed as it
 * is, else as text, so that both always say the same.
 */
#ifndef NSA_CLI_OUTPUT_H
#define NSA_CLI_OUTPUT_H

#include <jansson.h>

#include "cli/options.h"
#include "kernel/netns.h"
#include "maps/maps.h"

/* Prints a value with -j or -p and returns true; else false: the caller prints text. Takes the
 * reference. */
bool nsa_print_json(const struct nsa_cli *cli, json_t *value);

/* Does a person read stdout? */
bool nsa_is_terminal(void);

/* A table: columns aligned, a header in bold on a terminal. rows: array of arrays of strings. */
void nsa_print_table(const struct nsa_cli *cli, const char *const *header, size_t columns,
		     const json_t *rows);

/* {"netns": name, "cookie": "N"}; the namespace's present name, else the one in the maps. */
json_t *nsa_json_netns(const struct nsa_netns_list *list, const struct nsa_maps *maps,
		       __u64 cookie);
json_t *nsa_json_mac(const __u8 mac[NSACCEL_MAC_LEN]);
json_t *nsa_json_addr(enum nsaccel_family family, const __u8 addr[NSACCEL_ADDR_LEN]);
json_t *nsa_json_prefix(const struct nsaccel_prefix *prefix);
/* A string that may hold any bytes. */
json_t *nsa_json_text(const char *text);
const char *nsa_text(const json_t *object, const char *key); /* "" if absent or not a string */

/* The word for a value that is read from a map: anything may be there. */
#define NSA_NAME(names, value)                                                                     \
	((size_t)(value) < sizeof(names) / sizeof(*(names)) ? (names)[value] : "?")

const char *nsa_reason_field(enum nsaccel_reason reason); /* "pass_ttl" */
const char *nsa_reason_text(enum nsaccel_reason reason);  /* "TTL or hop limit of 1 or 0" */
const char *nsa_action_name(enum nsaccel_action action);
const char *nsa_hook_name(enum nsaccel_hook hook);
const char *nsa_kind_name(enum nsaccel_kind kind);
const char *nsa_origin_name(enum nsaccel_origin origin);

#endif
