// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/nft_*.c: which nf_tables rules have to see every packet. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "firewall_fixture.h"
#include "sandbox.h"

#define CHAIN(family, hook, rules)                                                                 \
	"table " family " t { chain c { type filter hook " hook " priority 0; " rules "; }; }"

static void expect_every_nft(const struct nsa_netns *ns, const char *ruleset, const char *kind)
{
	nft("flush ruleset");
	nft(ruleset);
	expect_every(ns, kind);
	nft("flush ruleset");
}

static bool has_nft(const char *ruleset)
{
	char line[640];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw nft -c '%s' 2>/dev/null",
		 ruleset);
	if (!system(line))
		return true;
	print_message("skipped: %s\n", ruleset);
	return false;
}

/* One rule of an inet chain at forward. */
static void expect_every_rule(const struct nsa_netns *ns, const char *rule, const char *kind)
{
	char ruleset[512], what[128];

	snprintf(ruleset, sizeof(ruleset), CHAIN("inet", "forward", "%s"), rule);
	snprintf(what, sizeof(what), "nft %s in inet t/c, nft chain inet t/c (", kind ? kind : "");
	if (has_nft(ruleset))
		expect_every_nft(ns, ruleset, kind ? what : NULL);
}

static void test_every_nft(void **state)
{
	static const struct {
		const char *rule, *kind;
	} rules[] = {
		{ "limit rate 10/second accept", "limit" },
		{ "udp dport 9 limit rate over 10/second drop", "limit" },
		{ "quota over 10 mbytes drop", "quota" },
		{ "ct count over 5 drop", "connlimit" },
		{ "meta mark set numgen inc mod 2", "numgen" },
		{ "queue to 1", "queue" },
		{ "log", "log" },
		{ "ct bytes > 1000 drop", "ct bytes or packets" },
		{ "ct original packets > 10 drop", "ct bytes or packets" },
		{ "ct avgpkt > 10 drop", "ct bytes or packets" },
		{ "ct expiration 10s drop", "ct expiration" },
		{ "ct status assured drop", "ct status" },
		{ "ct mark set ct mark xor 0x1", "ct mark" },
		{ "meta length > 1000 drop", "meta length" },
		{ "meta random < 5 drop", "meta random" },
		{ "meta cpu 1 drop", "meta cpu" },
		{ "meta nftrace set 1", "meta nftrace" },
		{ "meta secpath exists accept", "meta secpath" },
		{ "ip ecn ect0 drop", "ip ecn" },
		{ "ip ecn { ect0, ce } drop", "ip ecn" },
		{ "ip ecn . tcp dport { ect0 . 80 } drop", "ip ecn" },
		{ "ip ecn set ce", "ip ecn" },
		{ "ip length > 1000 drop", "ip length" },
		{ "ip id 7 drop", "ip id" },
		{ "ip frag-off & 0x4000 != 0 drop", "ip frag-off" },
		{ "ip frag-off & 0x8000 != 0 drop", "ip frag-off" },
		{ "ip frag-off 0 drop", "ip frag-off" },
		{ "ip checksum 7 drop", "ip checksum" },
		{ "ip id set 7", "ip id" },
		{ "meta mark set jhash ip id mod 2", "ip id" },
		{ "ip6 ecn ce drop", "ip6 ecn" },
		{ "ip6 length > 1000 drop", "ip6 length" },
		{ "ip6 flowlabel 7 drop", "ip6 flowlabel" },
		{ "ip6 flowlabel set 7", "ip6 flowlabel" },
		{ "udp length > 1000 drop", "udp length" },
		{ "udp checksum 7 drop", "udp checksum" },
		{ "tcp sequence 7 drop", "tcp sequence" },
		{ "tcp ackseq 7 drop", "tcp ackseq" },
		{ "tcp doff 8 drop", "tcp doff" },
		{ "tcp window < 100 drop", "tcp window" },
		{ "tcp checksum 7 drop", "tcp checksum" },
		{ "tcp urgptr 7 drop", "tcp urgptr" },
		{ "tcp window set 7", "tcp window" },
		{ "@th,64,32 7 drop", "udp payload" },
		{ "meta l4proto tcp @th,64,32 7 drop", "tcp ackseq" },
		{ "meta l4proto tcp @th,160,8 7 drop", "tcp option or payload" },
		{ "meta l4proto tcp @th,160,8 & 0 == 0 drop", "tcp option or payload" },
		{ "@th,107,1 1 drop", "udp payload" }, /* flags of TCP, but what of UDP? */
		{ "@ih,0,8 7 drop", "udp payload" },
		{ "@ll,120,8 7 drop", "ip6 flowlabel" }, /* behind Ethernet's header */
		{ "ip version 4 @nh,8,8 & 3 == 1 drop", "ip ecn" },
		{ "meta nfproto ipv4 @nh,224,32 7 drop", "udp payload" },
		{ "meta nfproto ipv4 @nh,15,1 1 drop", "ip ecn" },
		{ "meta nfproto ipv6 @nh,384,32 7 drop", "udp payload" },
		{ "tcp option sack-perm exists drop", "tcp option" },
		{ "tcp option timestamp tsval 7 drop", "tcp option" },
		{ "tcp option maxseg size set 1400", "tcp option" },
		{ "tcp flags & (psh|urg) == 0 drop", "tcp flags" },
		{ "tcp flags & (ack|psh) == (ack|psh) drop", "tcp flags" },
		{ "tcp flags & (ecn|cwr) != 0 drop", "tcp flags" },
		{ "tcp flags { ack, psh } drop", "tcp flags" },
		{ "tcp flags . tcp dport { ack . 80 } drop", "tcp flags" },
		{ "ipsec in reqid 7 accept", "xfrm" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i].rule, rules[i].kind);
}

