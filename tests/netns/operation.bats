# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What whoever operates it relies on: a change happens whole or not at all, whatever fails on the way;
# nothing is hidden; what can't work is refused; detach leaves nothing.

load lib

setup()
{
	topo_up
}

teardown()
{
	mount -o remount,rw "$BPFFS" 2>/dev/null
	topo_down
}

# What the maps hold, byte for byte, what is pinned, what is hooked, and the devices there are.
state()
{
	"$TOOLS/state"
	nsaccel -n nsa-rt policy save 2>/dev/null || : # nothing is attached
	find "$BPFFS" -path '*/nsaccel/*' | sort
	hooks nsa-rt
	ip -n nsa-rt -br link show type veth | cut -d ' ' -f 1
}

# What the kernel frees later, links that nothing holds any more, may be seen for a moment.
is_state()
{
	[[ $(state) == "$1" ]]
}

# whole ARGUMENTS...: with its writes failing in turn, the command does all or nothing. BACK, a command,
# undoes what it did when nothing failed. After the first 12 writes, or FIRST, every STEPth is tried.
whole()
{
	local n=0 before hit=$BATS_TEST_TMPDIR/hit

	before=$(state)
	while ((n += n < ${FIRST:-12} ? 1 : ${STEP:-5})); do
		rm -f "$hit"
		FAULT_AT=$n FAULT_HIT=$hit LD_PRELOAD=$TOOLS/fault.so run nsaccel "$@"
		[[ -e $hit ]] || break
		if [[ $status == 0 ]]; then # it could do without
			"${BACK[@]}" >/dev/null 2>&1
		else
			[[ $output ]] || fail "$*, write $n: no message" || return
		fi
		wait_until 2 is_state "$before" 2>/dev/null || fail "$*, write $n: exit $status: $output: $(diff \
			<(echo "$before") <(state))" || return
	done
	[[ $status == 0 ]] || fail "$*: $output" || return
	((n > 1)) || fail "$*: nothing failed" || return
	! is_state "$before" || fail "$*: changed nothing"
}

# Is nothing left of it?
is_gone()
{
	[[ ! -e $BPFFS/nsaccel && -z $(hooks nsa-rt) ]]
}

# The same where a success leads to nothing, from which BACK sets up all anew.
whole_or_gone()
{
	local n=0 before hit=$BATS_TEST_TMPDIR/hit

	while ((n += ${STEP:-1})); do
		rm -f "$hit"
		before=$(state)
		FAULT_AT=$n FAULT_HIT=$hit LD_PRELOAD=$TOOLS/fault.so run nsaccel "$@"
		if [[ $status == 0 ]]; then
			wait_until 2 is_gone 2>/dev/null ||
				fail "$*, write $n: $(find "$BPFFS") $(hooks nsa-rt)" || return
			[[ -e $hit ]] || break
			"${BACK[@]}" >/dev/null 2>&1
			continue
		fi
		wait_until 2 is_state "$before" 2>/dev/null ||
			fail "$*, write $n: $output: $(diff <(echo "$before") <(state))" || return
	done
}

# There is a namespace's endpoint, a static route, a rule, limits and a list.
all_kinds()
{
	attach eth0
	nsaccel -n nsa-blue route add 10.50.0.0/24 netns nsa-red
	nsaccel ns set nsa-red --guard drop --sources 10.2.0.2
	nsaccel limit set nsa-red out rate 100mbit
	nsaccel -n nsa-rt policy add --from nsa-red --to nsa-blue deny
	nsaccel -n nsa-rt share eth0 netns nsa-red address 10.0.0.50/24 dev nic0
}

@test "whole or not at all: attach" {
	BACK=(nsaccel -n nsa-rt detach --all)
	STEP=53 whole -n nsa-rt attach --static eth0
}

@test "whole or not at all: another attach, and detach" {
	attach eth0
	BACK=(nsaccel -n nsa-rt detach eth1)
	STEP=7 whole -n nsa-rt attach --static eth1
	BACK=(attach eth1)
	STEP=3 whole -n nsa-rt detach eth1
}

