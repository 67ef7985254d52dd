# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # live.bash uses them
# What one namespace may do to others: the three holes that the authors of network namespaces named
# in 2006; isolated namespaces; the source guard; what fails closed; limits.
#
# Where it says "the kernel alone", the same is done without nsaccel first: what today's kernel does
# in that set-up is a part of the test.

load live

teardown()
{
	live_teardown
}

live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
}

# With nsaccel and its daemon, which follows.
accelerate()
{
	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
}

up()
{
	live_topology
	accelerate
}

ns_set()
{
	change nsaccel ns set "$@"
}

# dropped COUNT REASON-REGEX: of the last probe's packets, and nobody got one. The owner says
# something of itself now and then (listener reports), which is counted with those of its wires.
dropped()
{
	got
	if [[ $COUNTED == nsa-rt ]]; then
		[[ $(counted "$2") -ge $1 ]] || fail "$PROBE: $(tally)"
	else
		slow "$@"
	fi
}

# reaches FROM ADDRESS; reaches_not: no answer to a ping that takes the kernel's ways, too.
reaches()
{
	in_ns "nsa-$1" ping -n -q -c 1 -W 2 "$2" >/dev/null || fail "no answer to $1 from $2"
}

reaches_not()
{
	run ! in_ns "nsa-$1" ping -n -q -c 2 -i 0.01 -W 0.2 "$2"
}

# ---- 2006 -----------------------------------------------------------------------------------

@test "2006 (a): a container uses another's address" {
	# red's address, in a packet of blue's: IPv4, IPv6, and with what only the kernel's slow
	# path would look at.
	local forged="10.0.0.2,src=10.2.0.2 fd00::2,src=fd00:0:2::2 10.0.0.2,src=10.2.0.2,opts=01010101"

	live_topology
	# The kernel alone: whoever sends has any address.
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	accelerate
	# Unless told otherwise, that's the kernel's to decide, and counted.
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	fast 0
	slow 3 pass_guard_source
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 3 drop_guard_source
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	ns_set nsa-blue --guard off
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	fast 2
}

@test "2006 (a): a container binds another's address" {
	local forged="10.0.0.2,src=10.2.0.2 fd00::2,src=fd00:0:2::2"

	live_topology
	# The kernel alone: root of a container gives itself red's address, and it works as a source.
	ip -n nsa-blue addr add 10.2.0.2/32 dev eth0
	ip -n nsa-blue addr add fd00:0:2::2/128 dev eth0 nodad
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 2
	accelerate
	# The guard follows what a namespace has, but not to what the owner knows as another's.
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 2 drop_guard_source
	change ip -n nsa-blue addr add 10.1.0.1/32 dev eth0
	probe blue 10.0.0.2,src=10.1.0.1
	dropped 1 drop_guard_source
	# What the owner routes nowhere is nobody's, unless it is listed.
	change ip -n nsa-blue addr add 10.66.0.1/32 dev eth0
	probe blue 10.0.0.2,src=10.66.0.1
	dropped 1 drop_guard_source
	ns_set nsa-blue --sources 10.66.0.1
	probe blue 10.0.0.2,src=10.66.0.1
	got wire 1
	ns_set nsa-blue --sources 10.1.0.2,fd00:0:1::/64
	probe blue 10.0.0.2,src=10.66.0.1
	dropped 1 drop_guard_source
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 2 drop_guard_source
	probe blue 10.0.0.2 fd00::2
	got wire 2
	# What is for red reaches red all the time.
	probe wire 10.2.0.2 fd00:0:2::2
	got red 2
	fast 2
}

@test "2006 (b): what a socket sends without a source has one of its own namespace" {
	live_topology
	# The kernel alone: the address is chosen where the socket is.
	[[ $(source_of_unbound) == 10.1.0.2 ]]
	accelerate
	ns_set nsa-blue --guard drop
	[[ $(source_of_unbound) == 10.1.0.2 ]]
	[[ $(counter nsa-blue 'drop_.*') == 0 && $(counter nsa-blue fwd_nic) -ge 1 ]]
}

