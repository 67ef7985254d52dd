# SPDX-License-Identifier: GPL-2.0-only
# What the fast path must leave to the kernel, and that what it does itself is, byte for byte, what
# the kernel would have done.

load lib

setup()
{
	topo_up
}

teardown()
{
	topo_down
}

# What blue's frames to a leaf have in common.
to()
{
	echo "smac=${MAC[blue]} dmac=${RT_MAC[blue]} src=${ADDR4[blue]} dst=${ADDR4[$1]}"
}

to6()
{
	echo "smac=${MAC[blue]} dmac=${RT_MAC[blue]} src=${ADDR6[blue]} dst=${ADDR6[$1]}"
}

# counts REASON FRAME: blue sends it, and it is counted as that.
counts()
{
	local before

	before=$(counter nsa-blue "$1")
	send_frames blue <<<"$2"
	[[ $(counter nsa-blue "$1") -gt $before ]] ||
		fail "not counted as $1: $2; counters: $(stats)"
}

# A bit of everything that is forwarded, by fast path or slow, and of what is not.
# shellcheck disable=SC2046
assorted()
{
	local leaf=$1 long dest=1100010400000000

	long=$(printf '%02x' {1..64})
	frame4 $(to "$leaf") id=0001
	frame4 $(to "$leaf") id=0002 ttl=2 payload=''
	frame4 $(to "$leaf") id=0003 ttl=255 payload=ff
	frame4 $(to "$leaf") id=0004 tos=b8 off=0000 "payload=$long"
	frame4 $(to "$leaf") id=0005 tos=03 l4=0fa0000900080000
	# Checksums that roll over when the TTL goes down.
	frame4 $(to "$leaf") id=fffe ttl=16
	frame4 $(to "$leaf") id=feff ttl=1
	# Options: nothing, and a router alert.
	frame4 $(to "$leaf") id=0006 opts=01010101
	frame4 $(to "$leaf") id=0007 opts=94040000
	# Fragments: first, middle, last.
	frame4 $(to "$leaf") id=0008 off=2000 "l4=$long"
	frame4 $(to "$leaf") id=0008 off=2008 "l4=$long"
	frame4 $(to "$leaf") id=0008 off=0010 l4=6161
	# Not to be forwarded.
	frame4 $(to "$leaf") id=0009 ttl=1
	frame4 $(to "$leaf") id=000a ttl=0
	frame4 $(to "$leaf") id=000b version=5
	frame4 $(to "$leaf") id=000c dmac=02:de:ad:00:00:01
	frame4 $(to "$leaf") id=000d src=127.0.0.1
	frame4 $(to "$leaf") id=000e src=224.0.0.9
	frame4 $(to "$leaf") id=000f src=0.0.0.0
	frame4 $(to "$leaf") id=0010 tag=81000005
	frame4 $(to "$leaf") id=0011 type=88b5
	frame4 $(to "$leaf") id=0012 dst=127.0.0.1
	frame4 $(to "$leaf") id=0013 dst=255.255.255.255
	frame4 $(to "$leaf") id=0014 src=10.1.0.1
	# The header's checksum is wrong, its length is, the frame is cut.
	frame4 $(to "$leaf") id=0015 | sed 's/^\(.\{48\}\)..../\10bad/'
	frame4 $(to "$leaf") id=0016 | sed 's/^\(.\{28\}\)../\144/'
	frame4 $(to "$leaf") id=0017 | cut -c 1-60
	# Longer than the packet in it.
	frame4 $(to "$leaf") id=0018 | sed 's/$/00000000000000/'

	frame6 $(to6 "$leaf") label=00001
	frame6 $(to6 "$leaf") label=00002 ttl=2 payload=''
	frame6 $(to6 "$leaf") label=00003 ttl=255 class=b8 payload=ff
	frame6 $(to6 "$leaf") label=00004 class=03 "payload=$long"
	# Hop-by-hop options (padding), destination options, the two; a fragment.
	frame6 $(to6 "$leaf") label=00005 nh=00 ext=1100010400000000
	frame6 $(to6 "$leaf") label=00006 nh=3c "ext=$dest"
	frame6 $(to6 "$leaf") label=00007 nh=00 "ext=3c00010400000000$dest"
	frame6 $(to6 "$leaf") label=00008 nh=2c ext=1100000100000042
	frame6 $(to6 "$leaf") label=00009 ttl=1
	frame6 $(to6 "$leaf") label=0000a ttl=0
	frame6 $(to6 "$leaf") label=0000b dmac=02:de:ad:00:00:01
	frame6 $(to6 "$leaf") label=0000c src=fe80::9
	frame6 $(to6 "$leaf") label=0000d src=::
	frame6 $(to6 "$leaf") label=0000e src=::1
	frame6 $(to6 "$leaf") label=0000f src=ff02::9
	frame6 $(to6 "$leaf") label=00010 dst=ff0e::9
	frame6 $(to6 "$leaf") label=00011 | cut -c 1-100
	frame6 $(to6 "$leaf") label=00012 | sed 's/$/00000000000000/'
	# Nobody but the one that the capture waits for.
	frame4 $(to "$leaf") id=7e7e payload=656e64
}

