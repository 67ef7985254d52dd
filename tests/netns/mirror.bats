# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks
# The daemon follows the kernel: each kind of change of neighbours, links, settings, devices and
# namespaces, made with the usual tools, has the same effect on packets with nsaccel as without, and
# the fast path is really taken.

load mirror

teardown()
{
	live_teardown
}

# ---- neighbours -----------------------------------------------------------------------------

scenario_neighbours()
{
	to_service wire
	probe blue $S4 $S6 "${ADDR4[wire]}"
	fast 3
	ip -n nsa-rt neigh replace "${ADDR4[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	rt neigh replace "${ADDR6[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	probe blue $S4 $S6
	got wire 2
	fast 2
	# Not known: whoever needs it first asks, the kernel or the daemon for its route.
	rt neigh del "${ADDR4[wire]}" dev eth0
	probe blue $S4
	got wire 1
	settle
	probe blue $S4
	got wire 1
	fast 1
	rt neigh replace "${ADDR4[wire]}" lladdr "${MAC[wire]}" dev eth0 nud failed
	probe blue $S4
	got wire 1
	# Nobody answers to this one.
	rt neigh replace "${ADDR4[wire]}" lladdr "${MAC[wire]}" dev eth0 nud permanent
	rt route replace 10.50.0.0/24 via 10.0.0.77
	probe blue $S4
	got
	fast 0
}
@test "neighbours: another MAC, unknown, failed, permanent" { both scenario_neighbours; }

# Then the kernel sends to the device's own MAC, which nobody has there.
scenario_no_arp()
{
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 2
	rt link set red arp off
	ip -n nsa-rt neigh flush dev red nud permanent
	settle
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 0
	know red
	settle
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link set red arp on
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
}
@test "a device that asks for no addresses" { both scenario_no_arp; }

scenario_endpoint_mac()
{
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 2
	ip -n nsa-red link set eth0 address 02:00:00:02:00:77
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	rt neigh replace "${ADDR6[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
}
@test "an endpoint's MAC changes" { both scenario_endpoint_mac; }

# ---- links ----------------------------------------------------------------------------------

# From a tunnel's packet that doesn't fit what it leaves by the kernel learns that, and tells who sends the next.
# tunnel_mtu WORDS: of the tunnel.
tunnel_mtu()
{
	local tunnel="mtu 1450 type vxlan id 7 dstport 4789 $*"

	ip -n nsa-rt link add vx0 address 02:00:00:07:00:01 $tunnel local "${GW4[wire]}" remote "${ADDR4[wire]}"
	ip -n nsa-wire link add vx0 address 02:00:00:07:00:02 $tunnel local "${ADDR4[wire]}" remote "${GW4[wire]}"
	ip -n nsa-wire link set vx0 up
	ip -n nsa-rt -batch - <<-EOF
		addr add fd00:0:7::1/64 dev vx0 nodad
		link set vx0 up
		neigh replace fd00:0:7::2 lladdr 02:00:00:07:00:02 dev vx0 nud permanent
	EOF
	[[ $MODE == kernel ]] || attach vx0
	settle
	probe blue fd00:0:7::2,size=1340
	got wire 2 # at the tunnel's end, and in the tunnel
	fast 1
	rt link set eth0 mtu 1400
	probe blue fd00:0:7::2,size=1240 fd00:0:7::2,size=1340 fd00:0:7::2,size=1360
	got wire 4 blue 1
	fast 1
}
scenario_tunnel_mtu()
{
	tunnel_mtu dev eth0
}
scenario_tunnel_by_route()
{
	tunnel_mtu
}
@test "a tunnel whose lower shrinks" {
	run_once kernel scenario_tunnel_mtu # its packets' ids are random
	run_once nsaccel scenario_tunnel_mtu
}
@test "a tunnel whose packets leave by what the routes say shrinks" {
	run_once kernel scenario_tunnel_by_route
	run_once nsaccel scenario_tunnel_by_route
}

scenario_link_down()
{
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}" metric 1
	rt route add 10.50.0.0/24 via "${ADDR4[wire2]}" metric 2
	rt6 route add fd00:50::/64 via "${ADDR6[wire]}" metric 1
	rt6 route add fd00:50::/64 via "${ADDR6[wire2]}" metric 2
	probe blue $S4 $S6
	got wire 2
	fast 2
	rt link set eth0 down
	probe blue $S4 $S6 "${ADDR4[wire]}"
	got wire2 2
	fast 2
	ip -n nsa-rt link set eth0 up
	address wire
	know wire
	to_service wire
	probe blue $S4 $S6 "${ADDR4[wire]}"
	got wire 2 wire2 1
}
@test "a link goes down and comes up" { both scenario_link_down; }

has_route_flag()
{
	ip -n nsa-rt route show 10.50.0.0/24 | grep -q "$1"
}

has_no_route_flag()
{
	! has_route_flag "$1"
}

scenario_carrier()
{
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}" metric 1
	rt route add 10.50.0.0/24 via "${ADDR4[wire2]}" metric 2
	probe blue $S4
	got wire 1
	fast 1
	ip -n nsa-wire link set eth0 down
	wait_until 10 has_route_flag linkdown
	settle
	probe blue $S4
	got
	rt_sysctl net.ipv4.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv4.conf.eth0.ignore_routes_with_linkdown=1
	probe blue $S4
	got wire2 1
	ip -n nsa-wire link set eth0 up
	wait_until 10 has_no_route_flag linkdown
	settle
	probe blue $S4
	got wire 1
	fast 1
}
@test "carrier lost and found" { both scenario_carrier; }