@test "whole or not at all: the last detach" {
	all_kinds
	BACK=(all_kinds)
	STEP=19 whole_or_gone -n nsa-rt detach --all
}

@test "whole or not at all: routes" {
	attach eth0
	BACK=(nsaccel -n nsa-blue route flush)
	whole -n nsa-blue route add 10.50.0.0/24 netns nsa-red
	BACK=(nsaccel -n nsa-blue route del 10.51.0.0/24)
	whole -n nsa-blue route add 10.51.0.0/24 via 10.0.0.2
	BACK=(nsaccel -n nsa-blue route replace 10.51.0.0/24 via 10.0.0.2)
	whole -n nsa-blue route replace 10.51.0.0/24 blackhole
	BACK=(nsaccel -n nsa-blue route add 10.51.0.0/24 blackhole)
	whole -n nsa-blue route del 10.51.0.0/24
	BACK=(nsaccel -n nsa-blue route add 10.50.0.0/24 netns nsa-red)
	whole -n nsa-blue route flush
}

@test "whole or not at all: what is said of a namespace" {
	attach eth0
	BACK=(nsaccel ns set nsa-red --isolated=off --policy allow)
	whole ns set nsa-red --isolated --policy deny
	BACK=(nsaccel ns set nsa-red --sources auto)
	whole ns set nsa-red --sources 10.2.0.2,fd00:0:2::2
	BACK=(nsaccel ns set nsa-red --sources "10.2.0.2,fd00:0:2::2")
	whole ns set nsa-red --sources 10.2.0.2,10.2.0.3
	BACK=(nsaccel limit del nsa-blue out)
	whole limit set nsa-blue out rate 1mbit
	nsaccel limit set nsa-blue in pps 1000
	BACK=(set_limits)
	whole limit del nsa-blue
}

set_limits()
{
	nsaccel limit set nsa-blue out rate 1mbit
	nsaccel limit set nsa-blue in pps 1000
}

# Fewer writes than of others, in the name of speed: make check-faults has all of them.
@test "whole or not at all: policies" {
	local FIRST=3 STEP=13

	attach eth0
	# What a rule names stays bound to its ports until they are looked at again.
	BACK=(policy_back flush)
	whole -n nsa-rt policy add --from nsa-red --to nsa-blue proto tcp dport 80 allow
	nsaccel sync
	BACK=(policy_back del --from nsa-blue deny)
	whole -n nsa-rt policy add --from nsa-blue deny
	nsaccel sync
	BACK=(policy_back add --from nsa-blue deny)
	whole -n nsa-rt policy del --from nsa-blue deny
}

policy_back()
{
	nsaccel -n nsa-rt policy "$@"
	nsaccel sync
}

@test "whole or not at all: endpoint set" {
	attach eth0
	BACK=(nsaccel -n nsa-rt endpoint set red --delivery tc)
	whole -n nsa-rt endpoint set red --delivery xdp
}

@test "whole or not at all: shared NICs" {
	attach eth0
	BACK=(nsaccel -n nsa-rt unshare eth0 netns nsa-red)
	whole -n nsa-rt share eth0 netns nsa-red address 10.0.0.50/24 dev nic0
	BACK=(nsaccel -n nsa-rt unbind eth0 vlan 100)
	whole -n nsa-rt bind eth0 vlan 100 netns nsa-blue
}

# A device that was never up when it was looked at is taken for what it is when it is.
@test "share and bind: what they leave is what sync finds" {
	local before

	attach eth0
	nsaccel -n nsa-rt share eth0 netns nsa-red address 10.0.0.50/24 dev nic0
	nsaccel -n nsa-rt bind eth0 vlan 100 netns nsa-blue
	before=$(state)
	nsaccel sync
	[[ $(state) == "$before" ]] || fail "$(diff <(echo "$before") <(state))"
}

# refuses ARGUMENTS...: with status 2 and a message that has $TEXT; nothing has changed.
refuses()
{
	local before

	before=$(state)
	fails 2 "$TEXT" nsaccel "$@" || return
	[[ $(state) == "$before" ]] || fail "$*: $(diff <(echo "$before") <(state))"
}

