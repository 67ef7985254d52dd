// SPDX-License-Identifier: GPL-2.0-only
#include "cli/commands.h"
#include "ops/detach.h"

int cmd_detach(const struct nsa_cli *cli)
{
	if (cli->all)
		return cli->count == 1 ? nsa_detach_all(cli->bpffs, cli->netns, cli->force) :
					 nsa_usage("detach --all wants no device");
	if (cli->count != 2)
		return nsa_usage("detach wants one device, or --all");
	return nsa_detach(cli->bpffs, cli->netns, cli->words[1], cli->force);
}
