# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What nsaccel leaves to the kernel though nothing is wrong with it: it arrives as without nsaccel, and
# status says so.

load bridge

teardown()
{
	live_teardown
}

# noted TEXT: among the notes of status.
noted()
{
	[[ ! $DAEMON ]] || nsaccel -j status |
		jq -e --arg text "$1" 'any(.owners[].notes[]; contains($text))' >/dev/null ||
		fail "not '$1', but: $(nsaccel status)"
}

# Without bridges.
leaves()
{
	live_topology()
	{
		topo_up
		# shellcheck disable=SC2034 # live.bash uses it
		WATCHED=("${LEAVES[@]/#/nsa-}")
	}
}

scenario_own_macvlan()
{
	change ip -n nsa-rt link add vrrp1 link eth0 address 00:00:5e:00:01:01 \
		type macvlan mode bridge
	change ip -n nsa-rt link set vrrp1 up
	keep_quiet nsa-blue
	probe wire 10.1.0.2,dmac=00:00:5e:00:01:01 fd00:0:1::2,dmac=00:00:5e:00:01:01
	got blue 2
	slow 2 pass_other_mac
	noted "vrrp1 is a macvlan of this namespace's own on eth0"
}

@test "a macvlan of the owner's own, as VRRP has" {
	leaves
	both scenario_own_macvlan
}

scenario_joined()
{
	ip -n nsa-rt -batch - <<-EOF
		link set c2 nomaster
		link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		link set br1 up
		link set c2 master br1
		link add j0 type veth peer name j1
		link set j0 master br0
		link set j1 master br1
		link set j0 up
		link set j1 up
	EOF
	wait_until 5 in_state forwarding c2 j0 j1
	settle
	bridged 2 1
	got c1 2
	bridged 1 2
	got c2 2
	slow 2 pass_bridge
	noted "j1 and j0 join the bridges br1 and br0"
}

scenario_promiscuous()
{
	in_bridge ip link set br0 promisc on
	bridged 1 2
	got c2 2
	slow 2 pass_firewall
	noted "br0 is promiscuous"
}

@test "a promiscuous bridge" {
	both scenario_promiscuous
}

@test "two bridges, joined by a veth" {
	both scenario_joined
}

scenario_other_mac()
{
	keep_quiet nsa-red nsa-wire
	probe blue 10.2.0.2,smac=02:00:00:00:aa:aa
	got red 1
	slow 1 pass_guard_mac
	noted "1 packets from behind blue"
	unguarded blue
	probe blue 10.2.0.2,smac=02:00:00:00:aa:aa
	got red 1
	fast 1
}

@test "an endpoint that sends from others' MACs, as with a virtual machine behind it" {
	leaves
	both scenario_other_mac
}