# Of what an unbound socket of blue's sends to the wire, as it arrives there.
source_of_unbound()
{
	local file=$BATS_TEST_TMPDIR/unbound.pcap

	capture nsa-wire eth0 "$file" udp port 9
	in_ns nsa-blue socat -u - UDP4:10.0.0.2:9 <<<hello
	wait_until 5 captured_count "$file" 1
	capture_stop
	tcpdump -n -r "$file" 2>/dev/null | awk '{ sub(/\.[0-9]+$/, "", $3); print $3; exit }'
}

@test "2006 (b): a packet that carries no source, or somebody's" {
	local none="10.0.0.2,src=0.0.0.0 fd00::2,src=::"

	live_topology
	# The kernel alone: it drops what comes from 0.0.0.0 or ::; not what comes from the wire's own
	# address, or from the router's, which only the router's own source check knows.
	# shellcheck disable=SC2086
	probe blue $none
	got
	probe blue 10.0.0.2,src=10.0.1.2
	got wire 1
	accelerate
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $none
	dropped 2 drop_guard_source
	probe blue 10.0.0.2,src=10.0.1.2 10.0.0.2,src=10.1.0.1 10.0.0.2,src=127.0.0.1
	dropped 3 drop_guard_source
	probe blue "10.0.0.2,smac=${MAC[red]}" 10.0.0.2,smac=02:00:00:00:77:77
	dropped 2 drop_guard_mac
}

# Who has the last datagram of FROM's to 10.99.0.1.
receiver()
{
	local leaf

	for leaf in wire wire2; do
		: >"$(udp_file $leaf)"
	done
	in_ns "nsa-$1" socat -u - "UDP4:10.99.0.1:$UDP_PORT" <<<"from $1"
	wait_until 5 has_arrived wire wire2
	for leaf in wire wire2; do
		[[ ! -s $(udp_file $leaf) ]] || echo "$leaf"
	done
}

has_arrived()
{
	local leaf

	for leaf; do
		[[ ! -s $(udp_file "$leaf") ]] || return 0
	done
	return 1
}

@test "2006 (c): several listen on the same address and port" {
	live_topology
	ip -n nsa-wire addr add 10.99.0.1/32 dev lo
	ip -n nsa-wire2 addr add 10.99.0.1/32 dev lo
	ip -n nsa-rt route add 10.99.0.1 via 10.0.0.2
	serve wire wire2
	# The kernel alone: one of them gets everybody's.
	[[ $(receiver blue) == wire ]]
	[[ $(receiver red) == wire ]]
	accelerate
	# With tables of their own, each namespace reaches the one that is its.
	change nsaccel -n nsa-blue route add 10.99.0.1 via 10.0.0.2
	change nsaccel -n nsa-red route add 10.99.0.1 via 10.0.1.2
	[[ $(receiver blue) == wire ]]
	[[ $(receiver red) == wire2 ]]
	[[ $(receiver red) == wire2 ]]
	# And the other way about, at once.
	change nsaccel -n nsa-blue route replace 10.99.0.1 via 10.0.1.2
	change nsaccel -n nsa-red route replace 10.99.0.1 via 10.0.0.2
	[[ $(receiver blue) == wire2 ]]
	[[ $(receiver red) == wire ]]
	[[ $(counter nsa-blue fwd_nic) -ge 2 && $(counter nsa-red fwd_nic) -ge 3 ]]
}

# ---- isolated -------------------------------------------------------------------------------

