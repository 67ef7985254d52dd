// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/xt_extension.c: which extensions have to see every packet. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "firewall_fixture.h"
#include "sandbox.h"

static const char *const iptables_every[] = {
	"-m limit --limit 5/s -j ACCEPT",
	"-m hashlimit --hashlimit-upto 5/s --hashlimit-name nsa -j ACCEPT",
	"-p tcp -m connlimit --connlimit-above 5 -j DROP",
	"-m connbytes --connbytes 10 --connbytes-dir both --connbytes-mode bytes -j DROP",
	"-m recent --set --name nsa",
	"-m statistic --mode random --probability 0.5 -j DROP",
	"-m length --length 10:20 -j DROP",
	"-m string --string a --algo bm -j DROP",
	"-m quota --quota 10 -j DROP",
	"-m u32 --u32 0=1 -j DROP",
	"-m policy --dir in --pol none -j DROP",
	"-p tcp -m ecn --ecn-tcp-cwr -j DROP",
	"-p tcp --tcp-flags PSH PSH -j DROP",
	"-p tcp --tcp-flags SYN,ACK,URG ACK -j DROP",
	"-p tcp -m ecn --ecn-tcp-ece -j DROP",
	"-m ecn --ecn-ip-ect 1 -j DROP",
	"-m tos --tos 0x10/0xff -j DROP",
	"-m tos --tos 0x01/0x01 -j DROP",
	"-t mangle -j TOS --set-tos 0x10/0xff",
	"-t mangle -j TOS --set-tos 0x00/0x03",
	"-t mangle -j CONNMARK --set-xmark 1/0",
	"-t mangle -p tcp -j ECN --ecn-tcp-remove",
	"-t mangle -p tcp -j TCPOPTSTRIP --strip-options timestamp",
	"-t mangle -j CHECKSUM --checksum-fill",
	"-p tcp -m tcpmss --mss 10:20 -j DROP",
	"-m cpu --cpu 0 -j DROP",
	"-m bpf --bytecode \"1,6 0 0 0\" -j DROP",
	"-m conntrack --ctstatus ASSURED -j DROP",
	"-j AUDIT --type accept",
	"-t raw -j TRACE",
	"-p tcp --tcp-option 8 -j DROP",
	"-j LOG",
	"-j NFLOG",
	"-j NFQUEUE",
	"-j TEE --gateway 10.0.0.1",
	"-m limit --limit 5/s -m conntrack --ctstate NEW -j ACCEPT",
	"-m conntrack --ctstate NEW,ESTABLISHED -m limit --limit 5/s -j ACCEPT",
	"-m conntrack ! --ctstate ESTABLISHED -m limit --limit 5/s -j ACCEPT",
	"-m conntrack --ctexpire 10 -j ACCEPT",
};

static const char *const iptables_none[] = {
	"-s 10.0.0.1 -i v0 -p tcp --dport 80 -j ACCEPT",
	"-p udp -m multiport --dports 1,2 -m comment --comment x -j DROP",
	"-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
	"-m conntrack --ctstate NEW -m limit --limit 5/s -j ACCEPT",
	"-m state --state NEW -m limit --limit 5/s -j LOG",
	"-m conntrack --ctstate INVALID -j LOG",
	"-p tcp --syn -m limit --limit 5/s -j ACCEPT",
	"-p tcp ! --syn -m conntrack --ctstate NEW -j DROP",
	"-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
	"-m mac --mac-source 02:00:00:00:00:01 -j MARK --set-mark 1",
	"-m ttl --ttl-lt 2 -j DROP",
	"-p tcp --tcp-flags ALL NONE -j DROP",
	"-p tcp --tcp-flags ALL FIN,PSH,URG -j DROP",
	"-p icmp -m limit --limit 5/s -j ACCEPT",
	"-m dscp --dscp 4 -j DROP",
	"-m tos --tos 0x10/0xfc -j DROP",
	"-t mangle -j DSCP --set-dscp 4",
	"-t mangle -j TOS --set-tos 0x10/0xfc",
	"-t mangle -j TTL --ttl-set 9",
	"-t mangle -j CONNMARK --set-xmark 1/1",
	"-t mangle -j CONNMARK --save-mark",
	"-t mangle -j CONNMARK --restore-mark",
	"-t mangle -j CLASSIFY --set-class 1:1",
	"-p udp -m udp --dport 7 -j DROP",
	"-m conntrack --ctstatus SEEN_REPLY -j ACCEPT",
	"-m addrtype --dst-type LOCAL -j DROP",
	"-m pkttype --pkt-type broadcast -j DROP",
	"-m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP",
	"-m time --timestart 10:00 -j DROP",
	"-m physdev --physdev-in v0 -j DROP",
};

/* false: the kernel, or the command, lacks what the rule needs. */
static bool iptables_add(const char *command, const char *chain, const char *rule)
{
	char line[512];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw %s -A %s %s 2>/dev/null",
		 command, chain, rule);
	return !system(line);
}

static void iptables_flush(const char *command)
{
	sh("for t in filter mangle raw; do nsenter --net=/run/netns/nsa-fw %s -t $t -F; done",
	   command);
}

