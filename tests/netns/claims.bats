# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Claims are not proof: addresses that a namespace gives itself, on a link with others.
# shellcheck disable=SC2034 # live.bash uses them

load bridge

THIEF=02:00:00:00:66:66

up()
{
	live_topology
	live_attach
	MODE=nsaccel
	daemon_start
	settle
	hello 1 2 3
	keep_quiet nsa-wire
}

teardown()
{
	live_teardown
}

ns_set()
{
	change nsaccel ns set "$@"
}

dropped()
{
	got
	slow "$@"
}

# thief_up [MAC]: a thief on the wire's link, a macvlan of eth0.
thief_up()
{
	ns_add nsa-thief
	ip -n nsa-rt link add link eth0 name thief netns nsa-thief address "${1:-$THIEF}" \
		type macvlan mode bridge
	ip -n nsa-thief -batch - <<-EOF
		link set thief name eth0
		addr add 10.0.0.66/24 dev eth0
		addr add fd00::66/64 dev eth0 nodad
	EOF
	# One of before with that MAC may still be on its way out.
	wait_until 5 ip -n nsa-thief link set eth0 up
	ip -n nsa-thief route add default via 10.0.0.1
	WATCHED+=(nsa-thief)
	keep_quiet nsa-thief
	settle
}

# owner_knows ADDRESS DEVICE MAC
owner_knows()
{
	ip -n nsa-rt neigh show "$1" dev "$2" | grep -q "lladdr $3"
}

# arp MAC SENDER TARGET: a request, to all.
arp()
{
	echo "ffffffffffff$(mac_hex "$1")08060001080006040001$(mac_hex "$1")$(ip4_hex "$2")000000000000$(ip4_hex "$3")"
}

has_counted()
{
	[[ $(counter "$1" "$2") -ge $3 ]]
}

# ---- a macvlan ------------------------------------------------------------------------------

@test "a macvlan claims the address of a host on its wire, listed or not" {
	up
	thief_up
	ip -n nsa-wire addr add 10.0.0.50/24 dev eth0
	for sources in 10.0.0.66 auto; do
		ns_set nsa-thief --guard drop --sources $sources
		# The owner has never heard of the host.
		ip -n nsa-rt neigh flush to 10.0.0.50
		# That it is there, the kernel finds out: who answers first.
		run -0 in_ns nsa-rt ping -n -q -c 1 -W 2 10.0.0.50
		change ip -n nsa-thief addr add 10.0.0.50/32 dev eth0
		wait_until 5 owner_knows 10.0.0.50 eth0 "${MAC[wire]}"
		settle
		routed 1 10.0.0.50
		got wire 1
		fast 1
		# Nor by telling all about it.
		arp "$THIEF" 10.0.0.50 10.0.0.1 | send_frames thief || true # a macvlan is told of its lower's drop
		wait_until 5 has_counted nsa-thief drop_guard_arp 1
		owner_knows 10.0.0.50 eth0 "${MAC[wire]}"
		routed 1 10.0.0.50
		got wire 1
		change ip -n nsa-thief addr del 10.0.0.50/32 dev eth0
	done
}

@test "a macvlan that is listed has its address without the neighbour table" {
	up
	thief_up
	ns_set nsa-thief --guard drop --sources 10.0.0.66
	ip -n nsa-rt neigh flush to 10.0.0.66
	settle
	routed 1 10.0.0.66
	got thief 1
	fast 1
}

@test "a macvlan claims the address of the owner, or of its gateway" {
	up
	thief_up
	rt route add 10.50.0.0/16 via 10.0.0.2
	ns_set nsa-thief --guard drop
	change ip -n nsa-thief addr add 10.0.0.2/32 dev eth0
	change ip -n nsa-thief addr add 10.0.0.1/32 dev eth0
	arp "$THIEF" 10.0.0.2 10.0.0.1 | send_frames thief || true # a macvlan is told of its lower's drop
	arp "$THIEF" 10.0.0.1 10.0.0.2 | send_frames thief || true # a macvlan is told of its lower's drop
	wait_until 5 has_counted nsa-thief drop_guard_arp 2
	owner_knows 10.0.0.2 eth0 "${MAC[wire]}"
	routed 1 10.50.0.1 10.0.0.2
	got wire 2
	fast 2
}