@test "a read-only bpffs: nothing changes, and the message says how to mend it" {
	local how

	TEXT=remount,rw
	mount -o remount,ro "$BPFFS"
	refuses -n nsa-rt attach eth0
	mount -o remount,rw "$BPFFS"
	all_kinds
	for how in remount,ro remount,bind,ro; do
		mount -o $how "$BPFFS"
		refuses -n nsa-rt attach eth1
		refuses -n nsa-rt detach eth0 --force
		refuses detach --all --force
		refuses -n nsa-blue route add 10.51.0.0/24 blackhole
		refuses -n nsa-blue route del 10.50.0.0/24
		refuses ns set nsa-red --isolated
		refuses limit del nsa-red
		refuses -n nsa-rt policy flush
		refuses -n nsa-rt endpoint set red --delivery xdp
		refuses -n nsa-rt unshare eth0 netns nsa-red
		refuses sync
		mount -o "${how/ro/rw}" "$BPFFS"
	done
	nsaccel detach --all --force
	no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
}

@test "a frozen map: nothing changes, and the message names it" {
	all_kinds
	bpftool map freeze pinned "$BPFFS/nsaccel/v9/endpoints"
	TEXT=endpoints
	before=$(state)
	fails '2|5' endpoints nsaccel -n nsa-rt attach eth1
	fails '2|5' endpoints nsaccel -n nsa-rt detach eth0 --force
	fails '2|5' endpoints nsaccel -n nsa-blue route flush
	[[ $(state) == "$before" ]]
}

@test "check: an owner whose devices are gone hides nothing of the others" {
	ns_add nsa-other nsa-other-wire
	ip link add eth0 netns nsa-other type veth peer name eth0 netns nsa-other-wire
	ip -n nsa-other link set eth0 up
	attach eth0
	nsaccel -n nsa-other attach --static eth0
	[[ -z $(nsaccel check) ]]
	[[ $(nsaccel -j check) == "[]" ]]
	ip -n nsa-other link del eth0
	ip -n nsa-rt route add 10.9.0.0/24 via "${ADDR4[wire]}"
	run nsaccel check
	[[ $status == 4 && $output == *"port-del netns nsa-other dev eth0"* ]] || fail "$output"
	[[ $output == *10.9.0.0/24* ]]
	fails 4 "port-del netns nsa-other dev eth0" nsaccel check -n nsa-other
	run -4 nsaccel -j check
	jq -e 'any(.difference == "port-del" and .netns == "nsa-other") and
		any(.prefix == "10.9.0.0/24" and .netns == "nsa-rt")' <<<"$output"
	# It only looked.
	run -4 nsaccel check
	nsaccel sync
	[[ $(nsaccel -j check) == "[]" ]]
}

@test "check: an owner whose namespace is gone" {
	ns_add nsa-other nsa-other-wire
	ip link add eth0 netns nsa-other type veth peer name eth0 netns nsa-other-wire
	ip -n nsa-other link set eth0 up
	attach eth0
	nsaccel -n nsa-other attach --static eth0
	ip netns del nsa-other
	wait_until 5 gone
	nsaccel sync
	[[ -z $(nsaccel check) ]]
}

gone()
{
	local out

	out=$(nsaccel check)
	[[ $? == 4 && $out == *owner-del* ]]
}

