# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2153 # live.bash sets them
# The daemon follows the kernel: each kind of change, made with the usual tools, has the same
# effect on packets with nsaccel as without, and the fast path is really taken.

load live

# Of nobody: the gateways that routes name are where packets to it are seen.
S4=10.50.0.1
S6=fd00:50::1

teardown()
{
	live_teardown
}

# to_service LEAF: routes to both service prefixes by that leaf.
to_service()
{
	ip -n nsa-rt route replace 10.50.0.0/24 via "${ADDR4[$1]}"
	rt6 route replace fd00:50::/64 via "${ADDR6[$1]}"
}

# know LEAF [DEV]: the router's permanent neighbours there.
know()
{
	local dev=${2:-${PORT[$1]}}

	ip -n nsa-rt neigh replace "${ADDR4[$1]}" lladdr "${MAC[$1]}" dev "$dev" nud permanent
	ip -n nsa-rt neigh replace "${ADDR6[$1]}" lladdr "${MAC[$1]}" dev "$dev" nud permanent
}

# address LEAF [DEV]: the router's own addresses there.
address()
{
	local dev=${2:-${PORT[$1]}}

	ip -n nsa-rt addr replace "${GW4[$1]}/24" dev "$dev"
	ip -n nsa-rt addr replace "${GW6[$1]}/64" dev "$dev" nodad
}

# ---- routes ---------------------------------------------------------------------------------

scenario_routes()
{
	probe blue $S4 $S6
	got
	slow 2 pass_no_route
	to_service wire
	probe blue $S4 $S6
	got wire 2
	fast 2
	to_service wire2
	probe blue $S4 $S6
	got wire2 2
	fast 2
	probe wire $S4 $S6
	got wire2 2
	fast 2
	rt route add $S4/32 via "${ADDR4[red]}"
	rt6 route add $S6/128 via "${ADDR6[red]}"
	probe blue $S4 10.50.0.2 $S6 fd00:50::2
	got red 2 wire2 2
	fast 4
	rt route del $S4/32
	rt6 route del $S6/128
	probe blue $S4 $S6
	got wire2 2
	rt route del 10.50.0.0/24
	rt6 route del fd00:50::/64
	probe blue $S4 $S6
	got
	slow 2 pass_no_route
}
@test "routes: added, replaced, more specific, deleted" { both scenario_routes; }

scenario_default()
{
	rt route add default via "${ADDR4[wire]}"
	rt6 route add default via "${ADDR6[wire]}"
	probe blue 203.0.113.1 2001:db8::1
	got wire 2
	fast 2
	rt route replace default via "${ADDR4[wire2]}"
	rt6 route replace default via "${ADDR6[wire2]}"
	probe blue 203.0.113.1 2001:db8::1
	got wire2 2
	fast 2
	rt route flush 0.0.0.0/0
	probe blue 203.0.113.1
	got
}
@test "default routes" { both scenario_default; }

scenario_sources()
{
	unguarded blue
	probe blue "${ADDR4[wire]},src=10.9.1.9"
	got wire 1
	fast 1
	# No address, but a route that makes it local: a source that the kernel takes from nobody.
	rt route add local 10.9.1.9 dev lo
	probe blue "${ADDR4[wire]},src=10.9.1.9" "${ADDR4[wire]}"
	got wire 1
	slow 1 pass_source
	# With such routes it asks whose each source is, and doesn't take a broadcast address for one.
	probe blue "${ADDR4[wire]},src=${GW4[wire2]%.*}.255"
	got
	slow 1 pass_source
	rt route del local 10.9.1.9 dev lo
	probe blue "${ADDR4[wire]},src=10.9.1.9"
	got wire 1
	fast 1
	rt_sysctl net.ipv4.conf.blue.rp_filter=1
	probe blue "${ADDR4[wire]}"
	got wire 1
	fast 1
	rt route add "${ADDR4[blue]}/32" via "${ADDR4[wire2]}"
	probe blue "${ADDR4[wire]}"
	got
	slow 1 pass_source
	rt route del "${ADDR4[blue]}/32"
	probe blue "${ADDR4[wire]}"
	got wire 1
	fast 1
}
@test "source addresses follow the routes that say whose they are" { both scenario_sources; }

# No route to the IPv6 address any more.
unroutable()
{
	! ip -n nsa-rt -6 route get "$1" >/dev/null 2>&1
}

scenario_expires()
{
	rt6 route add fd00:50::/64 via "${ADDR6[wire]}" expires 600
	probe blue $S6
	got wire 1
	fast 1
	# The kernel doesn't use it from then on, though it is there for half a minute more.
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}" expires 1
	wait_until 5 unroutable $S6
	probe blue $S6
	got
	slow 1 'pass_.*'
}
@test "an IPv6 route that expires" { both scenario_expires; }

