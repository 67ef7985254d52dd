# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Namespaces that have a VLAN of a NIC, with addresses that overlap.

load share

attach_wire()
{
	wire attach --static eth0
	ip -n nsa-wire addr flush dev eth0
}

# ---- VLANs ----------------------------------------------------------------------------------

@test "bind: one address and port in several namespaces, told apart by VLAN" {
	ns_add nsa-w1 nsa-w2 nsa-w3
	attach_wire
	rt bind eth0 vlan 100 netns nsa-a
	rt bind eth0 vlan 200 netns nsa-b dev lan
	rt share eth0 netns nsa-c address 192.168.0.1/24 vlan 300
	wire bind eth0 vlan 100 netns nsa-w1
	wire bind eth0 vlan 200 netns nsa-w2
	wire bind eth0 vlan 300 netns nsa-w3
	ip -n nsa-a addr add 192.168.0.1/24 dev eth0.100
	ip -n nsa-b addr add 192.168.0.1/24 dev lan
	ip -n nsa-w1 addr add 192.168.0.2/24 dev eth0.100
	ip -n nsa-w2 addr add 192.168.0.2/24 dev eth0.200
	ip -n nsa-w3 addr add 192.168.0.2/24 dev eth0.300
	name_server nsa-a nsa-b nsa-c nsa-w1 nsa-w2 nsa-w3
	answers nsa-w1 192.168.0.1 nsa-a
	answers nsa-w2 192.168.0.1 nsa-b
	answers nsa-w3 192.168.0.1 nsa-c
	answers nsa-a 192.168.0.2 nsa-w1
	answers nsa-b 192.168.0.2 nsa-w2
	answers nsa-c 192.168.0.2 nsa-w3
	payload 4000000
	hash_server nsa-a $((TCP_PORT + 1))
	[[ $(in_ns nsa-w1 timeout 60 socat -t 30 - "TCP4:192.168.0.1:$((TCP_PORT + 1))" \
		<"$BATS_TEST_TMPDIR/payload") == "$(payload_hash)" ]]
	# A VLAN is all theirs: link-local addresses, multicast.
	in_ns nsa-a ping -n -q -c 1 -W 2 ff02::1%eth0.100
	rt sync
	rt check
	wire check
}

@test "bind: the tag is put on and taken off, nothing else" {
	local file=$BATS_TEST_TMPDIR/wire.pcap in=$BATS_TEST_TMPDIR/in.pcap frame

	rt bind eth0 vlan 100 netns nsa-a
	ip -n nsa-a -batch - <<-EOF
		link set eth0.100 down
		link set eth0.100 name eth0
		link set eth0 up
	EOF
	capture nsa-wire eth0 "$file" "vlan and ip"
	frame=$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.9.0.1 dst=10.9.0.2 ttl=1)
	send_frames a <<<"$frame"
	wait_until 5 captured_count "$file" 1
	capture_stop
	[[ $(captured "$file") == "${frame:0:24}81000064${frame:24}" ]]
	# To any MAC; broadcast; a priority; a tag in the tag.
	capture nsa-a eth0 "$in" "not ip6"
	frame=$(frame4 dmac="$NIC_MAC" smac="${MAC[wire]}" src=10.9.0.2 dst=10.9.0.1)
	send_frames wire <<-EOF
		${frame:0:24}81000065${frame:24}
		${frame:0:24}81000064${frame:24}
		ffffffffffff${frame:12:12}8100e064${frame:24}
		020000000066${frame:12:12}81000064${frame:24}
		${frame:0:24}8100006481000007${frame:24}
		${frame:0:24}88a80064${frame:24}
		${frame:0:24}${frame:24}
	EOF
	wait_until 5 captured_count "$in" 4
	capture_stop
	[[ $(captured "$in") == "$(printf '%s\n' "$frame" "ffffffffffff${frame:12}" \
		"020000000066${frame:12}" "${frame:0:24}81000007${frame:24}")" ]]
}

