// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says of netfilter's rules, hooks and tables, and of IPsec's policies. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "targets.h"
#include "user/firewall/firewall.h"
#include "user/firewall/report.h"
#include "user/util/utf8.h"

/* People read it. */
static void check_text(const char *text, size_t size)
{
	char clean[512];

	if (strnlen(text, size) == size || size > sizeof(clean))
		abort();
	memcpy(clean, text, strlen(text) + 1);
	nsa_utf8_clean(clean);
	if (strcmp(clean, text) != 0)
		abort();
}

static void inspect(int (*inspector)(const struct nsa_netns *, struct nsa_firewall_report *),
		    unsigned int scopes)
{
	struct nsa_firewall_report report = { .scopes = scopes };

	inspector(targets_netns(), &report);
	check_text(report.what, sizeof(report.what));
	check_text(report.every_packet, sizeof(report.every_packet));
}

#define INSPECTOR(NAME, SCOPES)                                                                    \
	static void run_##NAME(void)                                                               \
	{                                                                                          \
		inspect(nsa_inspect_##NAME, SCOPES);                                               \
	}

INSPECTOR(nft, 0)
INSPECTOR(nft_packets, 0)
INSPECTOR(nft_rules, 0)
INSPECTOR(hooks, 0)
INSPECTOR(xfrm, 0)
INSPECTOR(br_netfilter, NSA_SCOPE_IP)
INSPECTOR(xtables, 0)
INSPECTOR(ebtables, 0)

static void run_all(void)
{
	struct nsa_firewall firewall = {};

	if (!nsa_firewall_detect(targets_netns(), &firewall))
		check_text(firewall.what, sizeof(firewall.what));
}

const struct target targets[] = {
	{ "nft", run_nft },
	{ "nft_packets", run_nft_packets },
	{ "nft_rules", run_nft_rules },
	{ "hooks", run_hooks },
	{ "xfrm", run_xfrm },
	{ "br_netfilter", run_br_netfilter },
	{ "xtables", run_xtables },
	{ "ebtables", run_ebtables },
	{ "all", run_all },
	{ NULL, NULL },
};
