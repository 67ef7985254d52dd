/* SPDX-License-Identifier: GPL-2.0-only */
/* Output of commands. Each command builds one JSON value; with -j that is printed, else a text made
 * from it, so that both always say the same. */
#ifndef NSA_CLI_OUTPUT_H
#define NSA_CLI_OUTPUT_H

#include <jansson.h>

#include "cli/options.h"
#include "util/json.h"
#include "util/names.h"

/* Prints a value with -j or -p, takes its reference and returns true; else false: the caller prints
 * text and keeps the reference. */
bool nsa_print_json(const struct nsa_cli *cli, json_t *value);

/* Is stdout a terminal? */
bool nsa_is_terminal(void);

/* A table: columns aligned, a header in bold on a terminal. rows: array of arrays of strings. */
void nsa_print_table(const struct nsa_cli *cli, const char *const *header, size_t columns,
		     const json_t *rows);

/* The string at key; "" if there is none. Owned by object. */
const char *nsa_text(const json_t *object, const char *key);

#endif
