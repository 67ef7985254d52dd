# SPDX-License-Identifier: GPL-2.0-only
# Policies between namespaces: which packets rules and defaults allow.

load policy

@test "rules: the first that matches decides, in each family and direction" {
	local family

	policy add --from nsa-blue --to nsa-red proto tcp dport 7000 allow
	policy add --from nsa-blue --to nsa-red deny
	policy add --from 10.2.0.0/24 --to 10.0.0.0/24 proto icmp deny
	policy add --from netns:nsa-red --to fd00::/64 proto icmpv6 deny
	serve red
	for family in 4 6; do
		send_tcp blue red "$family"
		deaf blue red "$family"
		hears red blue "$family"
		deaf red wire "$family"
		hears wire red "$family"
	done
	[[ $(field 0 packets) -gt 10 && $(field 0 bytes) -gt 400000 ]]
	[[ $(field 1 packets) -ge 2 ]]
}

@test "defaults: deny, but what rules allow, and its answers" {
	local family

	nsaccel ns set nsa-red --policy deny
	[[ $(nsaccel -j ns show | jq -r '.[] | select(.netns == "nsa-red").policy') == deny ]]
	serve red
	for family in 4 6; do
		deaf blue red "$family"
		deaf red wire "$family"
		deaf rt red "$family"
		hears blue wire "$family"
	done
	policy add --from nsa-blue --to nsa-red allow
	for family in 4 6; do
		hears blue red "$family"
		send_tcp blue red "$family"
		send_udp blue red "$family" 1500
		deaf red blue "$family"
	done
	nsaccel ns set nsa-red --policy allow
	hears red wire 4
}

@test "defaults: of the owner, for itself and its wires" {
	nsaccel ns set nsa-rt --policy deny
	deaf wire wire2 4
	deaf blue wire 6
	hears blue red 4
	policy add --from 10.0.0.0/24 --to 10.0.1.0/24 allow
	hears wire wire2 4
	deaf wire2 wire 4
	deaf wire wire2 6
	nsaccel ns set nsa-rt --policy allow
	hears wire wire2 6
}

@test "macvlans: to and from the wire, and each other" {
	policy add --from nsa-mac --to nsa-red deny
	policy add --from nsa-mac --to nsa-mac3 deny
	policy add --from nsa-wire2 --to nsa-mac deny # a name of no endpoint of ours
	deaf mac red 4
	deaf mac mac3 4
	hears mac wire 4
	hears red mac 4
	nsaccel ns set nsa-mac --policy deny
	deaf mac wire 4
	deaf wire mac 6
	policy add --from owner-has-no-such-name deny && return 1
	policy add --from nsa-rt --to nsa-mac allow
	hears wire mac 4
	hears wire mac 6
}

# Two more namespaces, c1 and c2, behind a bridge; neighbours find each other as ever.
bridge_up()
{
	local i

	ns_add nsa-c1 nsa-c2
	ip -n nsa-rt -batch - <<-EOF
		link add br0 address 02:00:00:09:00:01 type bridge
		addr add 10.9.0.1/24 dev br0
		addr add fd00:0:9::1/64 dev br0 nodad
		link set br0 up
	EOF
	for i in 1 2; do
		ip link add "c$i" netns nsa-rt type veth peer name eth0 netns "nsa-c$i" \
			address "02:00:00:09:01:0$i"
		ip -n nsa-rt link set "c$i" master br0 up
		ip -n "nsa-c$i" -batch - <<-EOF
			addr add 10.9.0.1$i/24 dev eth0
			addr add fd00:0:9::1$i/64 dev eth0 nodad
			link set eth0 up
			route add default via 10.9.0.1
			route add default via fd00:0:9::1
		EOF
	done
	wait_until 5 bridge_forwards
	# So that all know all, and the tables do, too.
	for i in 10.9.0.12 10.9.0.1 fd00:0:9::12 fd00:0:9::1; do
		wait_until 5 ping_from c1 "$i" -c 1 -W 1
	done
	for i in 10.9.0.1 fd00:0:9::1; do
		wait_until 5 ping_from c2 "$i" -c 1 -W 1
	done
	nsaccel sync
}

bridge_forwards()
{
	[[ $(bridge -n nsa-rt link show | grep -c 'state forwarding') -ge 2 ]]
}

# blocked FROM ADDRESS, and passes: by address, as hears and deaf by name.
blocked()
{
	local before

	before=$(dropped)
	! ping_from "$1" "$2" -c 1 -W 0.3 >/dev/null || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]] || fail "$1 doesn't hear $2, but not by the policy"
}

passes()
{
	ping_from "$1" "$2" -c 2 -W 2 >/dev/null
}

