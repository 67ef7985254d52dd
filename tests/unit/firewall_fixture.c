// SPDX-License-Identifier: GPL-2.0-only
/* The namespace nsa-fw, its nf_tables rules, and checks of the report on it. */
#include <stdbool.h>
#include <string.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"

/* Of a namespace that is gone. */
const struct nsa_netns nowhere = { .held = -1, .path = (char[]){ "/nonexistent" } };

/* br_netfilter, where the kernel has it: it starts as on. */
static void call_iptables(int on)
{
	sh("nsenter --net=/run/netns/nsa-fw sh -c 'for f in ip ip6 arp; do "
	   "f=/proc/sys/net/bridge/bridge-nf-call-${f}tables; [ ! -e $f ] || echo %d >$f; done'",
	   on);
}

int firewall_setup(void **state)
{
	static struct nsa_netns ns;

	sh("ip netns add nsa-fw && ip -n nsa-fw link add v0 type veth peer name v1");
	call_iptables(0);
	assert_int_equal(nsa_netns_open("nsa-fw", &ns), 0);
	*state = &ns;
	return 0;
}

int firewall_teardown(void **state)
{
	nsa_netns_close(*state);
	sh("ip netns del nsa-fw");
	return 0;
}

struct nsa_firewall detect(const struct nsa_netns *ns)
{
	struct nsa_firewall firewall = { .routed = true, .bridged = true, .what = "before" };

	assert_int_equal(nsa_firewall_detect(ns, &firewall), 0);
	assert_int_equal(firewall.routed || firewall.bridged, firewall.what[0] != '\0');
	return firewall;
}

/* kind: what is named; NULL: nothing has to see every packet. */
void expect_every(const struct nsa_netns *ns, const char *kind)
{
	struct nsa_firewall firewall = detect(ns);

	if (firewall.every_packet != !!kind)
		fail_msg("%s: %s", kind ? kind : "none", firewall.what);
	if (kind && strncmp(firewall.what, kind, strlen(kind)) != 0)
		fail_msg("\"%s\" isn't named first: %s", kind, firewall.what);
}

void nft(const char *ruleset)
{
	sh("nsenter --net=/run/netns/nsa-fw nft '%s'", ruleset);
}

/* With the ruleset alone in the namespace. */
void expect_nft(const struct nsa_netns *ns, const char *ruleset, const char *what)
{
	nft("flush ruleset");
	nft(ruleset);
	assert_string_equal(detect(ns).what, what);
	nft("flush ruleset");
}

/* The same, and what it applies to. */
void expect_scope(const struct nsa_netns *ns, const char *ruleset, bool routed, bool bridged)
{
	struct nsa_firewall firewall;

	nft("flush ruleset");
	nft(ruleset);
	firewall = detect(ns);
	assert_int_equal(firewall.routed, routed);
	assert_int_equal(firewall.bridged, bridged);
	nft("flush ruleset");
}

void count_packets(void)
{
	sh("ip -n nsa-fw link set lo up && "
	   "nsenter --net=/run/netns/nsa-fw ping -qc 1 127.0.0.1 >/dev/null");
}