scenario_metric()
{
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}" metric 100
	rt route add 10.50.0.0/24 via "${ADDR4[wire2]}" metric 200
	rt6 route add fd00:50::/64 via "${ADDR6[wire]}" metric 100
	rt6 route add fd00:50::/64 via "${ADDR6[wire2]}" metric 200
	probe blue $S4 $S6
	got wire 2
	fast 2
	rt route add 10.50.0.0/24 via "${ADDR4[red]}" metric 50
	rt6 route add fd00:50::/64 via "${ADDR6[red]}" metric 50
	probe blue $S4 $S6
	got red 2
	fast 2
	rt route del 10.50.0.0/24 metric 50
	rt route del 10.50.0.0/24 metric 100
	rt6 route del fd00:50::/64 metric 50
	rt6 route del fd00:50::/64 metric 100
	probe blue $S4 $S6
	got wire2 2
	fast 2
}
@test "metrics: the best one, and what is behind it" { both scenario_metric; }

# reject KIND: for the service, below a route that would have caught it.
reject()
{
	rt route replace "$1" 10.50.0.0/24
	rt6 route replace "$1" fd00:50::/64
	probe blue $S4 $S6
	got
	fast 0
}

scenario_reject()
{
	local kind

	rt route add 10.50.0.0/16 via "${ADDR4[wire]}"
	rt6 route add fd00:50::/32 via "${ADDR6[wire]}"
	probe blue $S4 $S6
	got wire 2
	fast 2
	for kind in blackhole unreachable prohibit throw; do
		reject $kind
	done
	rt route del throw 10.50.0.0/24
	rt6 route del throw fd00:50::/64
	probe blue $S4 $S6
	got wire 2
	fast 2
}
@test "blackhole, unreachable, prohibit, throw: no shorter prefix catches it" {
	both scenario_reject
}

# nexthop WORDS...: a change of a next-hop object. No route changes, as far as messages tell.
nexthop()
{
	rt nexthop "$@"
}

scenario_nexthop_objects()
{
	nexthop add id 1 via "${ADDR4[wire]}" dev eth0
	nexthop add id 2 via "${ADDR4[wire2]}" dev eth1
	nexthop add id 61 via "${ADDR6[wire]}" dev eth0
	rt route add 10.50.0.0/24 nhid 1
	rt6 route add fd00:50::/64 nhid 61
	probe blue $S4 $S6
	got wire 2
	fast 2
	nexthop replace id 1 via "${ADDR4[red]}" dev red
	nexthop replace id 61 via "${ADDR6[wire2]}" dev eth1
	probe blue $S4 $S6
	got red 1 wire2 1
	fast 2
	nexthop replace id 1 blackhole
	probe blue $S4
	got
	nexthop replace id 1 via "${ADDR4[wire]}" dev eth0
	nexthop add id 10 group 1/2
	rt route replace 10.50.0.0/24 nhid 10
	flows blue $S4 16
	nexthop replace id 10 group 2
	flows blue $S4 16
	got wire2 16
	nexthop del id 2
	probe blue $S4
	got
	fast 0
}
@test "next-hop objects: replaced, grouped, deleted under their routes" {
	both scenario_nexthop_objects
}

two_ways()
{
	rt route replace 10.50.0.0/24 nexthop via "${ADDR4[wire]}" weight "$1" \
		nexthop via "${ADDR4[wire2]}" weight "$2"
	rt6 route replace fd00:50::/64 nexthop via "${ADDR6[wire]}" weight "$1" \
		nexthop via "${ADDR6[wire2]}" weight "$2"
}

# spread: some went either way.
spread()
{
	local leaf

	for leaf in wire wire2; do
		grep -q "^nsa-$leaf .*$MARKER\$" "$BATS_TEST_TMPDIR/received" ||
			fail "$PROBE: nothing to $leaf: $(tally)" || return
	done
}

scenario_multipath()
{
	unguarded blue
	two_ways 1 3
	flows blue $S4 32
	spread
	fast 32
	flows blue $S6 32
	spread
	fast 32
	two_ways 5 1
	flows blue $S4 32
	flows blue $S6 32
	# The same hash of another policy: only the kernel's own is right.
	rt_sysctl net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
	flows blue $S4 32
	flows blue $S6 32
	rt_sysctl net.ipv4.fib_multipath_hash_policy=0 net.ipv6.fib_multipath_hash_policy=0
	flows blue $S4 32
	fast 32
	# One way is lost.
	rt link set eth0 down
	flows blue $S4 32
	got wire2 32
	flows blue $S6 32
	got wire2 32
	to_service wire2
	flows blue $S4 8
	fast 8
}
@test "multipath: the kernel's spread, weights, both hash policies, a way lost" {
	both scenario_multipath
}

# sizes: around an MTU of 600 or 1300, with and without leave to fragment.
sizes()
{
	probe blue $S4 "$S4,size=544" "$S4,size=800" "$S4,size=800,off=0000" \
		"$S6,size=800" "$S6,size=1240"
}

scenario_route_mtu()
{
	to_service wire
	sizes
	got wire 6
	fast 6
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" mtu 600
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}" mtu 1280
	sizes
	slow 3 pass_too_big
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" mtu lock 600
	sizes
	to_service wire
	sizes
	got wire 6
	fast 6
}
@test "a route's MTU, and a locked one" { both scenario_route_mtu; }