static void expect_every_iptables(const struct nsa_netns *ns, const char *command, const char *rule,
				  bool every)
{
	if (!iptables_add(command, "FORWARD", rule)) {
		print_message("skipped: %s\n", rule);
		return;
	}
	if (detect(ns).every_packet != every)
		fail_msg("%s %s: %s", command, rule, detect(ns).what);
	iptables_flush(command);
	if (iptables_add(command, "INPUT", rule) && detect(ns).every_packet)
		fail_msg("%s INPUT %s: %s", command, rule, detect(ns).what);
	iptables_flush(command);
}

static void skip_without_iptables(const char *command)
{
	char line[128];

	snprintf(line, sizeof(line), "nsenter --net=/run/netns/nsa-fw %s -L >/dev/null 2>&1",
		 command);
	if (system(line))
		skip();
}

/* Chains, and the rules that come after one for what is established. */
static void expect_every_chains(const struct nsa_netns *ns, const char *command)
{
	static const char established[] = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
	static const char limit[] = "-m limit --limit 5/s -j ACCEPT";

	sh("nsenter --net=/run/netns/nsa-fw %s -N other", command);
	assert_true(iptables_add(command, "INPUT", "-j other") &&
		    iptables_add(command, "other", limit));
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "FORWARD", established));
	assert_true(iptables_add(command, "FORWARD", limit));
	iptables_flush(command);
	assert_true(iptables_add(command, "FORWARD", established));
	assert_true(iptables_add(command, "FORWARD", limit));
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "other", limit));
	assert_true(detect(ns).every_packet);
	iptables_flush(command);
	assert_true(iptables_add(command, "FORWARD",
				 "-p udp -m conntrack --ctstate ESTABLISHED -j ACCEPT"));
	assert_true(iptables_add(command, "FORWARD", limit));
	assert_true(detect(ns).every_packet);
	iptables_flush(command);
}

static void expect_every_ct_target(const struct nsa_netns *ns, const char *command)
{
	if (iptables_add(command, "PREROUTING -t raw", "-p tcp --dport 21 -j CT --helper ftp"))
		assert_true(detect(ns).every_packet);
	iptables_flush(command);
	if (!iptables_add(command, "PREROUTING -t raw", "-p udp -j CT --notrack"))
		return;
	expect_every(ns, NULL);
	assert_true(iptables_add(command, "FORWARD",
				 "-m conntrack --ctstate NEW -m limit --limit 5/s -j ACCEPT"));
	expect_every(ns, "rules for new connections beside notrack or zones");
	iptables_flush(command);
}

static void expect_iptables(const struct nsa_netns *ns, const char *command)
{
	size_t i;

	skip_without_iptables(command);
	for (i = 0; i < sizeof(iptables_every) / sizeof(iptables_every[0]); i++)
		expect_every_iptables(ns, command, iptables_every[i], true);
	for (i = 0; i < sizeof(iptables_none) / sizeof(iptables_none[0]); i++)
		expect_every_iptables(ns, command, iptables_none[i], false);
	expect_every_chains(ns, command);
	expect_every_ct_target(ns, command);
}

static void test_every_iptables(void **state)
{
	expect_iptables(*state, "iptables-legacy");
	assert_true(iptables_add("iptables-legacy", "FORWARD", "-m limit --limit 5/s"));
	expect_every(*state, "iptables limit in filter, iptables filter/FORWARD (1 rule)");
}

static void test_every_ip6tables(void **state)
{
	skip_without_iptables("ip6tables-legacy");
	expect_every_iptables(*state, "ip6tables-legacy", "-m limit --limit 5/s", true);
	expect_every_chains(*state, "ip6tables-legacy");
}

static void test_every_iptables_nft(void **state)
{
	expect_iptables(*state, "iptables-nft");
	assert_true(iptables_add("iptables-nft", "FORWARD",
				 "-m hashlimit --hashlimit-upto 5/s --hashlimit-name nsa"));
	expect_every(*state, "nft hashlimit in ip filter/FORWARD, nft chain ip filter/FORWARD");
}

/* Rules of ebtables that nf_tables has. */
static void test_every_ebtables_nft(void **state)
{
	static const struct {
		const char *rule;
		bool every;
	} rules[] = {
		{ "-p ip --ip-tos 0x10 -j DROP", true },
		{ "-p ip6 --ip6-tclass 0x10 -j DROP", true },
		{ "--limit 5/s -j ACCEPT", true },
		{ "-j DROP --log", true },
		{ "--pkttype-type broadcast -j DROP", false },
		{ "-p ip --ip-src 10.0.0.1 -j DROP", false },
		{ "-p ip --ip-proto udp --ip-dport 9 -j DROP", false },
		{ "-s 02:00:00:00:00:01 -d 02:00:00:00:00:02 -i v0 -j DROP", false },
		{ "--mark 7 -j DROP", false },
		{ "-p 802_1Q --vlan-id 7 -j DROP", false },
		{ "-p arp --arp-op 1 -j DROP", false },
	};

	skip_without_iptables("ebtables-nft");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!iptables_add("ebtables-nft", "FORWARD", rules[i].rule))
			print_message("skipped: %s\n", rules[i].rule);
		else if (detect(*state).every_packet != rules[i].every)
			fail_msg("ebtables %s: %s", rules[i].rule, detect(*state).what);
		sh("nsenter --net=/run/netns/nsa-fw ebtables-nft -F");
	}
	nft("flush ruleset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_iptables),
		TEST(test_every_ip6tables),
		TEST(test_every_iptables_nft),
		TEST(test_every_ebtables_nft),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