@test "attach: a line a port, and what it takes the device for" {
	local out

	ip -n nsa-rt link add br0 type bridge
	ip -n nsa-rt link add ifb0 type ifb 2>/dev/null || :
	out=$(nsaccel -n nsa-rt attach --static eth0)
	[[ $(grep -c . <<<"$out") == 4 ]] || fail "$out"
	[[ $out == *"eth0: nic, "*"namespace nsa-wire, is taken for the wire"* ]] || fail "$out"
	[[ $out == *"blue: veth, TC, leads to eth0 in namespace nsa-blue"* ]] || fail "$out"
	[[ -z $(nsaccel -n nsa-rt attach -q --static eth0 2>&1) ]]
	nsaccel -j -n nsa-rt attach --static eth0 | jq -e 'length == 4 and
		any(.dev == "eth0" and .kind == "nic" and (.remark | contains("nsa-wire"))) and
		any(.dev == "red" and .endpoint.netns == "nsa-red")'
	# No wires.
	fails 6 "is a bridge" nsaccel -n nsa-rt attach br0
	fails 6 "loopback" nsaccel -n nsa-rt attach lo
	[[ ! -e /sys/class/net/ifb0 ]] || fails 6 "ifb" nsaccel -n nsa-rt attach ifb0
	nsaccel ns set nsa-blue --guard drop
	fails 2 "leads to namespace nsa-blue" nsaccel -n nsa-rt attach blue
	# What they're taken for.
	ip -n nsa-rt link add mv0 link eth1 type macvlan mode bridge
	[[ $(nsaccel -n nsa-rt attach --static mv0) == *"mv0: nic, "*macvlan* ]]
}

@test "-n: what concerns a namespace, as its owner or as an endpoint" {
	attach eth0
	nsaccel -n nsa-blue -j status | jq -e '.owners[0].ports | map(.dev) == ["blue"]'
	nsaccel -n nsa-rt -j endpoint show | jq -e 'length >= 4'
	nsaccel -n nsa-red -j endpoint show | jq -e 'length == 1 and .[0].port == "red"'
	nsaccel -n nsa-rt share eth0 netns nsa-red address 10.0.0.50/24 dev nic0
	nsaccel -n nsa-rt -j share show | jq -e 'length == 1'
	nsaccel -n nsa-red -j share show | jq -e 'length == 1'
	nsaccel -n nsa-blue -j share show | jq -e 'length == 0'
	fails 1 "namespace that is to use" nsaccel -n nsa-red share eth0 address 10.0.0.51/24
	nsaccel -n nsa-rt unshare eth0 netns nsa-red
}

@test "what can't work is refused, and nothing changes" {
	attach eth0
	ip netns add nsa-far
	TEXT="a single address"
	refuses -n nsa-blue route add 10.54.0.0/24 dev eth0
	refuses -n nsa-blue route replace default dev eth0
	nsaccel -n nsa-blue route add 10.54.0.1 dev eth0
	fails 3 nosuch nsaccel -n nsa-blue route add 10.54.0.1 dev nosuch
	TEXT="beyond eth0"
	refuses -n nsa-blue route add 10.54.0.0/24 netns nsa-wire
	TEXT="no port leads to namespace"
	for ns in nsa-wire nsa-far; do
		refuses ns set $ns --isolated
		refuses ns set $ns --policy deny
		refuses limit set $ns out rate 1mbit
		refuses limit del $ns
	done
	# An owner's default is its policy's.
	nsaccel ns set nsa-rt --policy deny
	nsaccel ns set nsa-rt --policy allow
	# What was said of who lost its device stays the user's to change.
	nsaccel ns set nsa-red --guard drop
	ip -n nsa-rt link del red
	nsaccel sync
	nsaccel ns set nsa-red --guard pass
}

# Entries that nsaccel made: how many there are.
our_neighbours()
{
	ip -n nsa-rt neigh show nud all | grep -c 'proto 110' || :
}

@test "detach leaves no neighbour entry behind" {
	local before

	ip -n nsa-rt neigh flush nud permanent
	ip -n nsa-rt neigh flush all
	before=$(ip -n nsa-rt neigh show nud all | grep -vc 'ff02::\|NOARP' || :)
	ip -n nsa-rt route add 10.60.0.0/24 via 10.0.0.77
	ip -n nsa-rt route add 10.61.0.0/24 via "${ADDR4[wire]}"
	attach eth0 eth1
	[[ $(our_neighbours) -ge 1 ]]
	nsaccel -n nsa-rt detach eth1
	nsaccel -n nsa-rt detach eth0
	[[ $(our_neighbours) == 0 ]]
	[[ -z $(ip -n nsa-rt neigh show to 10.0.0.77 nud all) ]] ||
		fail "$before: $(ip -n nsa-rt neigh show nud all)"
	# Who is needed is found again.
	ping_from wire "${ADDR4[blue]}"
}

