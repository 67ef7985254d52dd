# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Full maps: a command that finds no room says which map has none, changes nothing, and what was
# attached before goes on. With room again, it works.

load lib

setup()
{
	UNCLEAR=
	topo_up
	attach eth0
}

teardown()
{
	topo_down
}

# fill MAP: with junk that seems to be of nsa-junk, a namespace that lives and has nothing.
fill()
{
	[[ -e /run/netns/nsa-junk ]] || ip netns add nsa-junk
	in_ns nsa-junk "$TOOLS/fill" "$1"
}

clear()
{
	in_ns nsa-junk "$TOOLS/fill" "$1" clear
}

# What nsa-rt is, without what counts.
state()
{
	hooks nsa-rt
	nsaccel -j -n nsa-rt status | jq -c 'del(.owners[].notes)' # firewalls are read anew
	nsaccel -j -n nsa-rt route show
	nsaccel -j -n nsa-blue route show
	nsaccel -j endpoint show | jq 'map(select(.owner.netns == "nsa-rt"))'
	in_ns nsa-blue ethtool -k eth0
}

# no_room MAP ARGUMENTS...: refused with one message that names the map, and all is as it was.
no_room()
{
	local map=$1 before after

	shift
	before=$(state)
	run --separate-stderr nsaccel "$@"
	[[ $status == 2 && -z $output ]] || fail "exit $status: nsaccel $*: $output" || return
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == nsaccel:\ * ]] || fail "no message: $stderr" || return
	[[ $(grep -c . <<<"$stderr") == 1 && $stderr == *"the map $map is full"* ]] ||
		UNCLEAR+="${stderr//$'\n'/ / }; "
	after=$(state)
	[[ $after == "$before" ]] || fail "$(diff <(echo "$before") <(echo "$after"))" || return
	goes_on
}

# At the end of a test: messages that weren't one, or didn't name the map, fail it.
clear_messages()
{
	[[ -z $UNCLEAR ]] || fail "unclear: $UNCLEAR"
}

# Between the ports that there were before, by the fast path.
goes_on()
{
	local before

	before=$(counter nsa-rt fwd_veth)
	ping_from wire "${ADDR4[blue]}"
	[[ $(counter nsa-rt fwd_veth) -ge $((before + 3)) ]]
}

# Another router, whose wire ends in nsa-other-wire.
other_owner()
{
	ns_add nsa-other nsa-other-wire
	ip link add eth0 netns nsa-other type veth peer name eth0 netns nsa-other-wire
	ip -n nsa-other link set eth0 up
	ip -n nsa-other-wire link set eth0 up
}

# A namespace that the next attach will find.
new_endpoint()
{
	ns_add nsa-green
	ip link add green netns nsa-rt type veth peer name eth0 netns nsa-green
	ip -n nsa-rt link set green up
	ip -n nsa-green link set eth0 up
}

@test "ports" {
	other_owner
	new_endpoint
	fill ports
	no_room ports -n nsa-rt attach eth1
	no_room ports -n nsa-other attach eth0
	[[ -z $(hooks nsa-other) ]]
	clear ports
	attach eth1
	nsaccel -j status | jq -e '.owners[0].ports | any(.dev == "green")'
	clear_messages
}

@test "endpoints" {
	fill endpoints
	no_room endpoints -n nsa-rt attach eth1
	clear endpoints
	attach eth1
	nsaccel -j endpoint show | jq -e 'any(.netns == "nsa-mac2")'
	clear_messages
}

@test "endpoints: of a namespace that has come meanwhile" {
	# Undoing finds it, too, and fails as attach did.
	new_endpoint
	fill endpoints
	no_room endpoints -n nsa-rt attach eth1
	clear endpoints
	attach eth1
	nsaccel -j endpoint show | jq -e 'any(.netns == "nsa-green")'
	clear_messages
}

