# SPDX-License-Identifier: GPL-2.0-only
# Containers on a bridge: frames between its ports. The bridge without nsaccel says which outcome is right.
# shellcheck disable=SC2034 # live.bash uses them

load bridge

teardown()
{
	live_teardown
}

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
