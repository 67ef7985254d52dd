# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A confined namespace's device moves into another namespace: its settings still hold for the port.
# shellcheck disable=SC2034 # live.bash uses them

load confinement

# move FROM TO: root of FROM gives its eth0 to TO, and all that it had there.
move()
{
	ip -n "nsa-$1" link set eth0 netns "nsa-$2"
	has_blues "nsa-$2"
}

# has_blues NAMESPACE: what blue had, on its eth0.
has_blues()
{
	ip -n "$1" -batch - <<-EOF
		link set lo up
		addr add ${ADDR4[blue]}/24 dev eth0
		addr add ${ADDR6[blue]}/64 dev eth0 nodad
		link set eth0 up
		route add default via ${GW4[blue]}
		route add default via ${GW6[blue]}
		neigh replace ${GW4[blue]} lladdr ${RT_MAC[blue]} dev eth0 nud permanent
		neigh replace ${GW6[blue]} lladdr ${RT_MAC[blue]} dev eth0 nud permanent
	EOF
}

@test "isolated: its device in a namespace of its own is no way out" {
	local -a to=("${ADDR4[red]}" "${ADDR4[wire]}" 10.1.0.1 "${ADDR6[red]}" fd00:0:1::1)

	live_topology
	ns_add nsa-child
	move blue child
	for address in "${to[@]}"; do
		reaches nsa-child "$address"
	done
	topo_down

	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	reaches_not nsa-blue "${to[@]}"
	is_confined blue itself nsa-blue
	move blue child
	is_confined blue moved nsa-blue
	settle
	reaches_not nsa-child "${to[@]}"
	reaches_not nsa-red "${ADDR4[blue]}" "${ADDR6[blue]}"
	reaches_not nsa-rt "${ADDR4[blue]}"
	[[ $(counter nsa-blue 'drop_.*') -gt 0 && $(counter nsa-child '.*') == 0 ]]
	noted "blue leads to namespace nsa-child now, but is held to the settings of nsa-blue"
	logged "blue leads to namespace nsa-child"
	# It says nothing of the new one; what has no slot has no quota to use up.
	nsaccel -j ns show | jq -e 'any(.netns == "nsa-blue" and .isolated)'
	# A daemon that is started anew, and commands, see it the same way.
	daemon_stop KILL
	nsaccel sync
	confined blue moved nsa-blue
	reaches_not nsa-child "${to[@]}"
	daemon_start
	settle
	confined blue moved nsa-blue
	reaches_not nsa-child "${to[@]}"
	# Back again, it is itself.
	ip -n nsa-child link set eth0 netns nsa-blue
	is_confined blue itself nsa-blue
	leaf_up blue static
	settle
	reaches_not nsa-blue "${to[@]}"
}

@test "isolated: moved while nobody looked" {
	live_topology
	attach eth0 eth1
	ns_add nsa-child
	nsaccel ns set nsa-blue --isolated
	move blue child
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	# Attaching another, or the same again, looks at all of it.
	nsaccel -n nsa-rt attach --static eth0
	confined blue moved nsa-blue
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	daemon_start
	settle
	reaches_not nsa-child "${ADDR4[red]}" 10.1.0.1
	# Attached by name it would be a wire.
	fails 2 "leads to namespace nsa-blue" nsaccel -n nsa-rt attach blue
	fails 2 "nsa-blue is to fail closed" nsaccel detach --all
}

@test "guard, policy and limit follow the device, too" {
	up
	ns_add nsa-child
	ns_set nsa-blue --guard drop --sources "${ADDR4[blue]}"
	change nsaccel -n nsa-rt policy add --from nsa-blue --to nsa-red deny
	move blue child
	is_confined blue moved nsa-blue
	settle
	reaches nsa-child "${ADDR4[wire]}"
	reaches_not nsa-child "${ADDR4[red]}"
	[[ $(counter nsa-blue drop_policy) -gt 0 ]]
	# Not one of the listed.
	reaches_not nsa-child "${ADDR6[wire]}"
	[[ $(counter nsa-blue drop_guard_source) -gt 0 ]]
	change nsaccel limit set nsa-blue out pps 1 pps-burst 1
	run in_ns nsa-child ping -n -q -c 10 -i 0.01 -W 0.2 "${ADDR4[wire]}"
	[[ $(counter nsa-blue drop_limit) -gt 0 ]]
}