# frag_needed MTU: on the way to the service, says the wire about an echo reply of the router's.
frag_needed()
{
	local quoted icmp
	local -
	set +T

	quoted=$(frame4 "src=${GW4[wire]}" "dst=$S4" proto=01 l4=0000000000070001 "smac=${MAC[wire]}" \
		"dmac=${RT_MAC[eth0]}")
	icmp=0000$(printf %04x "$1")${quoted:28}
	PROBES=$((PROBES + 1))
	frame4 "smac=${MAC[wire]}" "dmac=${RT_MAC[eth0]}" "src=${ADDR4[wire]}" "dst=${GW4[wire]}" \
		proto=01 "l4=0304$(inet_sum "03040000$icmp")$icmp" |
		send_frames wire
}

scenario_use_pmtu()
{
	to_service wire
	probe blue "$S4,size=1300" "$S6,size=1300"
	got wire 2
	fast 2
	rt_sysctl net.ipv4.ip_forward_use_pmtu=1
	probe blue "$S4,size=1300" "$S6,size=1300"
	got wire 2
	fast 2
	frag_needed 1200
	ip -n nsa-rt route get $S4 | grep -w 'mtu 1200'
	probe blue $S4 "$S4,size=1300"
	got wire 1
	slow 1 pass_too_big
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" mtu 1400
	probe blue $S4 "$S4,size=1300"
	got wire 2
	fast 0
	rt_sysctl net.ipv4.ip_forward_use_pmtu=0
	probe blue $S4 "$S4,size=1300"
	got wire 2
	fast 2
	# A locked MTU isn't lessened by what anybody says of the path.
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" mtu lock 1400
	frag_needed 1200
	probe blue $S4 "$S4,size=1300"
	got wire 2
	fast 2
}
@test "path MTUs, if the kernel is to forward by them" { both scenario_use_pmtu; }

scenario_onlink()
{
	local mac=${MAC[wire]}

	ip -n nsa-rt neigh replace 192.0.2.1 lladdr "$mac" dev eth0 nud permanent
	ip -n nsa-rt neigh replace 2001:db8::1 lladdr "$mac" dev eth0 nud permanent
	rt route add 10.50.0.0/24 via 192.0.2.1 dev eth0 onlink
	rt6 route add fd00:50::/64 via 2001:db8::1 dev eth0 onlink
	rt route add 10.51.0.0/24 via inet6 "${ADDR6[wire2]}" dev eth1
	probe blue $S4 $S6 10.51.0.1
	got wire 2 wire2 1
	fast 3
	# Straight on the link: each address is its own neighbour.
	rt route replace 10.50.0.0/24 dev eth1
	ip -n nsa-rt neigh replace $S4 lladdr "${MAC[wire2]}" dev eth1 nud permanent
	settle
	probe blue $S4
	got wire2 1
	fast 1
}
@test "onlink, a gateway of the other family, no gateway" { both scenario_onlink; }

scenario_source_specific()
{
	rt6 route add fd00:50::/64 via "${ADDR6[wire]}"
	rt6 route add fd00:50::/64 from fd00:0:1::/64 via "${ADDR6[wire2]}"
	probe blue $S6
	got wire2 1
	# Whether others still have the route for all sources is the kernel's affair: Linux 6.18
	# hides it from them.
	probe red $S6
	rt6 route del fd00:50::/64 from fd00:0:1::/64
	probe blue $S6
	got wire 1
	fast 1
}
@test "source-specific routes" { both scenario_source_specific; }

scenario_rules()
{
	to_service wire
	probe blue $S4 $S6
	got wire 2
	fast 2
	ip -n nsa-rt route add default via "${ADDR4[wire2]}" table 100
	ip -n nsa-rt -6 route add default via "${ADDR6[wire2]}" table 100
	rt rule add from 10.1.0.0/24 lookup 100
	rt6 rule add from fd00:0:1::/64 lookup 100
	probe blue $S4 $S6
	got wire2 2
	probe red $S4 $S6
	got wire 2
	rt route replace default via "${ADDR4[red]}" table 100
	probe blue $S4
	got red 1
	rt rule del from 10.1.0.0/24 lookup 100
	rt6 rule del from fd00:0:1::/64 lookup 100
	probe blue $S4 $S6
	got wire 2
	fast 2
	rt rule add to 10.50.0.0/24 prohibit
	probe blue $S4 $S6
	got wire 1
	rt rule del to 10.50.0.0/24 prohibit
	rt rule add iif blue lookup 100
	probe blue $S4
	got red 1
	probe red $S4
	got wire 1
}
@test "policy rules: obeyed while they are there" { both scenario_rules; }

