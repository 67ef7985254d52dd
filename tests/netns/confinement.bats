# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # live.bash uses them
# What was said of a namespace holds for the owner's side of its devices, whatever its root does with
# them, whether it can be found, and whatever becomes of the owner's other devices.
#
# Each test first shows that its means work: by the kernel alone, or on a namespace that nothing was
# said of.

load live

INNER=

teardown()
{
	[[ ! $INNER ]] || kill "$INNER" 2>/dev/null || true
	live_teardown
}

live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
}

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

# reaches NAMESPACE ADDRESS; reaches_not NAMESPACE ADDRESS...: whether a ping is answered.
reaches()
{
	in_ns "$1" ping -n -q -c 1 -W 2 "$2" >/dev/null || fail "no answer to $1 from $2"
}

reaches_not()
{
	local to

	for to in "${@:2}"; do
		run ! in_ns "$1" ping -n -q -c 2 -i 0.01 -W 0.2 "$to"
	done
}

# move FROM TO: root of FROM gives its eth0 to TO, and all that it had there.
move()
{
	ip -n "nsa-$1" link set eth0 netns "nsa-$2"
	has_blues "nsa-$2"
}

# has_blues NAMESPACE: what blue had, on its eth0.
has_blues()
{
	ip -n "$1" -batch - <<-EOF
		link set lo up
		addr add ${ADDR4[blue]}/24 dev eth0
		addr add ${ADDR6[blue]}/64 dev eth0 nodad
		link set eth0 up
		route add default via ${GW4[blue]}
		route add default via ${GW6[blue]}
		neigh replace ${GW4[blue]} lladdr ${RT_MAC[blue]} dev eth0 nud permanent
		neigh replace ${GW6[blue]} lladdr ${RT_MAC[blue]} dev eth0 nud permanent
	EOF
}

# port DEV: what status says of it.
port()
{
	nsaccel -j status | jq -e --arg dev "$1" '.owners[].ports[] | select(.dev == $dev)'
}