@test "isolated: nothing of it gets anywhere, not by the kernel either" {
	local -a to=(10.0.0.2 10.0.1.2 10.2.0.2 10.0.0.10 fd00::2 fd00:0:0:1::2 fd00:0:2::2 fd00::10)
	local address

	up
	probe blue "${to[@]}"
	got wire 2 wire2 2 red 2 mac 2
	ns_set nsa-blue --isolated
	probe blue "${to[@]}"
	dropped 8 drop_isolated
	# What the kernel's slow path is for: TTL, options, fragments, broadcast, other MACs.
	probe blue "${to[@]/%/,ttl=1}"
	dropped 8 drop_ttl
	probe blue 10.0.0.2,opts=01010101 10.2.0.2,opts=94040000
	dropped 2 drop_closed
	probe blue 10.0.0.2,off=2000 10.2.0.2,off=2000 10.2.0.2,off=00b9
	got
	probe blue "10.2.0.2,dmac=${MAC[red]}" 10.1.0.255,dmac=ff:ff:ff:ff:ff:ff \
		224.0.0.1,dmac=01:00:5e:00:00:01 ff02::1,dmac=33:33:00:00:00:01
	dropped 4 drop_closed
	# Not to the owner itself, by any of its addresses.
	for address in 10.1.0.1 10.0.0.1 10.2.0.1 fd00:0:1::1 fd00::1; do
		reaches_not blue "$address"
	done
	# The others go on.
	probe red 10.0.0.2 fd00::2
	got wire 2
	fast 2
	hooks nsa-rt | grep -q "blue tcx_egress\|blue clsact"
	ns_set nsa-blue --isolated=off
	probe blue "${to[@]}"
	got wire 2 wire2 2 red 2 mac 2
	reaches blue 10.1.0.1
	# What looked at the kernel's packets is gone.
	run ! grep -q "blue tcx_egress" <(hooks nsa-rt)
}

@test "isolated: nothing gets to it, not by the kernel either" {
	local from

	up
	ns_set nsa-blue --isolated
	for from in wire red mac; do
		probe $from 10.1.0.2 fd00:0:1::2
		dropped 2 drop_isolated
		# By the kernel: it is dropped where it would leave. Counted once more, as passed.
		probe $from 10.1.0.2,opts=01010101 10.1.0.2,off=2000 10.1.0.2,off=00b9
		got
		reaches_not $from 10.1.0.2
	done
	reaches_not rt 10.1.0.2
	reaches_not rt fd00:0:1::2
	[[ $(counter nsa-rt drop_isolated tc_egress) -ge 4 ]] || fail "$(stats)"
	ns_set nsa-blue --isolated=off
	reaches rt 10.1.0.2
	reaches red 10.1.0.2
}

@test "isolated: neither XDP delivery nor the mode of a NIC goes past it" {
	up
	in_ns nsa-wire2 ethtool -K eth0 tx off gro on txvlan off >/dev/null
	change nsaccel -n nsa-rt attach --static eth1 --mode native
	change nsaccel -n nsa-rt endpoint set blue --delivery xdp
	probe wire2 10.1.0.2
	got blue 1
	ns_set nsa-blue --isolated
	probe wire2 10.1.0.2 fd00:0:1::2
	dropped 2 drop_isolated
	change nsaccel -n nsa-rt route add 10.1.0.2 netns nsa-blue
	probe wire2 10.1.0.2
	got blue 1
	fast 1
	change nsaccel -n nsa-rt route del 10.1.0.2
	ns_set nsa-blue --isolated=off
	probe wire2 10.1.0.2
	got blue 1
}

@test "isolated: ICMP errors come from nsaccel" {
	local file=$BATS_TEST_TMPDIR/errors.pcap

	up
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-blue route add 10.0.0.0/24 netns nsa-mac
	capture nsa-blue eth0 "$file" 'icmp[icmptype] == icmp-timxceed or icmp6[icmp6type] == 3'
	probe blue 10.0.0.2,ttl=1 fd00::2,ttl=1
	dropped 2 drop_ttl
	wait_until 5 captured_count "$file" 2
	capture_stop
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) == *"10.1.0.1 > 10.1.0.2: ICMP time exceeded"* ]]
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) != *"wrong"* ]]
	[[ $(tcpdump -n -v -r "$file" 2>/dev/null) == *"fd00:0:1::1 > fd00:0:1::2"*"time exceeded"* ]]
}

