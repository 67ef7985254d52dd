# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A table with many routes, which programs read from a multibit trie: packets go where the kernel's own table sends
# them while routes change, and when the table becomes small again.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

# many WHAT: 5,000 IPv4 and 1,000 IPv6 routes of several lengths, by wire and wire2 in turn; WHAT: add or del.
many()
{
	awk -v what="$1" -v a="${ADDR4[wire]}" -v b="${ADDR4[wire2]}" -v a6="${ADDR6[wire]}" \
		-v b6="${ADDR6[wire2]}" 'BEGIN {
		for (i = 0; i < 5000; i++)
			printf "route %s 10.%d.%d.%d/%d via %s\n", what, 128 + i / 2048, i / 8 % 256, i % 8 * 32,
				i % 7 ? 27 : 32, i % 2 ? a : b
		for (i = 0; i < 1000; i++)
			printf "route %s fd00:60:%x::/%d via %s\n", what, i, i % 3 ? 48 : 64, i % 2 ? a6 : b6
	}' | ip -n nsa-rt -batch -
	settle
}

# is_big true|false: whether programs read the router's routes from a multibit trie.
is_big()
{
	local slots

	[[ $DAEMON ]] || return 0
	slots=$(bpftool -j map dump pinned "$BPFFS/nsaccel/v9/mtries" | jq length)
	[[ $slots == "$([[ $1 == true ]] && echo 1 || echo 0)" ]] || fail "$slots multibit tries"
}

scenario_big()
{
	to_service wire
	many add
	is_big true
	probe blue $S4 $S6 10.128.1.33 10.128.1.0 10.129.3.97 10.130.9.9 fd00:60:3::1 fd00:60:3:1::1 fd00:60:5::9
	got wire 6 wire2 2
	fast 8
	# More specific, in the middle, replaced, gone.
	rt route add 10.128.1.32/28 via "${ADDR4[red]}"
	rt route add 10.128.0.0/16 via "${ADDR4[red]}"
	rt6 route add fd00:60:3::/96 via "${ADDR6[red]}"
	probe blue 10.128.1.33 10.128.1.49 10.128.0.1 10.128.255.1 fd00:60:3::1 fd00:60:3:0:1::1
	got red 3 wire 2 wire2 1
	fast 6
	rt route replace 10.128.1.32/28 via "${ADDR4[wire2]}"
	rt route del 10.128.0.0/16
	rt6 route del fd00:60:3::/96
	probe blue 10.128.1.33 10.128.255.1 fd00:60:3::1
	got wire2 2 wire 1
	fast 3
	many del
	is_big false
	probe blue $S4 $S6 10.128.1.33 10.128.1.0 fd00:60:3::1
	got wire 2 wire2 1
}
@test "routes of a big table" { both scenario_big; }
