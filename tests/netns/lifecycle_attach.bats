# SPDX-License-Identifier: GPL-2.0-only
# attach, detach and status: repeated, at once, under traffic. The last detach leaves the machine as it was.

load lifecycle

# The ids of all that nsaccel has pinned, to see whether they outlive a detach.
pinned_ids()
{
	objects -f | grep -F "$BPFFS/nsaccel/" | cut -d ' ' -f 1,2
}

@test "attach, status, detach: nothing is left" {
	local all=(nsa-rt "${LEAVES[@]/#/nsa-}")

	snapshot "${all[@]}" >"$BATS_TEST_TMPDIR/before"
	attach eth0
	pinned_ids >"$BATS_TEST_TMPDIR/ids"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/ids") -ge 10 ]]
	carries wire
	nsaccel -n nsa-rt detach eth0
	no_trace "${all[@]}"
	snapshot "${all[@]}" >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	# The kernel frees them after a grace period.
	wait_until 5 gone "$BATS_TEST_TMPDIR/ids"
	ping_from blue "${ADDR4[wire]}"
}

@test "status: what hangs where" {
	local rt

	attach eth0
	nsaccel -j status >"$BATS_TEST_TMPDIR/status"
	jq -e '.abi == 9 and (.version | type) == "string" and (.owners | length) == 1' \
		"$BATS_TEST_TMPDIR/status"
	rt='.owners[0] | .netns == "nsa-rt" and (.cookie | type) == "string"'
	jq -e "$rt" "$BATS_TEST_TMPDIR/status"
	port eth0 | jq -e '.kind == "nic" and .requested and .endpoint == null'
	port blue | jq -e '.kind == "veth" and (.requested | not) and .endpoint.netns == "nsa-blue" and
		.endpoint.dev == "eth0" and .endpoint.mac == "'"${MAC[blue]}"'"'
	# A veth's XDP would break its peer's checksums: auto takes TC, and says why.
	port eth0 | jq -e '.xdp == "none" and (.reason | length) > 0'
	hooks nsa-rt | sort >"$BATS_TEST_TMPDIR/hooks"
	diff "$BATS_TEST_TMPDIR/hooks" - <<-EOF
		blue tcx_ingress 1
		eth0 tcx_egress 1
		eth0 tcx_ingress 1
		eth1 tcx_ingress 1
		red tcx_ingress 1
	EOF
	# Nothing in anybody else's namespace.
	[[ -z $(for leaf in "${LEAVES[@]}"; do hooks "nsa-$leaf"; done) ]]
}