@test "isolated: leaks that were told, one way and both ways" {
	up
	ns_set nsa-blue --isolated
	ns_set nsa-red --isolated
	probe blue 10.2.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-blue route add 10.2.0.0/24 netns nsa-red
	change nsaccel -n nsa-blue route add fd00:0:2::/64 netns nsa-red
	probe blue 10.2.0.2 fd00:0:2::2
	got red 2
	fast 2
	probe red 10.1.0.2 fd00:0:1::2
	dropped 2 drop_isolated
	reaches_not blue 10.2.0.2
	change nsaccel -n nsa-red route add 10.1.0.0/24 netns nsa-blue
	probe red 10.1.0.2
	got blue 1
	reaches blue 10.2.0.2
	# Nobody else got anything by it.
	probe wire 10.1.0.2 10.2.0.2
	dropped 2 drop_isolated
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-blue route del 10.2.0.0/24
	probe blue 10.2.0.2
	dropped 1 drop_isolated
	change nsaccel -n nsa-red route flush
	probe red 10.1.0.2
	dropped 1 drop_isolated
}

@test "isolated: told to leave some of it to the kernel" {
	up
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-blue route add 10.0.0.0/24 pass
	probe blue 10.0.0.2
	got wire 1
	slow 1 pass_route
	probe blue 10.0.1.2 10.2.0.2
	dropped 2 drop_isolated
}

@test "isolated: two with the same addresses, each to its own" {
	up
	ip -n nsa-blue addr add 10.77.0.2/32 dev eth0
	ip -n nsa-red addr add 10.77.0.2/32 dev eth0
	ip -n nsa-wire addr add 10.88.0.1/32 dev lo
	ip -n nsa-wire2 addr add 10.88.0.1/32 dev lo
	# The owner's kernel takes but one of both for a route.
	ip -n nsa-rt addr add 10.77.0.1/24 dev blue
	ip -n nsa-rt addr add 10.77.0.1/24 dev red
	settle
	ns_set nsa-blue --isolated
	ns_set nsa-red --isolated
	change nsaccel -n nsa-blue route add 10.88.0.0/16 via 10.0.0.2
	change nsaccel -n nsa-red route add 10.88.0.0/16 via 10.0.1.2
	probe blue 10.88.0.1,src=10.77.0.2
	got wire 1
	fast 1
	probe red 10.88.0.1,src=10.77.0.2
	got wire2 1
	fast 1
	# Also one that the owner routes to the other, if it is listed.
	change ip -n nsa-red addr add 10.1.0.2/32 dev eth0
	probe red 10.88.0.1,src=10.1.0.2
	dropped 1 drop_guard_source
	ns_set nsa-red --sources 10.1.0.2
	probe red 10.88.0.1,src=10.1.0.2
	got wire2 1
	fast 1
}

# resolves LEAF GATEWAY: asks anew.
resolves()
{
	ip -n "nsa-$1" neigh flush dev eth0 nud all
	run in_ns "nsa-$1" ping -n -q -c 1 -W 0.2 "$2"
	wait_until 5 is_resolved "$1" "$2"
}

is_resolved()
{
	ip -n "nsa-$1" neigh show "$2" | grep -q "lladdr ${RT_MAC[${PORT[$1]}]}"
}

@test "isolated: the gateway is found, by ARP and neighbour discovery" {
	up
	ns_set nsa-blue --isolated
	resolves blue 10.1.0.1
	resolves blue fd00:0:1::1
	# And the owner finds it.
	ip -n nsa-rt neigh del 10.1.0.2 dev blue
	run in_ns nsa-rt ping -n -q -c 1 -W 0.2 10.1.0.2
	wait_until 5 found_by_owner
}