# replay LEAF FILE: what of it all comes out there, sorted.
replay()
{
	# Without what the namespaces say of themselves: listener reports, redirects.
	capture "nsa-$1" eth0 "$BATS_TEST_TMPDIR/pcap" \
		"not arp and not icmp and not icmp6 and not ip6 multicast"
	send_frames blue <"$BATS_TEST_TMPDIR/frames"
	wait_until 3 captured_end
	capture_stop
	captured "$BATS_TEST_TMPDIR/pcap" | sort >"$2"
}

captured_end()
{
	captured "$BATS_TEST_TMPDIR/pcap" | grep -q '656e64$'
}

# same_bytes LEAF: without nsaccel and with it.
same_bytes()
{
	assorted "$1" >"$BATS_TEST_TMPDIR/frames"
	replay "$1" "$BATS_TEST_TMPDIR/kernel"
	attach eth0 eth1
	replay "$1" "$BATS_TEST_TMPDIR/fast"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/kernel") -ge 20 ]] || fail "$(cat "$BATS_TEST_TMPDIR/kernel")"
	diff "$BATS_TEST_TMPDIR/kernel" "$BATS_TEST_TMPDIR/fast"
	[[ $(counter nsa-blue 'fwd_.*') -ge 8 ]] || fail "$(stats)"
}

@test "veth -> NIC: the same bytes as from the kernel" {
	same_bytes wire2
}

@test "veth -> veth: the same bytes as from the kernel" {
	same_bytes red
}

