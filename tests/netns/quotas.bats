# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # live.bash uses them
# What one namespace can make nsaccel keep, and what its flood costs others.

load live

teardown()
{
	live_teardown
}

up()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
}

# addresses NAMESPACE COUNT FORMAT: as many, of its eth0; FORMAT takes two numbers.
addresses()
{
	local i

	for ((i = 0; i < $2; i++)); do
		# shellcheck disable=SC2059
		printf "addr add $3 dev eth0 nodad noprefixroute\n" $((i >> 8)) $((i & 255))
	done | ip -n "nsa-$1" -6 -batch -
}

# host_routes DEVICE: so many, by what endpoints say of themselves.
host_routes()
{
	nsaccel -n nsa-rt -j route show |
		jq --arg d "$1" '[.[] | select(.dev == $d and .origin == "endpoint")] | length'
}

# is_over NAMESPACE WHAT: as recorded; "" nothing.
is_over()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $(nsaccel -j ns show | jq -r --arg ns "$1" '.[] | select(.netns == $ns) | .over // ""') == $2 ]]
}

# over_quota: an address of red's that no route of its own leads to.
over_quota()
{
	local i

	for ((i = 0; i < 20; i++)); do
		nsaccel -n nsa-rt -j route show | jq -e --arg a "$(printf 'fd00:0:2::%x:7/128' $i)" \
			'any(.[]; .dst == $a and .action == "veth")' >/dev/null || break
	done
	printf 'fd00:0:2::%x:7' $i
}

@test "addresses: over its quota only that namespace is slower" {
	local over

	up
	change nsaccel ns set nsa-red --quota 8
	addresses red 20 fd00:0:2:0:%x::%x:7/128
	settle
	wait_until 5 is_over nsa-red 'addresses*'
	(($(host_routes red) <= 8)) || fail "$(nsaccel -n nsa-rt route show)"
	grep -q 'nsa-red has more than its quota of 8: addresses' "$DAEMON_LOG"
	nsaccel -j status | jq -e '[.owners[].notes[] | select(test("nsa-red has more than 8 addresses"))] | length == 1' ||
		fail "$(nsaccel -j status)"
	# It gets what is for it all the same: by the kernel, which finds it, and tells.
	over=$(over_quota)
	probe blue "$over"
	got red 1
	slow 1 pass_no_neigh
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	change nsaccel ns set nsa-red --quota 100
	settle
	wait_until 5 is_over nsa-red ""
	probe blue "$over"
	got red 1
	fast 1
	change nsaccel ns set nsa-red --quota default
	run -0 is_over nsa-red ""
}

@test "next hops: routes by many gateways of one namespace" {
	local i

	up
	change nsaccel ns set nsa-red --quota 5
	for ((i = 0; i < 20; i++)); do
		echo "neigh replace 10.2.0.$((100 + i)) lladdr ${MAC[red]} dev red nud permanent"
		echo "route add 10.50.$i.0/24 via 10.2.0.$((100 + i)) dev red"
	done | ip -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red 'next hops'
	grep -q 'nsa-red has more than its quota of 5: next hops' "$DAEMON_LOG"
	(($(nsaccel -n nsa-rt -j route show | jq '[.[] | select(.dev == "red" and .action == "veth")] | length') <= 10))
	for ((i = 0; i < 20; i++)); do
		probe_frame blue "10.50.$i.1"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames blue "20 by as many gateways"
	got red 20
	[[ $(counted 'fwd_.*') -le 5 ]] || fail "$(tally)"
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	# With fewer there is room for those that are left.
	for ((i = 0; i < 18; i++)); do
		echo "route del 10.50.$i.0/24"
		echo "neigh del 10.2.0.$((100 + i)) dev red"
	done | ip -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red ""
	settle
	probe blue 10.50.19.1 10.50.18.1
	got red 2
	fast 2
}

# cpu: ms that the daemon has used.
cpu()
{
	awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$DAEMON/stat"
}

# cost: ms of CPU time that 40 changes in the owner take.
cost()
{
	local i before

	before=$(cpu)
	for ((i = 0; i < 40; i++)); do
		ip -n nsa-rt link set eth0 alias "a$i"
		ip -n nsa-rt route replace 198.51.100.1/32 via 10.1.0.2 metric $((i + 1))
		wait_until 10 in_table $((i + 1))
		ip -n nsa-rt route del 198.51.100.1/32
	done
	echo $(($(cpu) - before))
}

in_table()
{
	nsaccel -n nsa-rt -j route show | jq -e 'any(.[]; .dst == "198.51.100.1/32")' >/dev/null
}

@test "ten times as many addresses of one cost others no more" {
	local few many

	up
	addresses red 1000 fd77::%x:%x:1/128
	settle
	few=$(cost)
	addresses red 10000 fd78::%x:%x:1/128
	settle
	many=$(cost)
	echo "# $few ms with 1000 addresses, $many with 11000" >&3
	((many < 3 * few + 200)) || fail "$few ms, then $many"
}