@test "share: VLAN 0 is a priority and no VLAN" {
	local in=$BATS_TEST_TMPDIR/in.pcap frame

	share a 10.0.0.5/24
	capture nsa-a eth0 "$in" ip
	frame=$(frame4 dmac="$NIC_MAC" smac="${MAC[wire]}" src=10.0.0.2 dst=10.0.0.5)
	send_frames wire <<<"${frame:0:24}8100a000${frame:24}"
	wait_until 5 captured_count "$in" 1
	capture_stop
	[[ $(captured "$in") == "$frame" ]]
}

@test "bind: promiscuous while a VLAN is bound, allmulticast while groups are wanted" {
	local all=ALLMULTI,PROMISC

	share a 10.0.0.5/24
	[[ $(flags) != *ALLMULTI* && $(flags) != *PROMISC* ]]
	share a fd00::5/64
	[[ $(flags) == *ALLMULTI* && $(flags) != *PROMISC* ]]
	rt bind eth0 vlan 100 netns nsa-b
	[[ $(flags) == *$all* ]]
	rt unshare eth0 netns nsa-a
	[[ $(flags) == *$all* ]]
	rt unbind eth0 vlan 100
	[[ $(flags) != *ALLMULTI* && $(flags) != *PROMISC* ]]
	# What somebody else has asked for stays.
	ip -n nsa-rt link set eth0 promisc on
	rt bind eth0 vlan 100 netns nsa-b
	rt unbind eth0 vlan 100
	[[ $(flags) == *PROMISC* ]]
}

flags()
{
	ip -n nsa-rt -o link show eth0 | grep -o '<.*>'
}

# ---- a hundred of them ----------------------------------------------------------------------

# Pairs of namespaces c1 s1, c2 s2, ..., each with a VLAN of its own and the same addresses.
make_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		ip netns add "nsa-c$i"
		ip netns add "nsa-s$i"
		ip -n "nsa-c$i" link set lo up
		ip -n "nsa-s$i" link set lo up
	done
}

bind_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		rt bind eth0 vlan $((100 + i)) netns "nsa-c$i" dev eth0
		wire bind eth0 vlan $((100 + i)) netns "nsa-s$i" dev eth0
		ip -n "nsa-c$i" addr add 192.168.0.1/24 dev eth0
		ip -n "nsa-s$i" addr add 192.168.0.2/24 dev eth0
	done
}

serve_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		background nsenter --net="/run/netns/nsa-s$i" -- socat \
			"TCP4-LISTEN:$TCP_PORT,fork,reuseaddr" "SYSTEM:echo server $i"
		SERVERS+=($!)
	done
	for ((i = 1; i <= $1; i++)); do
		wait_until 10 listens "nsa-s$i"
	done
}

ask_pairs()
{
	local i
	local -a clients=()

	for ((i = 1; i <= $1; i++)); do
		ask "nsa-c$i" 192.168.0.2 >"$BATS_TEST_TMPDIR/answer.$i" 3>&- &
		clients+=($!)
	done
	wait "${clients[@]}"
	for ((i = 1; i <= $1; i++)); do
		[[ $(<"$BATS_TEST_TMPDIR/answer.$i") == "server $i" ]] ||
			fail "client $i was answered by '$(<"$BATS_TEST_TMPDIR/answer.$i")'" || return
	done
}

@test "bind: a hundred namespaces with the same addresses, each with its own server, by one NIC" {
	local pairs=100

	attach_wire
	make_pairs $pairs
	bind_pairs $pairs
	serve_pairs $pairs
	ask_pairs $pairs
	[[ $(rt -j share show | jq length) -eq $((2 * pairs)) ]]
}

# ---- the namespaces' own tables -------------------------------------------------------------

@test "isolated: the same prefix in several tables leads to different places" {
	local i

	rt detach eth0
	attach eth0 eth1
	for i in wire wire2; do
		ip -n "nsa-$i" addr add 10.50.0.1/32 dev lo
	done
	rt ns set nsa-blue --isolated
	rt ns set nsa-red --isolated
	rt route add 10.50.0.0/24 via 10.0.0.2 --netns nsa-blue
	rt route add 10.50.0.0/24 via 10.0.1.2 --netns nsa-red
	for i in blue red; do
		rt route add "${ADDR4[$i]}/32" netns "nsa-$i"
	done
	name_server nsa-wire nsa-wire2
	answers nsa-blue 10.50.0.1 nsa-wire
	answers nsa-red 10.50.0.1 nsa-wire2
}