found_by_owner()
{
	ip -n nsa-rt neigh show 10.1.0.2 dev blue | grep -q "lladdr ${MAC[blue]}"
}

# ---- the guard ------------------------------------------------------------------------------

@test "guard: ARP and neighbour discovery, from plain ports" {
	local arp

	up
	ns_set nsa-blue --guard drop
	arp="ffffffffffff$(mac_hex "${MAC[blue]}")08060001080006040001$(mac_hex "${MAC[blue]}")"
	send_frames blue <<<"${arp}$(ip4_hex 10.2.0.2)000000000000$(ip4_hex 10.1.0.1)"
	wait_until 5 has_counted nsa-blue drop_guard_arp 1
	run ! grep -q . <(ip -n nsa-rt neigh show 10.2.0.2 dev blue)
	send_frames blue <<<"${arp}$(ip4_hex 10.1.0.2)000000000000$(ip4_hex 10.1.0.1)"
	send_frames blue <<<"${arp}00000000000000000000$(ip4_hex 10.1.0.9)"
	wait_until 5 has_counted nsa-blue pass_not_ip 2
	[[ $(counter nsa-blue drop_guard_arp) == 1 ]]
	# An advertisement of red's address.
	frame6 smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src=fd00:0:1::2 dst=fd00:0:1::1 ttl=255 nh=3a \
		l4="8800000060000000$(ip6_hex fd00:0:2::2)0201$(mac_hex "${MAC[blue]}")" |
		send_frames blue
	wait_until 5 has_counted nsa-blue drop_guard_nd 1
}

# has_counted NAMESPACE REASON COUNT
has_counted()
{
	[[ $(counter "$1" "$2") -ge $3 ]]
}

@test "guard: it follows what the owner routes to the link" {
	up
	ns_set nsa-blue --guard drop
	# Whatever of it the namespace has just now.
	probe blue 10.0.0.2,src=10.1.0.77 fd00::2,src=fd00:0:1::77
	got wire 2
	fast 2
	rt addr del 10.1.0.1/24 dev blue
	rt addr add 10.71.0.1/24 dev blue
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.1.0.2
	dropped 2 drop_guard_source
	probe blue 10.0.0.2,src=10.71.0.77
	got wire 1
	fast 1
	# What the namespace merely gives itself is nobody's, whatever device has it.
	change ip -n nsa-blue addr add 10.66.0.1/32 dev eth0
	change ip -n nsa-blue addr add 10.66.0.2/32 dev lo
	probe blue 10.0.0.2,src=10.66.0.1 10.0.0.2,src=10.66.0.2
	dropped 2 drop_guard_source
}

@test "guard: a namespace that routes sends what is routed to it" {
	up
	ns_set nsa-blue --guard drop
	probe blue 10.0.0.2,src=10.55.1.1 fd00::2,src=fd00:55::1
	dropped 2 drop_guard_source
	rt route add 10.55.0.0/16 via 10.1.0.2
	rt6 route add fd00:55::/32 via fd00:0:1::2
	probe blue 10.0.0.2,src=10.55.1.1 fd00::2,src=fd00:55::1
	got wire 2
	fast 2
	probe red 10.0.0.2,src=10.55.1.1
	got wire 1
	slow 1 pass_guard_source
	rt route del 10.55.0.0/16
	probe blue 10.0.0.2,src=10.55.1.1
	dropped 1 drop_guard_source
}

