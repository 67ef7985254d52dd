// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cli/show.h"
#include "maps/netns_name.h"
#include "util/cleanup.h"

json_t *nsa_show_netns(const struct nsa_session *session, __u64 cookie)
{
	char name[NSACCEL_NETNS_NAME];
	bool known = nsa_netns_name(session, cookie, name);

	return nsa_json_netns(known ? name : "", cookie);
}

int nsa_show(const struct nsa_cli *cli, const struct nsa_show *show)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *only = NULL;
	json_t *entries;
	int r;

	r = nsa_session_open(cli->bpffs, &session);
	if (!r && cli->netns)
		r = nsa_session_netns(&session, cli->netns, &only);
	if (r < 0)
		return r;
	entries = json_array();
	if (session.maps)
		r = show->collect(&session, only, entries);
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
