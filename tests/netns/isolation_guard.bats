# SPDX-License-Identifier: GPL-2.0-only
# The source guard: a namespace sends from its own addresses only.
# shellcheck disable=SC2034 # live.bash uses them

load isolation

@test "guard: ARP and neighbour discovery, from plain ports" {
	local arp

	up
	ns_set nsa-blue --guard drop
	arp="ffffffffffff$(mac_hex "${MAC[blue]}")08060001080006040001$(mac_hex "${MAC[blue]}")"
	send_frames blue <<<"${arp}$(ip4_hex 10.2.0.2)000000000000$(ip4_hex 10.1.0.1)"
	wait_until 5 has_counted nsa-blue drop_guard_arp 1
	run ! grep -q . <(ip -n nsa-rt neigh show 10.2.0.2 dev blue)
	send_frames blue <<<"${arp}$(ip4_hex 10.1.0.2)000000000000$(ip4_hex 10.1.0.1)"
	send_frames blue <<<"${arp}00000000000000000000$(ip4_hex 10.1.0.9)"
	wait_until 5 has_counted nsa-blue pass_not_ip 2
	[[ $(counter nsa-blue drop_guard_arp) == 1 ]]
	# An advertisement of red's address.
	frame6 smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src=fd00:0:1::2 dst=fd00:0:1::1 ttl=255 nh=3a \
		l4="8800000060000000$(ip6_hex fd00:0:2::2)0201$(mac_hex "${MAC[blue]}")" |
		send_frames blue
	wait_until 5 has_counted nsa-blue drop_guard_nd 1
}

@test "guard: it follows what the owner routes to the link" {
	up
	ns_set nsa-blue --guard drop
	# Whatever of it the namespace has just now.
	probe blue 10.0.0.2,src=10.1.0.77 fd00::2,src=fd00:0:1::77
	got wire 2
	fast 2
	rt addr del 10.1.0.1/24 dev blue
	rt addr add 10.71.0.1/24 dev blue
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.1.0.2
	dropped 2 drop_guard_source
	probe blue 10.0.0.2,src=10.71.0.77
	got wire 1
	fast 1
	# What the namespace merely gives itself is nobody's, whatever device has it.
	change ip -n nsa-blue addr add 10.66.0.1/32 dev eth0
	change ip -n nsa-blue addr add 10.66.0.2/32 dev lo
	probe blue 10.0.0.2,src=10.66.0.1 10.0.0.2,src=10.66.0.2
	dropped 2 drop_guard_source
}

@test "guard: a namespace that routes sends what is routed to it" {
	up
	ns_set nsa-blue --guard drop
	probe blue 10.0.0.2,src=10.55.1.1 fd00::2,src=fd00:55::1
	dropped 2 drop_guard_source
	rt route add 10.55.0.0/16 via 10.1.0.2
	rt6 route add fd00:55::/32 via fd00:0:1::2
	probe blue 10.0.0.2,src=10.55.1.1 fd00::2,src=fd00:55::1
	got wire 2
	fast 2
	probe red 10.0.0.2,src=10.55.1.1
	got wire 1
	slow 1 pass_guard_source
	rt route del 10.55.0.0/16
	probe blue 10.0.0.2,src=10.55.1.1
	dropped 1 drop_guard_source
}

@test "guard: pinned to a list, replaced, and following again" {
	up
	ns_set nsa-blue --guard drop --sources 10.44.0.0/16,fd00:44::/64
	[[ $(nsaccel -j ns show | jq -c '.[] | select(.netns == "nsa-blue") | .sources') == \
		'["10.44.0.0/16","fd00:44::/64"]' ]]
	probe blue 10.0.0.2,src=10.44.3.2 fd00::2,src=fd00:44::3
	got wire 2
	probe blue 10.0.0.2 fd00::2
	dropped 2 drop_guard_source
	# Neither its addresses nor routes change it.
	change ip -n nsa-blue addr add 10.1.0.77/24 dev eth0
	rt route add 10.55.0.0/16 via 10.1.0.2
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.55.1.1
	dropped 2 drop_guard_source
	ns_set nsa-blue --sources 10.1.0.2
	probe blue 10.0.0.2,src=10.44.3.2
	dropped 1 drop_guard_source
	probe blue 10.0.0.2
	got wire 1
	ns_set nsa-blue --sources auto
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.55.1.1
	got wire 2
	[[ $(nsaccel -j ns show | jq '.[] | select(.netns == "nsa-blue") | .sources') == null ]]
	# What listing adds doesn't turn an address that is its own into one that isn't.
	ns_set nsa-blue --sources 10.1.0.2,10.1.0.77
	ns_set nsa-blue --sources auto
	probe blue 10.0.0.2 10.0.0.2,src=10.1.0.77
	got wire 2
}

@test "guard: macvlans, which are known by their MAC" {
	up
	ns_set nsa-mac --guard drop
	probe mac 10.1.0.2 10.0.0.2 fd00:0:1::2
	got blue 2 wire 1
	probe mac 10.1.0.2,src=10.0.0.11
	dropped 1 drop_guard_source
	probe mac "10.0.0.2,src=10.0.0.11,dmac=${MAC[wire]}" "10.0.0.11,src=10.2.0.2,dmac=${MAC[mac3]}"
	got
}