@test "guard: pinned to a list, replaced, and following again" {
	up
	ns_set nsa-blue --guard drop --sources 10.44.0.0/16,fd00:44::/64
	[[ $(nsaccel -j ns show | jq -c '.[] | select(.netns == "nsa-blue") | .sources') == \
		'["10.44.0.0/16","fd00:44::/64"]' ]]
	probe blue 10.0.0.2,src=10.44.3.2 fd00::2,src=fd00:44::3
	got wire 2
	probe blue 10.0.0.2 fd00::2
	dropped 2 drop_guard_source
	# Neither its addresses nor routes change it.
	change ip -n nsa-blue addr add 10.1.0.77/24 dev eth0
	rt route add 10.55.0.0/16 via 10.1.0.2
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.55.1.1
	dropped 2 drop_guard_source
	ns_set nsa-blue --sources 10.1.0.2
	probe blue 10.0.0.2,src=10.44.3.2
	dropped 1 drop_guard_source
	probe blue 10.0.0.2
	got wire 1
	ns_set nsa-blue --sources auto
	probe blue 10.0.0.2,src=10.1.0.77 10.0.0.2,src=10.55.1.1
	got wire 2
	[[ $(nsaccel -j ns show | jq '.[] | select(.netns == "nsa-blue") | .sources') == null ]]
	# What listing adds doesn't turn an address that is its own into one that isn't.
	ns_set nsa-blue --sources 10.1.0.2,10.1.0.77
	ns_set nsa-blue --sources auto
	probe blue 10.0.0.2 10.0.0.2,src=10.1.0.77
	got wire 2
}

@test "guard: macvlans, which are known by their MAC" {
	up
	ns_set nsa-mac --guard drop
	probe mac 10.1.0.2 10.0.0.2 fd00:0:1::2
	got blue 2 wire 1
	probe mac 10.1.0.2,src=10.0.0.11
	dropped 1 drop_guard_source
	probe mac "10.0.0.2,src=10.0.0.11,dmac=${MAC[wire]}" "10.0.0.11,src=10.2.0.2,dmac=${MAC[mac3]}"
	got
}

# ---- fails closed ---------------------------------------------------------------------------

@test "on-miss: what is out of date or gone isn't left to the kernel" {
	up
	ns_set nsa-blue --on-miss drop
	probe blue 10.0.1.2
	got wire2 1
	# Nobody follows the kernel any more.
	daemon_stop KILL
	ip -n nsa-rt link del eth1
	sends blue 10.0.1.2 drop_closed
	sends red 10.0.1.2 pass_no_device
	# What isn't missing goes on; what the kernel is asked for is the kernel's.
	sends blue 10.0.0.2 fwd_nic
	sends blue 203.0.113.9 pass_no_route
}

# sends LEAF ADDRESS REASON: a packet, of which that becomes.
sends()
{
	local before

	before=$(counter "nsa-$1" "$3")
	frame4 smac="${MAC[$1]}" dmac="${RT_MAC[$1]}" src="${ADDR4[$1]}" dst="$2" | send_frames "$1"
	wait_until 5 has_counted "nsa-$1" "$3" $((before + 1)) || fail "$(stats)"
}

@test "detach: refused while somebody would be opened; --force" {
	up
	daemon_stop
	ns_set nsa-blue --isolated
	# Not the last one: the ports behind stay.
	nsaccel -n nsa-rt detach eth1
	nsaccel -n nsa-rt attach --static eth1
	nsaccel -n nsa-rt detach eth1
	fails 2 "namespace nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth0
	fails 2 "namespace nsa-blue is to fail closed" nsaccel -n nsa-rt detach --all
	fails 2 "detach --force" nsaccel detach --all
	# Attached by name, its host end would be a wire.
	fails 2 "leads to namespace nsa-blue" nsaccel -n nsa-rt attach --static blue
	probe blue 10.0.0.2
	got
	nsaccel -n nsa-rt detach eth0 --force
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	reaches blue 10.0.0.2

	attach eth0
	nsaccel ns set nsa-blue --on-miss drop
	fails 2 "nsa-blue" nsaccel detach --all
	nsaccel ns set nsa-blue --on-miss pass
	nsaccel detach --all
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	attach eth0
	nsaccel ns set nsa-blue --isolated
	nsaccel ns set nsa-blue --isolated=off
	nsaccel detach --all
	attach eth0
	nsaccel ns set nsa-blue --isolated
	nsaccel detach --all --force
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
}

