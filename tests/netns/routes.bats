# SPDX-License-Identifier: GPL-2.0-only
# A namespace's own routes: set, read, and obeyed by real packets.

load lib

setup()
{
	topo_up
	# One service address in several places at once: who answers shows which route was taken.
	local leaf

	for leaf in wire wire2 red mac2; do
		ip -n "nsa-$leaf" addr add 10.50.0.1/32 dev lo
		ip -n "nsa-$leaf" addr add fd00:50::1/128 dev lo nodad
	done
	attach eth0 eth1
}

teardown()
{
	topo_down
}

# received LEAF: echo requests that its stack has got, IPv4 and IPv6.
received()
{
	# shellcheck disable=SC2016
	in_ns "nsa-$1" awk '
		/^Icmp: [0-9]/ { n += $10 }
		$1 == "Icmp6InEchos" { n += $2 }
		END { print n }' /proc/net/snmp /proc/net/snmp6
}

# reaches FROM ADDRESS LEAF: the fast path takes it there, and nowhere else.
reaches()
{
	local leaf before fast

	before=$(received "$3")
	fast=$(counter "nsa-$1" 'fwd_.*')
	ping_from "$1" "$2"
	[[ $(received "$3") == $((before + 3)) ]] || fail "$2: it wasn't $3 that answered" || return
	[[ $(counter "nsa-$1" 'fwd_.*') == $((fast + 3)) ]] || fail "$2: by the kernel: $(stats)"
}

route()
{
	nsaccel route "$@"
}

# What "route get" says of an address, as "VERDICT DEV NETNS" or "VERDICT REASON".
verdict()
{
	nsaccel -j -n "nsa-$1" route get "${@:2}" | jq -r '
		if .verdict == "forward" then "forward \(.dev) \(.to.netns // "-")"
		else "\(.verdict) \(.reason)" end'
}

expect_verdict()
{
	local got

	got=$(verdict "${@:2}")
	[[ $got == "$1" ]] || fail "route get ${*:2}: '$got', not '$1'"
}

@test "via a gateway, IPv4 and IPv6" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	route add fd00:50::/64 via "${ADDR6[wire2]}" -n nsa-blue
	reaches blue 10.50.0.1 wire
	reaches blue fd00:50::1 wire2
	expect_verdict "forward eth0 -" blue 10.50.0.1
	expect_verdict "forward eth1 -" blue fd00:50::1
}

@test "into another namespace" {
	route add 10.50.0.0/24 netns nsa-red -n nsa-blue
	route add fd00:50::/64 netns nsa-mac2 -n nsa-blue
	reaches blue 10.50.0.1 red
	reaches blue fd00:50::1 mac2
	expect_verdict "forward red nsa-red" blue 10.50.0.1
	expect_verdict "forward eth1 nsa-mac2" blue fd00:50::1
}

@test "out of a device: a veth's namespace, and a wire's neighbours" {
	route add 10.50.0.0/24 dev red -n nsa-blue
	reaches blue 10.50.0.1 red
	expect_verdict "forward red nsa-red" blue 10.50.0.1
	# On-link behind a NIC each address is its own next hop, so that only a single one can be given.
	route replace 10.50.0.77 dev eth0 -n nsa-blue
	expect_verdict "pass pass_no_neigh" blue 10.50.0.77
}

@test "routes of one namespace do not concern another: the same prefix, two places" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	route add 10.50.0.0/24 via "${ADDR4[wire2]}" -n nsa-mac3
	route add 10.50.0.0/24 netns nsa-red -n nsa-mac
	reaches blue 10.50.0.1 wire
	reaches mac3 10.50.0.1 wire2
	reaches mac 10.50.0.1 red
	# And a fourth has none at all: what a wire brings follows the owner's.
	nsaccel -j -n nsa-rt route show | jq -e 'map(select(.dst == "10.50.0.0/24")) == []'
}

@test "the longest prefix wins, in both families" {
	route add 10.50.0.0/16 blackhole -n nsa-blue
	route add 10.50.0.0/24 via "${ADDR4[wire2]}" -n nsa-blue
	route add 10.50.0.1/32 via "${ADDR4[wire]}" -n nsa-blue
	route add fd00:50::/32 unreachable -n nsa-blue
	route add fd00:50::1/128 netns nsa-red -n nsa-blue
	reaches blue 10.50.0.1 wire
	reaches blue fd00:50::1 red
	expect_verdict "forward eth1 -" blue 10.50.0.2
	expect_verdict "drop drop_blackhole" blue 10.50.1.1
	expect_verdict "drop drop_unreachable" blue fd00:50::2
	route del 10.50.0.1/32 -n nsa-blue
	reaches blue 10.50.0.1 wire2
	route del 10.50.0.0/24 -n nsa-blue
	run ! ping_from blue 10.50.0.1 -c 1 -W 0.3
}

@test "a default route of one's own" {
	route add default via "${ADDR4[wire]}" -n nsa-blue
	route add ::/0 via "${ADDR6[wire2]}" -n nsa-blue
	reaches blue 10.50.0.1 wire
	reaches blue fd00:50::1 wire2
}