/* What goes by addresses, ports and the like, or only by the first and last packets of flows. */
static void test_every_nft_not(void **state)
{
	static const char *const rules[] = {
		"accept",
		"counter",
		"iifname \"v0\" oifname \"v1\" ip saddr 10.0.0.0/8 ip daddr 10.1.0.1 accept",
		"ip6 saddr fe80::/10 ip6 daddr 2001:db8::/32 drop",
		"ip6 saddr 2001:db8::1 ip6 daddr 2001:db8::2 drop",
		"ether saddr 02:00:00:00:00:01 ether daddr 02:00:00:00:00:02 drop",
		"tcp dport { 80, 443 } accept; udp sport 53 udp dport 1024-65535 accept",
		"ip saddr . tcp dport { 10.0.0.1 . 80 } accept",
		"ip ttl < 2 drop; ip6 hoplimit < 2 drop; ip dscp cs1 accept; ip6 dscp cs1 accept",
		"ip dscp set cs1; ip6 dscp set cs1",
		"ip frag-off & 0x1fff != 0 drop; exthdr frag exists drop",
		"ip frag-off & 0x2000 != 0 drop; ip hdrlength 5 drop; ip version 4 drop",
		"meta l4proto icmp limit rate 1/second accept",
		"icmp type echo-request limit rate 1/second accept",
		"ip6 nexthdr icmpv6 limit rate 1/second accept",
		"meta protocol arp limit rate 1/second accept",
		"ether type vlan vlan id 7 limit rate 1/second accept",
		"meta l4proto tcp @th,107,1 1 drop",
		"meta nfproto ipv4 @nh,8,6 7 drop; meta nfproto ipv4 @nh,160,16 7 drop",
		"exthdr hbh exists limit rate 1/second accept",
		"tcp flags & (fin|syn|rst|psh|ack|urg) == 0 limit rate 1/second drop",
		"ct status dnat accept; ct mark set ct mark or 0x1; ct direction original accept",
		"ct mark set meta mark; meta mark set ct mark",
		"meta hour 10:00-11:00 accept; meta skuid 0 accept; meta pkttype host accept",
		"ip saddr vmap { 10.0.0.1 : drop }; ct state vmap { established : accept }",
		"ip ttl set 9; ip saddr set 10.0.0.1; tcp dport set 80; ether saddr set "
		"02:00:00:00:00:09",
		"meta mark set jhash ip saddr . tcp sport mod 2",
		"meta mark set symhash mod 2",
		"ip dscp { cs1, cs2 } accept; ip6 dscp { cs1, cs2 } accept",
		"meta mark 1 meta mark set 2 ct mark set 3 meta priority set none",
		"fib saddr . iif oif missing drop",
		"tcp flags syn tcp option maxseg size set rt mtu",
		"ct state new limit rate 10/second accept",
		"ct state new,related log",
		"ct state invalid log drop",
		"ct state invalid counter limit rate 3/minute log drop",
		"ct state == new limit rate 10/second accept",
		"tcp flags syn limit rate 10/second accept",
		"tcp flags & (fin|syn|rst|ack) == syn limit rate 10/second accept",
		"tcp flags & (fin|syn|rst|ack) != syn ct state new drop",
		"tcp flags & (fin|syn) == (fin|syn) log drop",
		"ct state established,related counter accept; limit rate 3/minute log drop",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i], NULL);
}

