#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Records what this kernel says as seeds of fuzz_rtnl, fuzz_events and fuzz_firewall: dumps, answers and
# notifications of namespaces with a little of everything. What this kernel or machine doesn't have
# is left out.
# usage: record.sh DIR      BUILD: where the fuzzers are (build). As root.
set -eu -o pipefail

build=${BUILD:-build}/tests/fuzz
to=$1

if [ -z "${RECORDING-}" ]; then
	exec env RECORDING=1 BUILD="${BUILD:-build}" unshare --net --mount "$0" "$@"
fi

# record FUZZER TARGET NAME: by the namespace as it is.
record()
{
	mkdir -p "$to/$1"
	NSA_RECORD=$2:$to/$1/$3 "$build/$1" >&2 || echo "$1 $3: not recorded" >&2
}

# try COMMAND...: the kernel, or the machine, may not have it.
try() { "$@" >/dev/null 2>&1 || echo "not here: $*" >&2; }

mount -t tmpfs tmpfs /run
ip link set lo up
# The indexes are those of tests/unit/world.c, where it knows the device.
ip link add fuzz0 index 2 type veth peer name fuzz1 index 3
for pair in eth0:10 blue:12 red:13; do
	ip link add "${pair%:*}" index "${pair#*:}" type veth peer name "x${pair%:*}"
done
ip link add br0 index 15 type bridge
try ip link add mac0 link eth0 type macvlan mode bridge
try ip link add vx0 type vxlan id 7 dstport 4789 dev fuzz0
try ip link property add dev fuzz0 altname a-rather-long-alternative-name
ip link set red master br0
try bridge link set dev red isolated on learning off hairpin on
for device in fuzz0 fuzz1 eth0 blue red xeth0 xblue xred br0; do ip link set "$device" up; done
ip addr add 10.9.0.1/24 dev fuzz0
ip addr add 10.9.0.3/24 dev fuzz0 label fuzz0:1
ip addr add 10.9.9.9 peer 10.9.9.10/32 dev blue
ip -6 addr add fd00::1/64 dev fuzz0 nodad
ip addr add 10.0.0.1/24 dev eth0
ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev fuzz0
ip neigh add fd00::2 lladdr 02:00:00:00:00:02 dev fuzz0
ip neigh add proxy 10.9.0.77 dev fuzz0
try bridge fdb add 02:00:00:00:00:33 dev red master static
ip route add 10.50.0.0/16 via 10.9.0.2 mtu lock 1400
ip route add 10.51.0.0/16 nexthop via 10.9.0.2 nexthop dev eth0 weight 3
ip route add 10.52.0.0/16 via inet6 fd00::2 dev fuzz0
ip route add blackhole 10.53.0.0/16
ip route add 10.54.0.0/16 dev eth0 table 77 tos 0x10
ip -6 route add fd50::/32 via fd00::2 expires 1000
ip -6 route add fd51::/32 from fd00::/64 via fd00::2
ip -6 route add fd52::/32 nexthop via fd00::2 nexthop via fd00::3 weight 2
ip -6 route add unreachable fd53::/32
try ip nexthop add id 5 via 10.9.0.2 dev fuzz0
try ip route add 10.55.0.0/16 nhid 5
try ip route add 10.56.0.0/16 encap ip id 3 dst 10.9.0.2 dev vx0
ip rule add from 10.60.0.0/16 table 77 priority 100
ip -6 rule add iif eth0 suppress_prefixlength 0 table main
tc qdisc add dev fuzz0 clsact
try tc filter add dev fuzz0 ingress prio 7 protocol ip u32 match u32 0 0
try tc filter add dev fuzz0 egress prio 1 protocol all u32 match u32 0 0

for target in links addrs addrs_of routes each_route exceptions neighs fdb rules netconf stats link \
	lookups neigh qdisc netdev; do
	record fuzz_rtnl "$target" "$target"
done

# happens NAME COMMANDS: what both listeners hear of it. In the end all is as it was.
happens()
{
	local target
	for target in all one; do
		NSA_RECORD_EVENTS=$2 record fuzz_events "$target" "$target-$1"
	done
}

happens link "
	ip link set eth0 down; ip link set eth0 up
	ip link set eth0 name eth7; ip link set eth7 name eth0"