@test "each reason is counted by its name" {
	local b6

	b6="smac=${MAC[blue]} dmac=${RT_MAC[blue]} src=${ADDR6[blue]}"
	attach eth0 eth1
	# shellcheck disable=SC2046,SC2086
	{
		counts fwd_veth "$(frame4 $(to red))"
		counts fwd_nic "$(frame6 $(to6 wire))"
		counts fwd_macvlan "$(frame4 $(to mac2))"
		counts pass_not_ip "$(frame4 $(to red) type=88b5)"
		counts pass_vlan "$(frame4 $(to red) tag=81000005)"
		counts pass_multicast "$(frame4 $(to red) dmac=01:00:5e:00:00:05 dst=224.0.0.5)"
		counts pass_multicast "$(frame4 $(to red) dmac=ff:ff:ff:ff:ff:ff dst=10.1.0.255)"
		counts pass_multicast "$(frame6 $(to6 red) dmac=33:33:00:00:00:05 dst=ff02::5)"
		counts pass_other_mac "$(frame4 $(to red) dmac=02:de:ad:00:00:01)"
		counts pass_malformed "$(frame4 $(to red) version=5)"
		counts pass_malformed "$(frame4 $(to red) | cut -c 1-60)"
		counts pass_malformed "$(frame6 $(to6 red) | cut -c 1-100)"
		counts pass_options "$(frame4 $(to red) opts=01010101)"
		counts pass_options "$(frame6 $(to6 red) nh=00 ext=1100010400000000)"
		counts pass_ttl "$(frame4 $(to red) ttl=1)"
		counts pass_ttl "$(frame6 $(to6 red) ttl=1)"
		counts pass_guard_source "$(frame4 $(to red) src=127.0.0.1)"
		counts pass_guard_source "$(frame6 $(to6 red) src=fd00:77::7)"
		counts pass_guard_mac "$(frame4 $(to red) smac=02:de:ad:00:00:01)"
		counts pass_guard_arp "$(frame4 $(to red) type=0806)"
		counts pass_guard_nd "$(frame6 $(to6 red) nh=3a l4=8600000000000000)"
		counts pass_scope "$(frame6 $b6 dst=fe80::5)"
		counts pass_local "$(frame4 $(to rt))"
		counts pass_local "$(frame6 $(to6 rt))"
		counts pass_no_route "$(frame4 $(to red) dst=203.0.113.1)"
		counts pass_no_route "$(frame6 $(to6 red) dst=2001:db8::1)"
		counts pass_no_neigh "$(frame4 $(to red) dst=10.0.1.77)"
		counts pass_no_neigh "$(frame6 $(to6 red) dst=fd00:0:0:1::77)"
		nsaccel ns set nsa-blue --guard off
		counts pass_scope "$(frame4 $(to red) src=127.0.0.1)"
		counts pass_same_port "$(frame4 $(to blue) src=10.1.0.9)"
	}
}

@test "TTL 1: the router answers, IPv4 and IPv6" {
	attach eth0 eth1
	fails 1 "From 10.1.0.1 icmp_seq=1 Time to live exceeded" \
		in_ns nsa-blue ping -n -c 1 -W 2 -t 1 "${ADDR4[wire2]}"
	fails 1 "From fd00:0:1::1 icmp_seq=1 Time exceeded: Hop limit" \
		in_ns nsa-blue ping -n -c 1 -W 2 -t 1 "${ADDR6[wire2]}"
	fails 1 "From 10.0.0.1 icmp_seq=1 Time to live exceeded" \
		in_ns nsa-wire ping -n -c 1 -W 2 -t 1 "${ADDR4[red]}"
	fails 1 "From 10.0.0.1 icmp_seq=1 Time to live exceeded" \
		in_ns nsa-mac ping -n -c 1 -W 2 -t 1 "${ADDR4[red]}"
	[[ $(counter nsa-blue pass_ttl) -ge 2 ]]
	[[ $(counter nsa-rt pass_ttl) -ge 1 ]]
}

@test "TTL 2 is enough for one hop" {
	attach eth0 eth1
	ping_from blue "${ADDR4[wire2]}" -t 2
	ping_from blue "${ADDR6[wire2]}" -t 2
	[[ $(kernel_forwards) == 0 ]]
}

narrow()
{
	ip -n nsa-rt link set eth1 mtu 1300
	ip -n nsa-wire2 link set eth0 mtu 1300
}

@test "too big, DF: the router says what fits, IPv4 and IPv6" {
	narrow
	attach eth0 eth1
	fails 1 "Frag needed and DF set (mtu = 1300)" \
		in_ns nsa-blue ping -n -c 1 -W 2 -M "do" -s 1400 "${ADDR4[wire2]}"
	fails 1 "Packet too big: mtu=1300" \
		in_ns nsa-blue ping -n -c 1 -W 2 -M "do" -s 1400 "${ADDR6[wire2]}"
	[[ $(counter nsa-blue pass_too_big) -ge 2 ]]
	# Exactly what fits does go.
	ping_from red "${ADDR4[wire2]}" -M "do" -s 1272
	ping_from red "${ADDR6[wire2]}" -M "do" -s 1252
	[[ $(counter nsa-red pass_too_big) == 0 ]]
}

@test "too big, no DF: the kernel fragments" {
	narrow
	attach eth0 eth1
	ping_from blue "${ADDR4[wire2]}" -M dont -s 1400
	[[ $(counter nsa-blue pass_too_big) -ge 3 ]]
}

