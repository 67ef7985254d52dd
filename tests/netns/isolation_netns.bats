# SPDX-License-Identifier: GPL-2.0-only
# Isolated namespaces: no packet gets out or in, by nsaccel or by the kernel, but by a route of theirs.
# shellcheck disable=SC2034 # live.bash uses them

load isolation

reaches_not()
{
	run ! in_ns "nsa-$1" ping -n -q -c 2 -i 0.01 -W 0.2 "$2"
}

@test "isolated: nothing of it gets anywhere, not by the kernel either" {
	local -a to=(10.0.0.2 10.0.1.2 10.2.0.2 10.0.0.10 fd00::2 fd00:0:0:1::2 fd00:0:2::2 fd00::10)
	local address

	up
	probe blue "${to[@]}"
	got wire 2 wire2 2 red 2 mac 2
	ns_set nsa-blue --isolated
	probe blue "${to[@]}"
	dropped 8 drop_isolated
	# What the kernel's slow path is for: TTL, options, fragments, broadcast, other MACs.
	probe blue "${to[@]/%/,ttl=1}"
	dropped 8 drop_ttl
	probe blue 10.0.0.2,opts=01010101 10.2.0.2,opts=94040000
	dropped 2 drop_closed
	probe blue 10.0.0.2,off=2000 10.2.0.2,off=2000 10.2.0.2,off=00b9
	got
	probe blue "10.2.0.2,dmac=${MAC[red]}" 10.1.0.255,dmac=ff:ff:ff:ff:ff:ff \
		224.0.0.1,dmac=01:00:5e:00:00:01 ff02::1,dmac=33:33:00:00:00:01
	dropped 4 drop_closed
	# Not to the owner itself, by any of its addresses.
	for address in 10.1.0.1 10.0.0.1 10.2.0.1 fd00:0:1::1 fd00::1; do
		reaches_not blue "$address"
	done
	# The others go on.
	probe red 10.0.0.2 fd00::2
	got wire 2
	fast 2
	hooks nsa-rt | grep -q "blue tcx_egress\|blue clsact"
	ns_set nsa-blue --isolated=off
	probe blue "${to[@]}"
	got wire 2 wire2 2 red 2 mac 2
	reaches blue 10.1.0.1
	# What looked at the kernel's packets is gone.
	run ! grep -q "blue tcx_egress" <(hooks nsa-rt)
}

@test "isolated: nothing gets to it, not by the kernel either" {
	local from

	up
	ns_set nsa-blue --isolated
	for from in wire red mac; do
		probe $from 10.1.0.2 fd00:0:1::2
		dropped 2 drop_isolated
		# By the kernel: it is dropped where it would leave. Counted once more, as passed.
		probe $from 10.1.0.2,opts=01010101 10.1.0.2,off=2000 10.1.0.2,off=00b9
		got
		reaches_not $from 10.1.0.2
	done
	reaches_not rt 10.1.0.2
	reaches_not rt fd00:0:1::2
	[[ $(counter nsa-rt drop_isolated tc_egress) -ge 4 ]] || fail "$(stats)"
	ns_set nsa-blue --isolated=off
	reaches rt 10.1.0.2
	reaches red 10.1.0.2
}

@test "isolated: neither XDP delivery nor the mode of a NIC goes past it" {
	up
	in_ns nsa-wire2 ethtool -K eth0 tx off gro on txvlan off >/dev/null
	change nsaccel -n nsa-rt attach --static eth1 --mode native
	change nsaccel -n nsa-rt endpoint set blue --delivery xdp
	probe wire2 10.1.0.2
	got blue 1
	ns_set nsa-blue --isolated
	probe wire2 10.1.0.2 fd00:0:1::2
	dropped 2 drop_isolated
	change nsaccel -n nsa-rt route add 10.1.0.2 netns nsa-blue
	probe wire2 10.1.0.2
	got blue 1
	fast 1
	change nsaccel -n nsa-rt route del 10.1.0.2
	ns_set nsa-blue --isolated=off
	probe wire2 10.1.0.2
	got blue 1
}

