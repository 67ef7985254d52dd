# SPDX-License-Identifier: GPL-2.0-only
# 240.0.0.0/4: addresses like others for Linux, which are used where private ones run out.

load live

teardown()
{
	live_teardown
}

scenario_class_e()
{
	# Of endpoints and of the wire's, on links, routed, and as sources.
	ip -n nsa-red addr add 240.2.0.2/24 dev eth0
	ip -n nsa-rt addr add 240.2.0.1/24 dev red
	rt neigh replace 240.2.0.2 lladdr "${MAC[red]}" dev red nud permanent
	rt route add 255.0.0.0/8 via "${ADDR4[wire]}"
	rt route add 241.0.0.0/8 via "${ADDR4[blue]}"
	keep_quiet nsa-red nsa-wire nsa-blue
	probe blue 240.2.0.2 240.2.0.2,src=241.9.9.9
	got red 2
	fast 2
	probe blue 255.1.2.3 255.255.255.254
	got wire 2
	fast 2
	probe wire 241.1.2.3,src=255.1.2.3
	got blue 1
	fast 1
	probe blue 255.255.255.255 240.2.0.255 240.2.0.1
	got
	fast 0
	probe wire 10.2.0.2,src=255.255.255.255
	got
	fast 0
}

@test "240.0.0.0/4" {
	both scenario_class_e
}
