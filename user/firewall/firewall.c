// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "firewall/firewall.h"
#include "firewall/report.h"
#include "kernel/netns.h"
#include "util/cleanup.h"

_Static_assert(sizeof(((struct nsa_firewall *)0)->what) >=
		       sizeof(((struct nsa_firewall_report *)0)->every_packet) + strlen(", ") +
			       sizeof(((struct nsa_firewall_report *)0)->what),
	       "holds both");

/* Rules that apply to new connections only have to see every packet if connections are not
 * tracked. */
static void finish_report(struct nsa_firewall_report *report)
{
	if (report->relies_on_tracking && report->untracks)
		nsa_report_every_packet(report,
					"rules for new connections beside notrack or zones");
	nsa_report_mix(report, &report->scopes, sizeof(report->scopes));
}

/* Only whether the module is loaded: its sysctls can change without a notification. */
static bool validates(const struct nsa_netns *ns)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);

	return token < 0 || nsa_br_netfilter_is_there();
}

int nsa_firewall_detect(const struct nsa_netns *ns, struct nsa_firewall *out)
{
	static int (*const inspectors[])(const struct nsa_netns *, struct nsa_firewall_report *) = {
		nsa_inspect_nft,	  nsa_inspect_nft_packets, nsa_inspect_xtables,
		nsa_inspect_hooks,	  nsa_inspect_ebtables,	   nsa_inspect_xfrm,
		nsa_inspect_br_netfilter,
	};
	struct nsa_firewall_report report = {};
	size_t i;
	int r;

	for (i = 0; i < sizeof(inspectors) / sizeof(inspectors[0]); i++) {
		r = inspectors[i](ns, &report);
		if (r < 0)
			return r;
	}
	out->validates = validates(ns);
	nsa_report_mix(&report, &out->validates, sizeof(out->validates));
	finish_report(&report);
	out->routed = report.scopes & (NSA_SCOPE_ROUTED | NSA_SCOPE_IP);
	out->bridged = report.scopes & NSA_SCOPE_BRIDGED;
	out->every_packet = *report.every_packet;
	out->translates = report.translates;
	snprintf(out->what, sizeof(out->what), "%s%s%s", report.every_packet,
		 out->every_packet && *report.what ? ", " : "", report.what);
	out->fingerprint = report.fingerprint;
	out->hooks = report.hooks;
	return 0;
}

int nsa_firewall_hooks(const struct nsa_netns *ns, __u64 *hooks)
{
	struct nsa_firewall_report report = {};
	int r = nsa_list_hooks(ns, &report);

	if (!r)
		*hooks = report.hooks;
	return r;
}

bool nsa_firewall_is_polled(const struct nsa_netns *ns)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);

	return token >= 0 && (nsa_xtables_in_use() || nsa_ebtables_in_use() ||
			      nsa_ipvs_is_there() || nsa_br_netfilter_is_there());
}
