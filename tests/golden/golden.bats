# SPDX-License-Identifier: GPL-2.0-only
# What people read: `bpftool map dump` of every map, and every listing, for one topology. All names
# of fields and of enumerators are in them, so that a change of the contract shows here.
#
# GOLDEN_UPDATE=1 bats tests/golden writes the files anew: read the difference before it is kept.

load ../netns/lib

# On one CPU: each has a range of cookies of its own to give, and listings are in the order of cookies.
setup_file()
{
	taskset --pid --cpu-list "$(first_cpu)" $BASHPID >/dev/null
	topo_up
	bridge_up
	in_ns nsa-wire2 ethtool -K eth0 tx off gro on >/dev/null
	attach eth0
	nsaccel -n nsa-rt attach --static eth1 --mode native
	nsaccel -n nsa-rt endpoint set red --delivery xdp
	nsaccel -n nsa-blue route add 10.50.0.0/24 via "${ADDR4[wire]}"
	nsaccel -n nsa-blue route add fd00:50::/64 netns nsa-red
	nsaccel -n nsa-blue route add 10.51.0.0/24 unreachable
	nsaccel ns set nsa-red --guard drop --on-miss drop
	nsaccel ns set nsa-green --isolated --sources 10.4.0.2,10.40.0.0/16,fd00:4::/64
	nsaccel limit set nsa-green out rate 10gbit burst 1mb pps 1m
	frame4 smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src="${ADDR4[blue]}" dst="${ADDR4[red]}" |
		send_frames blue
	# Cookies are the machine's, names are ours.
	nsaccel -j ns show | jq 'map({key: .cookie, value: .netns}) | from_entries' \
		>"$BATS_FILE_TMPDIR/names"
}

first_cpu()
{
	taskset --pid --cpu-list $BASHPID | grep -o '[0-9]*' | sed -n 2p
}

# br0 with one port, behind which is nsa-green.
bridge_up()
{
	ns_add nsa-green
	ip link add green netns nsa-rt index 14 address 02:00:00:04:00:01 type veth \
		peer name eth0 netns nsa-green index 2 address 02:00:00:04:00:02
	ip -n nsa-rt -batch - <<-EOF
		link add br0 index 15 address 02:00:00:04:00:01 type bridge
		link set green master br0
		addr add 10.4.0.1/24 dev br0
		link set br0 addrgenmode none
		link set green addrgenmode none
		link set br0 up
		link set green up
		neigh add 10.4.0.2 lladdr 02:00:00:04:00:02 dev br0 nud permanent
	EOF
	ip -n nsa-green -batch - <<-EOF
		addr add 10.4.0.2/24 dev eth0
		link set eth0 up
		route add default via 10.4.0.1
	EOF
	# If br_netfilter is there, each namespace has it switched on.
	sysctl_in nsa-rt -e net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
	bridge -n nsa-rt fdb replace 02:00:00:04:00:02 dev green master static
	wait_until 5 bridge_forwards
}

bridge_forwards()
{
	bridge -n nsa-rt -j link show dev green | jq -e '.[0].state == "forwarding"' >/dev/null
}

teardown_file()
{
	nsaccel detach --all --force
	topo_down
}

# What differs between two runs of the same: cookies; the version; how the kernel lets XDP and TC
# programs be attached; whether br_netfilter is loaded; listener reports, which namespaces send when
# they please.
normalise()
{
	jq --slurpfile names "$BATS_FILE_TMPDIR/names" '
		def named: if . == 0 or . == "0" then . else $names[0][tostring] // "?" end;
		def field: if .key | test("cookie$") then .value |= named
			elif .key == "steer" and .value == 2 then .value = 1
			elif .key == "kernel" or .key == "version" then .value = "?"
			elif .key == "tc" then .value = "?"
			elif .key == "pass_multicast" then .value = "?"
			elif .value == "NSACCEL_XDP_WHY_NO_EXT" then .value = "NSACCEL_XDP_WHY_NOT"
			elif .value == "dispatcher" then .value = "link"
			elif .value == "NSACCEL_XDP_DISPATCHER" then .value = "NSACCEL_XDP_LINK"
			else . end;
		walk(if type == "object" then with_entries(field) else . end)'
}

