#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Which sources the owner takes where only the kernel's own lookup knows the way back: with policy
# rules, and several next hops. Each scenario runs by the kernel alone first.
# shellcheck disable=SC2154 # bats sets what starts with BATS_

load live

setup_file()
{
	isolate
}

teardown()
{
	live_teardown
}

S4=10.50.0.1
# Not behind any device, behind another one, and behind the one that it comes in by.
NOWHERE=203.0.113.9
ELSEWHERE=10.2.0.99
BEHIND=10.60.0.9

# Routes to the service by the wire, and a network behind blue; blue may send from anything.
router_of_blue()
{
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}"
	rt route add 10.60.0.0/24 via "${ADDR4[blue]}"
	unguarded blue
}

rp_filter()
{
	rt_sysctl "net.ipv4.conf.all.rp_filter=$1"
}

# taken fast|slow SOURCE..., refused SOURCE...: of what blue sends from there.
taken()
{
	local path=$1 source

	shift
	for source; do
		probe blue "$S4,src=$source"
		got wire 1
		if [[ $path == fast ]]; then fast 1; else slow 1 pass_source; fi
	done
}

refused()
{
	local source

	for source; do
		probe blue "$S4,src=$source"
		got wire 0
		slow 1 pass_source
	done
}

scenario_strict()
{
	router_of_blue
	rp_filter 1
	rt rule add from 10.99.0.0/16 lookup 100
	taken fast "${ADDR4[blue]}" "$BEHIND"
	refused "$ELSEWHERE" "$NOWHERE" 10.1.0.1 10.1.0.255
	probe red "$S4"
	got wire 1
	fast 1
}
@test "rules, strict" { both scenario_strict; }

scenario_loose()
{
	router_of_blue
	rp_filter 2
	rt rule add from 10.99.0.0/16 lookup 100
	taken fast "${ADDR4[blue]}" "$BEHIND" "$ELSEWHERE"
	refused "$NOWHERE" 10.1.0.1 10.1.0.255
	rt route add blackhole 203.0.113.0/24
	refused "$NOWHERE"
	rt route del blackhole 203.0.113.0/24
	rt route add default via "${ADDR4[wire2]}"
	taken fast "$NOWHERE"
}
@test "rules, loose" { both scenario_loose; }

# A port without an address: any route will do no more.
scenario_loose_without_address()
{
	router_of_blue
	rp_filter 2
	rt rule add from 10.99.0.0/16 lookup 100
	rt addr del "${GW4[blue]}/24" dev blue
	rt route add "${ADDR4[blue]}" dev blue
	taken fast "${ADDR4[blue]}"
	refused "$ELSEWHERE"
}
@test "rules, loose, a port without an address (EKS)" { both scenario_loose_without_address; }

# Without rp_filter only what is local, or broadcast, isn't taken. Of no route the helper doesn't say
# that it isn't one of those.
scenario_off()
{
	router_of_blue
	rt rule add from 10.99.0.0/16 lookup 100
	taken fast "${ADDR4[blue]}" "$BEHIND" "$ELSEWHERE"
	taken slow "$NOWHERE"
	refused 10.1.0.1 10.1.0.255
	rt route add local 203.0.113.0/24 dev lo table 100
	rt rule add to 203.0.113.0/24 lookup 100
	refused "$NOWHERE"
	rt route replace blackhole 203.0.113.0/24 table 100
	taken fast "$NOWHERE"
}
@test "rules, no rp_filter" { both scenario_off; }

# By the rules of the way back: the device that the packet leaves by, ports the other way round, TOS.
scenario_reverse_rules()
{
	router_of_blue
	rp_filter 1
	rt route add 10.70.0.0/24 via "${ADDR4[blue]}" table 100
	refused 10.70.0.9
	rt rule add iif eth0 lookup 100
	taken fast 10.70.0.9
	rt rule del iif eth0 lookup 100
	rt rule add iif eth1 lookup 100
	refused 10.70.0.9
	rt rule del iif eth1 lookup 100
	# Probes go from port 4000 to 9.
	rt rule add ipproto udp sport 4000 lookup 100
	refused 10.70.0.9
	rt rule del ipproto udp sport 4000 lookup 100
	rt rule add ipproto udp sport 9 lookup 100
	taken fast 10.70.0.9
	rt rule del ipproto udp sport 9 lookup 100
	rt rule add tos 0x08 lookup 100
	refused 10.70.0.9
	taken fast 10.70.0.9,tos=08
}
@test "rules of the way back" { both scenario_reverse_rules; }

