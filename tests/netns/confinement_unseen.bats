# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A confined namespace that nobody can find, or for which no slot is left: its settings still hold.
# shellcheck disable=SC2034 # live.bash uses them

load confinement

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
	noted "the namespace behind inner can't be found or read"
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
	logged "namespace nsa-blue is new: the one of that name that was confined is gone"
	settle
	[[ $(grep -c "the one of that name that was confined" "$DAEMON_LOG") == 1 ]] || fail "$(cat "$DAEMON_LOG")"
	noted "namespace nsa-blue is new: the one of that name that was confined is gone"
	ns_set nsa-blue --isolated
	nsaccel -j status | jq -e 'all(.owners[].notes[]; contains("nsa-blue is new") | not)'
	reaches_not nsa-blue "${ADDR4[red]}"
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
