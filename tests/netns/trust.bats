# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Who is believed, and what lives: what root of a namespace behind a port does with netlink costs others
# nothing; the daemon isn't ended with the processes of a namespace; what is attached is followed, or
# status says that it isn't.
# shellcheck disable=SC2034,SC2154 # live.bash and bats use and set them

load live

bats_require_minimum_version 1.5.0

setup()
{
	topo_up
}

teardown()
{
	local pid

	daemon_stop
	for pid in $(followers) $(cat "$BATS_TEST_TMPDIR/main.pid" 2>/dev/null); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	topo_down
}

# ---- attach starts what follows -------------------------------------------------------------

# Daemons that attach started.
followers()
{
	pgrep -f -- "--until-detache[d]" || true
}

no_followers()
{
	[[ -z $(followers) ]]
}

first_line()
{
	nsaccel status | head -1
}

# knows PREFIX: the owner's table has it.
knows()
{
	nsaccel -j -n nsa-rt route show | jq -e --arg dst "$1" 'any(.[]; .dst == $dst)' >/dev/null
}

# A killed daemon gives its lock back after its command line is gone: wait for what status says.
says_first()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $(first_line) == $1 ]]
}

# state JQ-FILTER
state()
{
	nsaccel -j status | jq -e "$1" >/dev/null || fail "not $1: $(nsaccel -j status | jq -c 'del(.owners)')"
}