@test "named by a rule alone: that, too, confines" {
	up
	ns_add nsa-child
	change nsaccel -n nsa-rt policy add --from nsa-blue --to nsa-red deny
	reaches_not nsa-blue "${ADDR4[red]}"
	move blue child
	is_confined blue moved nsa-blue
	reaches_not nsa-child "${ADDR4[red]}"
	reaches nsa-child "${ADDR4[wire]}"
	change nsaccel -n nsa-rt policy flush
	is_confined blue none
	reaches nsa-child "${ADDR4[red]}"
}

@test "the user's word ends it: of who was confined, or of who is there" {
	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	move blue child
	is_confined blue moved nsa-blue
	ns_set nsa-blue --isolated=off
	confined blue none
	reaches nsa-child "${ADDR4[red]}"

	ns_set nsa-child --isolated
	confined blue itself nsa-child
	ip -n nsa-child link set eth0 netns nsa-blue
	is_confined blue moved nsa-child
	leaf_up blue static
	settle
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1
	ns_set nsa-blue --isolated=off
	is_confined blue none
	reaches nsa-blue "${ADDR4[red]}"
}

@test "moved into a namespace that something else was said of: closed, in and out" {
	up
	ns_set nsa-blue --guard drop
	ns_set nsa-red --policy deny
	ip -n nsa-red link set eth0 down
	ip -n nsa-red link set eth0 name own
	move blue red
	is_confined blue closed nsa-blue
	settle
	noted "blue is closed: it was namespace nsa-blue's, and leads to nsa-red now"
	logged "blue is closed"
	reaches_not nsa-red 10.1.0.1 "${ADDR4[wire]}" "${ADDR6[wire]}"
	[[ $(counter nsa-blue drop_closed) -gt 0 ]]
	# Not even what the owner itself sends gets in, nor ARP.
	probe wire "${ADDR4[blue]}" "${ADDR6[blue]}" "${ADDR4[blue]},opts=01010101"
	got
	ip -n nsa-rt neigh del "${ADDR4[blue]}" dev blue
	reaches_not nsa-rt "${ADDR4[blue]}"
	[[ $(counter nsa-rt drop_closed tc_egress) -gt 0 ]]
	ns_set nsa-red --policy allow
	is_confined blue none
	reaches nsa-red 10.1.0.1
}

@test "two that are confined swap their devices: both are closed" {
	up
	ns_add nsa-between
	ns_set nsa-blue --guard drop
	ns_set nsa-red --guard drop
	ip -n nsa-red link set eth0 netns nsa-between
	move blue red
	ip -n nsa-between link set eth0 netns nsa-blue
	ip -n nsa-blue -batch - <<-EOF
		addr add ${ADDR4[red]}/24 dev eth0
		link set eth0 up
		route add default via ${GW4[red]}
	EOF
	is_confined blue closed nsa-blue
	is_confined red closed nsa-red
	reaches_not nsa-blue "${ADDR4[wire]}"
	reaches_not nsa-red "${ADDR4[wire]}"
}

@test "a route into a namespace that was told leads nowhere else" {
	up
	ns_add nsa-child
	ns_set nsa-blue --isolated
	change nsaccel -n nsa-rt route add "${ADDR4[blue]}" netns nsa-blue
	probe wire "${ADDR4[blue]}"
	got blue 1
	ip -n nsa-blue link set eth0 netns nsa-child
	ip -n nsa-child link set eth0 up
	is_confined blue moved nsa-blue
	settle
	WATCHED+=(nsa-child)
	probe wire "${ADDR4[blue]}"
	got
}

@test "isolated: a MAC that isn't its device's gets nothing in, either" {
	live_topology
	accelerate
	# Whatever MAC blue answers with.
	ip -n nsa-rt neigh replace "${ADDR4[blue]}" lladdr 02:00:00:00:77:77 dev blue nud permanent
	settle
	probe wire "${ADDR4[blue]}"
	ns_set nsa-blue --isolated
	probe wire "${ADDR4[blue]}" "${ADDR4[blue]},opts=01010101"
	[[ $(counted drop_isolated) -ge 1 ]] || fail "$(tally)"
	! grep -q "^nsa-blue " "$BATS_TEST_TMPDIR/received" || fail "$(tally)"
}
