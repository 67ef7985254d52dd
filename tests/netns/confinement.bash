# SPDX-License-Identifier: GPL-2.0-only
# What confinement_*.bats share. The settings of a namespace hold for the owner's side of its devices.
#
# Each test first shows that its means work: by the kernel alone, or on a namespace without settings.
# shellcheck shell=bash disable=SC2034 # live.bash uses them

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

is_unknown()
{
	nsaccel -j ns show | jq -e --arg ns "$1" 'all(.netns != $ns)' >/dev/null
}