/* Looks like an exception, and is none. */
static void test_every_nft_order(void **state)
{
	static const char *const rules[] = {
		"ct state new,established limit rate 10/second accept",
		"ct state untracked limit rate 10/second accept",
		"ct state != established limit rate 10/second accept",
		"limit rate 10/second ct state new accept",
		"tcp flags syn accept; limit rate 10/second accept",
		"tcp flags & syn == 0 limit rate 10/second accept",
		"ct state established udp dport 9 accept; limit rate 3/minute accept",
		"ct state related accept; limit rate 3/minute accept",
		"ct state established counter; limit rate 3/minute accept",
		"ct state established drop; limit rate 3/minute accept",
		"limit rate 3/minute accept; ct state established accept",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		expect_every_rule(*state, rules[i], "limit");
}

/* What is never established is new each time. */
static void test_every_untracked(void **state)
{
	static const char kind[] = "rules for new connections beside notrack or zones";
	static const char *const rules[] = { "notrack", "ct zone set 7" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char ruleset[512];

		snprintf(ruleset, sizeof(ruleset),
			 "table ip r { chain c { type filter hook prerouting priority -300; "
			 "udp dport 9 %s; }; }",
			 rules[i]);
		expect_every_nft(*state, ruleset, NULL);
		nft(CHAIN("ip", "forward", "ct state new limit rate 1/second accept"));
		nft(ruleset);
		expect_every(*state, kind);
		nft("flush ruleset");
	}
}

static void test_every_nft_where(void **state)
{
	static const char limit[] = "nft limit in ";

	expect_every_nft(*state, CHAIN("ip", "input", "limit rate 1/second accept"), NULL);
	expect_every_nft(*state, CHAIN("inet", "output", "limit rate 1/second accept"), NULL);
	expect_every_nft(*state, CHAIN("ip", "prerouting", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("ip6", "postrouting", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("bridge", "forward", "limit rate 1/second accept"), limit);
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "limit rate 1/second accept"),
			 limit);
	expect_every_nft(*state, CHAIN("netdev", "egress device v0", "limit rate 1/second accept"),
			 limit);
	expect_every_nft(*state, CHAIN("ip", "forward", "dup to 10.0.0.1"), "nft dup in ");
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "dup to v1"), "nft dup in ");
	expect_every_nft(*state, CHAIN("netdev", "ingress device v0", "fwd to v1"), "nft fwd in ");
	/* A table with chains here and there. */
	expect_every_nft(*state,
			 "table inet t { chain i { type filter hook input priority 0; "
			 "limit rate 1/second accept; }; "
			 "chain f { type filter hook forward priority 0; accept; }; }",
			 NULL);
	/* Not a base chain: met from those that are. */
	expect_every_nft(*state,
			 "table inet t { chain other { limit rate 1/second accept; }; "
			 "chain c { type filter hook forward priority 0; jump other; }; }",
			 "nft limit in inet t/other, nft chain inet t/c (1 rule)");
	expect_every_nft(*state,
			 "table inet t { chain other { limit rate 1/second accept; }; "
			 "chain c { type filter hook input priority 0; jump other; }; "
			 "chain f { type filter hook forward priority 0; }; }",
			 NULL);
	expect_every_nft(*state,
			 "table inet t { chain c { limit rate 1/second accept; }; }; "
			 "table ip t { chain c { type filter hook forward priority 0; accept; }; }",
			 NULL);
	/* Only the first packet of a connection meets rules of NAT. */
	expect_every_nft(*state,
			 "table ip t { chain c { type nat hook prerouting priority -100; "
			 "limit rate 1/second accept; }; }",
			 NULL);
	/* One chain's exception isn't the next one's. */
	expect_every_nft(*state,
			 "table inet t { chain c { type filter hook forward priority 0; "
			 "ct state established accept; }; "
			 "chain d { type filter hook forward priority 1; "
			 "limit rate 1/second accept; }; }",
			 "nft limit in inet t/d");
}