@test "segments of a GSO packet too big: TCP finds the path's MTU" {
	narrow
	attach eth0 eth1
	serve wire2
	# A receiver that announces more than the path carries: its own device is wide again.
	ip -n nsa-wire2 link set eth0 mtu 1500
	send_tcp blue wire2 4
	send_tcp blue wire2 6
	[[ $(counter nsa-blue pass_too_big) -ge 2 ]]
	[[ $(counter nsa-blue fwd_nic) -ge 10 ]]
}

@test "a route's own MTU counts, too" {
	ip -n nsa-rt route replace 10.7.0.0/24 via "${ADDR4[wire2]}" mtu 1200
	ip -n nsa-wire2 addr add 10.7.0.1/32 dev lo
	attach eth0 eth1
	ping_from blue 10.7.0.1 -M "do" -s 1100
	[[ $(kernel_forwards) == 0 ]]
	fails 1 "Frag needed and DF set (mtu = 1200)" \
		in_ns nsa-blue ping -n -c 1 -W 2 -M "do" -s 1300 10.7.0.1
}

@test "fragments of the sender arrive and are put together" {
	attach eth0 eth1
	ping_from blue "${ADDR4[wire2]}" -s 6000
	ping_from blue "${ADDR6[wire2]}" -s 6000
	ping_from wire "${ADDR4[red]}" -s 6000
	ping_from wire "${ADDR6[red]}" -s 6000
	ping_from mac "${ADDR4[red]}" -s 6000
}

@test "IP options: the kernel does them" {
	attach eth0 eth1
	run -0 in_ns nsa-blue ping -n -c 1 -W 2 -R "${ADDR4[wire2]}"
	# Record route names the router's address on the far side: its stack has been through it.
	[[ $output == *10.0.1.1* ]] || fail "$output"
	[[ $(counter nsa-blue pass_options) -ge 1 ]]
}

@test "forwarding switched off: nothing passes" {
	sysctl_in nsa-rt net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	attach eth0 eth1
	run ! ping_from blue "${ADDR4[red]}" -c 1 -W 0.2
	run ! ping_from blue "${ADDR6[red]}" -c 1 -W 0.2
	run ! ping_from wire "${ADDR4[red]}" -c 1 -W 0.2
	[[ $(counter nsa-blue pass_forwarding) -ge 2 ]]
	[[ $(counter nsa-blue 'fwd_.*') == 0 ]]
	# To the router itself it does.
	ping_from blue 10.1.0.1
}

@test "forwarding switched off on one port only" {
	sysctl_in nsa-rt net.ipv4.conf.blue.forwarding=0
	attach eth0 eth1
	run ! ping_from blue "${ADDR4[red]}" -c 1 -W 0.2
	[[ $(counter nsa-blue pass_forwarding) -ge 1 ]]
	ping_from red "${ADDR4[wire]}"
	[[ $(counter nsa-red fwd_nic) -ge 3 ]]
}

@test "rp_filter strict: a forged source goes no further than with the kernel" {
	local frames

	sysctl_in nsa-rt net.ipv4.conf.all.rp_filter=1
	attach eth0 eth1
	# shellcheck disable=SC2046
	frames=$(frame4 $(to red) src="${ADDR4[wire2]}")
	capture nsa-red eth0 "$BATS_TEST_TMPDIR/pcap" udp
	send_frames blue <<<"$frames"
	# shellcheck disable=SC2046
	frame4 $(to red) | send_frames blue
	wait_until 3 captured_count "$BATS_TEST_TMPDIR/pcap" 1
	capture_stop
	[[ $(captured "$BATS_TEST_TMPDIR/pcap" | wc -l) == 1 ]]
	[[ $(counter nsa-blue pass_guard_source) == 1 ]]
	# What the guard doesn't look at, the owner's source check does.
	nsaccel ns set nsa-blue --guard off
	send_frames blue <<<"$frames"
	wait_until 3 counted_source
}

