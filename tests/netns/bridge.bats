# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # live.bash uses them
# Containers on a bridge, as Docker's default network has them: routed through the bridge, and
# bridged among themselves. The bridge without nsaccel says what is right.
#
# bridge.bash has the topology.

load bridge

teardown()
{
	live_teardown
}

# ---- routed ---------------------------------------------------------------------------------

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

# ---- bridged --------------------------------------------------------------------------------

scenario_bridged()
{
	bridged 1 2
	got c2 2
	fast 2
	bridged 2 1
	got c1 2
	fast 2
	# A bridge doesn't look at TTLs, options, fragments.
	bridged 1 2 ttl=1
	got c2 2
	bridged 1 2 ttl=0
	got c2 2
	bridged 1 3 "payload=$(zeros 1300)$(marker)"
	got c3 2
	fast 2
	# Nor at other protocols; unknown, broadcast and multicast are flooded.
	bridged 1 2 type=88b5
	frame4 "smac=$(c_mac 1)" dmac=02:00:00:09:00:66 src=10.9.0.11 dst=10.9.0.66 \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	frame4 "smac=$(c_mac 1)" dmac=ff:ff:ff:ff:ff:ff src=10.9.0.11 dst=10.9.0.255 \
		"payload=$(marker)" >>"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "unknown and all"
	got c2 2 c3 2
	fast 0
	# To itself, by the bridge's mirror.
	frame4 "smac=$(c_mac 2)" "dmac=$(c_mac 1)" src=10.9.0.12 dst=10.9.0.11 \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "with another's MAC"
	hello 1 2 3
	bridged 1 2
	got c2 2
	fast 2
}
@test "container to container: by MAC, not a byte changed" { both scenario_bridged; }

scenario_learning()
{
	bridged 1 2
	got c2 2
	fast 2
	# c3 takes c2's MAC: it is where it was heard last.
	ip -n nsa-c2 link set eth0 down
	ip -n nsa-c3 link set eth0 address "$(c_mac 2)"
	wait_until 5 not_carried c2
	frame4 "smac=$(c_mac 2)" dmac="$BR_MAC" src=10.9.0.13 dst=10.9.0.1 type=88b5 \
		>"$BATS_TEST_TMPDIR/frames"
	probe_frames c3 "c2's MAC moves"
	settle
	bridged 1 2
	got c3 2
	fast 2
	# A source nobody knows yet has to be learnt, so that answers aren't flooded.
	in_bridge bridge fdb del "$(c_mac 1)" dev c1 master
	settle
	bridged 1 2
	got c3 2
	slow_first pass_bridge
	settle
	bridged 3 1 "smac=$(c_mac 2)"
	got c1 2
}

not_carried()
{
	in_ns nsa-rt ip -j link show dev "$1" | jq -e '.[0].operstate != "UP"' >/dev/null
}
@test "a MAC moves to another port; sources are learnt" { both scenario_learning; }

scenario_isolated()
{
	in_bridge bridge link set dev c1 isolated on
	bridged 1 2
	got c2 2
	fast 2
	in_bridge bridge link set dev c2 isolated on
	bridged 1 2
	got
	bridged 1 3
	got c3 2
	fast 2
	probe wire 10.9.0.11
	got c1 1
	fast 1
	in_bridge bridge link set dev c2 isolated off
	bridged 1 2
	got c2 2
	fast 2
}
@test "isolated ports" { both scenario_isolated; }

scenario_stp()
{
	bridged 1 2
	got c2 2
	fast 2
	# Disabled by hand.
	in_bridge bridge link set dev c2 state 0
	bridged 1 2
	got
	probe wire 10.9.0.12 10.9.0.11
	got c1 1
	fast 1
	routed 2 "${ADDR4[wire]}"
	got
	bridged 2 1
	got
	in_bridge bridge link set dev c2 state 3
	hello 2
	bridged 1 2
	got c2 2
	fast 2
	# With the protocol a port that comes up listens first, here for as long as we want.
	in_bridge ip link set br0 type bridge stp_state 1 forward_delay 3000
	in_bridge ip link set c1 down
	in_bridge ip link set c1 up
	wait_until 5 in_state listening c1
	settle
	# Forgotten when it went down.
	bridged 2 1
	got c3 2
	bridged 1 2
	got
	routed 1 "${ADDR4[wire]}"
	got
	bridged 3 2
	got c2 2
	fast 2
	in_bridge ip link set br0 type bridge stp_state 0
	in_bridge bridge link set dev c1 state 3
	hello 1
	bridged 2 1
	got c1 2
	fast 2
}
@test "ports that STP blocks" { both scenario_stp; }

