# SPDX-License-Identifier: GPL-2.0-only
# Containers on a bridge, as Docker's default network has them: packets that are routed through the bridge.
# The bridge without nsaccel says which outcome is right.
# shellcheck disable=SC2034 # live.bash uses them

load bridge

teardown()
{
	live_teardown
}

scenario_routed()
{
	probe wire 10.9.0.11 fd00:0:9::11 10.9.0.12
	got c1 2 c2 1
	fast 3
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	# From one container to another by way of the router, as with /32 addresses.
	routed 1 10.9.0.12 fd00:0:9::12
	probe wire "10.9.0.11,ttl=1" "10.9.0.11,size=1600"
	probe wire "10.9.0.11,off=2000"
	got c1 1
}

@test "NIC to container and back, through the bridge" { both scenario_routed; }

scenario_no_fdb()
{
	probe wire 10.9.0.11
	fast 1
	in_bridge bridge fdb del "$(c_mac 1)" dev c1 master
	# The kernel floods, so nothing is lost.
	probe wire 10.9.0.11
	got c1 1 c2 1 c3 1
	slow 1 'pass_(no_neigh|bridge)'
	hello 1
	probe wire 10.9.0.11
	got c1 1
	fast 1
	rt neigh replace 10.9.0.11 lladdr 02:00:00:09:00:77 dev br0 nud permanent
	probe wire 10.9.0.11
	got c1 1 c2 1 c3 1
	fast 0
}

@test "a MAC that the bridge doesn't know is flooded, by the kernel" { both scenario_no_fdb; }

scenario_routed_learning()
{
	unguarded c3
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	# c1's MAC and addresses move to c3, of which the bridge hears only what is to be routed.
	ip -n nsa-c1 link set eth0 down
	wait_until 5 not_carried c1
	settle
	hello 2
	frame4 "smac=$(c_mac 1)" dmac="$BR_MAC" src=10.9.0.11 "dst=${ADDR4[wire]}" \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames c3 "c1's address, from c3"
	got wire 1
	slow 1 pass_bridge
	settle
	probe wire 10.9.0.11
	got c3 1
	fast 1
	frame4 "smac=$(c_mac 1)" dmac="$BR_MAC" src=10.9.0.11 "dst=${ADDR4[wire]}" \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames c3 "c1's address, from c3"
	got wire 1
	fast 1
}

@test "a MAC moves, and its frames are routed: answers follow it" { both scenario_routed_learning; }

scenario_bridge_address()
{
	routed 1 "${ADDR4[wire]}"
	fast 1
	# What containers send to the old MAC isn't for the bridge any more: flooded.
	in_bridge ip link set br0 address 02:00:00:09:00:02
	routed 1 "${ADDR4[wire]}"
	got c2 1 c3 1
	fast 0
	in_bridge ip link set br0 address "$BR_MAC"
	in_bridge ip addr add 10.50.0.1/32 dev br0
	routed 1 10.50.0.1
	got
	slow 1 pass_local
	rt_sysctl net.ipv4.conf.br0.forwarding=0
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 1
	rt_sysctl net.ipv4.conf.br0.forwarding=1
	routed 1 "${ADDR4[wire]}"
	got wire 1
	fast 1
	rt link set br0 down
	routed 1 "${ADDR4[wire]}"
	got
	bridged 1 2
}

@test "the bridge's own MAC, address, forwarding, state" { both scenario_bridge_address; }

# Whose MAC it has is told by the database alone: without that entry, the bridge floods what is for its own.
scenario_bridge_entry()
{
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	fast 2
	in_bridge bridge fdb del "$BR_MAC" dev br0 self
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got c2 2 c3 2
	fast 0
	in_bridge bridge fdb add "$BR_MAC" dev br0 self permanent
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	in_bridge bridge fdb replace "$BR_MAC" dev c2 master static
	routed 1 "${ADDR4[wire]}"
	fast 0
}

@test "a bridge that doesn't know its own MAC" { both scenario_bridge_entry; }

# set_ports STATE: of all of the bridge's. Without one that forwards it has no carrier; if that has changed a moment
# before, its routes follow up to a second later, without a word.
set_ports()
{
	local port
	for port in c1 c2 c3; do
		in_bridge bridge link set dev "$port" state "$1"
	done
}

# has_route FLAG: the bridge's own; FLAG: "linkdown" or "".
has_route()
{
	[[ $(ip -n nsa-rt route show 10.9.0.0/24 | grep -o linkdown) == "$1" ]]
}

scenario_bridge_carrier()
{
	for _ in 1 2; do
		hello 1 2 3
		probe wire 10.9.0.11 fd00:0:9::11
		got c1 2
		fast 2
		set_ports 1
		wait_until 5 has_route linkdown
		settle
		probe wire 10.9.0.11 fd00:0:9::11
		got
		fast 0
		set_ports 3
		wait_until 5 has_route ""
		settle
	done
}

@test "a bridge without carrier" { both scenario_bridge_carrier; }