@test "ports of a bridge: steered, bridged and routed" {
	local ip

	bridge_up
	policy add --from nsa-c1 --to nsa-c2 deny
	policy add --from nsa-c1 --to nsa-blue deny
	for ip in 10.9.0.12 fd00:0:9::12 "${ADDR4[blue]}" "${ADDR6[blue]}"; do
		blocked c1 "$ip"
	done
	for ip in 10.9.0.11 fd00:0:9::11 "${ADDR4[blue]}" "${ADDR6[blue]}"; do
		passes c2 "$ip"
	done
	passes c1 "${ADDR4[red]}"
	passes c1 "${ADDR6[red]}"
	# Options: the bridge routes it, and then it comes from the bridge.
	blocked_with_options c1 "${ADDR4[blue]}"
	in_ns nsa-c1 ping -n -q -c 1 -W 2 -T tsonly "${ADDR4[red]}"
}

blocked_with_options()
{
	local before

	before=$(dropped)
	! in_ns "nsa-$1" ping -n -q -c 1 -W 0.3 -T tsonly "$2" || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]]
}

@test "ports of a bridge: denied by default, neighbours are found all the same" {
	local ip

	bridge_up
	nsaccel ns set nsa-c2 --policy deny
	policy add --from nsa-c1 --to nsa-c2 proto icmp allow
	policy add --from nsa-c1 --to nsa-c2 proto icmpv6 allow
	ip -n nsa-c1 neigh flush dev eth0
	ip -n nsa-c2 neigh flush dev eth0
	for ip in 10.9.0.12 fd00:0:9::12; do
		passes c1 "$ip"
	done
	for ip in 10.9.0.11 fd00:0:9::11 10.9.0.1 fd00:0:9::1; do
		blocked c2 "$ip"
	done
	policy add --from nsa-c2 --to nsa-rt allow
	ip -n nsa-c2 neigh flush dev eth0
	for ip in 10.9.0.1 fd00:0:9::1; do
		passes c2 "$ip"
	done
}

# What isn't for the fast path is judged where the kernel sends it out.
@test "packets for the slow path: options, TTL, fragments" {
	local common=(smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src="${ADDR4[blue]}"
		dst="${ADDR4[red]}")
	local before

	policy add --from nsa-blue --to nsa-red proto udp dport 9 deny
	policy add --from nsa-blue --to nsa-rt deny
	capture nsa-red eth0 "$BATS_TEST_TMPDIR/pcap" udp or ip6 or "ip[6:2] & 0x1fff != 0"
	before=$(dropped)
	{
		frame4 "${common[@]}" id=0001 opts=01010101
		frame4 "${common[@]}" id=0002 off=2000
		frame4 "${common[@]}" id=0002 off=0003
		frame4 "${common[@]}" id=0003 dst="${GW4[blue]}" ttl=1
		frame4 "${common[@]}" id=0004 dst="${GW4[blue]}" opts=01010101
		# Port 10: allowed.
		frame4 "${common[@]}" id=7e7e opts=01010101 \
			l4=0fa0000a000c0000656e6421
	} | send_frames blue
	wait_until 5 captured_count "$BATS_TEST_TMPDIR/pcap" 1
	capture_stop
	[[ $(captured "$BATS_TEST_TMPDIR/pcap" | wc -l) == 1 ]]
	captured "$BATS_TEST_TMPDIR/pcap" | grep -q 656e6421
	[[ $(dropped) == $((before + 5)) ]]
}

# remembered SLOT: connections that the namespace has begun.
remembered()
{
	local id

	for id in $(bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/conns |
		jq -r '.[].value | map(ltrimstr("0x")) | reverse | join("")'); do
		bpftool -j map dump id $((16#$id))
	done | jq -s --argjson slot "$1" '[.[][].formatted.key | select(.slot == $slot)] | length'
}

@test "a probe is judged, and nothing is remembered or counted of it" {
	local slot

	nsaccel ns set nsa-red --policy deny
	[[ $(nsaccel -j -n nsa-blue route get "${ADDR4[red]}" | jq -r .reason) == drop_policy ]]
	policy add --from nsa-blue --to nsa-red allow
	[[ $(nsaccel -j -n nsa-blue route get "${ADDR4[red]}" | jq -r .reason) == fwd_veth ]]
	slot=$(nsaccel -j ns show | jq '.[] | select(.netns == "nsa-blue").slot')
	[[ $(field 0 packets) == 0 && $(remembered "$slot") == 0 ]]
	hears blue red 4
	[[ $(field 0 packets) -gt 0 && $(remembered "$slot") -gt 0 ]]
}
