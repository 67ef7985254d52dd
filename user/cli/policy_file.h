/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of rules. */
#ifndef NSA_CLI_POLICY_FILE_H
#define NSA_CLI_POLICY_FILE_H

#include "model/policy_text.h"

/* path "-": standard input. 0, NSA_EXIT_USAGE after a message that names the line, or -errno,
 * logged. The caller frees *out with nsa_policy_lines_free(). */
int nsa_policy_file_read(const char *path, struct nsa_policy_lines *out);

#endif
