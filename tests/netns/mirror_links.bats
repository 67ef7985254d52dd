# SPDX-License-Identifier: GPL-2.0-only
# The daemon follows links: state, carrier, MTU, addresses. With and without nsaccel the same packets arrive.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

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
