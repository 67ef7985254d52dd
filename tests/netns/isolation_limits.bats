# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Limits of bits and of packets per second, out of and into a namespace.
# shellcheck disable=SC2034 # live.bash uses them

load isolation

@test "limits: what it sends, to the wire and to another on this host" {
	up
	nsaccel limit set nsa-blue out rate 10mbit burst 64kb
	[[ $(nsaccel -j limit show | jq -c 'map([.netns, .direction, .rate, .burst])') == \
		'[["nsa-blue","out",10000000,65536]]' ]]
	limited blue wire blue
	limited blue red blue
	nsaccel limit del nsa-blue
	[[ $(nsaccel -j limit show) == '[]' ]]
	(($(flood blue wire 100) > 50000000)) || skip "this machine is too busy for 100 Mbit/s"
}

@test "limits: what it gets, from the wire and from another on this host" {
	up
	nsaccel limit set nsa-blue in rate 10mbit burst 64kb
	limited wire blue rt
	limited red blue red
}

@test "limits: what goes by the kernel counts, too" {
	up
	nsaccel limit set nsa-blue in rate 10mbit burst 64kb
	nsaccel limit set nsa-blue out rate 10mbit burst 64kb
	# By a firewall's rule all is the kernel's.
	change nsaccel -n nsa-red route add 10.1.0.0/24 pass
	change nsaccel -n nsa-blue route add 10.2.0.0/24 pass
	limited red blue red
	limited blue red blue
	[[ $(counter nsa-red pass_route) -gt 100 && $(counter nsa-red drop_limit tc_egress) -gt 100 ]]
}

# burst LEAF ADDRESS COUNT: that many packets at once.
burst()
{
	local i
	local -
	set +T

	for ((i = 0; i < $3; i++)); do
		probe_frame "$1" "$2"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "$3 to $2"
}

@test "limits: packets, to the packet" {
	up
	nsaccel limit set nsa-blue out pps 1 pps-burst 5
	burst blue 10.0.0.2 20
	# The burst, what it ends with, and one for each second that this takes.
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
	[[ $(grep -c "^nsa-wire .*$MARKER\$" "$BATS_TEST_TMPDIR/received") == $((20 - $(counted drop_limit))) ]]
	nsaccel limit del nsa-blue out
	nsaccel limit set nsa-blue in pps 1 pps-burst 5
	burst wire 10.1.0.2 20
	[[ $(counted drop_limit) -ge 8 && $(counted drop_limit) -le 15 ]] || fail "$(tally)"
	# Whoever sends, it is one rate; and its own sending isn't limited.
	burst red 10.1.0.2 10
	[[ $(counted drop_limit) -ge 4 ]] || fail "$(tally)"
	burst blue 10.0.0.2 20
	got wire 20
}
