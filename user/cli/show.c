// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/show.h"

struct nsa_query nsa_show_query(const struct nsa_cli *cli)
{
	return (struct nsa_query){ .bpffs = cli->bpffs, .netns = cli->netns };
}

json_t *nsa_show_netns(const struct nsa_netns_ref *netns)
{
	return nsa_json_netns(netns->name, netns->cookie);
}

json_t *nsa_show_number(const json_t *object, const char *key)
{
	return json_sprintf("%lld", json_integer_value(json_object_get(object, key)));
}

int nsa_show(const struct nsa_cli *cli, const struct nsa_show *show)
{
	const struct nsa_query query = nsa_show_query(cli);
	json_t *entries = json_array();
	int r = show->collect(&query, entries);

	if (r < 0) {
		json_decref(entries);
		return r;
	}
	if (!nsa_print_json(cli, entries)) {
		show->print(cli, entries);
		json_decref(entries);
	}
	return 0;
}

int nsa_show_only(const struct nsa_cli *cli, const struct nsa_show *show)
{
	if (cli->count > 2 || (cli->count == 2 && strcmp(cli->words[1], "show") != 0))
		return nsa_usage("%s: unknown word \"%s\"", cli->words[0],
				 cli->words[cli->count - 1]);
	return nsa_show(cli, show);
}
