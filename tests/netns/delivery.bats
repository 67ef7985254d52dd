# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# XDP: delivery into endpoints that consume there, NIC to NIC, and what both need, set and put back.
# A veth plays the NIC here, so that its peer, the wire, must finish its checksums itself
# (docs/internals.md), and be able to take XDP frames.

load lib

setup()
{
	local leaf

	topo_up
	for leaf in wire wire2; do
		in_ns "nsa-$leaf" ethtool -K eth0 tx off gro on >/dev/null
	done
}

teardown()
{
	topo_down
}

gro()
{
	in_ns "nsa-$1" ethtool -k eth0 | awk '$1 == "generic-receive-offload:" { print $2 }'
}

native()
{
	local dev

	for dev in "$@"; do
		nsaccel -n nsa-rt attach --static "$dev" --mode native
	done
}

port()
{
	nsaccel -j status | jq -c --arg dev "$1" '.owners[].ports[] | select(.dev == $dev)'
}

@test "--mode native: XDP on the NIC, by a link or by the dispatcher" {
	native eth0
	hooks nsa-rt | grep -q '^eth0 xdp 1$'
	port eth0 | jq -e '.xdp == "link" or .xdp == "dispatcher"'
	exchange wire blue 1500
	exchange wire rt 1500
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

@test "NIC -> NIC by XDP" {
	native eth0 eth1
	ping_from wire "${ADDR4[wire2]}"
	ping_from wire "${ADDR6[wire2]}"
	[[ $(counter nsa-rt fwd_nic xdp) == 12 ]]
	exchange wire wire2 1500
	[[ $(counter nsa-rt fwd_nic xdp) -ge 100 ]]
	[[ $(kernel_forwards) == 0 ]]
}

# program_id NAME: of the owner's, who is the only one.
program_id()
{
	bpftool -j prog show pinned "$BPFFS"/nsaccel/v*/programs/*/"$1" | jq .id
}

# Those take a second or two to load, in which nothing else is followed.
@test "a NIC that comes or goes asks for another XDP program, and none for TC" {
	local tc xdp

	native eth0
	tc="$(program_id tc_ingress) $(program_id tc_egress)"
	xdp=$(program_id xdp)
	native eth1
	[[ "$(program_id tc_ingress) $(program_id tc_egress)" == "$tc" ]]
	[[ $(program_id xdp) != "$xdp" ]]
	ping_from wire "${ADDR4[wire2]}"
	[[ $(counter nsa-rt fwd_nic xdp) == 6 ]]
	xdp=$(program_id xdp)
	nsaccel -n nsa-rt detach eth1
	[[ "$(program_id tc_ingress) $(program_id tc_egress)" == "$tc" ]]
	[[ $(program_id xdp) != "$xdp" ]]
	ping_from wire "${ADDR4[blue]}"
}

@test "NIC -> NIC by XDP: the same bytes as by TC" {
	local mode

	for mode in tc native; do
		nsaccel -n nsa-rt attach --static eth0 --mode "$mode"
		nsaccel -n nsa-rt attach --static eth1 --mode "$mode"
		capture nsa-wire2 eth0 "$BATS_TEST_TMPDIR/pcap" udp
		{
			frame4 smac="${MAC[wire]}" dmac="${RT_MAC[eth0]}" src="${ADDR4[wire]}" \
				dst="${ADDR4[wire2]}" id=fffe ttl=16 tos=b8
			frame6 smac="${MAC[wire]}" dmac="${RT_MAC[eth0]}" src="${ADDR6[wire]}" \
				dst="${ADDR6[wire2]}" ttl=2 class=b8
		} | send_frames wire
		wait_until 3 captured_count "$BATS_TEST_TMPDIR/pcap" 2
		capture_stop
		captured "$BATS_TEST_TMPDIR/pcap" >"$BATS_TEST_TMPDIR/$mode"
		nsaccel detach --all
	done
	diff "$BATS_TEST_TMPDIR/tc" "$BATS_TEST_TMPDIR/native"
}

@test "NIC -> NIC, one of them by TC" {
	native eth0
	nsaccel -n nsa-rt attach --static eth1 --mode tc
	exchange wire wire2 1500
	[[ $(kernel_forwards) == 0 ]]
	[[ $(counter nsa-rt fwd_nic) -ge 100 ]]
}

@test "endpoints in TC delivery work behind a NIC with XDP" {
	native eth0
	nsaccel -n nsa-rt attach --static eth1 --mode tc
	exchange wire blue 1500
	exchange blue wire 1500
	exchange wire mac2 1500
	exchange mac blue 1500
	[[ $(kernel_forwards) == 0 ]]
	[[ $(counter nsa-rt fwd_veth tc_ingress) -ge 40 ]]
}

@test "--delivery xdp: the endpoint's GRO goes on, and back at detach" {
	local all=(nsa-rt nsa-blue nsa-red)

	[[ $(gro blue) == off ]]
	snapshot "${all[@]}" >"$BATS_TEST_TMPDIR/before"
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	[[ $(gro blue) == on && $(gro red) == on ]]
	port blue | jq -e '.delivery == "xdp"'
	exchange wire blue 1500
	exchange blue wire 1500
	exchange blue red 1500
	[[ $(counter nsa-rt fwd_veth xdp) -ge 40 ]]
	[[ $(kernel_forwards) == 0 ]]
	nsaccel -n nsa-rt detach eth0
	[[ $(gro blue) == off && $(gro red) == off ]]
	snapshot "${all[@]}" >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "--delivery xdp: what was on already stays on" {
	in_ns nsa-blue ethtool -K eth0 gro on
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	exchange wire blue 1500
	nsaccel -n nsa-rt detach eth0
	[[ $(gro blue) == on && $(gro red) == off ]]
}

@test "--delivery xdp: GRO that was switched on before the link was up is made to work" {
	# Up to Linux 6.18 the host end doesn't learn of it.
	ip -n nsa-blue link set eth0 down
	in_ns nsa-blue ethtool -K eth0 gro on
	ip -n nsa-blue link set eth0 up
	# What the kernel took off with the link.
	ip -n nsa-blue addr replace "${ADDR6[blue]}/64" dev eth0 nodad
	ip -n nsa-blue route replace default via "${GW4[blue]}"
	ip -n nsa-blue route replace default via "${GW6[blue]}"
	wait_until 5 ports_up
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	exchange wire blue 1500
	[[ $(counter nsa-rt fwd_veth xdp) -ge 20 ]]
}

@test "--delivery xdp: an XDP program in the endpoint gets the packets" {
	foreign_load
	foreign_xdp nsa-blue eth0 foreign_pass
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	ping_from wire "${ADDR4[blue]}"
	[[ $(foreign_seen) -ge 3 ]]
	[[ $(counter nsa-rt fwd_veth xdp) == 3 ]]
	# A consumer that leaves nothing over.
	ip -n nsa-blue link set dev eth0 xdp off
	foreign_xdp nsa-blue eth0 foreign_drop
	run ! ping_from wire "${ADDR4[blue]}" -W 0.2
	[[ $(counter nsa-rt fwd_veth xdp) == 6 ]]
	[[ $(foreign_seen) -ge 6 ]]
}

@test "endpoint set: one endpoint, there and back" {
	native eth0
	nsaccel -n nsa-rt endpoint set blue --delivery xdp
	[[ $(gro blue) == on && $(gro red) == off ]]
	port blue | jq -e '.delivery == "xdp"'
	port red | jq -e '.delivery == "tc"'
	exchange wire blue 1500
	[[ $(counter nsa-rt fwd_veth xdp) -ge 20 ]]
	ping_from wire "${ADDR4[red]}"
	nsaccel -n nsa-rt endpoint set blue --delivery tc
	[[ $(gro blue) == off ]]
	port blue | jq -e '.delivery == "tc"'
	exchange wire blue 1500
	[[ $(kernel_forwards) == 0 ]]
}

# take_down NAME: what root in the endpoint can do to it. GRO helps no more.
take_down()
{
	in_ns "nsa-$1" ethtool -K eth0 gro off
	ip -n "nsa-$1" link set eth0 down
}

# Back with what the kernel took off with the link.
bring_up()
{
	ip -n "nsa-$1" link set eth0 up
	ip -n "nsa-$1" addr replace "${ADDR6[$1]}/64" dev eth0 nodad
	ip -n "nsa-$1" route replace default via "${GW4[$1]}"
	ip -n "nsa-$1" route replace default via "${GW6[$1]}"
}

# by_xdp NAME: its packets get there by XDP.
by_xdp()
{
	local before

	before=$(counter nsa-rt fwd_veth xdp)
	ping_from wire "${ADDR4[$1]}"
	[[ $(counter nsa-rt fwd_veth xdp) -ge $((before + 3)) ]]
}

@test "--delivery xdp: an endpoint that takes no frames costs others no command" {
	native eth0
	nsaccel -n nsa-rt endpoint set blue --delivery xdp
	take_down blue
	run -0 --separate-stderr nsaccel -n nsa-rt attach --static eth1
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == *"both ends must be up"*"by TC until"* ]]
	run -0 --separate-stderr nsaccel limit set nsa-red out pps 10000
	[[ -z $stderr ]]
	nsaccel ns set nsa-red --guard drop
	nsaccel -n nsa-rt endpoint set red --delivery xdp
	fails 2 "both ends must be up" nsaccel -n nsa-rt endpoint set blue --delivery xdp
	port blue | jq -e '.delivery == "xdp"'
	bring_up blue
	nsaccel -n nsa-rt sync
	wait_until 5 by_xdp blue
}

@test "--delivery xdp: the daemon follows an endpoint that takes no frames for a while" {
	native eth0
	nsaccel -n nsa-rt endpoint set blue --delivery xdp
	background "$NSACCEL" daemon 2>"$BATS_TEST_TMPDIR/log"
	SERVERS+=($!)
	wait_until 20 grep -q ready "$BATS_TEST_TMPDIR/log"
	take_down blue
	wait_until 10 grep -q "both ends must be up" "$BATS_TEST_TMPDIR/log"
	ping_from wire "${ADDR4[red]}"
	bring_up blue
	wait_until 10 by_xdp blue
	[[ $(grep -c "both ends must be up" "$BATS_TEST_TMPDIR/log") == 1 ]]
}

@test "a refresh keeps what was asked for" {
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	attach eth0
	port blue | jq -e '.delivery == "xdp"'
	port eth0 | jq -e '.xdp != "none"'
	[[ $(gro blue) == on ]]
	nsaccel -n nsa-rt detach eth0
	[[ $(gro blue) == off ]]
}

@test "what XDP must not take goes to the kernel" {
	native eth0 eth1
	fails 1 "From 10.0.0.1 icmp_seq=1 Time to live exceeded" \
		in_ns nsa-wire ping -n -c 1 -W 2 -t 1 "${ADDR4[wire2]}"
	[[ $(counter nsa-rt pass_ttl) -ge 1 ]]
	run -0 in_ns nsa-wire ping -n -c 1 -W 2 -R "${ADDR4[wire2]}"
	[[ $output == *10.0.1.1* ]]
	ping_from wire "${ADDR4[wire2]}" -s 6000
	ping_from wire 10.0.0.1
}

@test "a refresh of a NIC with XDP loses no packet" {
	local flood

	native eth0 eth1
	in_ns nsa-wire ping -n -q -i 0.002 -c 400 -W 1 "${ADDR4[wire2]}" \
		>"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	native eth0 eth1 eth0 eth1
	wait "$flood"
	grep -q ' 400 received, 0% packet loss' "$BATS_TEST_TMPDIR/flood"
	[[ $(kernel_forwards) == 0 ]]
}

@test "jumbo frames under XDP" {
	topo_down
	topo_up 9000
	in_ns nsa-wire ethtool -K eth0 tx off gro on >/dev/null
	in_ns nsa-wire2 ethtool -K eth0 tx off gro on >/dev/null
	native eth0 eth1
	exchange wire wire2 9000
	exchange wire blue 9000
	[[ $(kernel_forwards) == 0 ]]
}