scenario_rules_mtu()
{
	to_service wire
	rt rule add from 10.1.0.0/24 lookup 100
	probe blue $S4 "$S4,size=800"
	got wire 2
	fast 2
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}" table 100 mtu 600
	probe blue $S4 "$S4,size=800"
	got wire 1
	slow 1 pass_too_big
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" table 100
	probe blue $S4 "$S4,size=800"
	got wire 2
	fast 2
	rt route del 10.50.0.0/24 table 100
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}" mtu 600
	probe blue $S4 "$S4,size=800"
	got wire 1
	slow 1 pass_too_big
	rt route del 10.50.0.0/24
	rt route add 10.50.0.0/24 via "${ADDR4[wire]}"
	probe blue $S4 "$S4,size=800"
	got wire 2
	fast 2
	rt rule del from 10.1.0.0/24 lookup 100
}
@test "policy rules, and routes with an MTU" { both scenario_rules_mtu; }

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

# green_up: a namespace as a container runtime makes them, on a host end that wasn't there.
green_up()
{
	green_made
	settle
}

green_made()
{
	ns_add nsa-green
	ip link add green netns nsa-rt address 02:00:00:03:00:01 mtu 1500 \
		type veth peer name eth0 netns nsa-green address 02:00:00:03:00:02 mtu 1500
	ip -n nsa-rt -batch - <<-EOF
		addr add 10.3.0.1/24 dev green
		addr add fd00:0:3::1/64 dev green nodad
		link set green up
		neigh replace 10.3.0.2 lladdr 02:00:00:03:00:02 dev green nud permanent
		neigh replace fd00:0:3::2 lladdr 02:00:00:03:00:02 dev green nud permanent
	EOF
	ip -n nsa-green -batch - <<-EOF
		addr add 10.3.0.2/24 dev eth0
		addr add fd00:0:3::2/64 dev eth0 nodad
		link set eth0 up
		route add default via 10.3.0.1
		route add default via fd00:0:3::1
		neigh replace 10.3.0.1 lladdr 02:00:00:03:00:01 dev eth0 nud permanent
		neigh replace fd00:0:3::1 lladdr 02:00:00:03:00:01 dev eth0 nud permanent
	EOF
	WATCHED+=(nsa-green)
}

probe_from_green()
{
	local link='smac=02:00:00:03:00:02 dmac=02:00:00:03:00:01'

	# shellcheck disable=SC2086
	{
		frame4 $link src=10.3.0.2 "dst=${ADDR4[$1]}" "payload=$(marker)"
		frame6 $link src=fd00:0:3::2 "dst=${ADDR6[$1]}" "payload=$(marker)"
	} >"$BATS_TEST_TMPDIR/frames"
	probe_frames green "$1"
}

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

# ---- without an oracle ----------------------------------------------------------------------

accelerated()
{
	local before

	before=$(counter "nsa-$1" 'fwd_.*')
	ping_from "$1" "$2" || return
	[[ $(counter "nsa-$1" 'fwd_.*') -ge $((before + 3)) ]] ||
		fail "$1 -> $2 went by the kernel: $(stats)"
}

# The kernel alone connects no macvlan with its lower's namespace: nothing to compare with.
@test "a new macvlan, and its end" {
	live_topology
	live_attach
	daemon_start
	ns_add nsa-mac4
	ip -n nsa-rt link add link eth0 name eth0 netns nsa-mac4 address 02:00:00:00:00:14 \
		type macvlan mode bridge
	ip -n nsa-mac4 -batch - <<-EOF
		addr add 10.0.0.14/24 dev eth0
		link set eth0 up
		route add default via 10.0.0.1
	EOF
	settle
	ping_from mac4 "${ADDR4[blue]}"
	settle
	accelerated mac4 "${ADDR4[blue]}"
	accelerated blue 10.0.0.14
	# Down it takes nothing: the kernel has to find that out, and say so.
	ip -n nsa-mac4 link set eth0 down
	ip -n nsa-rt neigh del 10.0.0.14 dev eth0
	settle
	nsaccel -j -n nsa-blue route get 10.0.0.14 | jq -e '.reason == "pass_no_neigh"'
	ip netns del nsa-mac4
	wait_until 10 endpoint_gone nsa-mac4
	settle
}

endpoint_gone()
{
	nsaccel -j endpoint show | jq -e --arg ns "$1" 'all(.[]; .netns != $ns)' >/dev/null
}

# ethtool(8) takes away what XDP delivery needs: whatever becomes of it, packets arrive.
@test "GRO of an endpoint with XDP delivery is switched off" {
	live_topology
	live_attach
	nsaccel -n nsa-rt endpoint set red --delivery xdp
	daemon_start
	settle
	ping_from wire "${ADDR4[red]}"
	in_ns nsa-red ethtool -K eth0 gro off
	settle
	ping_from wire "${ADDR4[red]}"
}