# dump PIN [JQ-FILTER]: the elements of one map that are in use, sorted.
dump()
{
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/$1" |
		jq "[.[] | .formatted // . | ${2:-.}]" | normalise | jq 'sort_by(.key)'
}

# Maps of maps come without names; their values are ids that the kernel gave.
# shellcheck disable=SC2016
NUMBER='def number: reverse | map(ltrimstr("0x") | explode | map(if . > 96 then . - 87 else . - 48 end)
	| .[0] * 16 + .[1]) | reduce .[] as $byte (0; . * 256 + $byte); '
# Of a per-CPU map: the sums.
# shellcheck disable=SC2016 # jq's variables
SUMS='{key, value: (reduce .values[].value as $v ({}; reduce ($v | paths(numbers)) as $p
	(.; setpath($p; (getpath($p) // 0) + ($v | getpath($p))))))}'

# by_netns NAMESPACE: where its own maps are pinned.
by_netns()
{
	echo "by-netns/$(jq -r --arg ns "$1" 'to_entries[] | select(.value == $ns) | .key' \
		"$BATS_FILE_TMPDIR/names")"
}

# outer PIN: which slots of an array of maps have one.
outer()
{
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/$1" |
		jq "$NUMBER"'map({key: (.key | number), value: "a map"}) | sort_by(.key)'
}

# golden NAME: stdin is what the file of that name holds.
golden()
{
	local file=$ROOT/tests/golden/$1.json

	# A line for each element.
	jq -c 'if type == "array" then .[] else . end' >"$BATS_TEST_TMPDIR/now"
	[[ -s $BATS_TEST_TMPDIR/now ]] || fail "$1: empty"
	if [[ ${GOLDEN_UPDATE:-} ]]; then
		cp "$BATS_TEST_TMPDIR/now" "$file"
	fi
	diff -u "$file" "$BATS_TEST_TMPDIR/now"
}

@test "map meta" {
	dump meta | golden meta
}

@test "map netns" {
	# The key of this one is a cookie itself.
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/netns" |
		jq '[.[].formatted | {key: {cookie: .key}, value}]' | normalise |
		jq 'sort_by(.key)' | golden netns
}

@test "map ports" {
	dump ports | golden ports
}

@test "map owners" {
	# Whose programs: a digest of what was built. What they see is where the kernel has it. Marks
	# are random.
	dump owners 'select(.value.cookie != 0) | .value.programs = "?" | .value.gate_netfilter = "?" |
		.value.mark_sent |= (. != 0) | .value.mark_wire |= (. != 0)' |
		golden owners
}

@test "map port_cache" {
	dump port_cache 'select(.value.ifindex != 0)' | golden port-cache
}

@test "map fdb" {
	dump fdb | golden fdb
}

@test "map endpoints" {
	dump endpoints | golden endpoints
}

@test "map routes" {
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/routes" |
		jq "$NUMBER"'[.[] | {key: {cookie: (.key | number)}, value: "a map"}]' | normalise |
		jq 'sort_by(.key)' | golden routes
}

@test "map tables" {
	outer tables | golden tables
}

@test "map nexthops" {
	# Most of 65536 are free: away with them before jq has to read them.
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/nexthops" |
		sed 's/^\[//; s/\]$//; s/,{"key":\[/\n{"key":[/g' | grep -v '"generation":0,' |
		jq .formatted | jq -s . | normalise | jq 'sort_by(.key)' | golden nexthops
}

@test "map tx" {
	# libbpf leaves a devmap without BTF; tx_info says it in words.
	dump tx 'select(.value | type == "array")' | golden tx
}

@test "map tx_info" {
	dump tx_info 'select(.value.netns_cookie != 0)' | golden tx_info
}

@test "map stats" {
	outer stats | golden stats
}

@test "map isolation" {
	dump isolation 'select(.value.cookie != 0)' | golden isolation
}

@test "map sources" {
	# Those of the link itself are made from the MAC.
	dump sources | golden sources
}

@test "map limits" {
	dump limits 'select(.value | .. | .per_second? // 0 | . != 0)' | golden limits
}

@test "map settings" {
	# As many queues as there are CPUs.
	dump settings | jq 'map(if .key.kind == "NSACCEL_SETTING_RX_QUEUES" then
		.value.new_value = "?" else . end)' | golden settings
}

@test "a namespace's routes" {
	dump "$(by_netns nsa-blue)/routes" | golden blue-routes
	dump "$(by_netns nsa-rt)/routes" | golden rt-routes
}

@test "a namespace's counters" {
	dump "$(by_netns nsa-blue)/stats" "$SUMS" | golden blue-stats
}

@test "status" {
	# Why there is no dispatcher is the kernel's, too.
	nsaccel -j status | jq '.view_time = "?" | (.owners[].ports[] | select(.xdp != "none") | .reason) = "?"' | normalise | golden status
}

@test "ns show" {
	nsaccel -j ns show | normalise | golden ns-show
}

@test "limit show" {
	nsaccel -j limit show | normalise | golden limit-show
}

@test "endpoint show" {
	nsaccel -j endpoint show | normalise | golden endpoint-show
}

@test "route show" {
	nsaccel -j -n nsa-blue route show | normalise | golden blue-route-show
	nsaccel -j -n nsa-rt route show | normalise | golden rt-route-show
}

@test "stats show" {
	nsaccel -j -n nsa-blue stats show | jq 'map(select(.reason != "pass_multicast"))' | normalise | golden stats-show
}

# A packet each way, which the kernel sends. Flows go soon after.
seen_both_ways()
{
	local hex

	hex=$(udp_hex "$(ip4_hex "${ADDR4[blue]}")$(ip4_hex "${ADDR4[red]}")" 6e736163)
	frame4 smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src="${ADDR4[blue]}" dst="${ADDR4[red]}" \
		l4="$hex" | send_frames blue
	# The other way round the checksum is the same.
	frame4 smac="${MAC[red]}" dmac="${RT_MAC[red]}" src="${ADDR4[red]}" dst="${ADDR4[blue]}" \
		l4="${hex:4:4}${hex::4}${hex:8}" | send_frames red
	dump flows . | jq -e 'any(.[].value.direction; all(.seen > 0))' >/dev/null
}

# Last, since from here on there is a firewall.
@test "map flows" {
	in_ns nsa-rt nft add table inet filter
	in_ns nsa-rt nft add chain inet filter forward '{ type filter hook forward priority 0; }'
	in_ns nsa-rt nft add rule inet filter forward ip saddr 192.0.2.1 drop
	attach eth0
	wait_until 10 seen_both_ways
	# Times, and numbers that are used once.
	dump flows '(.value.direction[].state |= if . >= 9223372036854775808 then "pending"
		elif . > 0 then "admitted" else 0 end) | (.value.direction[].seen |= . > 0) |
		(.value.touched |= . > 0)' | golden flows
	nsaccel -j status | jq '.owners[].notes' | golden status-notes
}

@test "map rules, and those below the policies" {
	nsaccel -n nsa-rt policy add --from nsa-blue --to 10.2.0.0/24 proto tcp dport 80-90 allow
	nsaccel -n nsa-rt policy add --from fd00:0:1::/64 pref 5 deny
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/rules" |
		sed 's/^\[//; s/\]$//; s/,{"key":\[/\n{"key":[/g' | grep -v '"owner_slot":0,' |
		jq .formatted | jq -s . | normalise | jq 'sort_by(.key)' | golden rules
	nsaccel -j policy show | normalise | golden policy-show
	inner policy_hash '.[].formatted' | golden policy-classes
	inner policy_lpm '.[].formatted' | golden policy-prefix
	inner policy_sets '.[].formatted | .value.rules |= .[:1]' | golden policy-sets
	inner policy_head '.[].formatted | .value.order |= .[:3] |
		.value.port_class |= {"79": .[79], "80": .[80], "90": .[90], "91": .[91]}' |
		golden policy-head
}

# inner PIN JQ-FILTER: the elements of the only map in an array of maps.
inner()
{
	local id

	id=$(bpftool -j map dump pinned "$BPFFS/nsaccel/v9/$1" |
		jq "$NUMBER"'.[0].value | number')
	bpftool -j map dump id "$id" | jq "[$2]" | jq 'sort_by(.key)'
}
