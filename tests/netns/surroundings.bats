# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What nsaccel stands on goes: bpffs, /run, the clock, whoever holds the lock. Nothing is half done then,
# the message says what is wrong, and it goes on when that is mended.

load live

setup()
{
	live_topology
}

teardown()
{
	mount -o remount,rw /run
	[[ $(stat -f -c %T "$BPFFS") == bpf_fs ]] || mount -t bpf bpf "$BPFFS"
	live_teardown
}

no_hooks()
{
	[[ -z $(hooks nsa-rt) ]]
}

daemon_ended()
{
	! kill -0 "$DAEMON" 2>/dev/null
}

# Below it in the sandbox is another one, which has to go, too.
unmount_bpffs()
{
	while [[ $(stat -f -c %T "$BPFFS") == bpf_fs ]]; do
		umount "$BPFFS"
	done
}

@test "bpffs is unmounted: hooks go with it, commands say so, and the daemon ends" {
	attach eth0
	nsaccel ns set nsa-red --isolated
	daemon_start
	unmount_bpffs
	wait_until 5 no_hooks
	ping_from blue "${ADDR4[wire]}"
	fails 3 "mount -t bpf bpf" nsaccel status
	fails 3 "mount -t bpf bpf" nsaccel -n nsa-rt attach --static eth0
	fails 3 "mount -t bpf bpf" nsaccel detach --all --force
	wait_until 10 daemon_ended
	grep -q "what was confined is open" "$DAEMON_LOG" || fail "$(cat "$DAEMON_LOG")"
	mount -t bpf bpf "$BPFFS"
	nsaccel -j status | jq -e '.owners == []'
	attach eth0
	ping_from blue "${ADDR4[wire]}"
	nsaccel detach --all
	no_trace nsa-rt
}

@test "another bpffs is mounted over it: the daemon doesn't take it for the one it had" {
	attach eth0
	daemon_start
	mount -t bpf bpf "$BPFFS"
	wait_until 10 daemon_ended
	grep -q "is not the one that was mounted" "$DAEMON_LOG" || fail "$(cat "$DAEMON_LOG")"
	nsaccel -j status | jq -e '.owners == []'
	umount "$BPFFS"
	nsaccel -j status | jq -e '.owners | length == 1'
	nsaccel check
}

@test "/run is read-only: nothing changes, and what only looks works" {
	local before

	attach eth0
	before=$("$TOOLS/state")
	mount -o remount,ro /run
	fails 2 "remount,rw /run" nsaccel -n nsa-rt attach eth1
	fails 2 "remount,rw /run" nsaccel ns set nsa-red --isolated
	fails 2 "remount,rw /run" nsaccel -n nsa-blue route add 10.50.0.0/24 blackhole
	fails 2 "remount,rw /run" nsaccel sync
	fails 2 "remount,rw /run" nsaccel detach --all --force
	fails 2 "Read-only" nsaccel daemon
	nsaccel -j status | jq -e '.owners | length == 1'
	nsaccel -n nsa-rt -j route show | jq -e 'length > 0'
	[[ $("$TOOLS/state") == "$before" ]]
	mount -o remount,rw /run
	nsaccel detach --all
	mv /run/nsaccel "$BATS_TEST_TMPDIR"
	mount -o remount,ro /run
	fails 2 "remount,rw /run" nsaccel -n nsa-rt attach eth0
	no_trace nsa-rt
}

@test "who held the lock has been killed, or is stopped" {
	local holder

	attach eth0
	background flock "$(lock_file)" sleep 1000
	holder=$!
	wait_until 5 lock_is_held
	kill -STOP "$holder"
	"$NSACCEL" sync 2>"$BATS_TEST_TMPDIR/waiting" 3>&- &
	wait_until 5 grep -q "waiting for process" "$BATS_TEST_TMPDIR/waiting"
	pkill -KILL -P "$holder"
	kill -KILL "$holder"
	wait $!
	[[ $(grep -c . "$BATS_TEST_TMPDIR/waiting") == 1 ]]
}

lock_is_held()
{
	! flock -n "$(lock_file)" true
}

# The one clock that can be set is only for people: how old the view is. All else goes by CLOCK_MONOTONIC.
@test "the clock is set" {
	attach eth0
	touch -d '1 day' /run/nsaccel/*.view # as if it had been later when that was written
	run -0 nsaccel status
	[[ $output == *"the view is nobody knows how old"* ]] || fail "$output"
	touch -d '1 day ago' /run/nsaccel/*.view
	run -0 nsaccel status
	[[ $output == *"the view is 24 h old"* ]] || fail "$output"
	daemon_start
	touch -d '1 day' /run/nsaccel/*.view
	wait_until 5 is_fresh
}

is_fresh()
{
	[[ $(nsaccel status | head -1) == "namespace nsa-rt"* ]]
}