@test "killed, forwarding goes on; check names the drift; a new daemon repairs it" {
	live_topology
	live_attach
	daemon_start
	to_service wire
	daemon_stop KILL
	DAEMON='' accelerated blue "${ADDR4[red]}"
	nsaccel check
	ip -n nsa-rt route replace 10.50.0.0/24 via "${ADDR4[wire2]}"
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	ip -n nsa-rt -6 route del fd00:50::/64
	fails 4 10.50.0.0/24 nsaccel check
	[[ $output == *10.51.0.0/24* && $output == *fd00:50::/64* ]] || fail "$output"
	fails 4 10.50.0.0/24 nsaccel -j check
	daemon_start
	settle
	nsaccel check
	probe blue $S4 10.51.0.1
	got wire2 1 wire 1
	fast 2
}

@test "sync: once, what the daemon does continuously" {
	live_topology
	live_attach
	to_service wire
	fails 4 10.50.0.0/24 nsaccel check
	nsaccel sync
	nsaccel check
	green_up
	nsaccel sync
	accelerated green "${ADDR4[blue]}"
	ip -n nsa-rt route del 10.50.0.0/24
	nsaccel -n nsa-rt sync
	nsaccel check
}

# missing HOOK DEV: check names it as the only difference, and sync puts it back.
missing()
{
	local gone="[{\"difference\":\"hook-gone\",\"dev\":\"$2\",\"detail\":\"$1\"}]"
	local found="$BATS_TEST_TMPDIR/missing" rc=0

	nsaccel -j check >"$found" || rc=$?
	[[ $rc == 4 ]] || fail "check: exit $rc: $(cat "$found")" || return
	[[ $(jq -c 'map({difference, dev, detail})' "$found") == "$gone" ]] ||
		fail "$(cat "$found")" || return
	nsaccel sync
	nsaccel check
}

