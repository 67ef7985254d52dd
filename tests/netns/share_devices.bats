# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A share follows its NIC, its namespace and its veth.

load share

# start_daemon: in the owner.
start_daemon()
{
	background nsenter --net=/run/netns/nsa-rt -- "$NSACCEL" daemon 2>/dev/null
	SERVERS+=($!)
}

in_step()
{
	rt sync && rt check
}

@test "follows its NIC: down and up, MTU, MAC" {
	local mac=02:00:00:00:00:99

	share a 10.0.0.5/24
	rt bind eth0 vlan 100 netns nsa-b
	ip -n nsa-rt link set eth0 down
	rt sync
	[[ $(ip -n nsa-a -o link show eth0) == *NO-CARRIER* ]]
	[[ $(ip -n nsa-b -o link show eth0.100) == *NO-CARRIER* ]]
	ip -n nsa-rt link set eth0 up mtu 1400 address $mac
	fails 4 share-change rt check
	rt sync
	[[ $(ip -n nsa-a -o link show eth0) == *"mtu 1400"*"LOWER_UP"* ||
		$(ip -n nsa-a -o link show eth0) == *"LOWER_UP"*"mtu 1400"* ]]
	[[ $(ip -n nsa-a -o link show eth0) == *$mac* ]]
	[[ $(ip -n nsa-b -o link show eth0.100) == *$mac* ]]
	# The kernel forgot its neighbours with the MAC, and resolves them anew after a sync.
	wait_until 5 in_step
	ip -n nsa-wire neigh flush dev eth0
	wait_until 5 pings nsa-a 10.0.0.2
}

@test "follows its NIC while the daemon runs" {
	start_daemon
	share a 10.0.0.5/24
	ip -n nsa-rt link set eth0 down
	wait_until 5 has_carrier nsa-a eth0 NO-CARRIER
	ip -n nsa-rt link set eth0 up
	wait_until 5 has_carrier nsa-a eth0 LOWER_UP
	wait_until 5 pings nsa-a 10.0.0.2
	ip netns del nsa-a
	wait_until 5 nothing_shared
}

has_carrier()
{
	[[ $(ip -n "$1" -o link show "$2") == *$3* ]]
}

nothing_shared()
{
	[[ $(rt -j share show) == "[]" && $(ip -n nsa-rt -br link) != *nsa0* ]]
}

@test "a namespace, or its end of the veth, that goes, or goes elsewhere" {
	before
	share a 10.0.0.5/24
	ip -n nsa-a link del eth0
	rt sync
	nothing_shared
	share a 10.0.0.5/24
	ip -n nsa-a link set eth0 netns nsa-c
	rt sync
	nothing_shared
	same_as_before
	ip netns add nsa-d
	rt share eth0 netns nsa-d address 10.0.0.5/24
	ip netns del nsa-d
	wait_until 5 gone nsa0
	rt sync
	nothing_shared
	same_as_before
}

gone()
{
	[[ $(ip -n nsa-rt -br link) != *"$1"* ]]
}

@test "a NIC that goes takes it along" {
	share a 10.0.0.5/24
	rt bind eth0 vlan 100 netns nsa-b
	attach eth1
	ip -n nsa-rt link del eth0
	rt sync
	[[ $(rt -j share show) == "[]" ]]
	[[ $(ip -n nsa-a -br link) != *eth0* && $(ip -n nsa-b -br link) != *eth0* ]]
	rt check
}
