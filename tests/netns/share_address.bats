# SPDX-License-Identifier: GPL-2.0-only
# Namespaces that share a NIC by address.

load share

unreached()
{
	! in_ns "$1" ping -n -q -c 1 -W 0.3 "$2"
}

@test "share: the wire and back, ping and TCP, IPv4 and IPv6" {
	share a 10.0.0.5/24
	share a fd00::5/64
	name_server nsa-a nsa-wire
	pings nsa-a 10.0.0.2
	pings nsa-wire 10.0.0.5
	pings nsa-a fd00::2
	pings nsa-wire fd00::5
	answers nsa-a 10.0.0.2 nsa-wire
	answers nsa-wire 10.0.0.5 nsa-a
	answers nsa-a fd00::2 nsa-wire
	answers nsa-wire fd00::5 nsa-a
	rt check
}

@test "share: bulk TCP, the sender's offloads and all" {
	share a 10.0.0.5/24
	payload 4000000
	hash_server nsa-a
	[[ $(in_ns nsa-wire timeout 60 socat -t 30 - "TCP4:10.0.0.5:$TCP_PORT" \
		<"$BATS_TEST_TMPDIR/payload") == "$(payload_hash)" ]]
}

@test "share: frames are as the namespace sends them, with the NIC's MAC" {
	local file=$BATS_TEST_TMPDIR/wire.pcap

	share a 10.0.0.5/24
	ip -n nsa-a neigh replace 10.0.0.2 lladdr "${MAC[wire]}" dev eth0
	capture nsa-wire eth0 "$file" icmp
	in_ns nsa-a ping -n -q -c 1 -t 5 -W 2 10.0.0.2
	wait_until 5 captured_count "$file" 1
	capture_stop
	# MACs; no tag; TTL 5.
	[[ $(captured "$file") =~ ^$(mac_hex "${MAC[wire]}")$(mac_hex "$NIC_MAC")08004500.{12}0501 ]]
}

@test "share: others that do, the NIC's namespace, but nothing that it would route" {
	share a 10.0.0.5/24
	share b 10.0.0.6/24
	share b fd00::6/64
	share a fd00::5/64
	name_server nsa-b nsa-rt
	answers nsa-a 10.0.0.6 nsa-b
	answers nsa-a fd00::6 nsa-b
	answers nsa-a 10.0.0.1 nsa-rt
	answers nsa-a fd00::1 nsa-rt
	answers nsa-rt 10.0.0.6 nsa-b
	answers nsa-rt fd00::6 nsa-b
	# An endpoint of the NIC's namespace gets there by it, and nothing comes back that way.
	ip -n nsa-a route add default via 10.0.0.1
	unreached nsa-a 10.1.0.2
	(($(counter nsa-a fwd_host) > 0))
	(($(counter nsa-a fwd_veth) > 0))
}

@test "share: by way of a router on the wire, where each is alone on its link" {
	share a 10.0.0.5
	share b 10.0.0.6
	sysctl_in nsa-wire net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.eth0.send_redirects=0
	local ns

	for ns in nsa-a nsa-b; do
		ip -n "$ns" route add 10.0.0.2 dev eth0
		ip -n "$ns" route add default via 10.0.0.2
	done
	# The router has to ask for them, and they don't for each other.
	pings nsa-a 10.0.0.6
	[[ $(kernel_forwards nsa-wire) -ge 2 ]]
}

@test "share: detection of duplicate addresses, both ways" {
	sysctl_in nsa-a net.ipv6.conf.default.accept_dad=1 net.ipv6.conf.all.accept_dad=1
	share a 10.0.0.5/24
	share a fd00::5/64
	wait_until 5 no_tentative
	# The wire's host finds the address taken ...
	sysctl_in nsa-wire net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.all.accept_dad=1
	ip -n nsa-wire addr add fd00::5/64 dev eth0
	wait_until 5 is_duplicate nsa-wire fd00::5
	# ... and so does who shares the NIC.
	ip -n nsa-wire addr add fd00::7/64 dev eth0 nodad
	share a fd00::7/64
	wait_until 5 is_duplicate nsa-a fd00::7
}

no_tentative()
{
	[[ -z $(ip -n nsa-a -6 addr show tentative) ]]
}

is_duplicate()
{
	[[ $(ip -n "$1" -6 addr show dadfailed) == *"$2/"* ]]
}

