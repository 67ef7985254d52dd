# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# The entries of a bridge's database: each change is followed by itself, and entries that age stay alive.
# shellcheck disable=SC2034 # live.bash uses them

load bridge

teardown()
{
	live_teardown
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