# Pins of the hook on the device, whose owner is the only one.
hook_pin()
{
	echo "$BPFFS"/nsaccel/v*/links/*/"$(ip -n nsa-rt -j link show dev "$2" | jq '.[0].ifindex')-$1"
}

# As what is shared by libxdp's dispatcher, or a pinned link.
lose_xdp()
{
	local pin

	pin=$(hook_pin xdp "$1")
	if [[ -e $pin ]]; then
		rm "$pin"
	else
		in_ns nsa-rt ip link set dev "$1" xdp off
	fi
}

@test "check: each of a port's hooks, and sync puts it back" {
	local slot

	live_topology
	in_ns nsa-rt nft add table inet t
	in_ns nsa-rt nft add chain inet t c '{ type filter hook forward priority 0; policy drop; }'
	nsaccel -n nsa-rt attach --static eth0 --mode native
	nsaccel -n nsa-rt endpoint set red --delivery xdp
	nsaccel check
	rm "$(hook_pin tc_ingress blue)"
	missing tc_ingress blue
	rm "$(hook_pin tc_egress eth0)"
	missing tc_egress eth0
	lose_xdp eth0
	missing xdp eth0
	slot=$(bpftool -j map dump pinned "$BPFFS"/nsaccel/v4/tx_info |
		jq '.[].formatted | select(.value.name == "red") | .key')
	bpftool map delete pinned "$BPFFS"/nsaccel/v4/tx key hex \
		"$(printf %02x $((slot & 255)))" "$(printf %02x $((slot >> 8)))" 00 00
	missing tx red
}

@test "static routes outlive what the daemon does" {
	live_topology
	live_attach
	nsaccel -n nsa-blue route add 10.50.0.0/24 via "${ADDR4[wire2]}"
	daemon_start
	to_service wire
	probe blue $S4
	got wire2 1
	fast 1
	probe red $S4
	got wire 1
	fast 1
	rt neigh replace "${ADDR4[wire2]}" lladdr 02:00:00:00:01:99 dev eth1 nud permanent
	probe blue $S4
	got wire2 1
	grep -q '^nsa-wire2 020000000199' "$BATS_TEST_TMPDIR/received"
	# Nowhere to go: the owner's kernel has its own idea.
	rt link set eth1 down
	probe blue $S4
	got wire 1
	fast 0
}

@test "replaced under traffic: none lost, none astray" {
	local flood i leaf

	live_topology
	for leaf in wire wire2; do
		ip -n "nsa-$leaf" addr add $S4/32 dev lo
	done
	live_attach
	daemon_start
	to_service wire
	in_ns nsa-blue ping -n -q -i 0.002 -c 500 -W 2 $S4 >"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	for ((i = 0; i < 50; i++)); do
		ip -n nsa-rt route replace 10.50.0.0/24 via "${ADDR4[wire2]}"
		ip -n nsa-rt route replace 10.50.0.0/24 via "${ADDR4[wire]}"
	done
	settle
	wait "$flood" || true
	grep -q ' 500 received, 0% packet loss' "$BATS_TEST_TMPDIR/flood" ||
		fail "$(cat "$BATS_TEST_TMPDIR/flood")"
	[[ $(counter nsa-blue 'fwd_.*') -ge 400 ]] || fail "$(stats)"
}

@test "monitor tells of it" {
	live_topology
	live_attach
	daemon_start
	background "$NSACCEL" monitor -j >"$BATS_TEST_TMPDIR/events"
	# Once it listens, whatever happens is told: make things happen until it does.
	wait_until 10 monitor_hears
	jq -e -s 'map(select(.event == "route-add" and .netns == "nsa-rt")) | length > 0' \
		"$BATS_TEST_TMPDIR/events"
	ip -n nsa-rt route flush 10.52.0.0/16
	green_up
	wait_until 5 grep -q '"endpoint-add"' "$BATS_TEST_TMPDIR/events"
	kill %%
}

monitor_hears()
{
	PROBES=$((PROBES + 1))
	ip -n nsa-rt route add "10.52.$PROBES.0/24" via "${ADDR4[wire]}"
	settle
	grep -q '"10.52.' "$BATS_TEST_TMPDIR/events"
}

# It is time for the stopped daemon to try again: that goes before what it hears.
is_due()
{
	grep -qs 'ticks: [1-9]' "/proc/$DAEMON/fdinfo/"*
}

# The daemon takes in what the commands do to the kernel at once: it has read of the first, and waits
# for the lock.
at_once()
{
	exec {lock}>>"$(lock_file)"
	flock "$lock"
	ip -n nsa-rt link set eth1 mtu 1490
	wait_until 10 grep -q 'holds the lock' "$DAEMON_LOG"
	kill -STOP "$DAEMON"
	wait_until 10 is_due
	"$@"
	exec {lock}>&-
	kill -CONT "$DAEMON"
}

blue_down()
{
	ip -n nsa-rt link set "${PORT[blue]}" down
}

@test "routes that go with a link, which the kernel's dump shows before its message is read" {
	live_topology
	ip -n nsa-rt addr flush dev "${PORT[blue]}"
	ip -n nsa-rt link set "${PORT[blue]}" addrgenmode none
	live_attach
	daemon_start
	rt route add 10.51.0.0/24 dev "${PORT[blue]}"
	at_once blue_down
	settle
}

lose_name()
{
	ip netns del nsa-rt
}

@test "an owner whose namespace loses its name is followed by its process" {
	local pid

	live_topology
	live_attach
	background nsenter --net=/run/netns/nsa-rt sleep infinity
	pid=$!
	daemon_start
	at_once lose_name
	nsenter --net="/proc/$pid/ns/net" ip route add blackhole 10.51.0.0/24
	settle
	kill $pid
}

no_pins()
{
	[[ ! -e /sys/fs/bpf/nsaccel ]]
}

@test "an owner's namespace dies: nothing of it is left" {
	live_topology
	live_attach
	daemon_start
	ip netns del nsa-rt
	wait_until 20 no_pins
}

@test "what fails again and again is told once, and not tried all the time" {
	live_topology
	live_attach
	daemon_start
	bpftool map freeze pinned /sys/fs/bpf/nsaccel/v4/endpoints
	green_up || true
	for mtu in {1401..1440}; do
		ip -n nsa-rt link set eth1 mtu "$mtu"
	done
	wait_until 10 grep -q 'write endpoints' "$DAEMON_LOG"
	[[ $(grep -c 'write endpoints' "$DAEMON_LOG") -eq 1 ]]
}

# locked FILE: by whomever.
locked()
{
	! flock -n "$1" true
}

# lock_as USER FILE: held until the process LOCKER is killed.
lock_as()
{
	background setpriv --reuid "$1" --clear-groups flock -F "$2" sleep infinity
	LOCKER=$!
	wait_until 10 locked "$2"
}

@test "who may open bpffs can't keep commands and the daemon waiting" {
	live_topology
	lock_as nobody "$BPFFS"
	timeout 20 "$NSACCEL" -n nsa-rt attach --static eth0
	daemon_start
	rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	kill $LOCKER
	fails '[1-9]*' Permission setpriv --reuid nobody --clear-groups flock "$(lock_file)" true
}

@test "who holds the lock is named; meanwhile the daemon hears, and goes on after it" {
	local i

	live_topology
	live_attach
	lock_as root "$(lock_file)"
	daemon_launch
	wait_until 10 grep -q "waiting for process .*(sleep), which holds the lock" "$DAEMON_LOG"
	kill $LOCKER
	wait_until 20 daemon_settled
	settle

	lock_as root "$(lock_file)"
	background "$NSACCEL" sync 2>"$BATS_TEST_TMPDIR/sync"
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	wait_until 10 told_twice
	wait_until 10 grep -q "waiting for process .*(sleep), which holds" "$BATS_TEST_TMPDIR/sync"
	# It still reads what the kernel tells, and is far from its receive buffer's end.
	for i in {1..20}; do
		ip -n nsa-rt route add "10.52.$i.0/24" via "${ADDR4[wire]}"
	done
	wait_until 10 all_heard
	kill $LOCKER
	wait_until 20 in_step
	told_twice || fail "$(cat "$DAEMON_LOG")"
}

told_twice()
{
	[[ $(grep -c 'holds the lock' "$DAEMON_LOG") -eq 2 ]]
}

# listeners NAMESPACE FIELD: of the sockets there that listen to rtnetlink.
# shellcheck disable=SC2016
listeners()
{
	in_ns "$1" awk -v field="$2" '$2 == 0 && $4 != "00000000" { print $field }' \
		/proc/net/netlink
}

# Nothing waits in them.
all_heard()
{
	[[ $(listeners nsa-rt 5 | sort -u) == 0 ]]
}

# overrun NAMESPACE: the daemon's socket there has lost something.
overrun()
{
	listeners "$1" 9 | grep -q '[1-9]'
}

@test "news of namespaces overrun: all endpoints are looked at again, and no owner" {
	live_topology
	live_attach
	ip netns attach nsa-home $$
	daemon_start
	background "$NSACCEL" monitor -j >"$BATS_TEST_TMPDIR/events"
	wait_until 10 monitor_hears
	kill -STOP "$DAEMON"
	awk 'BEGIN { for (i = 0; i < 80000; i++) print "link set eth0 mtu", 1400 + i % 100 }' |
		ip -n nsa-blue -batch -
	overrun nsa-home
	ip netns del nsa-mac
	ip -n nsa-red link set eth0 address 02:00:00:02:00:77
	DAEMON='' green_up
	kill -CONT "$DAEMON"
	settle
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	settle
	accelerated green "${ADDR4[red]}"
	run ! grep -q '"resync"' "$BATS_TEST_TMPDIR/events"
	kill %%
}

@test "an owner whose events overrun is read anew, and that one alone" {
	local what

	live_topology
	live_attach
	daemon_start
	background "$NSACCEL" monitor -j >"$BATS_TEST_TMPDIR/events"
	wait_until 10 monitor_hears
	kill -STOP "$DAEMON"
	for what in add del; do
		awk -v what=$what 'BEGIN { for (i = 0; i < 100000; i++)
			printf "route %s blackhole 10.%d.%d.%d/32\n", what, 100 + i / 65536,
				i / 256 % 256, i % 256 }' | ip -n nsa-rt -batch -
	done
	ip -n nsa-rt neigh replace "${ADDR4[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	ip -n nsa-rt route replace 10.51.0.0/24 via "${ADDR4[wire]}"
	overrun nsa-rt
	kill -CONT "$DAEMON"
	settle
	probe blue 10.51.0.1
	grep -q '^nsa-wire 020000000099' "$BATS_TEST_TMPDIR/received"
	fast 1
	run ! grep -q '"resync"' "$BATS_TEST_TMPDIR/events"
	kill %%
}

reload_failed()
{
	grep -q 'v99: pins of another ABI' "$DAEMON_LOG"
}

@test "a reload that fails leaves what was there, which goes on following" {
	live_topology
	live_attach
	daemon_start
	mkdir "$BPFFS/nsaccel/v99"
	kill -HUP "$DAEMON"
	wait_until 10 reload_failed
	ns_add nsa-x1
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	# Commands refuse to look at such pins, too.
	wait_until 10 has_written 10,51,0,0
	rmdir "$BPFFS/nsaccel/v99"
	settle
}

# has_written BYTE,...: a route to what begins so, into the map of any namespace.
has_written()
{
	local pin

	for pin in "$BPFFS"/nsaccel/v4/by-netns/*/routes; do
		bpftool -j map dump pinned "$pin"
	done | jq -e -s --argjson addr "[$1]" \
		'flatten | any(.[]; .formatted.key.addr[:($addr | length)] == $addr)' >/dev/null
}

