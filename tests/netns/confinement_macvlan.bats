# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Macvlans on a confined macvlan, and on its lower device: closed until the user names their namespace.
# shellcheck disable=SC2034 # live.bash uses them

load confinement

# Root of mac makes another macvlan, on its own, in a namespace of its own.
make_macvlan()
{
	ns_add nsa-child
	ip -n nsa-mac link add link eth0 name m2 address 02:00:00:00:00:66 type macvlan mode bridge
	ip -n nsa-mac link set m2 netns nsa-child
	ip -n nsa-child -batch - <<-EOF
		link set lo up
		link set m2 name eth0
		addr add 10.0.0.66/24 dev eth0
		link set eth0 up
		route add default via 10.0.0.1
	EOF
}

# macvlan NETNS STATE
macvlan()
{
	nsaccel -j endpoint show | jq -e --arg ns "$1" --arg state "$2" '
		any(.netns == $ns and .kind == "macvlan" and .confined == $state)' >/dev/null
}

is_macvlan()
{
	wait_until 10 macvlan "$@" || fail "$(nsaccel endpoint show)"
}

@test "a macvlan on a confined one's is closed, until the user names its namespace" {
	up
	make_macvlan
	is_macvlan nsa-child none
	reaches nsa-child 10.0.0.1
	reaches nsa-child "${ADDR4[blue]}"
	ip netns del nsa-child
	wait_until 10 is_unknown nsa-child

	ns_set nsa-mac --guard drop --sources 10.0.0.10
	is_macvlan nsa-mac itself
	make_macvlan
	is_macvlan nsa-child closed
	settle
	reaches_not nsa-child 10.0.0.1 "${ADDR4[blue]}" "${ADDR4[wire]}" "${ADDR4[mac3]}"
	reaches_not nsa-wire 10.0.0.66
	[[ $(counter nsa-child drop_closed) -gt 0 ]]
	noted "a macvlan of namespace nsa-child is closed: it is new on eth0"
	logged "a macvlan of namespace nsa-child is closed"
	# Who is confined goes on, and so does who was there before; also with another MAC.
	reaches nsa-mac "${ADDR4[blue]}"
	reaches nsa-mac3 "${ADDR4[blue]}"
	change ip -n nsa-mac3 link set eth0 address 02:00:00:00:00:99
	is_macvlan nsa-mac3 none
	ip -n nsa-rt neigh del "${ADDR4[mac3]}" dev eth0
	reaches nsa-mac3 "${ADDR4[blue]}"
	# Nobody looking, and somebody else looking for the first time, make no difference.
	daemon_stop KILL
	nsaccel sync
	macvlan nsa-child closed
	macvlan nsa-mac3 none
	daemon_start
	settle
	reaches_not nsa-child 10.0.0.1 "${ADDR4[wire]}"
	ns_set nsa-child --guard off
	macvlan nsa-child none
	reaches nsa-child "${ADDR4[blue]}"
}

@test "with the last that was confined on it, a lower closes nobody any more" {
	up
	ns_set nsa-mac --guard drop
	make_macvlan
	is_macvlan nsa-child closed
	ns_set nsa-mac --guard pass
	macvlan nsa-child none
	reaches nsa-child 10.0.0.1
}

@test "among confined macvlans no MAC that isn't known gets to the wire" {
	local forged="10.0.0.2,src=10.0.0.66,smac=02:00:00:00:00:66,dmac=${MAC[wire]}"

	up
	# By the kernel alone it does.
	probe mac "$forged"
	got wire 1
	ns_set nsa-mac --guard drop
	probe mac "$forged"
	got
	[[ $(counter nsa-rt drop_closed tc_egress) == 1 ]] || fail "$(stats)"
	# Its own, and another once it is seen, do.
	probe mac "10.0.0.2,dmac=${MAC[wire]}"
	got wire 1
	ip -n nsa-mac link set eth0 address 02:00:00:00:00:77
	change ip -n nsa-rt neigh replace "${ADDR4[mac]}" lladdr 02:00:00:00:00:77 dev eth0 nud permanent
	probe mac "10.0.0.2,dmac=${MAC[wire]},smac=02:00:00:00:00:77"
	got wire 1
	# And so does the owner, also by macvlans and VLANs of its own.
	ip -n nsa-rt link add link eth0 name own address 02:00:00:00:00:88 type macvlan mode bridge
	ip -n nsa-rt addr add 10.0.0.88/24 dev own
	ip -n nsa-rt link set own up
	settle
	in_ns nsa-rt ping -n -q -c 1 -W 2 -I own "${ADDR4[wire]}" >/dev/null || fail "$(stats)"
}
