# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A namespace with more MACs on its link than its device's: a virtual machine's behind it, a macvlan's,
# or whatever it answers ARP with. What is sent to them gets into the namespace as what is sent to its
# own does.

load bridge

teardown()
{
	live_teardown
}

# second_mac NAMESPACE ADDRESS: a device there that has them, and the owner knows.
second_mac()
{
	sysctl_in "$1" net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	ip -n "$1" -batch - <<-EOF
		link add vm link eth0 address 02:00:00:02:00:99 type macvlan mode bridge
		link set vm up
		addr add $2/24 dev vm
	EOF
	ping_from rt "$2" -c 1
}


shut_in()
{
	run ! ping_from "$1" "$2" -W 0.2
}

@test "isolated: no way in by another MAC" {
	topo_up 1500 learn
	second_mac nsa-red 10.2.0.9
	attach eth0
	daemon_start
	ping_from blue 10.2.0.9
	change nsaccel ns set nsa-red --isolated
	shut_in blue 10.2.0.9
	[[ $(counter nsa-blue drop_isolated) == 3 ]]
	shut_in rt 10.2.0.9
}

@test "isolated behind a bridge: no way in by another MAC" {
	live_topology
	second_mac nsa-c2 10.9.0.19
	live_attach
	daemon_start
	ping_from wire 10.9.0.19
	change nsaccel ns set nsa-c2 --isolated
	shut_in wire 10.9.0.19
	[[ $(counter nsa-rt drop_isolated) == 3 ]]
}

@test "a policy on the namespace holds for all its MACs" {
	topo_up 1500 learn
	second_mac nsa-red 10.2.0.9
	attach eth0
	daemon_start
	change nsaccel ns set nsa-red --policy deny
	shut_in blue 10.2.0.9
	shut_in wire 10.2.0.9
	[[ $(counter nsa-blue drop_policy) == 3 && $(counter nsa-rt drop_policy) -ge 3 ]]
	change nsaccel -n nsa-rt policy add --from nsa-blue --to nsa-red allow
	ping_from blue 10.2.0.9
}

@test "limits count what is for all its MACs" {
	topo_up 1500 learn
	second_mac nsa-red 10.2.0.9
	attach eth0
	daemon_start
	change nsaccel limit set nsa-red in pps 1 pps-burst 1
	run ping_from blue 10.2.0.9 -W 0.2
	[[ $(counter nsa-blue drop_limit) -ge 1 ]]
}
