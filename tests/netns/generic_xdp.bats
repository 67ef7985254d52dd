# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Generic XDP at the other end of a veth passes over what was redirected to this end. So what is to be
# seen by it gets there by redirect_peer, or by the kernel.

load live

setup()
{
	topo_up
	foreign_load
}

teardown()
{
	live_teardown
}

# drops LEAF: a firewall in it, by generic XDP.
drops()
{
	in_ns "nsa-$1" ip link set dev eth0 xdpgeneric pinned "$BPFFS/foreign/foreign_drop"
}

# stopped FROM TO: by that.
stopped()
{
	local seen

	seen=$(foreign_seen)
	run ! ping_from "$1" "${ADDR4[$2]}" -W 0.2
	run ! ping_from "$1" "${ADDR6[$2]}" -W 0.2
	(($(foreign_seen) >= seen + 6)) || fail "$1 -> $2: $(($(foreign_seen) - seen)) of 6 seen"
}

@test "in an endpoint: from NIC, veth and macvlan" {
	drops blue
	attach eth0
	stopped wire blue
	stopped red blue
	stopped mac blue
	[[ $(counter nsa-rt fwd_veth) == 6 && $(counter nsa-red fwd_veth) == 6 ]]
	[[ $(counter nsa-mac fwd_host) == 6 ]]
}

@test "in an endpoint, others' programs at its host end's egress" {
	drops blue
	in_ns nsa-rt tc qdisc add dev blue clsact
	in_ns nsa-rt tc filter add dev blue egress bpf da object-pinned "$BPFFS/foreign/foreign_tc"
	attach eth0
	stopped wire blue
	stopped mac blue
	[[ $(counter nsa-rt pass_xdp) == 6 ]]
}

@test "at the other end of a veth that plays a NIC" {
	drops wire
	attach eth0
	stopped blue wire
	[[ $(counter nsa-blue pass_xdp) == 6 ]]
}

@test "it comes and goes" {
	attach eth0
	daemon_start
	ping_from mac "${ADDR4[blue]}"
	change drops blue
	stopped mac blue
	change ip -n nsa-blue link set dev eth0 xdpgeneric off
	ping_from mac "${ADDR4[blue]}"
	[[ $(counter nsa-mac fwd_veth) == 6 ]]
}