# ---- what lasts, and what doesn't -----------------------------------------------------------

# said NAMESPACE: what was said of it.
said()
{
	nsaccel -j ns show | jq -c --arg ns "$1" \
		'.[] | select(.netns == $ns) | [.isolated, .guard, .on_miss, .limited, .sources]'
}

@test "settings outlive the daemon, and devices that go" {
	local before

	up
	ns_set nsa-blue --isolated --sources 10.1.0.2
	change nsaccel limit set nsa-blue out pps 100k
	before=$(said nsa-blue)
	[[ $before == '[true,"drop","drop",true,["10.1.0.2/32"]]' ]] || fail "$before"
	daemon_stop KILL
	probe blue 10.0.0.2
	got
	daemon_start
	settle
	[[ $(said nsa-blue) == "$before" ]]
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	nsaccel sync
	[[ $(said nsa-blue) == "$before" ]]
	# Its device goes, and another comes: what was said is of the namespace.
	change ip -n nsa-rt link del blue
	[[ $(said nsa-blue) == "$before" ]]
	ip link add blue netns nsa-rt index 12 address "${RT_MAC[blue]}" type veth \
		peer name eth0 netns nsa-blue index 2 address "${MAC[blue]}"
	ip -n nsa-rt addr add 10.1.0.1/24 dev blue
	ip -n nsa-rt link set blue up
	leaf_up blue static
	settle
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	probe wire 10.1.0.2
	dropped 1 drop_isolated
}

@test "settings go with the namespace: the next in its slot inherits nothing" {
	local slot

	up
	ns_set nsa-blue --isolated --sources 10.1.0.2
	change nsaccel limit set nsa-blue out pps 1
	# Slots that are free before blue's go to others.
	fill_slots
	slot=$(slot_of nsa-blue)
	ip netns del nsa-blue
	wait_until 10 is_forgotten nsa-blue
	settle
	# Of the same name, with a device of the same index: another namespace all the same.
	ns_add nsa-blue
	ip link add blue netns nsa-rt index 12 address "${RT_MAC[blue]}" type veth \
		peer name eth0 netns nsa-blue index 2 address "${MAC[blue]}"
	ip -n nsa-rt addr add 10.1.0.1/24 dev blue
	ip -n nsa-rt link set blue up
	leaf_up blue static
	settle
	wait_until 10 is_known nsa-blue
	[[ $(slot_of nsa-blue) == "$slot" ]]
	[[ $(said nsa-blue) == '[false,"pass","pass",false,null]' ]] || fail "$(said nsa-blue)"
	[[ $(nsaccel -j limit show) == '[]' ]]
	bpftool -j map dump pinned "$BPFFS/nsaccel/v5/sources" |
		jq -e --argjson slot "$slot" 'map(.formatted | select(.key.slot == $slot) | .value) |
			length == 0' || fail "$(nsaccel -j ns show)"
	probe blue 10.0.0.2 10.0.0.2 10.0.0.2,src=10.2.0.77
	got wire 3
	fast 2
}

slot_of()
{
	nsaccel -j ns show | jq --arg ns "$1" '.[] | select(.netns == $ns) | .slot'
}

fill_slots()
{
	local i

	for i in 1 2; do
		ns_add "nsa-more$i"
		ip link add "more$i" netns nsa-rt type veth peer name eth0 netns "nsa-more$i"
		ip -n nsa-rt link set "more$i" up
		ip -n "nsa-more$i" link set eth0 up
		wait_until 10 is_known "nsa-more$i"
	done
	settle
}

is_forgotten()
{
	! is_known "$1"
}

is_known()
{
	nsaccel -j ns show | jq -e --arg ns "$1" 'any(.netns == $ns)' >/dev/null
}