@test "a macvlan takes the MAC of a host on its wire: what is for that goes on the wire" {
	local mac=${MAC[wire]}

	up
	# The owner has learned it: what is fixed could be meant for a macvlan.
	ip -n nsa-rt neigh del 10.0.0.2 dev eth0
	in_ns nsa-rt ping -n -q -c 1 -W 2 10.0.0.2
	settle
	rt route add 10.50.0.0/16 via 10.0.0.2
	routed 1 10.50.0.1 10.0.0.2
	got wire 2
	fast 2
	thief_up "$mac"
	routed 1 10.50.0.1 10.0.0.2
	got wire 2
	nsaccel status | grep -q "^note: a macvlan on eth0 .* has the MAC address of a neighbour.*kernel"
	# What that host sends is its own, too; what the macvlan sends goes out by the wire, as by the kernel.
	probe wire 10.9.0.11
	got c1 1
	fast 1
	stolen thief
	got wire 1
	fast 0
	# Where anything was said that may be meant for it, nobody else sends by that MAC.
	ns_set nsa-c2 --policy deny
	nsaccel status | grep -q "^note: a macvlan on eth0 .* has the MAC address of a neighbour.*closed"
	frame4 "smac=$mac" "dmac=${RT_MAC[eth0]}" src=10.0.0.66 dst=10.9.0.11 |
		send_frames thief || true # a macvlan is told of its lower's drop
	wait_until 5 has_counted nsa-rt drop_closed 1
	ns_set nsa-c2 --policy allow
	# Nor when the owner has lost the neighbour for a moment.
	ip -n nsa-rt neigh flush dev eth0
	change ip -n nsa-rt neigh replace "${ADDR4[wire]}" lladdr "$mac" dev eth0 nud permanent
	routed 1 10.50.0.1 10.0.0.2
	got wire 2
	# With a MAC of its own it gets what is its.
	ip -n nsa-thief link set eth0 address 02:00:00:00:66:66
	settle
	wait_until 5 has_endpoint nsa-thief
	routed 1 10.50.0.1
	got wire 1
}

# stolen NAME: that namespace sends to the router by the MAC of the host on the wire.
stolen()
{
	frame4 "smac=${MAC[wire]}" "dmac=${RT_MAC[eth0]}" src=10.0.0.66 dst=10.9.0.11 \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "by the MAC of another"
}

# again COMMAND...: the thief's macvlan goes, that happens, and it comes again as it was.
again()
{
	ip netns del nsa-thief
	"$@"
	thief_up
}

@test "a macvlan that the owner has talked with comes again with its MAC" {
	up
	thief_up
	talk
	# Known to be gone, or not: it may come in the same moment.
	again wait_until 5 is_forgotten
	talk
	again true
	talk
	# With another MAC, and the first one again.
	ip -n nsa-thief link set eth0 address 02:00:00:00:66:77
	wait_until 5 is_forgotten
	settle
	ip -n nsa-thief link set eth0 address "$THIEF"
	talk
	# Without a daemon.
	daemon_stop KILL
	again nsaccel sync
	run -0 nsaccel sync
	talk
	again true
	run -0 nsaccel sync
	talk
	# What is fixed is the user's word, and stays.
	ip -n nsa-rt neigh replace 10.0.0.66 lladdr "$THIEF" dev eth0 nud permanent
	again nsaccel sync
	run -0 nsaccel sync
	owner_knows 10.0.0.66 eth0 "$THIEF"
	talk
	# While nothing is attached.
	ip -n nsa-rt neigh del 10.0.0.66 dev eth0
	talk
	run -0 nsaccel -n nsa-rt detach eth0
	is_forgotten
	again live_attach
	run -0 nsaccel sync
	talk
}

# The owner and the thief's macvlan find each other.
talk()
{
	wait_until 5 is_macvlan
	wait_until 5 in_ns nsa-rt ping -n -q -c 1 -W 1 10.0.0.66
	in_ns nsa-thief ping -n -q -c 1 -W 1 10.0.0.1
	owner_knows 10.0.0.66 eth0 "$THIEF"
}

is_macvlan()
{
	nsaccel -j endpoint show | jq -e --arg mac "$THIEF" '
		any(.netns == "nsa-thief" and .kind == "macvlan" and .mac == $mac)' >/dev/null
}

is_forgotten()
{
	! owner_knows 10.0.0.66 eth0 "$THIEF"
}

has_endpoint()
{
	nsaccel -j endpoint show | jq -e --arg ns "$1" 'any(.netns == $ns)' >/dev/null
}

# ---- a bridge -------------------------------------------------------------------------------