@test "blackhole: silence" {
	route add 10.50.0.0/24 blackhole -n nsa-blue
	route add fd00:50::/64 blackhole -n nsa-blue
	fails 1 "100% packet loss" in_ns nsa-blue ping -n -c 2 -i 0.01 -W 0.2 10.50.0.1
	[[ $output != *From* ]]
	fails 1 "100% packet loss" in_ns nsa-blue ping -n -c 2 -i 0.01 -W 0.2 fd00:50::1
	[[ $output != *From* ]]
	[[ $(counter nsa-blue drop_blackhole) == 4 ]]
	expect_verdict "drop drop_blackhole" blue 10.50.0.1
}

@test "unreachable and prohibit: the ICMP errors that the kernel would send" {
	route add 10.50.0.0/24 unreachable -n nsa-blue
	route add 10.51.0.0/24 prohibit -n nsa-blue
	route add fd00:50::/64 unreachable -n nsa-blue
	route add fd00:51::/64 prohibit -n nsa-blue
	fails 1 "From 10.1.0.1 icmp_seq=1 Destination Host Unreachable" \
		in_ns nsa-blue ping -n -c 1 -W 2 10.50.0.1
	fails 1 "From 10.1.0.1 icmp_seq=1 Packet filtered" \
		in_ns nsa-blue ping -n -c 1 -W 2 10.51.0.1
	fails 1 "From fd00:0:1::1 icmp_seq=1 Destination unreachable: No route" \
		in_ns nsa-blue ping -n -c 1 -W 2 fd00:50::1
	fails 1 "From fd00:0:1::1 icmp_seq=1 Destination unreachable: Administratively prohibited" \
		in_ns nsa-blue ping -n -c 1 -W 2 fd00:51::1
	[[ $(counter nsa-blue drop_unreachable) == 2 ]]
	[[ $(counter nsa-blue drop_prohibit) == 2 ]]
	expect_verdict "drop drop_unreachable" blue 10.50.0.1
	expect_verdict "drop drop_prohibit" blue fd00:51::1
}

@test "pass: the kernel decides" {
	local forwards

	forwards=$(kernel_forwards)
	route add "${ADDR4[red]}/32" pass -n nsa-blue
	ping_from blue "${ADDR4[red]}"
	[[ $(counter nsa-blue pass_route) == 3 ]]
	[[ $(kernel_forwards) -ge $((forwards + 3)) ]]
	expect_verdict "pass pass_route" blue "${ADDR4[red]}"
}

@test "what the own table has not, the owner's has" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	reaches blue "${ADDR4[red]}" red
	reaches blue "${ADDR6[wire2]}" wire2
	expect_verdict "forward red nsa-red" blue "${ADDR4[red]}"
	expect_verdict "pass pass_local" blue 10.0.0.1
	expect_verdict "pass pass_no_route" blue 203.0.113.1
}

@test "a gateway whose neighbour is not known: the kernel, until it is" {
	ip -n nsa-wire addr add 10.0.0.99/24 dev eth0
	# The kernel has that route, too, so that there is somebody to do it.
	ip -n nsa-rt route add 10.50.0.0/24 via 10.0.0.99
	route add 10.50.0.0/24 via 10.0.0.99 -n nsa-blue
	ping_from blue 10.50.0.1
	route replace 10.50.0.0/24 via 10.0.0.99 -n nsa-blue
	reaches blue 10.50.0.1 wire
}

@test "add twice, del twice, replace" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	fails 2 10.50.0.0/24 nsaccel -n nsa-blue route add 10.50.0.0/24 via "${ADDR4[wire2]}"
	reaches blue 10.50.0.1 wire
	route replace 10.50.0.0/24 via "${ADDR4[wire2]}" -n nsa-blue
	reaches blue 10.50.0.1 wire2
	route del 10.50.0.0/24 -n nsa-blue
	fails 3 10.50.0.0/24 nsaccel -n nsa-blue route del 10.50.0.0/24
	route replace 10.50.0.0/24 netns nsa-red -n nsa-blue
	reaches blue 10.50.0.1 red
}

@test "replace under traffic loses no packet" {
	local flood n

	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	in_ns nsa-blue ping -n -q -i 0.002 -c 250 -W 1 10.50.0.1 >"$BATS_TEST_TMPDIR/flood" 3>&- &
	flood=$!
	for n in wire2 wire wire2 wire wire2 wire; do
		route replace 10.50.0.0/24 via "${ADDR4[$n]}" -n nsa-blue
	done
	wait "$flood"
	grep -q ' 250 received, 0% packet loss' "$BATS_TEST_TMPDIR/flood"
	[[ $(kernel_forwards) == 0 ]]
}

