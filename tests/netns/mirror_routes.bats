# SPDX-License-Identifier: GPL-2.0-only
# The daemon follows the kernel: each kind of change of routes, rules and next hops, made with the
# usual tools, has the same effect on packets with nsaccel as without, and the fast path is really
# taken.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

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

# As wg-quick has them: main's default route does not count. The kernel's lookup for programs takes it in IPv6.
scenario_rules_suppress()
{
	local version

	for version in -4 -6; do
		local -n addr=ADDR${version#-}
		ip -n nsa-rt "$version" route replace default via "${addr[wire]}"
		ip -n nsa-rt "$version" route add default via "${addr[wire2]}" table 100
		rt "$version" rule add pref 101 lookup 100
		rt "$version" rule add pref 100 lookup main suppress_prefixlength 0
	done
	probe blue $S4 $S6
	got wire2 2
	fast 1
	slow 1 pass_fib
	rt rule del pref 100
	rt6 rule del pref 100
	rt rule del pref 101
	rt6 rule del pref 101
	probe blue $S4 $S6
	got wire 2
	fast 2
}
@test "policy rules that suppress routes" { both scenario_rules_suppress; }

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

scenario_rules_mtu6()
{
	to_service wire
	rt6 rule add from "${ADDR6[blue]}" lookup 100
	probe blue $S6 "$S6,size=1300"
	got wire 2
	fast 2
	rt6 route add fd00:50::/64 via "${ADDR6[wire]}" table 100 mtu 1280
	probe blue $S6 "$S6,size=1300"
	got wire 1
	slow 1 pass_too_big
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}" table 100
	probe blue $S6 "$S6,size=1300"
	got wire 2
	fast 2
	rt6 route del fd00:50::/64 table 100
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}" mtu 1280
	probe blue $S6 "$S6,size=1300"
	got wire 1
	slow 1 pass_too_big
	rt6 rule del from "${ADDR6[blue]}" lookup 100
}
@test "policy rules, and IPv6 routes with an MTU" { both scenario_rules_mtu6; }