# cookie_of NAMESPACE: of one that has hooks.
cookie_of()
{
	nsaccel -j ns show | jq -r --arg ns "$1" '.[] | select(.netns == $ns) | .cookie'
}

# Where the link that holds a program on wire's eth0 is pinned, nothing can be pinned.
spoil_wire()
{
	attach_in wire eth0
	PIN=$BPFFS/nsaccel/v4/links/$(cookie_of nsa-wire)/2-tc_ingress
	FAILURE='attach to TC ingress of eth0'
	[[ -e $PIN ]] || skip "no tcx"
	rm "$PIN"
	mkdir "$PIN"
}

attach_in()
{
	nsaccel -n "nsa-$1" attach --static "$2"
}

@test "an owner that fails doesn't stop others, nor the daemon; it is tried again" {
	live_topology
	spoil_wire # which comes first
	live_attach
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire2]}"
	fails '[1-9]*' "$FAILURE" nsaccel sync
	has_written 10,51,0,0
	ip -n nsa-rt route add 10.52.0.0/24 via "${ADDR4[wire2]}"
	daemon_start
	kill -0 "$DAEMON"
	has_written 10,52,0,0
	ip -n nsa-rt route add 10.53.0.0/24 via "${ADDR4[wire2]}"
	wait_until 10 has_written 10,53,0,0
	[[ $(grep -c "$FAILURE" "$DAEMON_LOG") -eq 1 ]] || fail "$(cat "$DAEMON_LOG")"
	rmdir "$PIN"
	wait_until 20 in_step
	[[ -f $PIN ]]
}