@test "on a bridge: what nobody has may be claimed, what is listed for another not" {
	up
	ns_set nsa-c1 --guard drop
	ns_set nsa-c2 --sources 10.9.0.12,10.9.0.22,10.9.0.32/28,10.0.0.0/8
	ip -n nsa-c1 addr add 10.9.0.22/24 dev eth0
	ip -n nsa-c1 addr add 10.9.0.33/24 dev eth0
	change ip -n nsa-c1 addr add 10.9.0.21/24 dev eth0
	# Before the kernel has it from the container, nobody has it.
	routed 1 10.0.0.2
	got wire 1
	frame4 "smac=$(c_mac 1)" "dmac=$BR_MAC" src=10.9.0.21 dst=10.0.0.2 "payload=$(marker)" \
		>"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "an address that nobody has been resolved for"
	dropped 1 drop_guard_source
	for last in 21 22 33; do
		arp "$(c_mac 1)" 10.9.0.$last 10.9.0.1 | send_frames c1
	done
	wait_until 5 has_counted nsa-c1 drop_guard_arp 2
	wait_until 5 owner_knows 10.9.0.21 br0 "$(c_mac 1)"
	run ! owner_knows 10.9.0.22 br0 "$(c_mac 1)"
	run ! owner_knows 10.9.0.33 br0 "$(c_mac 1)"
	# It counts as soon as the kernel has it.
	frame4 "smac=$(c_mac 1)" "dmac=$BR_MAC" src=10.9.0.21 dst=10.0.0.2 "payload=$(marker)" \
		>"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "an address of its own"
	got wire 1
	fast 1
	# Not listed any more, it is free.
	ns_set nsa-c2 --sources auto
	arp "$(c_mac 1)" 10.9.0.22 10.9.0.1 | send_frames c1
	wait_until 5 owner_knows 10.9.0.22 br0 "$(c_mac 1)"
}

@test "on a bridge: no probe keeps another from the address that is its own" {
	local probe

	up
	ns_set nsa-c1 --guard drop
	ns_set nsa-c2 --sources 10.9.0.12,10.9.0.22,fd00:0:9::12
	probe=ffffffffffff$(mac_hex "$(c_mac 1)")08060001080006040001$(mac_hex "$(c_mac 1)")00000000
	capture nsa-c2 eth0 "$BATS_TEST_TMPDIR/probes" arp
	# One that is listed, one that another has, the gateway; and one that is free.
	for target in 10.9.0.22 10.9.0.13 10.9.0.1 10.9.0.21; do
		send_frames c1 <<<"${probe}000000000000$(ip4_hex $target)"
	done
	wait_until 5 has_counted nsa-c1 pass_not_ip 1
	wait_until 5 captured_count "$BATS_TEST_TMPDIR/probes" 1
	capture_stop
	[[ $(counter nsa-c1 drop_guard_arp) == 3 ]]
	run ! captured_count "$BATS_TEST_TMPDIR/probes" 2
}

@test "on a bridge: who is robbed of its address by one that isn't guarded goes on" {
	up
	ns_set nsa-c2 --guard drop
	rt neigh change 10.9.0.12 dev br0 lladdr "$(c_mac 2)" nud stale
	arp "$(c_mac 1)" 10.9.0.12 10.9.0.1 | send_frames c1
	wait_until 5 owner_knows 10.9.0.12 br0 "$(c_mac 1)"
	settle
	routed 2 10.0.0.2
	got wire 1
	fast 1
	bridged 2 3
	got c3 2
	fast 2
	# Listed, it gets what is for it, too, whatever the neighbour table says.
	ns_set nsa-c2 --sources 10.9.0.12,fd00:0:9::12
	owner_knows 10.9.0.12 br0 "$(c_mac 1)"
	probe wire 10.9.0.12
	got c2 1
}

@test "a network's own address, a broadcast address, those of another link" {
	up
	ip -n nsa-rt link set c3 nomaster
	settle
	ip -n nsa-rt addr add 10.8.0.1/24 dev c3
	ip -n nsa-c3 addr add 10.8.0.2/24 dev eth0
	rt neigh replace 10.8.0.2 dev c3 lladdr "$(c_mac 3)" nud permanent
	ns_set nsa-c3 --guard drop
	for src in 10.8.0.0 10.8.0.255 10.8.0.1 10.9.0.77 10.9.0.13 10.0.0.9 203.0.113.9; do
		frame4 "smac=$(c_mac 3)" dmac=02:00:00:09:01:13 src=$src dst=10.0.0.2 "payload=$(marker)"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames c3 "others' addresses"
	dropped 7 drop_guard_source
	for src in 10.8.0.2 10.8.0.77; do
		frame4 "smac=$(c_mac 3)" dmac=02:00:00:09:01:13 src=$src dst=10.0.0.2 "payload=$(marker)"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames c3 "its own"
	got wire 2
	fast 2
}

# ---- who holds what is known when a command returns -----------------------------------------

@test "after attach nothing differs, neighbours that it resolved included" {
	topo_up 1500 learn
	attach eth0 eth1
	nsaccel check
}