scenario_hairpin()
{
	in_bridge bridge link set dev c2 hairpin on
	bridged 1 2
	got c2 2
	in_bridge bridge link set dev c2 hairpin off learning off
	bridged 1 2
	got c2 2
	in_bridge bridge link set dev c2 learning on
	in_bridge bridge link set dev c2 flood off
	bridged 1 2
	got c2 2
	in_bridge bridge fdb replace "$(c_mac 3)" dev c3 master static
	bridged 1 3
	got c3 2
	fast 2
	# A filter on a local entry: frames to it are the bridge's.
	in_bridge bridge fdb replace "$(c_mac 3)" dev c3 master permanent
	bridged 1 3
	got
	fast 0
}
@test "hairpin, learning off, flooding off, static and local entries" { both scenario_hairpin; }

scenario_vlan()
{
	in_bridge ip link set br0 type bridge vlan_filtering 1
	bridged 1 2
	got c2 2
	# Another VLAN for one of them.
	in_bridge bridge vlan del dev c2 vid 1
	in_bridge bridge vlan add dev c2 vid 2 pvid untagged
	bridged 1 2
	got
	in_bridge ip link set br0 type bridge vlan_filtering 0
	hello 1 2 3
	bridged 1 2
	got c2 2
	fast 2
}
@test "VLAN filtering" {
	unshare -n sh -c 'ip link add type bridge vlan_filtering 1' 2>/dev/null ||
		skip "the kernel has none"
	both scenario_vlan
}

scenario_tagged()
{
	# Only the IPv4 frame has the tag.
	bridged 1 2 tag=81000005
	got c2 2
	slow 1 pass_vlan
}
@test "tagged frames are the bridge's" { both scenario_tagged; }

scenario_members()
{
	# A port leaves the bridge, comes back, goes.
	in_bridge ip link set c2 nomaster
	bridged 1 2
	got c3 2
	probe wire 10.9.0.12
	got c1 1 c3 1
	in_bridge ip link set c2 master br0
	wait_until 5 in_state forwarding c2
	hello 2
	bridged 1 2
	got c2 2
	fast 2
	probe wire 10.9.0.12
	got c2 1
	fast 1
	in_bridge ip link set c3 down
	bridged 1 3
	in_bridge ip link set c3 up
	wait_until 5 in_state forwarding c3
	hello 3
	bridged 1 3
	got c3 2
	fast 2
	# The inner end drops what is larger than it takes.
	change ip -n nsa-c3 link set eth0 mtu 1280
	bridged 1 3 "payload=$(zeros 1300)$(marker)"
	got c3 0
	change ip -n nsa-c3 link set eth0 mtu 1500
	# IPv6 needs 1280, and a bridge goes by its smallest port.
	in_bridge ip link set c3 mtu 1280
	bridged 1 3 "payload=$(zeros 1300)$(marker)"
	rt link del c1
	probe wire 10.9.0.11
	got c2 1 c3 1
	container_up 1
	wait_until 5 in_state forwarding c1
	hello 1
	bridged 2 1
	got c1 2
	fast 2
}
@test "ports leave, come back, go down, shrink, are made anew" { both scenario_members; }

scenario_nic_in_bridge()
{
	# eth0 becomes one of the bridge's ports, as with virtual machines on a LAN.
	ip -n nsa-rt addr flush dev eth0
	in_bridge ip link set eth0 master br0
	wait_until 5 in_state forwarding eth0
	frame4 "smac=${MAC[wire]}" "dmac=$BR_MAC" src=10.9.0.99 dst=10.9.0.1 type=88b5 \
		>"$BATS_TEST_TMPDIR/frames"
	probe_frames wire "be known"
	settle
	frame4 "smac=$(c_mac 1)" "dmac=${MAC[wire]}" src=10.9.0.11 dst=10.9.0.99 \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames c1 "the wire, bridged"
	got wire 1
	frame4 "smac=${MAC[wire]}" "dmac=$(c_mac 1)" src=10.9.0.99 dst=10.9.0.11 \
		"payload=$(marker)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames wire "c1, bridged"
	got c1 1
}
@test "the NIC is a port of the bridge itself" { both scenario_nic_in_bridge; }