# all_ports JQ: holds for the record of each port of the router.
all_ports()
{
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v4/ports |
		jq -e "[.[].formatted.value] | length > 0 and all($1)" >/dev/null
}

drop_all()
{
	in_ns nsa-rt nft add table inet t
	in_ns nsa-rt nft add chain inet t c '{ type filter hook forward priority 0; policy drop; }'
}

@test "a container that can't be registered keeps nothing from the others" {
	live_topology
	live_attach
	daemon_start
	bpftool map freeze pinned "$BPFFS"/nsaccel/v4/netns
	green_made
	wait_until 10 grep -q 'register namespace nsa-green' "$DAEMON_LOG"
	drop_all
	wait_until 10 all_ports '.gate == 1'
	probe blue "${ADDR4[red]}"
	got
	in_ns nsa-rt nft flush ruleset
	wait_until 10 all_ports '.gate == 0'
	probe blue "${ADDR4[red]}"
	got red 1
	fast 1
	probe_from_green red
	got red 2
	fast 0
	sysctl_in nsa-rt net.ipv4.ip_forward=0
	wait_until 10 all_ports '.forward4 == 0'
	probe blue "${ADDR4[red]}"
	got
	[[ $(grep -c 'register namespace' "$DAEMON_LOG") -eq 1 ]] || fail "$(cat "$DAEMON_LOG")"
}

unhooked()
{
	[[ -z $(in_ns nsa-rt "$TOOLS/hooks") ]]
}

@test "a port whose record can't be changed is left to the kernel" {
	live_topology
	live_attach
	daemon_start
	bpftool map freeze pinned "$BPFFS"/nsaccel/v4/ports
	drop_all
	wait_until 10 unhooked
	probe blue "${ADDR4[red]}"
	got
	daemon_stop
}

# replace_eth1: by a device that nobody asked to attach, under the same ifindex.
replace_eth1()
{
	ip -n nsa-rt link del eth1
	ip -n nsa-rt link add evil index 11 type veth peer name tail
	ip -n nsa-rt link set evil up
	ip -n nsa-rt link set tail up
}

# requested DEV...: those that the user asked to attach.
requested()
{
	[[ $(nsaccel -j status | jq -r '.owners[].ports[] | select(.requested) | .dev') == "$*" ]] ||
		fail "$(nsaccel status)" || return
	nsaccel check
}

@test "a device with the ifindex of an attached one inherits nothing" {
	live_topology
	live_attach
	replace_eth1
	daemon_start
	settle
	requested eth0
	[[ $(hooks nsa-rt) != *evil* ]]
	daemon_stop
	# Only because it is asked for.
	attach evil
	requested eth0$'\n'evil
}

@test "a device with the ifindex of an attached one, under a daemon's nose" {
	live_topology
	live_attach
	daemon_start
	at_once replace_eth1
	settle
	requested eth0
}

@test "a device with the ifindex of an attached one: attached itself, as it is asked for" {
	live_topology
	attach eth0
	nsaccel -n nsa-rt attach --static eth1 --mode tc
	replace_eth1
	attach evil
	nsaccel -j status | jq -e '.owners[0].ports[] | select(.dev == "evil") |
		.requested and (.reason | contains("--mode tc") | not)'
}

@test "an attached device that was away and is back is attached" {
	live_topology
	live_attach
	ip -n nsa-rt link set eth1 netns nsa-blue
	ip -n nsa-blue link set eth1 netns nsa-rt
	ip -n nsa-rt link set eth1 up
	daemon_start
	settle
	requested eth0$'\n'eth1
}

# managed COUNT: so many neighbours the router's kernel keeps fresh.
managed()
{
	[[ $(ip -n nsa-rt -d neigh show | grep -cw managed) -eq $1 ]]
}

# by_gateways add|del FIRST LAST: routes, each by a gateway of its own that isn't there.
by_gateways()
{
	local i

	for ((i = $2; i <= $3; i++)); do
		echo "route $1 10.60.$i.0/24 via 10.0.0.$((100 + i))"
	done | ip -n nsa-rt -batch -
}

@test "neighbours are kept fresh for routes alone" {
	live_topology
	ip -n nsa-wire addr add 10.0.0.77/24 dev eth0
	live_attach
	managed 0
	daemon_start
	by_gateways add 1 20
	wait_until 10 managed 20
	by_gateways del 1 10
	wait_until 10 managed 10
	# One that is there: its own route is none that asked for it.
	rt route add 10.61.0.0/24 via 10.0.0.77
	wait_until 10 managed 11
	wait_until 10 accelerated blue 10.0.0.77
	rt route del 10.61.0.0/24
	wait_until 10 managed 10
	daemon_stop KILL
	by_gateways del 11 15
	daemon_start
	wait_until 10 managed 5
	by_gateways del 16 20
	wait_until 10 managed 0
	by_gateways add 1 5
	wait_until 10 managed 5
	nsaccel detach --all
	managed 0
}
