/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands: each turns words and options into a request to ops/, and the answer into output. No
 * system calls, no maps. Each returns 0, -errno or an exit code, with a message unless 0. */
#ifndef NSA_CLI_COMMANDS_H
#define NSA_CLI_COMMANDS_H

#include "cli/options.h"

int cmd_attach(const struct nsa_cli *cli);
int cmd_detach(const struct nsa_cli *cli);
int cmd_status(const struct nsa_cli *cli);
int cmd_route(const struct nsa_cli *cli);
int cmd_route_show(const struct nsa_cli *cli);
int cmd_route_get(const struct nsa_cli *cli);
int cmd_ns(const struct nsa_cli *cli);
int cmd_ns_set(const struct nsa_cli *cli);
int cmd_policy(const struct nsa_cli *cli);
int cmd_policy_show(const struct nsa_cli *cli);
int cmd_policy_save(const struct nsa_cli *cli);
int cmd_limit(const struct nsa_cli *cli);
int cmd_share(const struct nsa_cli *cli);
int cmd_unshare(const struct nsa_cli *cli);
int cmd_bind(const struct nsa_cli *cli);
int cmd_unbind(const struct nsa_cli *cli);
int cmd_endpoint(const struct nsa_cli *cli);
int cmd_stats(const struct nsa_cli *cli);
int cmd_sync(const struct nsa_cli *cli);
int cmd_check(const struct nsa_cli *cli);
int cmd_daemon(const struct nsa_cli *cli);
int cmd_monitor(const struct nsa_cli *cli);

/* The program, for main() and for fuzzing. Returns the exit code. */
int nsa_main(int argc, char **argv);

#endif
