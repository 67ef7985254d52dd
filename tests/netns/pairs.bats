# SPDX-License-Identifier: GPL-2.0-only
# Every ordered pair of NIC, veth, macvlan and host: what is sent arrives, by the path that
# docs/internals.md names, and the owner's own forwarding stays out of it.

load lib

# What a test finds is what the one before has left: a topology of the same MTU, attached, in which
# all know all. One that failed leaves nothing.
teardown()
{
	serve_stop
	[[ ${BATS_TEST_COMPLETED:-} ]] || topology_gone
}

teardown_file()
{
	topology_gone
}

topology_gone()
{
	rm -f "$BATS_FILE_TMPDIR"/mtu
	topo_down
}

# topology MTU
topology()
{
	[[ $(cat "$BATS_FILE_TMPDIR/mtu" 2>/dev/null) != "$1" ]] || return 0
	topology_gone
	topo_up "$1" learn
	attach eth0 eth1
	echo "$1" >"$BATS_FILE_TMPDIR/mtu"
}

# path FROM TO: the reason that the fast path counts, "local" if it is for the owner to receive
# or to send, "wire" if the two stand on one link and the owner has no part in it.
path()
{
	if [[ ${PORT[$1]-from} == "${PORT[$2]-to}" ]]; then
		echo wire
	elif [[ ${KIND[$2]} == host ]]; then
		if [[ ${KIND[$1]} == macvlan ]]; then echo fwd_host; else echo local; fi
	elif [[ ${KIND[$1]} == host && ${KIND[$2]} != macvlan ]]; then
		echo local
	else
		echo "fwd_${KIND[$2]}"
	fi
}

# The namespace that the counters file it under: for what comes from a wire, the owner.
source_ns()
{
	case ${KIND[$1]} in
	nic | host) echo nsa-rt ;;
	*) echo "nsa-$1" ;;
	esac
}

# carried_by FROM PATH: packets; of a path that isn't the fast one, those of any fast path. A macvlan's
# kernel asks for its gateway whenever it likes, by fwd_host.
carried_by()
{
	if [[ $2 == fwd_* ]]; then
		counter "$(source_ns "$1")" "$2"
	else
		counter "$(source_ns "$1")" 'fwd_[^h].*'
	fi
}

# have_parted LEAF...: no connection there waits for the other side's last words.
have_parted()
{
	local leaf

	for leaf; do
		[[ -z $(in_ns "nsa-$leaf" ss -Htan state connected exclude time-wait) ]] || return
	done
}

# carried FROM TO BEFORE: the path has carried what exchange sent (three echoes and more than one
# TCP and UDP packet, twice), or nothing, as is due.
carried()
{
	local reason now

	reason=$(path "$1" "$2")
	now=$(carried_by "$1" "$reason")
	if [[ $reason != fwd_* ]]; then
		# What comes from a wire is the owner's, as is what others there send. A kernel may send a
		# packet or two of its own accord; an exchange has more than twenty.
		[[ ${KIND[$1]} == nic || $now -lt $(($3 + 5)) ]] ||
			fail "$1 -> $2: the fast path carried $((now - $3)) packets" || return
		return 0
	fi
	((now >= $3 + 20)) || fail "$1 -> $2: $reason rose from $3 to $now only: $(stats)"
}

# pair MTU FROM TO
pair()
{
	local before forwards

	topology "$1"
	before=$(carried_by "$2" "$(path "$2" "$3")")
	forwards=$(kernel_forwards)
	exchange "$2" "$3" "$1"
	wait_until 5 have_parted "$2" "$3"
	carried "$2" "$3" "$before"
	[[ $(kernel_forwards) == "$forwards" ]] ||
		fail "the owner forwarded $(($(kernel_forwards) - forwards)): $(stats)"
}

@test "MTU 1500: NIC -> NIC" {
	pair 1500 wire wire2
}

@test "MTU 1500: NIC -> veth" {
	pair 1500 wire blue
}

@test "MTU 1500: NIC -> macvlan on the same wire" {
	pair 1500 wire mac
}