scenario_ebtables()
{
	bridged 1 2
	fast 2
	in_bridge nft -f - <<-EOF
		add table bridge f
		add chain bridge f forward { type filter hook forward priority 0; }
		add rule bridge f forward ether daddr $(c_mac 2) ip ttl 64 drop
	EOF
	bridged 1 2
	got c2 1
	bridged 1 3
	got c3 2
	in_bridge nft delete table bridge f
	bridged 1 2
	got c2 2
	fast 2
}
@test "rules of the bridge's own are obeyed" { both scenario_ebtables; }

@test "TCP between containers of one bridge" {
	live_topology
	live_attach
	daemon_start
	hello 1 2 3
	background nsenter --net=/run/netns/nsa-c2 -- socat -t 10 \
		"TCP6-LISTEN:$TCP_PORT,ipv6only=0,fork,reuseaddr" EXEC:sha256sum
	SERVERS+=($!)
	wait_until 5 listening
	payload 2000000
	[[ $(in_ns nsa-c1 timeout 60 socat -t 30 - "TCP4:10.9.0.12:$TCP_PORT" \
		<"$BATS_TEST_TMPDIR/payload") == "$(payload_hash)" ]]
	[[ $(counter nsa-c1 fwd_bridge) -ge 20 ]] || fail "$(stats)"
	[[ $(counter nsa-c2 fwd_bridge) -ge 5 ]] || fail "$(stats)"
}

listening()
{
	[[ $(in_ns nsa-c2 ss -Hltn "sport = :$TCP_PORT") ]]
}

# leads_by DEVICE: by which a route's next hop leaves whose MAC the bridge decides of; or "": by the kernel.
leads_by()
{
	local dev

	dev=$(nsaccel -n nsa-rt -j route show |
		jq -r '.[] | select(.dst == "10.70.0.0/24") | if .action == "pass" then "" else .dev end')
	[[ $dev == "$1" ]] || fail "$(nsaccel -n nsa-rt -j route show | jq -c '.[] | select(.dst == "10.70.0.0/24")')"
}

@test "each change of a bridge's entries is followed by itself" {
	local mac=02:00:00:09:77:77 i

	live_topology
	live_attach
	daemon_start
	rt neigh replace 10.9.0.77 lladdr $mac dev br0 nud permanent
	rt route add 10.70.0.0/24 via 10.9.0.77
	leads_by ""
	in_bridge bridge fdb replace $mac dev c1 master dynamic
	leads_by c1
	for i in 2 1; do
		in_bridge bridge fdb replace $mac dev c$i master dynamic extern_learn
		leads_by c$i
	done
	in_bridge bridge fdb replace $mac dev c3 master static sticky
	leads_by c3
	# What a device takes is no entry of the bridge's.
	in_bridge bridge fdb add $mac dev c2 self
	leads_by c3
	in_bridge bridge fdb del $mac dev c2 self
	leads_by c3
	in_bridge bridge fdb replace $mac dev c2 master local
	leads_by ""
	in_bridge bridge fdb replace $mac dev c2 master dynamic
	leads_by c2
	in_bridge ip link set br0 type bridge fdb_flush
	leads_by ""
	in_bridge bridge fdb replace $mac dev c2 master dynamic
	in_bridge ip link set c2 nomaster
	leads_by ""
	in_bridge ip link set c2 master br0
	in_bridge bridge fdb replace $mac dev c2 master static
	leads_by c2
	in_bridge ip link del c2
	leads_by ""
	# By age.
	in_bridge bridge fdb replace $mac dev c3 master dynamic
	leads_by c3
	in_bridge ip link set br0 type bridge ageing_time 100
	wait_until 10 has_aged
	settle
	leads_by ""
}

# updated COMPARISON SECONDS: how long ago the bridge last learnt something of c1, while that sends by the fast path.
updated()
{
	bridged 1 2
	bridged 2 1
	local used
	used=$(in_ns nsa-rt bridge -s fdb show br br0 | sed -n "s/^$(c_mac 1) dev c1 .*used [0-9]*\/\([0-9]*\).*/\1/p")
	[[ -n $used ]] && test "$used" "$1" "$2"
}

@test "a bridge that forgets soon" {
	live_topology
	live_attach
	in_bridge ip link set br0 type bridge ageing_time 1500
	daemon_start
	hello 1 2
	bridged 1 2
	got c2 2
	fast 2
	wait_until 10 updated -ge 2
	fast 2
	wait_until 10 updated -lt 2
	fast 2
	# Too soon for that: the frames are the bridge's.
	in_bridge ip link set br0 type bridge ageing_time 1400
	settle
	bridged 1 2
	got c2 2
	fast 0
}

has_aged()
{
	! in_ns nsa-rt bridge fdb show br br0 | grep -q 02:00:00:09:77:77
}
