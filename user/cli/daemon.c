// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"
#include "daemon/daemon.h"

int cmd_daemon(const struct nsa_cli *cli)
{
	if (cli->count > 1)
		return nsa_usage("daemon: unknown word \"%s\"", cli->words[1]);
	if (cli->netns)
		return nsa_usage("daemon: it minds all namespaces: --netns doesn't go with it");
	return nsa_daemon(cli->bpffs, cli->until_detached);
}
