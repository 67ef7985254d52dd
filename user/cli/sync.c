// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"
#include "ops/sync.h"

int cmd_sync(const struct nsa_cli *cli)
{
	if (cli->count > 1)
		return nsa_usage("sync: unknown word \"%s\"", cli->words[1]);
	return nsa_sync(cli->bpffs, cli->netns);
}