@test "bridge entries" {
	new_endpoint
	ip -n nsa-rt -batch - <<-EOF
		link add br0 type bridge
		link set green master br0
		link set br0 up
	EOF
	bridge -n nsa-rt fdb replace 02:00:00:04:00:02 dev green master static
	fill fdb
	no_room fdb -n nsa-rt attach eth1
	clear fdb
	attach eth1
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/fdb" |
		jq -e 'any(.formatted.value.name == "green")'
	clear_messages
}

@test "namespaces' slots: of a new owner" {
	other_owner
	fill netns
	no_room netns -n nsa-other attach eth0
	[[ -z $(hooks nsa-other) ]]
	nsaccel -n nsa-other attach --static eth0
	clear_messages
}

@test "namespaces' slots: of a new endpoint" {
	new_endpoint
	fill netns
	no_room netns -n nsa-rt attach eth1
	clear netns
	attach eth1
	nsaccel -j endpoint show | jq -e 'any(.netns == "nsa-green")'
	clear_messages
}

@test "next hops: of a second NIC" {
	# Its neighbours are next hops already, those of the port that attach found, but for this one.
	ip -n nsa-rt neigh replace 10.0.1.77 lladdr 02:00:00:00:01:77 dev eth1 nud permanent
	fill nexthops
	no_room nexthops -n nsa-rt attach eth1
	clear nexthops
	attach eth1
	nsaccel -j -n nsa-rt route show | jq -e 'any(.dst == "10.0.1.77/32" and .dev == "eth1")'
	ping_from wire2 "${ADDR4[blue]}"
	clear_messages
}

@test "next hops: of a route" {
	nsaccel -n nsa-blue route add 10.50.0.0/24 blackhole
	fill nexthops
	no_room nexthops -n nsa-blue route add 10.51.0.0/24 unreachable
	fill nexthops
	no_room nexthops -n nsa-blue route replace 10.50.0.0/24 unreachable
	fill nexthops
	no_room nexthops -n nsa-rt route add 10.51.0.0/24 prohibit
	# A next hop that is there already takes no room.
	nsaccel -n nsa-blue route add 10.52.0.0/24 blackhole
	clear nexthops
	nsaccel -n nsa-blue route add 10.51.0.0/24 unreachable
	clear_messages
}

@test "XDP targets" {
	fill tx_info
	no_room tx_info -n nsa-rt endpoint set blue --delivery xdp
	clear tx_info
	nsaccel -n nsa-rt endpoint set blue --delivery xdp
	clear_messages
}

@test "settings to put back" {
	fill settings
	no_room settings -n nsa-rt endpoint set blue --delivery xdp
	clear settings
	nsaccel -n nsa-rt endpoint set blue --delivery xdp
	clear_messages
}

@test "shares" {
	fill shares
	no_room shares -n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0
	no_room shares -n nsa-rt bind eth0 vlan 100 netns nsa-blue dev vlan0
	[[ $(in_ns nsa-blue ip -br link) != *nic0* ]]
	clear shares
	nsaccel -n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0
	clear_messages
}

# rules N: as many, all different.
rules()
{
	seq "$1" | awk '{ print "proto udp pref", $1, "dport", $1, "deny" }'
}

@test "rules: of one owner" {
	rules 16384 | nsaccel -n nsa-rt policy load -
	no_room rules -n nsa-rt policy add proto tcp deny
	rules 16385 >"$BATS_TEST_TMPDIR/rules"
	no_room rules -n nsa-rt policy load "$BATS_TEST_TMPDIR/rules"
	[[ $(nsaccel -n nsa-rt policy save) == "$(rules 16384 | sed 's/\(pref [0-9]*\) \(dport [0-9]*\)/\2 \1/')" ]]
	nsaccel -n nsa-rt policy del 1
	nsaccel -n nsa-rt policy add proto tcp deny
	clear_messages
}

@test "rules: of all owners" {
	other_owner
	nsaccel -n nsa-other attach --static eth0
	rules 16384 | nsaccel -n nsa-other policy load -
	rules 16383 | nsaccel -n nsa-rt policy load -
	no_room rules -n nsa-rt policy add proto tcp deny
	nsaccel -n nsa-other policy del proto udp dport 1 deny
	nsaccel -n nsa-rt policy add proto tcp deny
	clear_messages
}
