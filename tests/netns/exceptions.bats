# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Exceptions of routes that ICMP tells the owner of: redirects, and path MTUs that are locked. Packets
# that it forwards go by them, too. Each scenario runs by the kernel alone first.
# shellcheck disable=SC2154 # bats sets what starts with BATS_

load live

setup_file()
{
	isolate
}

teardown()
{
	live_teardown
}

S4=10.50.0.1
OTHER_GATEWAY=10.0.0.9

# To the service by the wire, where there is another gateway, too.
two_gateways()
{
	ip -n nsa-rt neigh replace $OTHER_GATEWAY lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	rt route replace 10.50.0.0/24 via "${ADDR4[wire]}"
}

# icmp TYPE CODE REST: from the wire's gateway, about an echo reply that the router sent to the service.
icmp()
{
	local inner icmp head sum
	local -
	set +T

	head=4500001c000100004001
	inner=$(inet_sum "${head}0000$(ip4_hex "${GW4[wire]}")$(ip4_hex $S4)")
	inner=$head$inner$(ip4_hex "${GW4[wire]}")$(ip4_hex $S4)0000ffff00000000
	sum=$(inet_sum "$1${2}0000$3$inner")
	icmp=$1$2$sum$3$inner
	frame4 "smac=${MAC[wire]}" "dmac=${RT_MAC[eth0]}" "src=${ADDR4[wire]}" "dst=${GW4[wire]}" \
		proto=01 off=0000 "l4=$icmp" | send_frames wire
}

# The router sends there itself: of an exception that nothing has gone by the kernel doesn't tell.
by_itself()
{
	in_ns nsa-rt ping -n -q -c 1 -W 1 $S4 >/dev/null || true
}

has_exception()
{
	by_itself
	[[ $(ip -n nsa-rt route show cache) == *"$1"* ]]
}

redirected()
{
	icmp 05 01 "$(ip4_hex $OTHER_GATEWAY)"
	wait_until 5 has_exception "$OTHER_GATEWAY"
	settle
}

is_quiet()
{
	[[ ! $(ip -n nsa-rt route show cache) ]]
}

# While redirects are believed nobody knows which gateway the kernel takes.
scenario_redirect()
{
	two_gateways
	probe blue $S4
	got wire 1
	fast 1
	rt_sysctl net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.eth0.accept_redirects=1
	probe blue $S4
	got wire 1
	slow 1 pass_route
	redirected
	probe blue $S4
	got wire 1
	slow 1 pass_route
	# What was believed is, as long as it lasts.
	rt_sysctl net.ipv4.conf.all.accept_redirects=0
	probe blue $S4 10.50.0.2
	got wire 2
	fast 1
	ip -n nsa-rt route flush cache
	wait_until 5 is_quiet
	settle
	probe blue $S4
	got wire 1
	fast 1
}
@test "redirects" { both scenario_redirect; }

# Of a device that doesn't forward they are believed by another rule; of another gateway's device not at
# all.
scenario_whose()
{
	two_gateways
	rt route replace 10.60.0.0/24 via "${ADDR4[wire2]}"
	rt_sysctl net.ipv4.conf.eth0.forwarding=0
	probe blue $S4 10.60.0.1
	got wire 1 wire2 1
	fast 1
	slow 1 pass_route
	rt_sysctl net.ipv4.conf.eth0.accept_redirects=0
	probe blue $S4
	got wire 1
	fast 1
}
@test "redirects: the device's rule" { both scenario_whose; }

# Rules: bpf_fib_lookup() tells of no redirect.
scenario_rules()
{
	two_gateways
	rt rule add from 192.0.2.1 lookup main
	probe blue $S4
	got wire 1
	fast 1
	rt_sysctl net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.eth0.accept_redirects=1
	redirected
	probe blue $S4
	got wire 1
	slow 1 'pass_(fib|route)'
	# The helper doesn't tell the gateway, but whose the source is.
	[[ ! $DAEMON ]] || change nsaccel ns set nsa-blue --guard drop
	probe blue $S4
	got wire 1
	slow 1 'pass_(fib|route)'
}
@test "redirects, with policy rules" { both scenario_rules; }

# A path MTU below min_pmtu is locked, and holds for what is forwarded.
scenario_locked_mtu()
{
	two_gateways
	probe blue "$S4,size=700"
	got wire 1
	fast 1
	icmp 03 04 00000190
	wait_until 5 has_exception "lock 552"
	settle
	probe blue "$S4,size=700"
	got wire 0
	probe blue "$S4,size=100" 10.50.0.2,size=700
	got wire 2
	fast 1
}
@test "a path MTU that is locked" { both scenario_locked_mtu; }

# Any other is the owner's own business.
scenario_mtu()
{
	two_gateways
	icmp 03 04 000003e8
	wait_until 5 has_exception "mtu 1000"
	settle
	probe blue "$S4,size=1200"
	got wire 1
	fast 1
}
@test "a path MTU" { both scenario_mtu; }

# too_big MTU: from the wire's gateway, about an echo reply that the router sent to the service.
too_big()
{
	local router far inner sum

	router=$(ip6_hex "${GW6[wire]}")
	far=$(ip6_hex "${ADDR6[wire]}")
	inner=6000000000083a40$router$(ip6_hex fd00:50::1)8100000000000000
	sum=$(inet_sum "$far${router}00000038""0000003a02000000$1$inner")
	frame6 "smac=${MAC[wire]}" "dmac=${RT_MAC[eth0]}" "src=${ADDR6[wire]}" "dst=${GW6[wire]}" \
		nh=3a "l4=0200$sum$1$inner" | send_frames wire
}

has_exception6()
{
	[[ $(ip -n nsa-rt -6 route show cache) == *"$1"* ]]
}

# In IPv6 it holds for what is forwarded: ip6_finish_output() asks for the path's MTU again.
scenario_mtu6()
{
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}"
	probe blue fd00:50::1,size=1400
	got wire 1
	fast 1
	too_big 00000514
	wait_until 5 has_exception6 "mtu 1300"
	settle
	probe blue fd00:50::1,size=1400
	got wire 0
	slow 1 pass_route
	probe blue fd00:50::1,size=1200 fd00:50::2,size=1400
	got wire 2
	fast 1
	ip -n nsa-rt -6 route flush cache
	settle
	probe blue fd00:50::1,size=1400
	got wire 1
	fast 1
}
@test "a path MTU of IPv6" { both scenario_mtu6; }

# IPv6 in a device without it, and an MTU of IPv6 alone: settings that nobody tells of.
scenario_ip6_settings()
{
	rt6 route replace fd00:50::/64 via "${ADDR6[wire]}"
	probe blue fd00:50::1,size=1300
	got wire 1
	fast 1
	rt_sysctl net.ipv6.conf.eth0.mtu=1280
	probe blue fd00:50::1,size=1300
	got wire 0
	slow 1 pass_too_big
	rt_sysctl net.ipv6.conf.eth0.mtu=1500
	probe blue fd00:50::1,size=1300
	got wire 1
	fast 1
	# Nothing is routed to it any more, so it may send from no address; without a guard:
	unguarded blue
	rt link set blue mtu 1200
	probe blue fd00:50::1
	got wire 0
	slow 1 pass_forwarding
}
@test "IPv6: a device's MTU, and one too small for it" { both scenario_ip6_settings; }
