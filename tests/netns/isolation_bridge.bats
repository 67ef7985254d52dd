# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Isolated and guarded containers on a bridge, where siblings are a frame away.
# shellcheck disable=SC2034 # live.bash uses them

load bridge

up()
{
	live_topology
	live_attach
	MODE=nsaccel
	daemon_start
	settle
	hello 1 2 3
}

teardown()
{
	live_teardown
}

ns_set()
{
	change nsaccel ns set "$@"
}

# dropped COUNT REASON-REGEX
dropped()
{
	got
	slow "$@"
}

# arp FROM SENDER-ADDRESS TARGET [SENDER-MAC]: a request, to all.
arp()
{
	local mac

	mac=$(mac_hex "$(c_mac "$1")")
	echo "ffffffffffff${mac}08060001080006040001$(mac_hex "${4:-$(c_mac "$1")}")$(ip4_hex "$2")000000000000$(ip4_hex "$3")"
}

# hears N FILE: what ARP comes to container N from now on.
hears()
{
	capture "nsa-c$1" eth0 "$2" arp
}

@test "isolated: siblings on a bridge can't be reached, nor reach it" {
	up
	bridged 1 2
	got c2 2
	ns_set nsa-c1 --isolated
	bridged 1 2
	dropped 2 drop_closed
	bridged 2 1
	dropped 2 drop_isolated
	# Nor by the kernel's ways: routed through the gateway, flooded, to all.
	routed 1 10.9.0.12 fd00:0:9::12 10.0.0.2
	dropped 3 drop_isolated
	routed 2 10.9.0.11 fd00:0:9::11
	got
	bridged 1 2 dmac=02:00:00:00:99:99
	dropped 2 drop_closed
	bridged 1 2 dmac=ff:ff:ff:ff:ff:ff
	dropped 2 drop_closed
	bridged 2 1 dmac=ff:ff:ff:ff:ff:ff
	got c3 2
	bridged 2 1 dmac=02:00:00:00:99:99
	got c3 2
	# The others are what they were.
	bridged 2 3
	got c3 2
	fast 2
	ns_set nsa-c1 --isolated=off
	bridged 1 2
	got c2 2
}

@test "isolated: its ARP is for the owner alone, and nobody's gets to it" {
	local sibling=$BATS_TEST_TMPDIR/sibling.pcap isolated=$BATS_TEST_TMPDIR/isolated.pcap first

	up
	ns_set nsa-c1 --isolated
	hears 2 "$sibling"
	first=$CAPTURE
	hears 1 "$isolated"
	# One for the owner; then those of siblings, which mark the end.
	arp 1 10.9.0.11 10.9.0.1 | send_frames c1
	arp 1 10.9.0.11 10.9.0.12 | send_frames c1
	arp 3 10.9.0.13 10.9.0.11 | send_frames c3
	arp 3 10.9.0.13 10.9.0.12 | send_frames c3
	wait_until 5 captured_count "$sibling" 2
	wait_until 5 captured_count "$isolated" 1
	capture_stop
	CAPTURE=$first
	capture_stop
	run ! grep -q "$(mac_hex "$(c_mac 1)")0806" <(captured "$sibling")
	# What it hears is the gateway's answer.
	run ! grep -q "$(mac_hex "$(c_mac 3)")0806" <(captured "$isolated")
	captured "$isolated" | grep -q "$(mac_hex "$BR_MAC")0806"
}

@test "isolated: the gateway is found through the bridge" {
	local to

	up
	ns_set nsa-c1 --isolated
	for to in 10.9.0.1 fd00:0:9::1; do
		ip -n nsa-c1 neigh del "$to" dev eth0
		run in_ns nsa-c1 ping -n -q -c 1 -W 0.2 "$to"
		wait_until 5 has_gateway "$to"
	done
}

has_gateway()
{
	ip -n nsa-c1 neigh show "$1" | grep -q "lladdr $BR_MAC"
}