# confined DEV STATE [AS]
confined()
{
	port "$1" | jq -e --arg state "$2" --arg of "${3:-}" '
		(.confined.state // "none") == $state and ($of == "" or .confined.netns == $of)' >/dev/null
}

is_confined()
{
	wait_until 10 confined "$@" || fail "$(nsaccel status)"
}

# noted TEXT: among the notes of status.
noted()
{
	nsaccel -j status | jq -e --arg text "$1" 'any(.owners[].notes[]; contains($text))' >/dev/null ||
		fail "$(nsaccel status)"
}

logged()
{
	wait_until 5 grep -q "$1" "$DAEMON_LOG" || fail "$(cat "$DAEMON_LOG")"
}

# ---- a veth's inner end moves ---------------------------------------------------------------

@test "isolated: its device in a namespace of its own is no way out" {
	local -a to=("${ADDR4[red]}" "${ADDR4[wire]}" 10.1.0.1 "${ADDR6[red]}" fd00:0:1::1)

	live_topology
	ns_add nsa-child
	move blue child
	for address in "${to[@]}"; do
		reaches nsa-child "$address"
	done
	topo_down

	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	reaches_not nsa-blue "${to[@]}"
	is_confined blue itself nsa-blue
	move blue child
	is_confined blue moved nsa-blue
	settle
	reaches_not nsa-child "${to[@]}"
	reaches_not nsa-red "${ADDR4[blue]}" "${ADDR6[blue]}"
	reaches_not nsa-rt "${ADDR4[blue]}"
	[[ $(counter nsa-blue 'drop_.*') -gt 0 && $(counter nsa-child '.*') == 0 ]]
	noted "blue leads to namespace nsa-child, and is held to what was said of nsa-blue"
	logged "blue leads to namespace nsa-child"
	# It says nothing of the new one; what has no slot has no quota to use up.
	nsaccel -j ns show | jq -e 'any(.netns == "nsa-blue" and .isolated)'
	# A daemon that is started anew, and commands, see it the same way.
	daemon_stop KILL
	nsaccel sync
	confined blue moved nsa-blue
	reaches_not nsa-child "${to[@]}"
	daemon_start
	settle
	confined blue moved nsa-blue
	reaches_not nsa-child "${to[@]}"
	# Back again, it is itself.
	ip -n nsa-child link set eth0 netns nsa-blue
	is_confined blue itself nsa-blue
	leaf_up blue static
	settle
	reaches_not nsa-blue "${to[@]}"
}

@test "isolated: moved while nobody looked" {
	live_topology
	attach eth0 eth1
	ns_add nsa-child
	nsaccel ns set nsa-blue --isolated
	move blue child
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	# Attaching another, or the same again, looks at all of it.
	nsaccel -n nsa-rt attach --static eth0
	confined blue moved nsa-blue
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	daemon_start
	settle
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	# Attached by name it would be a wire.
	fails 2 "leads to namespace nsa-blue" nsaccel -n nsa-rt attach blue
	fails 2 "nsa-blue is to fail closed" nsaccel detach --all
}

@test "guard, policy and limit follow the device, too" {
	up
	ns_add nsa-child
	ns_set nsa-blue --guard drop --sources "${ADDR4[blue]}"
	change nsaccel -n nsa-rt policy add --from nsa-blue --to nsa-red deny
	move blue child
	is_confined blue moved nsa-blue
	settle
	reaches nsa-child "${ADDR4[wire]}"
	reaches_not nsa-child "${ADDR4[red]}"
	[[ $(counter nsa-blue drop_policy) -gt 0 ]]
	# Not one of the listed.
	reaches_not nsa-child "${ADDR6[wire]}"
	[[ $(counter nsa-blue drop_guard_source) -gt 0 ]]
	change nsaccel limit set nsa-blue out pps 1 pps-burst 1
	run in_ns nsa-child ping -n -q -c 10 -i 0.01 -W 0.2 "${ADDR4[wire]}"
	[[ $(counter nsa-blue drop_limit) -gt 0 ]]
}

@test "named by a rule alone: that, too, confines" {
	up
	ns_add nsa-child
	change nsaccel -n nsa-rt policy add --from nsa-blue --to nsa-red deny
	reaches_not nsa-blue "${ADDR4[red]}"
	move blue child
	is_confined blue moved nsa-blue
	reaches_not nsa-child "${ADDR4[red]}"
	reaches nsa-child "${ADDR4[wire]}"
	change nsaccel -n nsa-rt policy flush
	is_confined blue none
	reaches nsa-child "${ADDR4[red]}"
}

@test "the user's word ends it: of who was confined, or of who is there" {
	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	move blue child
	is_confined blue moved nsa-blue
	ns_set nsa-blue --isolated=off
	confined blue none
	reaches nsa-child "${ADDR4[red]}"

	ns_set nsa-child --isolated
	confined blue itself nsa-child
	ip -n nsa-child link set eth0 netns nsa-blue
	is_confined blue moved nsa-child
	leaf_up blue static
	settle
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1
	ns_set nsa-blue --isolated=off
	is_confined blue none
	reaches nsa-blue "${ADDR4[red]}"
}

@test "moved into a namespace that something else was said of: closed, in and out" {
	up
	ns_set nsa-blue --guard drop
	ns_set nsa-red --policy deny
	ip -n nsa-red link set eth0 down
	ip -n nsa-red link set eth0 name own
	move blue red
	is_confined blue closed nsa-blue
	settle
	noted "blue is closed: it was namespace nsa-blue's, and leads to nsa-red now"
	logged "blue is closed"
	reaches_not nsa-red 10.1.0.1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	[[ $(counter nsa-blue drop_closed) -gt 0 ]]
	# Not even what the owner itself sends gets in, nor ARP.
	probe wire "${ADDR4[blue]}" "${ADDR6[blue]}" "${ADDR4[blue]},opts=01010101"
	got
	ip -n nsa-rt neigh del "${ADDR4[blue]}" dev blue
	reaches_not nsa-rt "${ADDR4[blue]}"
	[[ $(counter nsa-rt drop_closed tc_egress) -gt 0 ]]
	ns_set nsa-red --policy allow
	is_confined blue none
	reaches nsa-red 10.1.0.1
}

@test "two that are confined swap their devices: both are closed" {
	up
	ns_add nsa-between
	ns_set nsa-blue --guard drop
	ns_set nsa-red --guard drop
	ip -n nsa-red link set eth0 netns nsa-between
	move blue red
	ip -n nsa-between link set eth0 netns nsa-blue
	ip -n nsa-blue -batch - <<-EOF
		addr add ${ADDR4[red]}/24 dev eth0
		link set eth0 up
		route add default via ${GW4[red]}
	EOF
	is_confined blue closed nsa-blue
	is_confined red closed nsa-red
	reaches_not nsa-blue "${ADDR4[wire]}"
	reaches_not nsa-red "${ADDR4[wire]}"
}

@test "a route into a namespace that was told leads nowhere else" {
	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-rt route add "${ADDR4[blue]}" netns nsa-blue
	probe wire "${ADDR4[blue]}"
	got blue 1
	ip -n nsa-blue link set eth0 netns nsa-child
	ip -n nsa-child link set eth0 up
	is_confined blue moved nsa-blue
	settle
	WATCHED+=(nsa-child)
	probe wire "${ADDR4[blue]}"
	got
}

@test "isolated: a MAC that isn't its device's gets nothing in, either" {
	live_topology
	accelerate
	# Whatever MAC blue answers with.
	ip -n nsa-rt neigh replace "${ADDR4[blue]}" lladdr 02:00:00:00:77:77 dev blue nud permanent
	settle
	probe wire "${ADDR4[blue]}"
	ns_set nsa-blue --isolated
	probe wire "${ADDR4[blue]}" "${ADDR4[blue]},opts=01010101"
	[[ $(counted drop_isolated) -ge 1 ]] || fail "$(tally)"
	! grep -q "^nsa-blue " "$BATS_TEST_TMPDIR/received" || fail "$(tally)"
}

# ---- nobody is found ------------------------------------------------------------------------

# A namespace that a process alone is in, INNER, behind the owner's device "inner". It goes into
# another one and comes back when it is told so by the file descriptor 4.
inner_up()
{
	local in=$BATS_TEST_TMPDIR/inner.in

	mkfifo "$in"
	exec 4<>"$in"
	cat >"$BATS_TEST_TMPDIR/inner.py" <<-'EOF2'
		import ctypes, os, sys
		libc = ctypes.CDLL(None, use_errno=True)
		NEWNET = 0x40000000
		assert libc.unshare(NEWNET) == 0
		home = os.open("/proc/self/ns/net", os.O_RDONLY)
		print("in", flush=True)
		for line in sys.stdin:
		    done = libc.unshare(NEWNET) if line.strip() == "leave" else libc.setns(home, NEWNET)
		    assert done == 0
		    print(line.strip(), flush=True)
	EOF2
	# Not background(): what that starts reads nothing.
	setpriv --pdeathsig KILL -- python3 -u "$BATS_TEST_TMPDIR/inner.py" <"$in" \
		>"$BATS_TEST_TMPDIR/inner.out" 3>&- 4>&- &
	INNER=$!
	wait_until 5 grep -q in "$BATS_TEST_TMPDIR/inner.out"
	ip link add inner netns nsa-rt address 02:00:00:03:00:01 type veth \
		peer name eth0 netns "$INNER" address 02:00:00:03:00:02
	ip -n nsa-rt -batch - <<-EOF2
		addr add 10.3.0.1/24 dev inner
		link set inner up
		neigh replace 10.3.0.2 lladdr 02:00:00:03:00:02 dev inner nud permanent
	EOF2
	in_inner ip -batch - <<-EOF2
		link set lo up
		addr add 10.3.0.2/24 dev eth0
		link set eth0 up
		route add default via 10.3.0.1
		neigh replace 10.3.0.1 lladdr 02:00:00:03:00:01 dev eth0 nud permanent
	EOF2
}

in_inner()
{
	nsenter --net="/proc/$INNER/ns/net" -- "$@"
}

inner_reaches()
{
	in_inner ping -n -q -c 2 -i 0.01 -W 0.5 "$1" >/dev/null
}

# inner_goes leave|back
inner_goes()
{
	echo "$1" >&4
	wait_until 5 grep -q "$1" "$BATS_TEST_TMPDIR/inner.out"
}

@test "out of sight: what was said holds, for the port and for the namespace" {
	up
	inner_up
	settle
	inner_reaches "${ADDR4[red]}"
	ns_set "$INNER" --isolated --guard drop
	run ! inner_reaches "${ADDR4[red]}"
	is_confined inner itself
	inner_goes leave
	ip netns add nsa-other # has namespaces looked for
	is_confined inner unseen
	noted "who is behind inner can't be found or read"
	reaches_not nsa-red 10.3.0.2
	# Commands and a daemon that never saw it don't take it for dead.
	nsaccel sync
	confined inner unseen
	daemon_stop KILL
	nsaccel -n nsa-rt attach --static eth0
	confined inner unseen
	daemon_start
	settle
	confined inner unseen
	reaches_not nsa-red 10.3.0.2
	fails 2 "is to fail closed" nsaccel detach --all
	inner_goes back
	ip netns add nsa-another
	is_confined inner itself
	run ! inner_reaches "${ADDR4[red]}"
	run ! inner_reaches 10.3.0.1
}

@test "out of sight: it can be spoken of by the port that leads to it" {
	up
	inner_up
	settle
	ns_set "$INNER" --isolated --guard drop
	inner_goes leave
	ip netns add nsa-other # has namespaces looked for
	is_confined inner unseen
	fails 3 "is no port" nsaccel -n nsa-rt ns set dev nothing --policy deny
	fails "[1-5]" "to a wire" nsaccel -n nsa-rt ns set dev eth0 --policy deny
	fails 1 "one namespace" nsaccel -n nsa-rt ns set nsa-blue --policy deny
	change nsaccel -n nsa-rt ns set dev inner --policy deny
	is_confined inner unseen
	nsaccel -j ns show | jq -e 'any(.isolated and .policy == "deny")'
	run ! reaches nsa-red 10.3.0.2
	# The user's word ends it, too.
	change nsaccel -n nsa-rt ns set dev inner --isolated=off --policy allow
	reaches nsa-red 10.3.0.2
	nsaccel -j ns show | jq -e 'all(.isolated | not)'
	# Of who is there for all to see.
	change nsaccel -n nsa-rt ns set dev blue --isolated
	is_confined blue itself nsa-blue
}

@test "dead, by the owner's own kernel: nothing is left" {
	up
	ns_set nsa-blue --isolated
	ip netns del nsa-blue
	wait_until 10 is_unknown nsa-blue
	run ! port blue
	settle
}

@test "another namespace under the name of one that was confined: nothing holds, said loudly" {
	up
	ns_set nsa-blue --isolated
	ip netns del nsa-blue
	wait_until 10 is_unknown nsa-blue
	ns_add nsa-blue
	ip link add blue netns nsa-rt address "${RT_MAC[blue]}" type veth \
		peer name eth0 netns nsa-blue address "${MAC[blue]}"
	ip -n nsa-rt addr add 10.1.0.1/24 dev blue
	ip -n nsa-rt link set blue up
	leaf_up blue static
	wait_until 10 port blue
	reaches nsa-blue "${ADDR4[red]}"
	logged "namespace nsa-blue is another than the one of that name that was confined"
	settle
	[[ $(grep -c "is another than" "$DAEMON_LOG") == 1 ]] || fail "$(cat "$DAEMON_LOG")"
	noted "namespace nsa-blue is another than the one of that name that was confined"
	ns_set nsa-blue --isolated
	nsaccel -j status | jq -e 'all(.owners[].notes[]; contains("nsa-blue is another") | not)'
	reaches_not nsa-blue "${ADDR4[red]}"
}

is_unknown()
{
	nsaccel -j ns show | jq -e --arg ns "$1" 'all(.netns != $ns)' >/dev/null
}

# ---- no slot is left ------------------------------------------------------------------------

# late: another namespace, behind the owner's device of that name.
late_up()
{
	ns_add nsa-late
	ip link add late netns nsa-rt address 02:00:00:04:00:01 type veth \
		peer name eth0 netns nsa-late address 02:00:00:04:00:02
	ip -n nsa-rt addr add 10.4.0.1/24 dev late
	ip -n nsa-rt link set late up
	ip -n nsa-late -batch - <<-EOF
		addr add 10.4.0.2/24 dev eth0
		link set eth0 up
		route add default via 10.4.0.1
	EOF
}

# sync_full: while no slot is left. What is collected at its end leaves some again.
sync_full()
{
	in_ns nsa-junk "$TOOLS/fill" netns
	noted "no slot is left for another namespace"
	run ! nsaccel sync
}

@test "no slot is left: who comes is the kernel's, or closed where there are policies" {
	live_topology
	attach eth0 eth1
	nsaccel ns set nsa-blue --isolated
	ip netns add nsa-junk
	late_up
	sync_full
	run ! port late
	reaches nsa-late "${ADDR4[red]}"
	nsaccel -n nsa-rt policy add --from nsa-red --to nsa-blue deny
	confined late none
	ip -n nsa-rt link del late
	ip netns del nsa-late
	late_up
	sync_full
	confined late closed
	noted "late is closed: there is no slot left for namespace nsa-late"
	reaches_not nsa-late "${ADDR4[red]}" 10.4.0.1
	nsaccel sync
	confined late none
	reaches nsa-late "${ADDR4[red]}"
}

# ---- macvlans -------------------------------------------------------------------------------

# Root of mac makes another macvlan, on its own, in a namespace of its own.
make_macvlan()
{
	ns_add nsa-child
	ip -n nsa-mac link add link eth0 name m2 address 02:00:00:00:00:66 type macvlan mode bridge
	ip -n nsa-mac link set m2 netns nsa-child
	ip -n nsa-child -batch - <<-EOF
		link set lo up
		link set m2 name eth0
		addr add 10.0.0.66/24 dev eth0
		link set eth0 up
		route add default via 10.0.0.1
	EOF
}

# macvlan NETNS STATE
macvlan()
{
	nsaccel -j endpoint show | jq -e --arg ns "$1" --arg state "$2" '
		any(.netns == $ns and .kind == "macvlan" and .confined == $state)' >/dev/null
}

is_macvlan()
{
	wait_until 10 macvlan "$@" || fail "$(nsaccel endpoint show)"
}

@test "a macvlan on a confined one's is closed, until the user names its namespace" {
	up
	make_macvlan
	is_macvlan nsa-child none
	reaches nsa-child 10.0.0.1
	reaches nsa-child "${ADDR4[blue]}"
	ip netns del nsa-child
	wait_until 10 is_unknown nsa-child

	ns_set nsa-mac --guard drop --sources 10.0.0.10
	is_macvlan nsa-mac itself
	make_macvlan
	is_macvlan nsa-child closed
	settle
	reaches_not nsa-child 10.0.0.1 "${ADDR4[blue]}" "${ADDR4[wire]}" "${ADDR4[mac3]}"
	reaches_not nsa-wire 10.0.0.66
	[[ $(counter nsa-child drop_closed) -gt 0 ]]
	noted "a macvlan of namespace nsa-child is closed: it is new on eth0"
	logged "a macvlan of namespace nsa-child is closed"
	# Who is confined goes on, and so does who was there before; also with another MAC.
	reaches nsa-mac "${ADDR4[blue]}"
	reaches nsa-mac3 "${ADDR4[blue]}"
	change ip -n nsa-mac3 link set eth0 address 02:00:00:00:00:99
	is_macvlan nsa-mac3 none
	ip -n nsa-rt neigh del "${ADDR4[mac3]}" dev eth0
	reaches nsa-mac3 "${ADDR4[blue]}"
	# Nobody looking, and somebody else looking for the first time, make no difference.
	daemon_stop KILL
	nsaccel sync
	macvlan nsa-child closed
	macvlan nsa-mac3 none
	daemon_start
	settle
	reaches_not nsa-child 10.0.0.1 "${ADDR4[wire]}"
	ns_set nsa-child --guard off
	macvlan nsa-child none
	reaches nsa-child "${ADDR4[blue]}"
}

@test "with the last that was confined on it, a lower closes nobody any more" {
	up
	ns_set nsa-mac --guard drop
	make_macvlan
	is_macvlan nsa-child closed
	ns_set nsa-mac --guard pass
	macvlan nsa-child none
	reaches nsa-child 10.0.0.1
}

@test "among confined macvlans no MAC that isn't known gets to the wire" {
	local forged="10.0.0.2,src=10.0.0.66,smac=02:00:00:00:00:66,dmac=${MAC[wire]}"

	up
	# By the kernel alone it does.
	probe mac "$forged"
	got wire 1
	ns_set nsa-mac --guard drop
	probe mac "$forged"
	got
	[[ $(counter nsa-rt drop_closed tc_egress) == 1 ]] || fail "$(stats)"
	# Its own, and another once it is seen, do.
	probe mac "10.0.0.2,dmac=${MAC[wire]}"
	got wire 1
	ip -n nsa-mac link set eth0 address 02:00:00:00:00:77
	change ip -n nsa-rt neigh replace "${ADDR4[mac]}" lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	probe mac "10.0.0.2,dmac=${MAC[wire]},smac=02:00:00:00:00:77"
	got wire 1
	# And so does the owner, also by macvlans and VLANs of its own.
	ip -n nsa-rt link add link eth0 name own address 02:00:00:00:00:88 type macvlan mode bridge
	ip -n nsa-rt addr add 10.0.0.88/24 dev own
	ip -n nsa-rt link set own up
	settle
	in_ns nsa-rt ping -n -q -c 1 -W 2 -I own "${ADDR4[wire]}" >/dev/null || fail "$(stats)"
}

# ---- the last NIC ---------------------------------------------------------------------------

# missing DEV...: what status says is attached and isn't there.
missing()
{
	[[ $(nsaccel -j status | jq -r '.owners[].missing[]') == "$*" ]]
}

# keeps_closed: what was said is in force.
keeps_closed()
{
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1 10.2.0.1
	reaches_not nsa-red 10.2.0.1
	reaches_not nsa-wire "${ADDR4[blue]}"
}

nic_goes_and_comes()
{
	live_topology
	attach eth0
	nsaccel -n nsa-rt attach --static eth0 --mode tc
	daemon_start
	settle
	ns_set nsa-blue --isolated
	ns_set nsa-red --policy deny
	keeps_closed
	"$@"
	wait_until 10 missing eth0
	settle
	keeps_closed
	noted "eth0 is attached, but isn't there"
	logged "eth0, which is attached in namespace nsa-rt, is gone"
	daemon_stop KILL
	nsaccel sync
	missing eth0
	keeps_closed
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth0
	fails 2 "nsa-blue is to fail closed" nsaccel detach --all
	daemon_start
	settle
	# Another of that name is attached, as it was asked for.
	ip link add eth0 netns nsa-rt address "${RT_MAC[eth0]}" type veth peer name again netns nsa-wire
	ip -n nsa-rt addr add 10.0.0.1/24 dev eth0
	ip -n nsa-rt link set eth0 up
	ip -n nsa-wire link set again up
	wait_until 10 missing
	settle
	logged "eth0 is back in namespace nsa-rt, and attached again"
	port eth0 | jq -e '.requested and (.reason | contains("--mode tc"))' || fail "$(nsaccel status)"
	keeps_closed
	nsaccel -n nsa-rt detach eth0 --force
	wait_until 5 no_trace nsa-rt nsa-wire nsa-blue nsa-red
	reaches nsa-blue 10.2.0.1
}

delete_nic()
{
	ip -n nsa-rt link del eth0
}

move_nic()
{
	ip -n nsa-rt link set eth0 netns nsa-wire2 name gone
}

@test "the last NIC is deleted: nobody is opened; it comes again" { nic_goes_and_comes delete_nic; }
@test "the last NIC moves away: nobody is opened; it comes again" { nic_goes_and_comes move_nic; }

@test "the last NIC goes while nobody looks, and another detach would open" {
	live_topology
	attach eth0 eth1
	nsaccel ns set nsa-blue --isolated
	ip -n nsa-rt link del eth0
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth1
	keeps_closed_blue
	ip -n nsa-rt link del eth1
	nsaccel sync
	keeps_closed_blue
	missing eth0$'\n'eth1
	# One of them isn't asked for any more; then none.
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth1
	nsaccel ns set nsa-blue --isolated=off
	nsaccel -n nsa-rt detach eth1
	no_trace nsa-rt nsa-blue
	reaches nsa-blue 10.2.0.1
}

keeps_closed_blue()
{
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1
}

@test "a NIC that is gone can be forgotten, and what leads to somebody isn't taken for it" {
	up
	ip -n nsa-rt link del eth1
	wait_until 10 missing eth1
	nsaccel -n nsa-rt detach eth1
	missing
	settle
	ip -n nsa-rt link del eth0
	wait_until 10 missing eth0
	# blue's host end under that name is blue's all the same.
	ns_set nsa-blue --isolated
	ip -n nsa-rt link set blue down
	ip -n nsa-rt link set blue name eth0
	ip -n nsa-rt link set eth0 up
	wait_until 10 port eth0
	settle
	port eth0 | jq -e '.requested | not' || fail "$(nsaccel status)"
	missing eth0
	reaches_not nsa-blue 10.1.0.1
}