# ---- limits ---------------------------------------------------------------------------------

# flood FROM TO MEGABITS: UDP for a second by iperf3; prints the bits per second that arrived.
flood()
{
	local server

	background nsenter --net="/run/netns/nsa-$2" -- iperf3 -s -1 >/dev/null 2>&1
	server=$!
	wait_until 5 listens "$2"
	in_ns "nsa-$1" iperf3 -c "${ADDR4[$2]}" -u -b "$3M" -l 1400 -t 1 -J \
		>"$BATS_TEST_TMPDIR/iperf" || fail "$(cat "$BATS_TEST_TMPDIR/iperf")"
	wait "$server" || true
	jq '.end.sum | .bits_per_second * (1 - .lost_percent / 100) | floor' "$BATS_TEST_TMPDIR/iperf"
}

listens()
{
	[[ $(in_ns "nsa-$1" ss -Hltn 'sport = :5201') ]]
}

# limited FROM TO NAMESPACE-THAT-COUNTS: 100 Mbit/s are sent, 10 may arrive.
limited()
{
	local arrived before

	before=$(counter "nsa-$3" drop_limit)
	arrived=$(flood "$1" "$2" 100)
	((arrived > 4000000 && arrived < 40000000)) || fail "$arrived bit/s from $1 to $2"
	[[ $(counter "nsa-$3" drop_limit) -gt $((before + 100)) ]] || fail "$(stats)"
}

@test "limits: what it sends, to the wire and to another on this host" {
	up
	nsaccel limit set nsa-blue out rate 10mbit burst 64kb
	[[ $(nsaccel -j limit show | jq -c 'map([.netns, .direction, .rate, .burst])') == \
		'[["nsa-blue","out",10000000,65536]]' ]]
	limited blue wire blue
	limited blue red blue
	nsaccel limit del nsa-blue
	[[ $(nsaccel -j limit show) == '[]' ]]
	(($(flood blue wire 100) > 50000000)) || skip "this machine is too busy for 100 Mbit/s"
}

@test "limits: what it gets, from the wire and from another on this host" {
	up
	nsaccel limit set nsa-blue in rate 10mbit burst 64kb
	limited wire blue rt
	limited red blue red
}

@test "limits: what goes by the kernel counts, too" {
	up
	nsaccel limit set nsa-blue in rate 10mbit burst 64kb
	nsaccel limit set nsa-blue out rate 10mbit burst 64kb
	# By a firewall's rule all is the kernel's.
	change nsaccel -n nsa-red route add 10.1.0.0/24 pass
	change nsaccel -n nsa-blue route add 10.2.0.0/24 pass
	limited red blue red
	limited blue red blue
	[[ $(counter nsa-red pass_route) -gt 100 && $(counter nsa-red drop_limit tc_egress) -gt 100 ]]
}

# burst LEAF ADDRESS COUNT: that many packets at once.
burst()
{
	local i
	local -
	set +T

	for ((i = 0; i < $3; i++)); do
		probe_frame "$1" "$2"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "$3 to $2"
}

@test "limits: packets, to the packet" {
	up
	nsaccel limit set nsa-blue out pps 1 pps-burst 5
	burst blue 10.0.0.2 20
	# The burst, what it ends with, and one for each second that this takes.
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
	[[ $(grep -c "^nsa-wire .*$MARKER\$" "$BATS_TEST_TMPDIR/received") == $((20 - $(counted drop_limit))) ]]
	nsaccel limit del nsa-blue out
	nsaccel limit set nsa-blue in pps 1 pps-burst 5
	burst wire 10.1.0.2 20
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
	# Whoever sends, it is one rate; and its own sending isn't limited.
	burst red 10.1.0.2 10
	[[ $(counted drop_limit) -ge 4 ]] || fail "$(tally)"
	burst blue 10.0.0.2 20
	got wire 20
}