# Rules by mark, as wg-quick makes: of packets without one they say nothing, or all.
scenario_marks()
{
	router_of_blue
	rp_filter 2
	rt route add default via "${ADDR4[wire2]}" table 51820
	rt rule add not fwmark 51820 lookup 51820 pref 200
	rt rule add lookup main suppress_prefixlength 0 pref 100
	taken fast "${ADDR4[blue]}" "$BEHIND" "$ELSEWHERE" "$NOWHERE"
	rp_filter 1
	taken fast "${ADDR4[blue]}" "$BEHIND"
	refused "$ELSEWHERE" "$NOWHERE"
}
@test "rules by mark (wg-quick)" { both scenario_marks; }

# Two uplinks, each with a table, and answers go out where they came in.
scenario_multi_wan()
{
	rp_filter 1
	rt route add default via "${ADDR4[wire]}"
	rt route add default via "${ADDR4[wire]}" table 101
	rt route add default via "${ADDR4[wire2]}" table 102
	rt rule add from 10.1.0.0/24 lookup 101
	rt rule add from 10.2.0.0/24 lookup 102
	rt rule add iif red lookup 102
	rt rule add to 10.0.0.0/8 lookup main pref 50
	probe red 198.51.100.9
	got wire2 1
	fast 1
	probe blue 198.51.100.9
	got wire 1
	fast 1
	probe wire "${ADDR4[blue]},src=198.51.100.9"
	got blue 1
	fast 1
	probe wire2 "${ADDR4[blue]},src=198.51.100.9"
	got blue 0
	slow 1 pass_source
	probe wire2 "${ADDR4[red]},src=198.51.100.9"
	got red 1
	fast 1
}
@test "two uplinks" { both scenario_multi_wan; }

# A source behind several next hops, one of which is where it comes from. The helper tells of one.
scenario_multipath()
{
	local i

	router_of_blue
	rp_filter 1
	rt route add 10.80.0.0/24 nexthop via "${ADDR4[blue]}" nexthop via "${ADDR4[red]}"
	for i in {1..8}; do
		probe blue "$S4,src=10.80.0.$i"
		got wire 1
	done
	rp_filter 2
	for i in {1..4}; do
		probe blue "$S4,src=10.80.0.$i"
		got wire 1
		fast 1
	done
}
@test "a source behind several next hops" { both scenario_multipath; }

# What `route get` says is of a source that the endpoint would send from, and of none that is made up.
@test "route get: the source is the endpoint's" {
	topo_up
	attach eth0
	daemon_start
	rp_filter 1
	change ip -n nsa-rt rule add from 10.99.0.0/16 lookup 100
	nsaccel -j -n nsa-blue route get "${ADDR4[red]}" |
		jq -e --arg from "${ADDR4[blue]}" '.reason == "fwd_veth" and .from == $from'
	nsaccel -n nsa-blue route get "${ADDR4[red]}" | grep -q "^${ADDR4[red]} from ${ADDR4[blue]} netns nsa-blue"
	nsaccel -j -n nsa-blue route get "${ADDR6[red]}" | jq -e --arg from "${ADDR6[blue]}" '.from == $from'
	nsaccel -j -n nsa-rt route get "${ADDR4[red]}" from 10.0.0.7 | jq -e '.reason == "fwd_veth"'
	fails 2 "from ADDRESS" nsaccel -n nsa-rt route get "${ADDR4[red]}"
	ip -n nsa-blue addr flush dev eth0
	fails 2 "from ADDRESS" nsaccel -n nsa-blue route get "${ADDR4[red]}"
}
