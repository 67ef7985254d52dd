/* SPDX-License-Identifier: GPL-2.0-only */
/* What of netfilter acts on packets that a namespace forwards, and so would be gone past. */
#ifndef NSA_FIREWALL_H
#define NSA_FIREWALL_H

#include <stdbool.h>

struct nsa_firewall {
	bool active;
	/* For people: "nft chain inet filter/forward (3 rules)"; what was found first, comma
	 * separated, cut with ", ...". */
	char what[256];
};

/* 0 or -errno, *out untouched on failure. A kernel without nf_tables or iptables has none. */
int nsa_firewall_detect(int netns_fd, struct nsa_firewall *out);

#endif
