#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# MAC addresses change, at either end and without a word: packets find their way as soon as by the
# kernel alone, whose neighbours age in a second here. Each scenario runs by the kernel alone first.
# shellcheck disable=SC2154 # bats sets what starts with BATS_

load live

setup_file()
{
	isolate
}

teardown()
{
	live_teardown
}

# So much longer than the kernel's alone may the silence be. What a loaded machine adds comes and goes: a
# silence that was longer is measured again, with other MACs, and one that is due to nsaccel is as long.
SLACK_MS=200
TRIES=(a b c d)
TRY=a

# Everybody resolves what it needs, and what isn't confirmed is probed soon.
live_topology()
{
	local ns

	topo_up 1500 learn >/dev/null
	# shellcheck disable=SC2034 # of live.bash: nobody is watched
	WATCHED=()
	for ns in nsa-rt nsa-wire nsa-blue nsa-red nsa-mac; do
		age_fast "$ns"
		# What was learnt before ages as it was to then.
		ip -n "$ns" neigh flush all
	done
}

# age_fast NETNS: the devices that are there now.
age_fast()
{
	local path conf

	for path in $(in_ns "$1" find /proc/sys/net/ipv4/neigh -mindepth 1 -maxdepth 1 ! -name default); do
		conf=net.ipv4.neigh.${path##*/}
		sysctl_in "$1" "$conf.base_reachable_time_ms=20" "$conf.delay_first_probe_time=1" \
			"$conf.ucast_solicit=1" "$conf.retrans_time_ms=200"
	done
}

live_attach()
{
	attach eth0 eth1
}

# silence FROM ADDRESS COMMAND...: how long, in ms, answers to pings stay away once the command has run.
silence()
{
	local from=$1 to=$2 log=$BATS_TEST_TMPDIR/pings ping before

	shift 2
	background nsenter --net="/run/netns/nsa-$from" ping -n -D -i 0.02 "$to" >"$log"
	ping=$!
	wait_until 5 answers "$log" 20
	just_confirmed
	before=$(answered "$log")
	"$@"
	wait_until 30 steady "$log" || fail "no answers any more" || return
	kill -INT "$ping"
	wait "$ping" || true
	awk -F '[][]' '/bytes from/ { if (last && $2 - last > most) most = $2 - last; last = $2 }
		END { printf "%d\n", most * 1000 }' "$log"
	(($(answered "$log") > before))
}

# Of the same age in both runs: an entry that was confirmed long ago is probed sooner.
just_confirmed()
{
	ip -n nsa-rt -4 -o neigh show | awk '$4 == "lladdr" { print "neigh replace", $1, "lladdr", $5, "dev", $3, "nud reachable" }' |
		ip -n nsa-rt -batch -
}

answered()
{
	grep -c 'bytes from' "$1"
}

answers()
{
	(($(answered "$1") >= $2))
}

# Answers come: 2 s long, in which an entry turns stale and is probed.
steady()
{
	awk -F '[][]' -v now="$EPOCHREALTIME" '/bytes from/ { if (!last || $2 - last > 0.3) begin = $2; last = $2 }
		END { exit !(last && now - last < 0.3 && last - begin > 2) }' "$1"
}

# as_fast FROM ADDRESS COMMAND...: no longer silent than the kernel alone was.
as_fast()
{
	local ms kernel file=$BATS_TEST_TMPDIR/silence

	TRY=a
	echo "# $MODE ${*:3}" >>"$BATS_TEST_TMPDIR/transcript.$MODE"
	if [[ $MODE == kernel ]]; then
		silence "$@" >>"$file"
		return
	fi
	kernel=$(head -n 1 "$file")
	sed -i 1d "$file"
	for TRY in "${TRIES[@]}"; do
		ms=$(silence "$@") || return
		((ms > kernel + SLACK_MS)) || return 0
		echo "silent for $ms ms, by the kernel alone for $kernel: ${*:3}" >&2
	done
	fail "silent for $ms ms, by the kernel alone for $kernel: ${*:3}"
}

both()
{
	run_once kernel "$1"
	run_once nsaccel "$1"
}

# mac_of NETNS DEVICE MAC: with each try another.
mac_of()
{
	ip -n "$1" link set "$2" address "${3/#02:aa/02:a$TRY}"
}

scenario_veths()
{
	as_fast blue "${ADDR4[red]}" mac_of nsa-rt red 02:aa:00:00:00:01
	as_fast blue "${ADDR4[red]}" mac_of nsa-red eth0 02:aa:00:00:00:03
	as_fast blue "${ADDR4[red]}" mac_of nsa-blue eth0 02:aa:00:00:00:04
}
@test "veths: either end" { both scenario_veths; }

scenario_gateway()
{
	as_fast blue "${ADDR4[wire]}" mac_of nsa-rt eth0 02:aa:00:00:00:01
	as_fast blue "${ADDR4[wire]}" mac_of nsa-wire eth0 02:aa:00:00:00:02
}
@test "a NIC, and who is on its wire" { both scenario_gateway; }

# Macvlans get through to others than their lower's namespace by nsaccel alone: there is no kernel to
# compare with. Of their own new MAC the router hears when it probes them.
@test "macvlans: either end" {
	MODE=nsaccel
	live_topology
	live_attach
	daemon_start
	echo 100 >"$BATS_TEST_TMPDIR/silence"
	as_fast blue "${ADDR4[mac]}" mac_of nsa-rt eth0 02:aa:00:00:00:01
	echo 1300 >"$BATS_TEST_TMPDIR/silence"
	as_fast blue "${ADDR4[mac]}" mac_of nsa-mac eth0 02:aa:00:00:00:02
}

# Both behind a bridge of the router's, whose MAC changes.
scenario_bridge()
{
	ip -n nsa-rt link add br0 type bridge
	ip -n nsa-rt link set br0 address 02:bb:00:00:00:01 up
	ip -n nsa-rt addr flush dev red
	ip -n nsa-rt link set red master br0
	ip -n nsa-rt addr add "${GW4[red]}/24" dev br0
	age_fast nsa-rt
	settle
	as_fast blue "${ADDR4[red]}" mac_of nsa-rt br0 02:aa:00:00:00:01
	as_fast blue "${ADDR4[red]}" mac_of nsa-red eth0 02:aa:00:00:00:02
}
# bats test_tags=long
@test "a bridge, and who is behind it" { both scenario_bridge; }

# An address goes to another machine without a word: it's the kernel that finds out, when it probes what
# the fast path uses. With rules only its own lookup knows which neighbour that is.
taken_over()
{
	ip -n nsa-wire link set eth0 arp off
	mac_of nsa-wire eth0 02:aa:00:00:00:09
	ip -n nsa-wire link set eth0 arp on
	ip -n nsa-wire neigh replace "${GW4[wire]}" lladdr "${RT_MAC[eth0]}" dev eth0 nud permanent
}

scenario_taken_over()
{
	as_fast blue "${ADDR4[wire]}" taken_over
}
@test "an address is taken over" { both scenario_taken_over; }

scenario_taken_over_with_rules()
{
	rt rule add from 192.0.2.1 lookup main
	as_fast blue "${ADDR4[wire]}" taken_over
	[[ ! $DAEMON ]] || nsaccel -j -n nsa-blue route get "${ADDR4[wire]}" | jq -e '.verdict == "forward"'
}
# bats test_tags=long
@test "an address is taken over: with policy rules" { both scenario_taken_over_with_rules; }

# Nobody is asked of what the kernel needn't resolve, or has been told to keep.
@test "permanent neighbours stay as they are" {
	topo_up
	attach eth0
	daemon_start
	rt rule add from 192.0.2.1 lookup main
	ping_from blue "${ADDR4[wire]}" -c 5 -i 0.1
	wait_until 5 is_used_up
	[[ $(ip -n nsa-rt neigh show "${ADDR4[wire]}") == *PERMANENT* ]]
}

is_used_up()
{
	[[ $(bpftool -j map dump pinned "$BPFFS/nsaccel/v9/neigh_used") == "[]" ]]
}