happens new "
	ip link add eth1 index 11 type veth peer name xeth1
	ip link set eth1 up; ip link del eth1"
happens move "
	ip netns add fuzz; ip link add moved type veth peer name stays
	ip link set moved netns fuzz; ip -n fuzz link set moved up; ip netns del fuzz"
happens addr "
	ip addr add 10.0.0.7/24 dev eth0; ip addr del 10.0.0.7/24 dev eth0
	ip addr add fd07::7/64 dev eth0 nodad; ip addr del fd07::7/64 dev eth0"
happens route "
	ip route add 10.70.0.0/16 dev eth0; ip route replace 10.70.0.0/16 via 10.0.0.9
	ip route append 10.70.0.0/16 dev blue; ip route del 10.70.0.0/16; ip route del 10.70.0.0/16"
happens route6 "
	ip -6 route add fd70::/32 via fd00::9; ip -6 route append fd70::/32 via fd00::8
	ip -6 route del fd70::/32 via fd00::9; ip -6 route del fd70::/32"
happens routes "
	ip route add 10.71.0.0/16 nexthop via 10.0.0.9 nexthop dev blue
	ip route add 10.73.0.0/16 dev blue table 7; ip route flush table 7; ip route del 10.71.0.0/16"
happens neigh "
	ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud reachable
	ip neigh change 10.0.0.9 dev eth0 nud failed; ip neigh del 10.0.0.9 dev eth0"
happens fdb "
	bridge fdb add 02:00:00:00:00:44 dev red master
	bridge fdb del 02:00:00:00:00:44 dev red master
	bridge link set dev red isolated off; bridge link set dev red isolated on
	ip link set red nomaster; ip link set red master br0"
happens rule "ip rule add to 10.1.0.0/16 table 7; ip rule del to 10.1.0.0/16 table 7"
for on in 1 0; do
	happens "netconf$on" "echo $on >/proc/sys/net/ipv4/conf/eth0/forwarding
		echo $on >/proc/sys/net/ipv4/conf/all/rp_filter
		echo $on >/proc/sys/net/ipv6/conf/all/forwarding"
done
happens tc "
	tc qdisc add dev eth0 clsact; tc filter add dev eth0 ingress prio 3 protocol ip u32 match u32 0 0
	tc qdisc del dev eth0 clsact"
happens nexthop "
	ip nexthop add id 9 dev eth0; ip route add 10.72.0.0/16 nhid 9; ip nexthop del id 9"

# Firewalls

for rules in tests/fuzz/rules/*.nft; do
	name=$(basename "$rules" .nft)
	nft flush ruleset
	try nft -f "$rules"
	for target in nft nft_packets nft_rules hooks all; do
		record fuzz_firewall "$target" "$target-$name"
	done
done
nft flush ruleset

for command in iptables-legacy ip6tables-legacy; do
	try "$command" -N CHAIN
	try "$command" -A FORWARD -p tcp --dport 80 -m limit --limit 5/s -j CHAIN
	try "$command" -A CHAIN -m conntrack --ctstate NEW -j DROP
	try "$command" -A FORWARD -m length --length 100:200 -j RETURN
	try "$command" -A FORWARD -i eth0 -m multiport --dports 1,2:3 -m mark --mark 5 -j ACCEPT
	try "$command" -t mangle -A PREROUTING -j MARK --set-mark 7
	try "$command" -t nat -A POSTROUTING -o eth0 -j MASQUERADE
	try "$command" -t raw -A PREROUTING -j NOTRACK
	try "$command" -P FORWARD DROP
	record fuzz_firewall xtables "$command"
done
record fuzz_firewall all all-legacy
try ip xfrm policy add src 10.0.0.0/8 dst 10.1.0.0/16 dir fwd tmpl proto esp mode tunnel
try ip xfrm policy add src 10.0.0.0/8 dst 10.1.0.0/16 dir out priority 7 action block
record fuzz_firewall xfrm policies
try ip xfrm policy setdefault fwd block
record fuzz_firewall xfrm default
ip link add br7 type bridge
try ip link set br7 type bridge nf_call_iptables 1
record fuzz_firewall br_netfilter bridges