@test "attach has a daemon follow what changes, until nothing is attached" {
	local follower

	nsaccel -n nsa-rt attach eth0
	follower=$(followers)
	[[ $follower =~ ^[0-9]+$ ]] || fail "not one daemon: $follower"
	# With nothing of whoever attached, who may wait for the end of what it was given.
	[[ $(readlink /proc/"$follower"/fd/0) == /dev/null && $(readlink /proc/"$follower"/cwd) == / ]]
	[[ $(ps -o sid= -p "$follower") -eq $follower ]]
	state '.daemon and (.daemon_died | not) and .view_time == null and (.owners[0].static | not)'
	[[ $(first_line) == namespace* ]]
	ip -n nsa-rt route add 10.50.0.0/24 via "${ADDR4[wire]}"
	wait_until 10 in_step
	knows 10.50.0.0/24
	# One is enough.
	nsaccel -n nsa-rt attach eth1
	[[ $(followers) == "$follower" ]]
	nsaccel -n nsa-rt detach eth0
	[[ $(followers) == "$follower" ]]
	nsaccel -n nsa-rt detach eth1
	wait_until 10 no_followers
	grep -qE '^[0-9-]+T[0-9:.]+Z nsaccel: .*nothing is attached' /run/nsaccel/*.log
}

# systemd_up: a machine with systemd and the unit, as far as attach can see. What systemctl is asked goes
# to the file "systemctl"; it starts the daemon as systemd would, or fails if there is a file "fails".
systemd_up()
{
	local bin=$BATS_TEST_TMPDIR/bin

	mkdir -p "$bin" /run/systemd/system
	cp dist/nsaccel.service /run/systemd/system/
	cat >"$bin/systemctl" <<-EOF
		#!/bin/bash
		echo "\$#: \$*" >>"$BATS_TEST_TMPDIR/systemctl"
		[[ ! -e "$BATS_TEST_TMPDIR/fails" ]] || exit 1
		"$NSACCEL" daemon 2>"$BATS_TEST_TMPDIR/service" 3>&- &
		echo \$! >"$BATS_TEST_TMPDIR/main.pid"
		until grep -q ready "$BATS_TEST_TMPDIR/service"; do sleep 0.02; done
	EOF
	chmod +x "$bin/systemctl"
	PATH=$bin:$PATH
}

@test "attach starts the service, where there is one" {
	systemd_up
	: >"$BATS_TEST_TMPDIR/fails"
	fails 4 "systemctl start nsaccel failed; journalctl -u nsaccel tells why" \
		nsaccel -n nsa-rt attach eth0
	[[ $(<"$BATS_TEST_TMPDIR/systemctl") == "2: start nsaccel.service" ]]
	no_followers
	rm "$BATS_TEST_TMPDIR/fails"
	nsaccel -n nsa-rt attach eth1
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/systemctl") == "2: start nsaccel.service" ]]
	no_followers
	state .daemon
	# One is enough.
	nsaccel -n nsa-rt attach eth0
	[[ $(wc -l <"$BATS_TEST_TMPDIR/systemctl") == 2 ]]
	kill "$(<"$BATS_TEST_TMPDIR/main.pid")"
	wait_until 10 says_first "no daemon runs: the view is *"
	# Without the unit there is none.
	rm /run/systemd/system/nsaccel.service
	nsaccel -n nsa-rt attach eth0
	[[ $(wc -l <"$BATS_TEST_TMPDIR/systemctl") == 2 && $(followers) ]]
}

@test "attaches at once start one daemon" {
	local dev pids=() pid

	for dev in eth0 eth1 eth0 eth1; do
		nsaccel -n nsa-rt attach "$dev" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	[[ $(followers | wc -l) == 1 ]] || fail "$(followers)"
	nsaccel detach --all
	wait_until 10 no_followers
}

@test "a daemon that a user starts takes the place of the one that attach has started" {
	nsaccel -n nsa-rt attach eth0
	daemon_start
	wait_until 10 no_followers
	kill -0 "$DAEMON"
	grep -q "ends: SIGTERM from process $DAEMON (nsaccel)" /run/nsaccel/*.log
	nsaccel -n nsa-rt attach eth1
	no_followers
	fails 2 "another nsaccel daemon is running" nsaccel daemon
	fails 2 "another nsaccel daemon is running" nsaccel daemon --until-detached
}

@test "a daemon that died is the first line of status" {
	nsaccel -n nsa-rt attach eth0
	kill -KILL "$(followers)"
	wait_until 10 says_first "the daemon has died: the view is * s old*"
	state '(.daemon | not) and .daemon_died and (.view_time | type) == "number"'
	# As it does after one that was asked to end.
	nsaccel -n nsa-rt attach eth0
	[[ $(first_line) == namespace* ]] || fail "$(first_line)"
	kill -TERM "$(followers)"
	wait_until 10 says_first "no daemon runs: the view is *"
	grep -q "ends: SIGTERM from process .* of user 0" /run/nsaccel/*.log
	state '(.daemon | not) and (.daemon_died | not) and (.view_time | type) == "number"'
	nsaccel -n nsa-rt detach eth0
	state '.view_time == null'
}

@test "attach --static: nothing follows, and status says so first" {
	nsaccel -n nsa-rt attach --static eth0
	no_followers
	[[ $(first_line) == "no daemon runs (attach --static): the view is "* ]] || fail "$(first_line)"
	state '.owners[0].static and (.daemon | not)'
	# What it would have followed, the firewall's rules included.
	in_ns nsa-rt nft -f - <<-EOF
		table inet nsa { chain c { type filter hook forward priority 0; policy drop; }; }
	EOF
	# From Linux 6.2 on programs see that it came.
	nsaccel status | grep -qE "^note: --firewall gate: (.* may not hold yet|shut, since rules)"
	# The next attach is as it says.
	nsaccel -n nsa-rt attach eth0
	state '(.owners[0].static | not) and .daemon'
	run nsaccel status
	[[ $output != *"may not hold yet"* && $output != *"shut, since rules"* ]]
}

@test "a firewall that comes after attach holds" {
	nsaccel -n nsa-rt attach eth0
	in_ns nsa-blue ping -q -c 1 -W 2 "${ADDR4[red]}" >/dev/null
	in_ns nsa-rt nft -f - <<-EOF
		table inet nsa { chain c { type filter hook forward priority 0; policy drop; }; }
	EOF
	wait_until 10 in_step
	run ! in_ns nsa-blue ping -q -c 3 -i 0.2 -W 1 "${ADDR4[red]}"
}

# ---- whose process is it --------------------------------------------------------------------

# Something to read, in each of the namespaces.
stir()
{
	local ns

	for ns in nsa-rt nsa-blue nsa-red; do
		ip -n "$ns" link add nsa-stir type bridge
		ip -n "$ns" link del nsa-stir
	done
}

@test "the daemon is no process of the namespaces that it looks into" {
	local ns round

	attach eth0
	daemon_start
	for round in {1..60}; do
		stir
		for ns in nsa-rt nsa-blue nsa-red; do
			ip netns pids "$ns" >"$BATS_TEST_TMPDIR/pids"
			! grep -q . "$BATS_TEST_TMPDIR/pids" ||
				fail "$ns: $(xargs ps -fp <"$BATS_TEST_TMPDIR/pids")" || return
		done
	done
	kill -0 "$DAEMON"
}

@test "neither is a command" {
	local round

	attach eth0
	(for round in {1..30}; do nsaccel sync; done) 3>&- &
	while kill -0 $! 2>/dev/null; do
		[[ -z $(ip netns pids nsa-rt; ip netns pids nsa-blue) ]] || fail "one is there"
	done
	wait $!
}

@test "the daemon says whose signal ends it" {
	attach eth0
	daemon_start
	daemon_stop
	grep -q "ends: SIGTERM from process $BASHPID (bash) of user 0" "$DAEMON_LOG" ||
		fail "$(cat "$DAEMON_LOG")"
}

# ---- what can't be read stays as it was -----------------------------------------------------

# As many names as the kernel takes: its message of the device is longer than 64 KiB.
long_names()
{
	local n

	for n in {100..580}; do
		printf 'link property add dev eth0 altname n%d%0123d\n' "$n" 0
	done | ip -n "$1" -force -batch - 2>/dev/null || true
}

@test "a device that takes a long message is read all the same" {
	attach eth0
	daemon_start
	nsaccel ns set nsa-red --isolated --guard drop
	long_names nsa-red
	ip -n nsa-red addr add 10.2.0.77/24 dev eth0
	wait_until 10 knows 10.2.0.77/32
	nsaccel -j status | jq -e '.owners[0].ports[] | select(.dev == "red").endpoint.netns == "nsa-red"'
	run ! in_ns nsa-red ping -q -c 1 -W 1 "${ADDR4[blue]}"
	# Read by a command.
	daemon_stop
	ip -n nsa-red addr add 10.2.0.78/24 dev eth0
	nsaccel sync
	knows 10.2.0.78/32
	run ! in_ns nsa-red ping -q -c 1 -W 1 "${ADDR4[blue]}"
}
