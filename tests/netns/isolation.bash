# SPDX-License-Identifier: GPL-2.0-only
# What isolation_*.bats share.
#
# Where a test says "the kernel alone", the same is done without nsaccel first: the behaviour of today's
# kernel in that topology is a part of the test.
# shellcheck shell=bash disable=SC2034 # live.bash uses them

load live

teardown()
{
	live_teardown
}

live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
}

# With nsaccel and its daemon, which follows.
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

# dropped COUNT REASON-REGEX: of the last probe's packets, and nobody got one. The owner says
# something of itself now and then (listener reports), which is counted with those of its wires.
dropped()
{
	got
	if [[ $COUNTED == nsa-rt ]]; then
		[[ $(counted "$2") -ge $1 ]] || fail "$PROBE: $(tally)"
	else
		slow "$@"
	fi
}

# reaches FROM ADDRESS; reaches_not: no answer to a ping that takes the kernel's ways, too.
reaches()
{
	in_ns "nsa-$1" ping -n -q -c 1 -W 2 "$2" >/dev/null || fail "no answer to $1 from $2"
}

# has_counted NAMESPACE REASON COUNT
has_counted()
{
	[[ $(counter "$1" "$2") -ge $3 ]]
}

# sends LEAF ADDRESS REASON: a packet, of which that becomes.
sends()
{
	local before

	before=$(counter "nsa-$1" "$3")
	frame4 smac="${MAC[$1]}" dmac="${RT_MAC[$1]}" src="${ADDR4[$1]}" dst="$2" | send_frames "$1"
	wait_until 5 has_counted "nsa-$1" "$3" $((before + 1)) || fail "$(stats)"
}

# flood FROM TO MEGABITS: UDP for a second by iperf3; prints the bits per second that arrived.
flood()
{
	local server

	background nsenter --net="/run/netns/nsa-$2" -- iperf3 -s -1 >/dev/null 2>&1
	server=$!
	wait_until 5 listens "$2"
	in_ns "nsa-$1" iperf3 -c "${ADDR4[$2]}" -u -b "$3M" -l 1400 -t 1 -J \
		>"$BATS_TEST_TMPDIR/iperf" || fail "$(cat "$BATS_TEST_TMPDIR/iperf")"
	wait "$server" || true
	jq '.end.sum | .bits_per_second * (1 - .lost_percent / 100) | floor' "$BATS_TEST_TMPDIR/iperf"
}

listens()
{
	[[ $(in_ns "nsa-$1" ss -Hltn 'sport = :5201') ]]
}

# limited FROM TO NAMESPACE-THAT-COUNTS: 100 Mbit/s are sent, 10 may arrive.
limited()
{
	local arrived before

	before=$(counter "nsa-$3" drop_limit)
	arrived=$(flood "$1" "$2" 100)
	((arrived > 4000000 && arrived < 40000000)) || fail "$arrived bit/s from $1 to $2"
	[[ $(counter "nsa-$3" drop_limit) -gt $((before + 100)) ]] || fail "$(stats)"
}
