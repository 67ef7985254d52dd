# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# The daemon follows devices and namespaces that come, go and move: with and without nsaccel the same
# packets arrive.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

scenario_rename()
{
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	# Linux before 6.2 wants it to be down.
	ip -n nsa-rt link set red name crimson 2>/dev/null ||
		ip -n nsa-rt -batch - <<-EOF
			link set red down
			link set red name crimson
			link set crimson up
		EOF
	address red crimson
	know red crimson
	settle
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[blue]}" "${ADDR6[blue]}"
	got blue 2
	fast 2
}

@test "a device is renamed" { both scenario_rename; }

scenario_moved()
{
	ns_add nsa-other
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link set red netns nsa-other
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got
	fast 0
	ip -n nsa-other link set red netns nsa-rt
	address red
	ip -n nsa-rt link set red up
	know red
	settle
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
}

@test "a host end moves to another namespace, and back" { both scenario_moved; }

# new_red NAMESPACE MAC: a pair with red's name, ifindex, MAC and addresses in the router.
new_red()
{
	ip link add red netns nsa-rt index 13 address "${RT_MAC[red]}" mtu 1500 \
		type veth peer name eth0 netns "$1" index 2 address "$2" mtu 1500
	ip -n "$1" link set eth0 up
	ip -n "$1" addr add "${ADDR4[red]}/24" dev eth0
	ip -n "$1" addr add "${ADDR6[red]}/64" dev eth0 nodad
	ip -n "$1" route add default via "${GW4[red]}"
	address red
	ip -n nsa-rt link set red up
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr "$2" dev red nud permanent
	ip -n nsa-rt neigh replace "${ADDR6[red]}" lladdr "$2" dev red nud permanent
	settle
}

scenario_recreated()
{
	ns_add nsa-crimson
	WATCHED+=(nsa-crimson)
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link del red
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got
	new_red nsa-crimson 02:00:00:02:00:22
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got crimson 2
	fast 2
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got crimson 2
	fast 2
}

@test "a device deleted, and another with its name, ifindex and MAC" { both scenario_recreated; }

device_gone()
{
	! ip -n nsa-rt link show dev "$1" >/dev/null 2>&1
}

scenario_netns_reused()
{
	local before

	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	before=$(cookies nsa-red)
	ip netns del nsa-red
	# Nobody may hold on to it: then its devices would live on.
	wait_until 10 device_gone red
	settle
	WATCHED=("${WATCHED[@]/nsa-red/nsa-wire}")
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	slow 2 pass_no_route
	ns_add nsa-red
	WATCHED=("${LEAVES[@]/#/nsa-}")
	new_red nsa-red "${MAC[red]}"
	probe blue "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	probe red "${ADDR4[wire]}" "${ADDR6[wire]}"
	got wire 2
	fast 2
	[[ $MODE == kernel || ($(cookies nsa-red) && $(cookies nsa-red) != "$before") ]]
}

# cookies NAMESPACE: those that nsaccel knows under that name.
cookies()
{
	[[ $MODE == kernel ]] || nsaccel -j ns show | jq -r --arg ns "$1" '
		.[] | select(.netns == $ns) | .cookie'
}

@test "a namespace deleted, and another under its name" { both scenario_netns_reused; }

scenario_new_container()
{
	green_up
	probe blue 10.3.0.2 fd00:0:3::2
	got green 2
	fast 2
	probe wire 10.3.0.2 fd00:0:3::2
	got green 2
	fast 2
	probe_from_green red
	got red 2
	fast 2
	probe_from_green wire
	got wire 2
	fast 2
	ip netns del nsa-green
	wait_until 10 device_gone green
	WATCHED=("${LEAVES[@]/#/nsa-}")
	settle
	probe blue 10.3.0.2 fd00:0:3::2
	slow 2 pass_no_route
}

@test "a new container, and its end" { both scenario_new_container; }