/* What elements of sets and named objects do. */
static void test_every_nft_elements(void **state)
{
#define SET(definition, rule)                                                                      \
	"table ip t { " definition "; chain c { type filter hook forward priority 0; " rule "; "   \
	"}; }"
	static const char dynamic[] = "set s { type ipv4_addr; flags dynamic; size 9; }";
	char ruleset[512];

	expect_every_nft(*state,
			 SET("set s { type ipv4_addr; flags dynamic; limit rate 1/second; }",
			     "ip saddr @s accept"),
			 "nft limit in ip t/c");
	expect_every_nft(*state, SET("set s { type ipv4_addr; counter; }", "ip saddr @s accept"),
			 NULL);
	snprintf(ruleset, sizeof(ruleset), SET("%s", "update @s { ip saddr limit rate 1/second }"),
		 dynamic);
	expect_every_nft(*state, ruleset, "nft limit in ip t/c");
	snprintf(ruleset, sizeof(ruleset), SET("%s", "add @s { ip saddr counter } accept"),
		 dynamic);
	expect_every_nft(*state, ruleset, NULL);
	/* A packet changes what the next is judged by: of its own flow, not of new ones. */
	snprintf(ruleset, sizeof(ruleset), SET("%s", "ip saddr @s drop; add @s { ip saddr }"),
		 dynamic);
	expect_every_nft(*state, ruleset, "nft set ip t/s");
	snprintf(ruleset, sizeof(ruleset),
		 SET("%s", "ip saddr @s drop; ct state new add @s { ip saddr }"), dynamic);
	expect_every_nft(*state, ruleset, NULL);
	expect_every_nft(*state,
			 SET("set s { type ipv4_addr; flags dynamic,timeout; timeout 1m; }",
			     "update @s { ip saddr }"),
			 "nft dynset in ip t/c");
	expect_every_nft(*state, SET("quota q { 10 mbytes }", "quota name q drop"),
			 "nft quota in ip t/c");
	expect_every_nft(*state, SET("counter n { }", "counter name n"), NULL);
	expect_every_nft(*state,
			 SET("limit l { rate 1/second }; map m { type ipv4_addr : limit; "
			     "elements = { 10.0.0.1 : \"l\" }; }",
			     "limit name ip saddr map @m drop"),
			 "nft limit in ip t/c");
	/* Also those that only new connections meet have their effect on all that follows. */
	expect_every_nft(*state,
			 SET("ct helper h { type \"ftp\" protocol tcp; }",
			     "ct state new tcp dport 21 ct helper set \"h\""),
			 "nft ct helper in ip t/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_nft),	    TEST(test_every_nft_not),
		TEST(test_every_nft_order), TEST(test_every_untracked),
		TEST(test_every_nft_where), TEST(test_every_nft_elements),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
