# SPDX-License-Identifier: GPL-2.0-only
# The daemon and the commands beside it: what it keeps up, and what they find and mend.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
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

# native DEV...: NICs with XDP, for which a veth, as the wire, has to finish its frames.
native()
{
	local dev leaf

	for leaf in wire wire2; do
		in_ns "nsa-$leaf" ethtool -K eth0 tx off >/dev/null
	done
	for dev in "$@"; do
		nsaccel -n nsa-rt attach --static "$dev" --mode native
	done
}

# gro NAMESPACE on|off: ethtool(8) takes away what veths need to receive from XDP, which nobody tells their
# other ends of. The daemon looks each second.
gro()
{
	in_ns "nsa-$1" ethtool -K eth0 gro "$2"
	settle
}

@test "GRO of an endpoint with XDP delivery is switched off" {
	live_topology
	native eth0
	nsaccel -n nsa-rt endpoint set red --delivery xdp
	daemon_start
	settle
	ping_from wire "${ADDR4[red]}"
	[[ $(counter nsa-rt fwd_veth xdp) == 3 ]]
	gro red off
	ping_from wire "${ADDR4[red]}"
	[[ $(counter nsa-rt fwd_veth) == 6 ]]
}

# by_xdp PACKETS: so many more go from wire to wire2 by XDP, of three. What a veth needs for the other way
# is the other one's.
by_xdp()
{
	local before

	before=$(counter nsa-rt fwd_nic xdp)
	ping_from wire "${ADDR4[wire2]}"
	[[ $(counter nsa-rt fwd_nic xdp) == $((before + $1)) ]] || fail "$(nsaccel stats)"
}

@test "GRO of a NIC's peer is switched off, on and off" {
	live_topology
	native eth0 eth1
	daemon_start
	settle
	by_xdp 0
	gro wire2 on
	by_xdp 3
	gro wire2 off
	by_xdp 0
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
	slot=$(bpftool -j map dump pinned "$BPFFS"/nsaccel/v9/tx_info |
		jq '.[].formatted | select(.value.name == "red") | .key')
	bpftool map delete pinned "$BPFFS"/nsaccel/v9/tx key hex \
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
	MONITOR=$!
	# Once it listens, whatever happens is told: make things happen until it does.
	wait_until 10 monitor_hears
	jq -e -s 'map(select(.event == "route-add" and .netns == "nsa-rt")) | length > 0' \
		"$BATS_TEST_TMPDIR/events"
	ip -n nsa-rt route flush 10.52.0.0/16
	green_up
	wait_until 5 grep -q '"endpoint-add"' "$BATS_TEST_TMPDIR/events"
	kill "$MONITOR"
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
	bpftool map freeze pinned /sys/fs/bpf/nsaccel/v9/endpoints
	green_made
	for mtu in {1401..1440}; do
		ip -n nsa-rt link set eth1 mtu "$mtu"
	done
	wait_until 10 grep -q 'write endpoints' "$DAEMON_LOG"
	[[ $(grep -c 'write endpoints' "$DAEMON_LOG") -eq 1 ]]
}