scenario_device_mtu()
{
	to_service wire
	sizes
	got wire 6
	fast 6
	rt link set eth0 mtu 1280
	sizes
	rt link set eth0 mtu 1500
	sizes
	got wire 6
	fast 6
	rt link set blue mtu 1280
	sizes
	# A host end takes no more than its own MTU from its peer.
	got wire 5
}
@test "a device's MTU" { both scenario_device_mtu; }

scenario_addresses()
{
	to_service wire
	probe blue $S4 $S6
	got wire 2
	rt addr add $S4/32 dev lo
	rt addr add $S6/128 dev lo nodad
	probe blue $S4 $S6
	got
	slow 2 pass_local
	rt addr del $S4/32 dev lo
	rt addr del $S6/128 dev lo
	probe blue $S4 $S6
	got wire 2
	fast 2
	# A subnet appears, and what it hides.
	rt addr add 10.50.0.254/25 dev eth1
	ip -n nsa-rt neigh replace 10.50.0.129 lladdr "${MAC[wire2]}" dev eth1 nud permanent
	settle
	probe blue $S4 10.50.0.129
	got wire 1 wire2 1
	fast 2
	rt addr del 10.50.0.254/25 dev eth1
	probe blue 10.50.0.129
	got wire 1
	fast 1
	# What the owner sends from is nobody else's source.
	probe blue "$S4,src=10.2.0.1" "$S6,src=fd00:0:2::1"
	got wire 1
}
@test "addresses of the owner come and go" { both scenario_addresses; }

# ---- settings -------------------------------------------------------------------------------

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

# ---- devices and namespaces -----------------------------------------------------------------

scenario_rename()
{
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	# Linux before 6.2 wants it to be down.
	ip -n nsa-rt link set red name crimson 2>/dev/null ||
		ip -n nsa-rt -batch - <<-EOF
			link set red down
			link set red name crimson
			link set crimson up
		EOF
	address red crimson
	know red crimson
	settle
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[blue]}" "${ADDR6[blue]}"
	got blue 2
	fast 2
}
@test "a device is renamed" { both scenario_rename; }

scenario_moved()
{
	ns_add nsa-other
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link set red netns nsa-other
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got
	fast 0
	ip -n nsa-other link set red netns nsa-rt
	address red
	ip -n nsa-rt link set red up
	know red
	settle
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
}
@test "a host end moves to another namespace, and back" { both scenario_moved; }

# new_red NAMESPACE MAC: a pair with red's name, ifindex, MAC and addresses in the router.
new_red()
{
	ip link add red netns nsa-rt index 13 address "${RT_MAC[red]}" mtu 1500 \
		type veth peer name eth0 netns "$1" index 2 address "$2" mtu 1500
	ip -n "$1" link set eth0 up
	ip -n "$1" addr add "${ADDR4[red]}/24" dev eth0
	ip -n "$1" addr add "${ADDR6[red]}/64" dev eth0 nodad
	ip -n "$1" route add default via "${GW4[red]}"
	address red
	ip -n nsa-rt link set red up
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr "$2" dev red nud permanent
	ip -n nsa-rt neigh replace "${ADDR6[red]}" lladdr "$2" dev red nud permanent
	settle
}

scenario_recreated()
{
	ns_add nsa-crimson
	WATCHED+=(nsa-crimson)
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link del red
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got
	new_red nsa-crimson 02:00:00:02:00:22
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got crimson 2
	fast 2
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got crimson 2
	fast 2
}
@test "a device deleted, and another with its name, ifindex and MAC" { both scenario_recreated; }

device_gone()
{
	! ip -n nsa-rt link show dev "$1" >/dev/null 2>&1
}

scenario_netns_reused()
{
	local before

	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	before=$(cookies nsa-red)
	ip netns del nsa-red
	# Nobody may hold on to it: then its devices would live on.
	wait_until 10 device_gone red
	settle
	WATCHED=("${WATCHED[@]/nsa-red/nsa-wire}")
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	slow 2 pass_no_route
	ns_add nsa-red
	WATCHED=("${LEAVES[@]/#/nsa-}")
	new_red nsa-red "${MAC[red]}"
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	[[ $MODE == kernel || ($(cookies nsa-red) && $(cookies nsa-red) != "$before") ]]
}

# cookies NAMESPACE: those that nsaccel knows under that name.
cookies()
{
	[[ $MODE == kernel ]] || nsaccel -j ns show | jq -r --arg ns "$1" '
		.[] | select(.netns == $ns) | .cookie'
}
@test "a namespace deleted, and another under its name" { both scenario_netns_reused; }

scenario_new_container()
{
	green_up
	probe blue 10.3.0.2 fd00:0:3::2
	got green 2
	fast 2
	probe wire 10.3.0.2 fd00:0:3::2
	got green 2
	fast 2
	probe_from_green red
	got red 2
	fast 2
	probe_from_green wire
	got wire 2
	fast 2
	ip netns del nsa-green
	wait_until 10 device_gone green
	WATCHED=("${LEAVES[@]/#/nsa-}")
	settle
	probe blue 10.3.0.2 fd00:0:3::2
	slow 2 pass_no_route
}
@test "a new container, and its end" { both scenario_new_container; }

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

# With an entry that nobody has asked for yet, of which the kernel tells nobody, the endpoint's own address
# answers as it does without one.
scenario_not_asked_for()
{
	rt neigh del "${ADDR4[blue]}" dev blue
	rt neigh add "${ADDR4[blue]}" dev blue nud none
	probe red "${ADDR4[blue]}"
	got blue 1
	rt neigh replace "${ADDR4[blue]}" lladdr "${MAC[blue]}" dev blue nud permanent
	probe red "${ADDR4[blue]}"
	got blue 1
	fast 1
}
@test "a neighbour that nobody has asked for yet" { both scenario_not_asked_for; }