@test "isolated: a leak between siblings, told" {
	up
	ns_set nsa-c1 --isolated
	ns_set nsa-c2 --isolated
	change nsaccel -n nsa-c1 route add 10.9.0.12 netns nsa-c2
	routed 2 10.9.0.11
	dropped 1 drop_isolated
	routed 1 10.9.0.13
	dropped 1 drop_isolated
}

@test "2006 (a): a container answers for another's address" {
	local file=$BATS_TEST_TMPDIR/claims.pcap

	live_topology
	# The kernel alone: whoever says so has the address, and gets what is another's.
	ip -n nsa-rt neigh change 10.9.0.12 dev br0 lladdr "$(c_mac 2)" nud stale
	arp 1 10.9.0.12 10.9.0.1 | send_frames c1
	wait_until 5 is_with 1
	live_attach
	MODE=nsaccel
	daemon_start
	settle
	hello 1 2 3
	ns_set nsa-c1 --guard drop
	ns_set nsa-c3 --guard drop
	change ip -n nsa-rt neigh replace 10.9.0.12 dev br0 lladdr "$(c_mac 2)" nud stale
	hears 2 "$file"
	arp 1 10.9.0.12 10.9.0.1 | send_frames c1
	arp 1 10.9.0.11 10.9.0.12 "$(c_mac 3)" | send_frames c1
	arp 3 10.9.0.13 10.9.0.12 | send_frames c3
	wait_until 5 captured_count "$file" 1
	capture_stop
	[[ $(counter nsa-c1 drop_guard_arp) == 2 ]]
	[[ $(captured "$file" | wc -l) == 1 ]]
	is_with 2
	# Nor by frames from another's MAC, which the bridge would learn.
	bridged 1 3 "smac=$(c_mac 2)"
	dropped 2 drop_guard_mac
	in_ns nsa-rt bridge fdb show br br0 | grep -q "^$(c_mac 2) dev c2"
}

@test "2006 (a): a container gives itself the gateway's address, or a sibling's" {
	local file=$BATS_TEST_TMPDIR/claims.pcap

	up
	ns_set nsa-c1 --guard drop
	change ip -n nsa-c1 addr flush dev eth0
	change ip -n nsa-c1 addr add 10.9.0.12/24 dev eth0
	change ip -n nsa-c1 addr add 10.9.0.1/24 dev eth0
	bridged 1 3 src=10.9.0.12
	[[ $(counted drop_guard_source) -ge 1 ]] || fail "$(tally)"
	run ! grep -q "$(ip4_hex 10.9.0.12)$(ip4_hex 10.9.0.13)" "$BATS_TEST_TMPDIR/received"
	hears 3 "$file"
	arp 1 10.9.0.1 10.9.0.13 | send_frames c1
	arp 1 10.9.0.12 10.9.0.13 | send_frames c1
	arp 2 10.9.0.12 10.9.0.13 | send_frames c2
	wait_until 5 captured_count "$file" 1
	capture_stop
	[[ $(captured "$file" | grep -c "$(mac_hex "$(c_mac 1)")0806") == 0 ]]
	[[ $(counter nsa-c1 drop_guard_arp) -ge 2 ]]
	# What is for the sibling goes there.
	probe wire 10.9.0.12
	got c2 1
}

# is_with N: the owner believes that 10.9.0.12 is at container N.
is_with()
{
	ip -n nsa-rt neigh show 10.9.0.12 dev br0 | grep -q "lladdr $(c_mac "$1")"
}

@test "limits: between siblings on a bridge" {
	local i

	up
	change nsaccel limit set nsa-c1 out pps 1 pps-burst 5
	for ((i = 0; i < 20; i++)); do
		frame4 "smac=$(c_mac 1)" "dmac=$(c_mac 2)" src=10.9.0.11 dst=10.9.0.12 \
			"payload=$(marker)"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "20 to c2"
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
	got c2 $((20 - $(counted drop_limit)))
	change nsaccel limit del nsa-c1
	change nsaccel limit set nsa-c2 in pps 1 pps-burst 5
	probe_frames c1 "20 to c2"
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
}