@test "MTU 1500: NIC -> macvlan on another lower" {
	pair 1500 wire mac2
}

@test "MTU 1500: NIC -> host" {
	pair 1500 wire rt
}

@test "MTU 1500: veth -> NIC" {
	pair 1500 blue wire
}

@test "MTU 1500: veth -> veth" {
	pair 1500 blue red
}

@test "MTU 1500: veth -> macvlan" {
	pair 1500 blue mac
}

@test "MTU 1500: veth -> host" {
	pair 1500 blue rt
}

@test "MTU 1500: macvlan -> NIC on the same wire" {
	pair 1500 mac wire
}

@test "MTU 1500: macvlan -> another NIC" {
	pair 1500 mac wire2
}

@test "MTU 1500: macvlan -> veth" {
	pair 1500 mac blue
}

@test "MTU 1500: macvlan -> macvlan on the same lower" {
	pair 1500 mac mac3
}

@test "MTU 1500: macvlan -> macvlan on another lower" {
	pair 1500 mac mac2
}

@test "MTU 1500: macvlan -> host" {
	pair 1500 mac rt
}

@test "MTU 1500: host -> NIC" {
	pair 1500 rt wire
}

@test "MTU 1500: host -> veth" {
	pair 1500 rt blue
}

@test "MTU 1500: host -> macvlan" {
	pair 1500 rt mac
}

@test "MTU 9000: NIC -> NIC" {
	pair 9000 wire wire2
}

@test "MTU 9000: NIC -> veth" {
	pair 9000 wire blue
}

@test "MTU 9000: NIC -> macvlan on the same wire" {
	pair 9000 wire mac
}

@test "MTU 9000: NIC -> macvlan on another lower" {
	pair 9000 wire mac2
}

@test "MTU 9000: NIC -> host" {
	pair 9000 wire rt
}

@test "MTU 9000: veth -> NIC" {
	pair 9000 blue wire
}

@test "MTU 9000: veth -> veth" {
	pair 9000 blue red
}

@test "MTU 9000: veth -> macvlan" {
	pair 9000 blue mac
}

@test "MTU 9000: veth -> host" {
	pair 9000 blue rt
}

@test "MTU 9000: macvlan -> NIC on the same wire" {
	pair 9000 mac wire
}

@test "MTU 9000: macvlan -> another NIC" {
	pair 9000 mac wire2
}

@test "MTU 9000: macvlan -> veth" {
	pair 9000 mac blue
}

@test "MTU 9000: macvlan -> macvlan on the same lower" {
	pair 9000 mac mac3
}

@test "MTU 9000: macvlan -> macvlan on another lower" {
	pair 9000 mac mac2
}

@test "MTU 9000: macvlan -> host" {
	pair 9000 mac rt
}

@test "MTU 9000: host -> NIC" {
	pair 9000 rt wire
}

@test "MTU 9000: host -> veth" {
	pair 9000 rt blue
}

@test "MTU 9000: host -> macvlan" {
	pair 9000 rt mac
}

@test "NIC -> macvlan on the same lower, routed" {
	local forwards

	topology_gone
	topo_up 1500 learn
	ip -n nsa-rt addr add 10.3.0.1/24 dev eth0
	ip -n nsa-mac addr add 10.3.0.2/24 dev eth0
	attach eth0
	forwards=$(kernel_forwards)
	ping_from wire 10.3.0.2
	[[ $(counter nsa-rt fwd_macvlan) -ge 3 ]]
	[[ $(kernel_forwards) == "$forwards" ]]
}

@test "static neighbours: every pair of endpoints" {
	local from to

	topology_gone
	topo_up
	attach eth0 eth1
	for from in rt "${LEAVES[@]}"; do
		for to in rt "${LEAVES[@]}"; do
			[[ $from == "$to" ]] && continue
			ping_from "$from" "${ADDR4[$to]}"
			ping_from "$from" "${ADDR6[$to]}"
		done
	done
	[[ $(kernel_forwards) == 0 ]]
}