@test "show: one's own, by name, with everything in it" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	route add 10.51.0.0/24 blackhole -n nsa-blue
	nsaccel -j -n nsa-blue route show >"$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.origin == "static")) | map(.dst) | sort == ["10.50.0.0/24", "10.51.0.0/24"]' \
		"$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "10.50.0.0/24"))[0] | .netns == "nsa-blue" and
		(.cookie | type) == "string" and .action == "nic" and .dev == "eth0" and
		.via == "'"${ADDR4[wire]}"'" and .src_mac == "'"${RT_MAC[eth0]}"'" and
		.dst_mac == "'"${MAC[wire]}"'" and .mtu == 1500 and .to == null' \
		"$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "10.51.0.0/24"))[0] | .action == "drop" and
		.reason == "drop_blackhole"' "$BATS_TEST_TMPDIR/show"
	# The owner's table mirrors its FIB.
	nsaccel -j -n nsa-rt route show >"$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "'"${ADDR4[red]}"'/32" and .origin == "endpoint" and
		.action == "veth" and .to.netns == "nsa-red")) | length == 1' "$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "'"${ADDR6[mac2]}"'/128" and .origin == "endpoint" and
		.action == "macvlan" and .to.netns == "nsa-mac2")) | length == 1' "$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "'"${ADDR4[wire]}"'/32" and .origin == "neighbour" and
		.action == "nic")) | length == 1' "$BATS_TEST_TMPDIR/show"
	jq -e 'map(select(.dst == "10.1.0.0/24" and .origin == "kernel")) | length == 1' \
		"$BATS_TEST_TMPDIR/show"
}

@test "flush: the static ones go, the mirrored ones stay" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	route add fd00:50::/64 netns nsa-red -n nsa-blue
	route add 10.50.0.0/24 via "${ADDR4[wire2]}" -n nsa-mac
	route flush -n nsa-blue
	nsaccel -j -n nsa-blue route show | jq -e 'map(select(.origin == "static")) == []'
	reaches mac 10.50.0.1 wire2
	route add 10.60.0.0/24 blackhole -n nsa-rt
	route flush -n nsa-rt
	nsaccel -j -n nsa-rt route show | jq -e 'map(select(.origin == "static")) == [] and
		(map(select(.origin == "kernel")) | length) > 0'
	reaches blue "${ADDR4[red]}" red
}

@test "routes outlive a refresh, and are gone after the last detach" {
	route add 10.50.0.0/24 via "${ADDR4[wire]}" -n nsa-blue
	attach eth0
	reaches blue 10.50.0.1 wire
	nsaccel detach --all
	attach eth0
	nsaccel -j -n nsa-blue route show | jq -e 'map(select(.origin == "static")) == []'
}

@test "many routes" {
	local n

	for n in {0..15}; do
		route add "10.50.$n.0/24" via "${ADDR4[wire]}" -n nsa-blue
	done
	nsaccel -j -n nsa-blue route show | jq -e 'map(select(.origin == "static")) | length == 16'
	reaches blue 10.50.0.1 wire
	for n in {0..15}; do
		expect_verdict "forward eth0 -" blue "10.50.$n.9"
	done
	route flush -n nsa-blue
	expect_verdict "pass pass_no_route" blue 10.50.0.1
}

@test "get agrees with what packets do, address by address" {
	local address

	route add 10.50.0.0/24 blackhole -n nsa-blue
	route add 10.50.0.1/32 netns nsa-red -n nsa-blue
	for address in "${ADDR4[red]}" "${ADDR6[red]}" "${ADDR4[wire]}" "${ADDR6[wire2]}" \
		"${ADDR4[mac]}" "${ADDR6[mac2]}" 10.50.0.1; do
		[[ $(verdict blue "$address") == forward* ]] || fail "$address: $(verdict blue "$address")"
		ping_from blue "$address" -c 1
	done
	for address in 10.50.0.2 203.0.113.1 2001:db8::1; do
		[[ $(verdict blue "$address") != forward* ]] || fail "$address: $(verdict blue "$address")"
		run ! ping_from blue "$address" -c 1 -W 0.2
	done
	# From a wire: the owner's table, for what comes in there.
	nsaccel -j -n nsa-rt route get "${ADDR4[red]}" from "${ADDR4[wire]}" iif eth0 |
		jq -e '.verdict == "forward" and .dev == "red" and .to.netns == "nsa-red" and
			.src_mac == "'"${RT_MAC[red]}"'" and .dst_mac == "'"${MAC[red]}"'"'
}

@test "policy rules: what is the owner's own stays so" {
	ip -n nsa-rt rule add from 192.0.2.1 table 100
	attach eth0
	nsaccel -n nsa-blue route add default via "${ADDR4[wire]}"
	[[ $(verdict blue "${GW4[blue]}") == pass* ]] || fail "$(verdict blue "${GW4[blue]}")"
	ping_from blue "${GW4[blue]}" -c 1
	ip -n nsa-rt rule del from 192.0.2.1 table 100
}

@test "a namespace with routes in its router becomes no owner unawares" {
	attach eth0
	nsaccel -n nsa-blue route add 10.50.0.0/24 blackhole
	run nsaccel -n nsa-blue attach --static eth0
	[[ $status == 2 && $output == *"route flush"* ]] || fail "exit $status: $output"
	[[ $(verdict blue 10.50.0.1) == drop* ]] || fail "$(verdict blue 10.50.0.1)"
	nsaccel -n nsa-blue route flush
	nsaccel -n nsa-blue attach --static eth0
	ping_from blue "${ADDR4[red]}" -c 1
	nsaccel detach --all
}
