# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What takes frames from a port, or from the bridge above it, before IP gets them, or gets a copy: macvlans in
# source and passthru mode, macvtaps, whoever makes a bridge promiscuous, XDP and queues on a bridge. The
# kernel without nsaccel says what is right.
#
# bridge.bash has the topology; leaves() takes one without bridges.

load bridge

ASIDE_MAC=02:00:00:00:78:01

teardown()
{
	live_teardown
}

# aside_up: a namespace that hangs on nothing yet, and says nothing.
aside_up()
{
	ns_add nsa-aside
	sysctl_in nsa-aside net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	WATCHED+=(nsa-aside)
}

# aside LOWER WORDS...: a macvlan of that namespace's on a device of the router's, up.
aside()
{
	local lower=$1

	shift
	change ip -n nsa-rt link add taker link "$lower" netns nsa-aside address "$ASIDE_MAC" \
		type macvlan "$@"
	change ip -n nsa-aside link set taker up
}

aside_gone()
{
	change ip -n nsa-aside link del taker
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

scenario_source_mode()
{
	aside_up
	aside eth0 mode source
	change ip -n nsa-aside link set taker type macvlan macaddr add "${MAC[wire]}"
	probe wire 10.1.0.2 fd00:0:1::2
	got blue 2 aside 2
	slow 2 pass_forwarding
	# Without a copy.
	aside_gone
	aside eth0 mode source nodst
	change ip -n nsa-aside link set taker type macvlan macaddr add "${MAC[wire]}"
	probe wire 10.1.0.2 fd00:0:1::2
	got aside 2
	slow 2 pass_forwarding
	aside_gone
	probe wire 10.1.0.2 fd00:0:1::2
	got blue 2
	fast 2
}

@test "a macvlan in source mode gets its copy of what comes in by a NIC" {
	leaves
	both scenario_source_mode
}

scenario_passthru()
{
	keep_quiet nsa-blue nsa-red
	aside_up
	aside blue mode passthru
	probe blue 10.2.0.2 fd00:0:2::2
	got aside 2
	slow 2 pass_forwarding
	# What goes in by the host end isn't the macvlan's.
	probe red 10.1.0.2 fd00:0:1::2
	got blue 2
	fast 2
	# One of the owner's own takes all, too, if only to drop it.
	change ip -n nsa-rt link add tap0 link red type macvtap mode passthru
	probe red 10.1.0.2 fd00:0:1::2
	got
	slow 2 pass_forwarding
	change ip -n nsa-rt link del tap0
	aside_gone
	probe red 10.1.0.2 fd00:0:1::2
	got blue 2
	fast 2
}

@test "a macvlan in passthru mode on a host end" {
	leaves
	both scenario_passthru
}

scenario_passthru_on_bridge()
{
	aside_up
	change ip -n nsa-rt link add taker link br0 netns nsa-aside type macvlan mode passthru nopromisc
	change ip -n nsa-aside link set taker up
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got aside 2
	slow 2 pass_forwarding
	# What goes from port to port isn't handed up.
	bridged 1 2
	got c2 2
	fast 2
}

@test "a macvlan in passthru mode on a bridge" { both scenario_passthru_on_bridge; }

scenario_promiscuous()
{
	aside_up
	ASIDE_MAC=$(c_mac 2) aside br0 mode bridge
	bridged 1 2
	got c2 2 aside 2
	slow 2 pass_firewall
	# What is routed isn't copied.
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	probe wire 10.9.0.12 fd00:0:9::12
	got c2 2
	fast 2
	aside_gone
	bridged 1 2
	got c2 2
	fast 2
}

@test "a promiscuous bridge gets a copy of what goes by" { both scenario_promiscuous; }

scenario_xdp()
{
	foreign_load
	in_bridge ip link set dev br0 xdpgeneric pinned "$BPFFS/foreign/foreign_drop"
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got
	slow 2 pass_firewall
	bridged 1 2
	got c2 2
	fast 2
	in_bridge ip link set dev br0 xdpgeneric off
	routed 1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
}

@test "XDP on a bridge" { both scenario_xdp; }

scenario_queue()
{
	in_bridge tc qdisc add dev br0 root pfifo limit 0
	probe wire 10.9.0.11 fd00:0:9::11
	got
	slow 2 pass_bridge
	in_bridge tc qdisc del dev br0 root
	probe wire 10.9.0.11 fd00:0:9::11
	got c1 2
	fast 2
}

@test "a queue on a bridge" { both scenario_queue; }