counted_source()
{
	[[ $(counter nsa-blue pass_source) == 1 ]]
}

@test "the kernel's unreachable and prohibit routes give its errors, blackhole silence" {
	ip -n nsa-rt -batch - <<-EOF
		route add unreachable 10.8.1.0/24
		route add prohibit 10.8.2.0/24
		route add blackhole 10.8.3.0/24
		route add unreachable fd00:8:1::/64
		route add prohibit fd00:8:2::/64
		route add blackhole fd00:8:3::/64
	EOF
	attach eth0 eth1
	fails 1 "From 10.1.0.1 icmp_seq=1 Destination Host Unreachable" \
		in_ns nsa-blue ping -n -c 1 -W 2 10.8.1.1
	fails 1 "From 10.1.0.1 icmp_seq=1 Packet filtered" \
		in_ns nsa-blue ping -n -c 1 -W 2 10.8.2.1
	fails 1 "From fd00:0:1::1 icmp_seq=1 Destination unreachable: No route" \
		in_ns nsa-blue ping -n -c 1 -W 2 fd00:8:1::1
	fails 1 "From fd00:0:1::1 icmp_seq=1 Destination unreachable: Administratively prohibited" \
		in_ns nsa-blue ping -n -c 1 -W 2 fd00:8:2::1
	fails 1 "100% packet loss" in_ns nsa-blue ping -n -c 1 -W 0.2 10.8.3.1
	[[ $output != *From* ]]
	fails 1 "100% packet loss" in_ns nsa-blue ping -n -c 1 -W 0.2 fd00:8:3::1
	[[ $(counter nsa-blue 'drop_.*|pass_.*') -ge 6 ]]
}

@test "no route: the kernel's error" {
	attach eth0 eth1
	fails 1 "From 10.1.0.1 icmp_seq=1 Destination Net Unreachable" \
		in_ns nsa-blue ping -n -c 1 -W 2 203.0.113.1
	fails 1 "From fd00:0:1::1 icmp_seq=1 Destination unreachable: No route" \
		in_ns nsa-blue ping -n -c 1 -W 2 2001:db8::1
	[[ $(counter nsa-blue pass_no_route) -ge 2 ]]
}

@test "a neighbour that is not there: the kernel's error" {
	attach eth0 eth1
	fails 1 "From 10.1.0.1 icmp_seq=1 Destination Host Unreachable" \
		in_ns nsa-blue ping -n -c 1 -W 5 10.0.1.77
	[[ $(counter nsa-blue pass_no_neigh) -ge 1 ]]
}

@test "multicast and broadcast stay on their link" {
	attach eth0 eth1
	# All nodes: the router answers, nobody behind it does.
	run -0 in_ns nsa-blue ping -n -c 1 -W 1 -I eth0 ff02::1
	[[ $output == *"1 received"* ]]
	run -0 in_ns nsa-mac ping -n -c 1 -W 1 -I eth0 ff02::1
	[[ $(counter nsa-blue pass_multicast) -ge 1 ]]
}

@test "other namespaces' traffic is not touched" {
	ns_add nsa-x nsa-y
	ip link add eth0 netns nsa-x index 10 address "${RT_MAC[eth0]}" type veth \
		peer name eth0 netns nsa-y index 20 address "${RT_MAC[blue]}"
	ip -n nsa-x addr add 10.1.0.2/24 dev eth0
	ip -n nsa-y addr add 10.1.0.9/24 dev eth0
	ip -n nsa-x link set eth0 up
	ip -n nsa-y link set eth0 up
	attach eth0 eth1
	in_ns nsa-x ping -n -q -c 5 -i 0.01 -W 2 10.1.0.9
	[[ -z $(hooks nsa-x) ]]
	[[ -z $(hooks nsa-y) ]]
	[[ $(stats | jq '[.[] | select(.netns | test("nsa-[xy]"))] | length') == 0 ]]
	# The same ifindexes and MACs as in the router: a mix-up would have counted here.
	[[ $(stats | jq '[.[] | select(.reason | startswith("fwd_"))] | length') == 0 ]]
}
