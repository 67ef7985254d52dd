# SPDX-License-Identifier: GPL-2.0-only
# The daemon follows the kernel's neighbours: with and without nsaccel the same packets arrive.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

scenario_neighbours()
{
	to_service wire
	probe blue $S4 $S6 "${ADDR4[wire]}"
	fast 3
	ip -n nsa-rt neigh replace "${ADDR4[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	rt neigh replace "${ADDR6[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	probe blue $S4 $S6
	got wire 2
	fast 2
	# Not known: whoever needs it first asks, the kernel or the daemon for its route.
	rt neigh del "${ADDR4[wire]}" dev eth0
	probe blue $S4
	got wire 1
	settle
	probe blue $S4
	got wire 1
	fast 1
	rt neigh replace "${ADDR4[wire]}" lladdr "${MAC[wire]}" dev eth0 nud failed
	probe blue $S4
	got wire 1
	# Nobody answers to this one.
	rt neigh replace "${ADDR4[wire]}" lladdr "${MAC[wire]}" dev eth0 nud permanent
	rt route replace 10.50.0.0/24 via 10.0.0.77
	probe blue $S4
	got
	fast 0
}

@test "neighbours: another MAC, unknown, failed, permanent" { both scenario_neighbours; }

# Then the kernel sends to the device's own MAC, which nobody has there.
scenario_no_arp()
{
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 2
	rt link set red arp off
	ip -n nsa-rt neigh flush dev red nud permanent
	settle
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 0
	know red
	settle
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
	rt link set red arp on
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
}

@test "a device that asks for no addresses" { both scenario_no_arp; }

scenario_endpoint_mac()
{
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	fast 2
	ip -n nsa-red link set eth0 address 02:00:00:02:00:77
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	rt neigh replace "${ADDR6[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	probe wire "${ADDR4[red]}" "${ADDR6[red]}"
	got red 2
	fast 2
}

@test "an endpoint's MAC changes" { both scenario_endpoint_mac; }

# With an entry that nobody has asked for yet, of which the kernel tells nobody, the endpoint's own address
# answers as it does without one.
scenario_not_asked_for()
{
	rt neigh del "${ADDR4[blue]}" dev blue
	rt neigh add "${ADDR4[blue]}" dev blue nud none
	probe red "${ADDR4[blue]}"
	got blue 1
	rt neigh replace "${ADDR4[blue]}" lladdr "${MAC[blue]}" dev blue nud permanent
	probe red "${ADDR4[blue]}"
	got blue 1
	fast 1
}

@test "a neighbour that nobody has asked for yet" { both scenario_not_asked_for; }