@test "isolated: ICMP errors come from nsaccel" {
	local file=$BATS_TEST_TMPDIR/errors.pcap

	up
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-blue route add 10.0.0.0/24 netns nsa-mac
	capture nsa-blue eth0 "$file" 'icmp[icmptype] == icmp-timxceed or icmp6[icmp6type] == 3'
	probe blue 10.0.0.2,ttl=1 fd00::2,ttl=1
	dropped 2 drop_ttl
	wait_until 5 captured_count "$file" 2
	capture_stop
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) == *"10.1.0.1 > 10.1.0.2: ICMP time exceeded"* ]]
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) != *"wrong"* ]]
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) == *"fd00:0:1::1 > fd00:0:1::2"*"time exceeded"* ]]
}

@test "isolated: leaks that were told, one way and both ways" {
	up
	ns_set nsa-blue --isolated
	ns_set nsa-red --isolated
	probe blue 10.2.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-blue route add 10.2.0.0/24 netns nsa-red
	change nsaccel -n nsa-blue route add fd00:0:2::/64 netns nsa-red
	probe blue 10.2.0.2 fd00:0:2::2
	got red 2
	fast 2
	probe red 10.1.0.2 fd00:0:1::2
	dropped 2 drop_isolated
	reaches_not blue 10.2.0.2
	change nsaccel -n nsa-red route add 10.1.0.0/24 netns nsa-blue
	probe red 10.1.0.2
	got blue 1
	reaches blue 10.2.0.2
	# Nobody else got anything by it.
	probe wire 10.1.0.2 10.2.0.2
	dropped 2 drop_isolated
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-blue route del 10.2.0.0/24
	probe blue 10.2.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-red route flush
	probe red 10.1.0.2
	dropped 1 drop_isolated
}

@test "isolated: told to leave some of it to the kernel" {
	up
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-blue route add 10.0.0.0/24 pass
	probe blue 10.0.0.2
	got wire 1
	slow 1 pass_route
	probe blue 10.0.1.2 10.2.0.2
	dropped 2 drop_isolated
}

@test "isolated: two with the same addresses, each to its own" {
	up
	ip -n nsa-blue addr add 10.77.0.2/32 dev eth0
	ip -n nsa-red addr add 10.77.0.2/32 dev eth0
	ip -n nsa-wire addr add 10.88.0.1/32 dev lo
	ip -n nsa-wire2 addr add 10.88.0.1/32 dev lo
	# The owner's kernel takes but one of both for a route.
	ip -n nsa-rt addr add 10.77.0.1/24 dev blue
	ip -n nsa-rt addr add 10.77.0.1/24 dev red
	settle
	ns_set nsa-blue --isolated
	ns_set nsa-red --isolated
	change nsaccel -n nsa-blue route add 10.88.0.0/16 via 10.0.0.2
	change nsaccel -n nsa-red route add 10.88.0.0/16 via 10.0.1.2
	probe blue 10.88.0.1,src=10.77.0.2
	got wire 1
	fast 1
	probe red 10.88.0.1,src=10.77.0.2
	got wire2 1
	fast 1
	# Also one that the owner routes to the other, if it is listed.
	change ip -n nsa-red addr add 10.1.0.2/32 dev eth0
	probe red 10.88.0.1,src=10.1.0.2
	dropped 1 drop_guard_source
	ns_set nsa-red --sources 10.1.0.2
	probe red 10.88.0.1,src=10.1.0.2
	got wire2 1
	fast 1
}

# resolves LEAF GATEWAY: asks anew.
resolves()
{
	ip -n "nsa-$1" neigh flush dev eth0 nud all
	run in_ns "nsa-$1" ping -n -q -c 1 -W 0.2 "$2"
	wait_until 5 is_resolved "$1" "$2"
}

is_resolved()
{
	ip -n "nsa-$1" neigh show "$2" | grep -q "lladdr ${RT_MAC[${PORT[$1]}]}"
}

@test "isolated: the gateway is found, by ARP and neighbour discovery" {
	up
	ns_set nsa-blue --isolated
	resolves blue 10.1.0.1
	resolves blue fd00:0:1::1
	# And the owner finds it.
	ip -n nsa-rt neigh del 10.1.0.2 dev blue
	run in_ns nsa-rt ping -n -q -c 1 -W 0.2 10.1.0.2
	wait_until 5 found_by_owner
}

found_by_owner()
{
	ip -n nsa-rt neigh show 10.1.0.2 dev blue | grep -q "lladdr ${MAC[blue]}"
}