# Packets and bytes in and out of the router's ports, by the kernel: what a port's device counts.
device_counters()
{
	ip -n nsa-rt -s -j link show | jq -c '[.[] | select(.ifname | IN("eth0", "blue", "red")) |
		{dev: .ifname, c: [.stats64.rx.packets, .stats64.rx.bytes, .stats64.tx.packets,
			.stats64.tx.bytes]}] | sort_by(.dev)'
}

port_counters()
{
	nsaccel -j stats port -n nsa-rt | jq -c '[.[] | select(.dev | IN("eth0", "blue", "red")) |
		{dev, c: [.rx_packets, .rx_bytes, .tx_packets, .tx_bytes]}] | sort_by(.dev)'
}

# grown COMMAND: by how much COMMAND's counters grow with the same traffic: veth to veth, NIC to veth
# and back, both families.
grown()
{
	local before family

	before=$("$1")
	for family in 4 6; do
		ping_from blue "$(addr red $family)" -c 20 -s 1000
		ping_from wire "$(addr blue $family)" -c 20 -s 300
	done >/dev/null
	jq -c -n --argjson a "$before" --argjson b "$("$1")" \
		'[$a, $b] | transpose | map({dev: .[0].dev, c: ([.[0].c, .[1].c] | transpose |
			map(.[1] - .[0]))})'
}

# Now and then a namespace sends something by itself, as a listener report.
same_growth()
{
	[[ $(grown port_counters) == "$1" ]]
}

@test "stats port: what the kernel alone would have counted" {
	local kernel

	wait_until 10 settled
	kernel=$(grown device_counters)
	attach eth0
	wait_until 10 same_growth "$kernel" || fail "$kernel, but $(grown port_counters)"
	# It isn't the kernel that counted.
	[[ $(grown device_counters) != "$kernel" ]]
	nsaccel -j stats port | jq -e 'any(.dev == "red" and .delivered_packets >= 40)'
	# The element is the port's: another begins at 0.
	nsaccel -n nsa-rt detach eth0
	attach eth0
	nsaccel -j stats port | jq -e 'any(.dev == "red" and .delivered_packets == 0)'
}

# Twice the same: nothing is sent that isn't asked for.
settled()
{
	[[ $(grown device_counters) == "$(grown device_counters)" ]]
}

# What is sent into a veth arrives at its other end, in one segment or many.
@test "stats port: bulk TCP, to the byte" {
	attach eth0
	serve red
	send_tcp blue red 4 20000000
	wait_until 5 all_arrived
	nsaccel -j stats port | jq -e 'any(.dev == "red" and .delivered_bytes > 20000000)'
}

all_arrived()
{
	local port peer

	port=$(nsaccel -j stats port -n nsa-red | jq -c '.[0] | [.tx_packets, .tx_bytes]')
	peer=$(ip -n nsa-red -s -j link show eth0 | jq -c '.[0].stats64.rx | [.packets, .bytes]')
	[[ $port == "$peer" ]] || fail "$port, but $peer"
}

@test "stats port: a macvlan's packets are its lower's" {
	attach eth0
	ping_from blue "${ADDR4[mac]}" -c 5
	nsaccel -j stats port | jq -e 'any(.dev == "eth0" and .delivered_packets >= 5)'
}

@test "stats port: two ports with one index" {
	local other=$((13 + 4096)) # red has 13

	ns_add nsa-twin
	ip link add twin netns nsa-rt index $other type veth peer name eth0 netns nsa-twin
	ip -n nsa-rt -batch - <<-EOF
		addr add 10.7.0.1/24 dev twin
		link set twin up
	EOF
	ip -n nsa-twin -batch - <<-EOF
		addr add 10.7.0.2/24 dev eth0
		link set eth0 up
		route add default via 10.7.0.1
	EOF
	ping_from rt 10.7.0.2 -c 1
	attach eth0
	ping_from blue 10.7.0.2 -c 5
	ping_from wire "${ADDR4[red]}" -c 7
	nsaccel -j stats port | jq -e 'any(.dev == "twin" and .delivered_packets == 5) and
		any(.dev == "red" and .delivered_packets == 7)'
}