@test "share: speaks for its own addresses alone" {
	local file=$BATS_TEST_TMPDIR/wire.pcap to arp nd

	share a 10.0.0.5/24
	share a fd00::5/64
	share b 10.0.0.6/24
	to=$(mac_hex "${MAC[wire]}")
	arp=00010800060400
	# Not what its own stack answers.
	capture nsa-wire eth0 "$file" "ether dst ${MAC[wire]} and
		not (arp and arp[10:4] = 1 and arp[14:4] = 0x0a000005)"
	nd=$(printf '88%06x%s%s0201%s' 0 20000000 "$(ip6_hex fd00::6)" "$(mac_hex "$NIC_MAC")")
	send_frames a <<-EOF
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.6 dst=10.0.0.2)
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.1 dst=10.0.0.2)
		$(frame4 smac=02:00:00:00:00:66 dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2)
		$(frame6 smac="$NIC_MAC" dmac="${MAC[wire]}" src=fd00::6 dst=fd00::2)
		$(frame6 smac="$NIC_MAC" dmac="${MAC[wire]}" src=fd00::5 dst=ff02::1 nh=3a ttl=255 l4="$nd")
		${to}$(mac_hex "$NIC_MAC")0806${arp}02$(mac_hex "$NIC_MAC")$(ip4_hex 10.0.0.6)${to}$(ip4_hex 10.0.0.2)
		${to}$(mac_hex "$NIC_MAC")0806${arp}02020000000066$(ip4_hex 10.0.0.5)${to}$(ip4_hex 10.0.0.2)
		${to}$(mac_hex "$NIC_MAC")810000050800$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2 | cut -c 29-)
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2 payload=74686520656e6421)
	EOF
	wait_until 5 captured_count "$file" 1
	capture_stop
	captured "$file"
	[[ $(captured "$file") == "$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 \
		dst=10.0.0.2 payload=74686520656e6421)" ]]
	[[ $(counter nsa-a drop_guard_mac) == 1 ]]
	[[ $(counter nsa-a drop_guard_source) == 4 ]]
	[[ $(counter nsa-a drop_guard_arp) == 2 ]]
	[[ $(counter nsa-a drop_guard_nd) == 1 ]]
}

@test "share: a MAC that the namespace takes gets it nothing" {
	share a 10.0.0.5/24
	pings nsa-a 10.0.0.2
	ip -n nsa-a link set eth0 address 02:00:00:00:00:66
	rt sync
	unreached nsa-a 10.0.0.2
	(($(counter nsa-a drop_guard_mac) > 0))
}

@test "share: policy, limits and statistics hold" {
	share a 10.0.0.5/24
	share b 10.0.0.6/24
	pings nsa-a 10.0.0.2
	(($(counter nsa-a fwd_nic tc_ingress) >= 2))
	rt limit set nsa-a out pps 1 pps-burst 1
	in_ns nsa-a ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.2 || true
	(($(counter nsa-a drop_limit) > 0))
	rt limit del nsa-a out
	rt limit set nsa-b in pps 1 pps-burst 1
	in_ns nsa-a ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	in_ns nsa-wire ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	in_ns nsa-rt ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	(($(counter nsa-a drop_limit) > 0))
	(($(counter nsa-rt drop_limit tc_ingress) > 0))
	(($(counter nsa-rt drop_limit tc_egress) > 0))
	rt limit del nsa-b in
	# By default, since there is no rule.
	rt ns set nsa-b --policy deny || skip "no policies yet"
	unreached nsa-a 10.0.0.6
	unreached nsa-wire 10.0.0.6
	(($(counter nsa-a drop_policy) > 0))
	rt ns set nsa-b --policy allow
	pings nsa-a 10.0.0.6
}

@test "share: a probe counts nothing and takes nothing" {
	local before

	share a 10.0.0.5/24
	rt limit set nsa-a out pps 1 pps-burst 1
	before=$(counter nsa-a drop_limit)/$(counter nsa-rt fwd_veth)
	[[ $(rt -j route get 10.0.0.2 from 10.0.0.5 --netns nsa-a | jq -r .reason) == fwd_nic ]]
	[[ $(rt -j route get 10.0.0.2 from 10.0.0.5 --netns nsa-a | jq -r .reason) == fwd_nic ]]
	[[ $(rt -j route get 10.0.0.5 from 10.0.0.2 | jq -r .reason) == fwd_veth ]]
	[[ $(counter nsa-a drop_limit)/$(counter nsa-rt fwd_veth) == "$before" ]]
}

@test "share: macvlans of the NIC with one address, told apart by MAC" {
	share a 10.0.0.5/24
	ip -n nsa-mac addr add 10.0.0.77/24 dev eth0
	ip -n nsa-mac3 addr add 10.0.0.77/24 dev eth0
	name_server nsa-mac nsa-mac3 nsa-a
	ip -n nsa-wire neigh replace 10.0.0.77 lladdr "${MAC[mac]}" dev eth0 nud permanent
	answers nsa-wire 10.0.0.77 nsa-mac
	ip -n nsa-wire neigh replace 10.0.0.77 lladdr "${MAC[mac3]}" dev eth0 nud permanent
	answers nsa-wire 10.0.0.77 nsa-mac3
	answers nsa-wire 10.0.0.5 nsa-a
}