@test "detach takes programs off that somebody else holds" {
	local pin number=0

	attach eth0 eth1
	mkdir "$BPFFS/foreign"
	for pin in "$BPFFS"/nsaccel/v*/links/*/*; do
		bpftool link pin pinned "$pin" "$BPFFS/foreign/$((number += 1))"
	done
	((number >= 5))
	nsaccel -n nsa-rt detach eth0
	no_hook eth0 tcx_egress
	nsaccel -n nsa-rt detach eth1
	no_hooks nsa-rt
	rm -r "$BPFFS/foreign"
}

no_hook()
{
	[[ $(hooks nsa-rt) != *"$1 $2"* ]] || fail "$(hooks nsa-rt)"
}

@test "status with nothing attached" {
	nsaccel -j status | jq -e '.owners == []'
	nsaccel status
	[[ ! -e $BPFFS/nsaccel ]]
}

@test "every listing is valid JSON, and readable text without colour codes" {
	local list

	attach eth0 eth1
	carries red
	for list in status "ns show" "endpoint show" "stats show" "route show" \
		"route show -n nsa-rt" "ns show -n nsa-rt" "endpoint show -n nsa-blue"; do
		# shellcheck disable=SC2086
		nsaccel -j $list | jq -e . >/dev/null || fail "not JSON: $list"
		# shellcheck disable=SC2086
		nsaccel -p $list | jq -e . >/dev/null || fail "not JSON: -p $list"
		# shellcheck disable=SC2086
		run -0 nsaccel $list
		[[ -n $output && $output != *$'\e'* ]] || fail "$list: $output"
		# shellcheck disable=SC2086
		[[ $(nsaccel --color always $list) == *$'\e['* ]] || fail "no colour: $list"
	done
	nsaccel -j ns show | jq -e 'map(select(.netns == "nsa-rt" and .owner)) | length == 1'
	nsaccel -j endpoint show | jq -e '
		map(select(.netns == "nsa-mac" and .kind == "macvlan" and .port == "eth0")) | length == 1'
	nsaccel -j endpoint show | jq -e 'map(.cookie | type) | unique == ["string"]'
}

@test "attach from inside the owner's namespace, and by PID and by path" {
	local pid

	in_ns nsa-rt "$NSACCEL" attach --static eth0
	carries wire
	in_ns nsa-rt "$NSACCEL" detach eth0
	no_trace nsa-rt
	background nsenter --net=/run/netns/nsa-rt -- sleep 60
	pid=$!
	# shellcheck disable=SC2016
	wait_until 2 bash -c '[[ $(readlink /proc/$0/ns/net) != "$NSA_ISOLATED" ]]' "$pid"
	nsaccel --netns "$pid" attach --static eth0
	carries wire
	nsaccel --netns /run/netns/nsa-rt detach eth0
	kill "$pid"
	no_trace nsa-rt
}

@test "attach again changes nothing" {
	local hooks pins

	attach eth0
	hooks=$(hooks nsa-rt)
	pins=$(find "$BPFFS/nsaccel" | sort)
	carries wire
	attach eth0 eth0
	[[ $(hooks nsa-rt) == "$hooks" ]]
	[[ $(find "$BPFFS/nsaccel" | sort) == "$pins" ]]
	nsaccel check
	nsaccel sync
	[[ $(hooks nsa-rt) == "$hooks" && $(find "$BPFFS/nsaccel" | sort) == "$pins" ]]
	carries wire
}

@test "attach again finds what is new: an endpoint, a route, a neighbour" {
	attach eth0
	ns_add nsa-green
	ip link add green netns nsa-rt type veth peer name eth0 netns nsa-green
	ip -n nsa-rt addr add 10.4.0.1/24 dev green
	ip -n nsa-rt link set green up
	ip -n nsa-green addr add 10.4.0.2/24 dev eth0
	ip -n nsa-green link set eth0 up
	ip -n nsa-green route add default via 10.4.0.1
	ip -n nsa-rt route add 10.5.0.0/24 via "${ADDR4[wire]}"
	ip -n nsa-wire addr add 10.5.0.1/32 dev lo
	wait_until 5 in_ns nsa-green ping -n -q -c 1 -W 1 10.1.0.2
	attach eth0
	port green | jq -e '.endpoint.netns == "nsa-green"'
	in_ns nsa-green ping -n -q -c 3 -i 0.01 -W 2 "${ADDR4[wire]}"
	in_ns nsa-blue ping -n -q -c 3 -i 0.01 -W 2 10.4.0.2
	in_ns nsa-blue ping -n -q -c 3 -i 0.01 -W 2 10.5.0.1
	[[ $(counter nsa-green fwd_nic) == 3 ]]
	[[ $(counter nsa-blue fwd_veth) == 3 ]]
	[[ $(counter nsa-blue fwd_nic) == 3 ]]
}

@test "two NICs: each goes by itself, the last takes all along" {
	attach eth0
	port eth1 | jq -e '.requested | not'
	attach eth1
	port eth1 | jq -e '.kind == "nic" and .requested'
	carries wire
	carries wire2
	nsaccel -n nsa-rt detach eth0
	port eth1 | jq -e '.kind == "nic" and .requested'
	hooks nsa-rt | grep -q '^eth1 tcx_ingress'
	carries wire2
	carries red
	nsaccel -n nsa-rt detach eth1
	no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
}

@test "detach --all" {
	attach eth0 eth1
	nsaccel detach --all
	no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	nsaccel detach --all
}

@test "two owners do not mix" {
	ns_add nsa-rt2
	sysctl_in nsa-rt2 net.ipv4.ip_forward=1
	# The same device name and index, the same address.
	ip link add eth0 netns nsa-rt2 index 10 type veth peer name other netns nsa-wire
	ip -n nsa-rt2 addr add 10.0.0.1/24 dev eth0
	ip -n nsa-rt2 link set eth0 up
	ip -n nsa-wire link set other up
	attach eth0
	nsaccel -n nsa-rt2 attach --static eth0
	nsaccel -j status | jq -e '.owners | length == 2'
	carries wire
	nsaccel -n nsa-rt2 detach eth0
	nsaccel -j status | jq -e '.owners | length == 1'
	no_hooks nsa-rt2
	carries wire
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

no_hooks()
{
	[[ -z $(hooks "$1") ]]
}

@test "a port with somebody else's tc filters is shut: they see what they saw" {
	local before seen

	foreign_load
	in_ns nsa-rt tc qdisc add dev blue clsact
	in_ns nsa-rt tc filter add dev blue ingress prio 7 bpf da object-pinned \
		"$BPFFS/foreign/foreign_tc"
	snapshot nsa-rt >"$BATS_TEST_TMPDIR/before"
	attach eth0
	port blue | jq -e '.endpoint.netns == "nsa-blue"'
	# The kernel's own reports to multicast groups come when they please.
	before=$(counter nsa-blue pass_multicast)
	seen=$(foreign_seen)
	ping_from blue "${ADDR4[wire]}"
	seen=$(($(foreign_seen) - seen))
	((seen >= 3 && seen <= 3 + $(counter nsa-blue pass_multicast) - before)) ||
		fail "they saw $seen"
	[[ $(counter nsa-blue pass_firewall) == 3 && $(counter nsa-blue 'fwd_.*') == 0 ]]
	ping_from red "${ADDR4[wire]}"
	[[ $(counter nsa-red fwd_nic) == 3 ]]
	nsaccel -n nsa-rt detach eth0
	snapshot nsa-rt >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	[[ -e $BPFFS/foreign/foreign_tc ]]
}

@test "a bridge's port can be attached" {
	ip -n nsa-rt -batch - <<-EOF
		addr flush dev red
		link add br0 type bridge
		link set red master br0
		link set br0 up
		addr add ${GW4[red]}/24 dev br0
		neigh replace ${ADDR4[red]} lladdr ${MAC[red]} dev br0 nud permanent
	EOF
	# From here on the bridge knows where red is.
	wait_until 5 ping_from red "${ADDR4[blue]}"
	attach red
	port red | jq -e '.kind == "nic" and .requested'
	ping_from red "${ADDR4[blue]}"
	[[ $(counter nsa-rt fwd_veth) == 3 && $(counter nsa-blue fwd_nic) == 3 ]]
	nsaccel -n nsa-rt detach red
	no_trace nsa-rt
}

@test "forwarding goes on when the program has ended" {
	attach eth0 eth1
	carries wire2
	carries red
	[[ $(kernel_forwards) == 0 ]]
}

@test "two attaches at once" {
	local n
	local -a pids=()

	for n in 1 2 3 4; do
		nsaccel -n nsa-rt attach --static "eth$((n % 2))" 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n"
	done
	port eth0 | jq -e .requested
	port eth1 | jq -e .requested
	hooks nsa-rt | awk '$3 > 1 { exit 1 }'
	carries wire2
}

@test "attach and detach at once end in one state or the other" {
	local n
	local -a pids=()

	for n in 1 2 3; do
		nsaccel -n nsa-rt attach --static eth0 3>&- &
		pids+=($!)
		nsaccel -n nsa-rt detach eth0 3>&- 2>/dev/null &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" || [[ $? == 3 ]]
	done
	ping_from blue "${ADDR4[wire]}"
	attach eth0
	carries wire
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

@test "a refreshing attach loses no packet" {
	local flood n

	attach eth0 eth1
	in_ns nsa-blue ping -n -q -i 0.002 -c 500 -W 1 "${ADDR4[wire2]}" \
		>"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	for n in 1 2 3 4 5; do
		attach eth0 eth1
	done
	wait "$flood"
	grep -q ' 500 received, 0% packet loss' "$BATS_TEST_TMPDIR/flood"
	[[ $(kernel_forwards) == 0 ]]
}

@test "attach and detach under traffic lose no packet" {
	local flood n

	in_ns nsa-blue ping -n -q -i 0.002 -c 500 -W 1 "${ADDR4[wire2]}" \
		>"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	for n in 1 2 3; do
		attach eth0 eth1
		nsaccel detach --all
	done
	wait "$flood"
	grep -q ' 500 received, 0% packet loss' "$BATS_TEST_TMPDIR/flood"
}
