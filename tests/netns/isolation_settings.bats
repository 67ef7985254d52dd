# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Settings of namespaces fail closed, outlive the daemon, and end with their namespace.
# shellcheck disable=SC2034 # live.bash uses them

load isolation

# ---- fails closed ---------------------------------------------------------------------------

@test "on-miss: what is out of date or gone isn't left to the kernel" {
	up
	ns_set nsa-blue --on-miss drop
	probe blue 10.0.1.2
	got wire2 1
	# Nobody follows the kernel any more.
	daemon_stop KILL
	ip -n nsa-rt link del eth1
	sends blue 10.0.1.2 drop_closed
	sends red 10.0.1.2 pass_no_device
	# What isn't missing goes on; what the kernel is asked for is the kernel's.
	sends blue 10.0.0.2 fwd_nic
	sends blue 203.0.113.9 pass_no_route
}

@test "detach: refused while somebody would be opened; --force" {
	up
	daemon_stop
	ns_set nsa-blue --isolated
	# Not the last one: the ports behind stay.
	nsaccel -n nsa-rt detach eth1
	nsaccel -n nsa-rt attach --static eth1
	nsaccel -n nsa-rt detach eth1
	fails 2 "namespace nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth0
	fails 2 "namespace nsa-blue is to fail closed" nsaccel -n nsa-rt detach --all
	fails 2 "detach --force" nsaccel detach --all
	# Attached by name, its host end would be a wire.
	fails 2 "leads to namespace nsa-blue" nsaccel -n nsa-rt attach --static blue
	probe blue 10.0.0.2
	got
	nsaccel -n nsa-rt detach eth0 --force
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	reaches blue 10.0.0.2

	attach eth0
	nsaccel ns set nsa-blue --on-miss drop
	fails 2 "nsa-blue" nsaccel detach --all
	nsaccel ns set nsa-blue --on-miss pass
	nsaccel detach --all
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	attach eth0
	nsaccel ns set nsa-blue --isolated
	nsaccel ns set nsa-blue --isolated=off
	nsaccel detach --all
	attach eth0
	nsaccel ns set nsa-blue --isolated
	nsaccel detach --all --force
	wait_until 5 no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
}

# ---- what lasts, and what doesn't -----------------------------------------------------------

# said NAMESPACE: what was said of it.
said()
{
	nsaccel -j ns show | jq -c --arg ns "$1" \
		'.[] | select(.netns == $ns) | [.isolated, .guard, .on_miss, .limited, .sources]'
}

@test "settings outlive the daemon, and devices that go" {
	local before

	up
	ns_set nsa-blue --isolated --sources 10.1.0.2
	change nsaccel limit set nsa-blue out pps 100k
	before=$(said nsa-blue)
	[[ $before == '[true,"drop","drop",true,["10.1.0.2/32"]]' ]] || fail "$before"
	daemon_stop KILL
	probe blue 10.0.0.2
	got
	daemon_start
	settle
	[[ $(said nsa-blue) == "$before" ]]
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	nsaccel sync
	[[ $(said nsa-blue) == "$before" ]]
	# Its device goes, and another comes: what was said is of the namespace.
	change ip -n nsa-rt link del blue
	[[ $(said nsa-blue) == "$before" ]]
	ip link add blue netns nsa-rt index 12 address "${RT_MAC[blue]}" type veth \
		peer name eth0 netns nsa-blue index 2 address "${MAC[blue]}"
	ip -n nsa-rt addr add 10.1.0.1/24 dev blue
	ip -n nsa-rt link set blue up
	leaf_up blue static
	settle
	probe blue 10.0.0.2
	dropped 1 drop_isolated
	probe wire 10.1.0.2
	dropped 1 drop_isolated
}

@test "settings go with the namespace: the next in its slot inherits nothing" {
	local slot

	up
	ns_set nsa-blue --isolated --sources 10.1.0.2
	change nsaccel limit set nsa-blue out pps 1
	# Slots that are free before blue's go to others.
	fill_slots
	slot=$(slot_of nsa-blue)
	ip netns del nsa-blue
	wait_until 10 is_forgotten nsa-blue
	settle
	# Of the same name, with a device of the same index: another namespace all the same.
	ns_add nsa-blue
	ip link add blue netns nsa-rt index 12 address "${RT_MAC[blue]}" type veth \
		peer name eth0 netns nsa-blue index 2 address "${MAC[blue]}"
	ip -n nsa-rt addr add 10.1.0.1/24 dev blue
	ip -n nsa-rt link set blue up
	leaf_up blue static
	settle
	wait_until 10 is_known nsa-blue
	[[ $(slot_of nsa-blue) == "$slot" ]]
	[[ $(said nsa-blue) == '[false,"pass","pass",false,null]' ]] || fail "$(said nsa-blue)"
	[[ $(nsaccel -j limit show) == '[]' ]]
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/sources" |
		jq -e --argjson slot "$slot" 'map(.formatted | select(.key.slot == $slot) | .value) |
			length == 0' || fail "$(nsaccel -j ns show)"
	probe blue 10.0.0.2 10.0.0.2 10.0.0.2,src=10.2.0.77
	got wire 3
	fast 2
}

slot_of()
{
	nsaccel -j ns show | jq --arg ns "$1" '.[] | select(.netns == $ns) | .slot'
}

fill_slots()
{
	local i

	for i in 1 2; do
		ns_add "nsa-more$i"
		ip link add "more$i" netns nsa-rt type veth peer name eth0 netns "nsa-more$i"
		ip -n nsa-rt link set "more$i" up
		ip -n "nsa-more$i" link set eth0 up
		wait_until 10 is_known "nsa-more$i"
	done
	settle
}

is_forgotten()
{
	! is_known "$1"
}

is_known()
{
	nsaccel -j ns show | jq -e --arg ns "$1" 'any(.netns == $ns)' >/dev/null
}
