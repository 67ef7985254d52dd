# SPDX-License-Identifier: GPL-2.0-only
# The daemon follows forwarding, rp_filter, qdiscs and filters: with and without nsaccel the same packets
# arrive.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

scenario_forwarding()
{
	to_service wire
	rt_sysctl net.ipv4.conf.blue.forwarding=0
	probe blue $S4 $S6
	got wire 1
	probe red $S4 $S6
	got wire 2
	fast 2
	rt_sysctl net.ipv4.conf.blue.forwarding=1 net.ipv6.conf.blue.forwarding=0
	probe blue $S4 $S6
	rt_sysctl net.ipv6.conf.blue.forwarding=1
	probe blue $S4 $S6
	got wire 2
	fast 2
	rt_sysctl net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	probe blue $S4 $S6
	got
	fast 0
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got
	rt_sysctl net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	to_service wire
	probe blue $S4 $S6
	got wire 2
	fast 2
}

@test "forwarding switched off: for a device, for all" { both scenario_forwarding; }

scenario_rp_filter()
{
	local spoofed="$S4,src=10.2.0.77" bogon="$S4,src=203.0.113.9"

	to_service wire
	# The guard leaves to the kernel what it checks, and what it doesn't.
	probe blue $S4 "$spoofed" "$bogon"
	got wire 3
	fast 1
	unguarded blue
	probe blue $S4 "$spoofed" "$bogon"
	got wire 3
	fast 3
	rt_sysctl net.ipv4.conf.blue.rp_filter=1
	probe blue $S4 "$spoofed" "$bogon"
	got wire 1
	fast 1
	rt_sysctl net.ipv4.conf.blue.rp_filter=2
	probe blue $S4 "$spoofed" "$bogon"
	got wire 2
	rt_sysctl net.ipv4.conf.blue.rp_filter=0 net.ipv4.conf.all.rp_filter=1
	probe blue $S4 "$spoofed" "$bogon"
	got wire 1
	# The way back changes: what was a good source isn't, any more.
	rt route add 10.1.0.128/25 via "${ADDR4[wire]}"
	probe blue $S4 "$S4,src=10.1.0.129"
	got wire 1
	rt_sysctl net.ipv4.conf.all.rp_filter=0
	probe blue $S4 "$spoofed" "$bogon"
	got wire 3
	fast 3
}

@test "rp_filter: strict, loose, for all; routes of the sources" { both scenario_rp_filter; }

# Sent and requeued packets of the root qdisc on a device of the router.
qdisc_packets()
{
	in_ns nsa-rt tc -j -s qdisc show dev "$1" root | jq '.[0].packets'
}

scenario_qdisc()
{
	local before

	to_service wire
	change in_ns nsa-rt tc qdisc add dev eth0 root tbf rate 1gbit burst 1mb latency 1s
	change in_ns nsa-rt tc qdisc add dev red root tbf rate 1gbit burst 1mb latency 1s
	before=$(($(qdisc_packets eth0) + $(qdisc_packets red)))
	probe blue $S4 $S6 "${ADDR4[red]}" "${ADDR6[red]}"
	got wire 2 red 2
	[[ $(($(qdisc_packets eth0) + $(qdisc_packets red))) -ge $((before + 4)) ]] ||
		fail "the shapers haven't seen them ($MODE)"
	change in_ns nsa-rt tc qdisc del dev red root
	probe wire "${ADDR4[red]}"
	got red 1
	fast 1
}

@test "shapers at egress see what is sent" { both scenario_qdisc; }

scenario_filter()
{
	change in_ns nsa-rt tc qdisc add dev blue clsact
	probe blue "${ADDR4[red]}"
	got red 1
	fast 1
	change in_ns nsa-rt tc filter add dev blue ingress protocol ip prio 1 u32 \
		match ip dst "${ADDR4[red]}" action mirred egress redirect dev eth1
	probe blue "${ADDR4[red]}" "${ADDR4[wire]}"
	got wire2 1 wire 1
	fast 0
	change in_ns nsa-rt tc filter del dev blue ingress
	probe blue "${ADDR4[red]}" "${ADDR4[wire]}"
	got red 1 wire 1
	fast 2
}

@test "a filter at a port's ingress decides" { both scenario_filter; }
