# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Random frames of a namespace whose root moves its device, or makes bridges, veths and macvlans, while a
# daemon follows.
# shellcheck disable=SC2030,SC2031 # tests are subshells of their own

load adversary

# move_device FROM TO: blue's device, up.
move_device()
{
	ip -n "$1" link set eth0 netns "$2"
	ip -n "$2" link set eth0 up
}

@test "isolated, with its device in a namespace of its own, to and fro: nothing, not even to the owner" {
	local before

	guests nsa-child
	follow nsaccel ns set nsa-blue --isolated
	before=$(owner_heard)
	for to in nsa-child nsa-blue nsa-child; do
		[[ $to == nsa-blue ]] && move_device nsa-child nsa-blue || move_device nsa-blue nsa-child
		# shellcheck disable=SC2046
		misbehave_by "$to/eth0" $(pools blue) -- $(nothing_at wire wire2 red mac mac2 mac3)
		((++SEED))
	done
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
	[[ $(counter nsa-child 'fwd_.*|pass_.*') == 0 ]] || fail "$(stats)"
}

@test "isolated, out of sight and back again: nothing, not even to the owner" {
	local before

	follow nsaccel ns set nsa-blue --isolated
	before=$(owner_heard)
	# A descriptor alone keeps it, that of no mount.
	background nsenter --net=/run/netns/nsa-blue -- sleep 1000
	wait_until 5 is_in $! nsa-blue
	exec 5<"/proc/$!/ns/net"
	kill $!
	umount /run/netns/nsa-blue
	rm /run/netns/nsa-blue
	nsaccel sync
	wait_until 10 is_unseen
	touch /run/netns/nsa-blue
	mount --no-canonicalize --bind /proc/self/fd/5 /run/netns/nsa-blue
	exec 5<&-
	# shellcheck disable=SC2046
	misbehave blue $(nothing_at wire wire2 red mac mac2 mac3)
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
	[[ $(counter nsa-blue 'drop_.*') -gt $((FRAMES / 2)) ]]
}

# is_in PID NAMESPACE
is_in()
{
	[[ /proc/$1/ns/net -ef /run/netns/$2 ]]
}

is_unseen()
{
	nsaccel -j status | jq -e 'any(.owners[].ports[]; .confined.state == "unseen")' >/dev/null
}

# Behind a bridge in blue, on which its own device is: nsa-child.
bridge_in_blue()
{
	guests nsa-child
	ip -n nsa-blue -batch - <<-EOF
		link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		link set br0 up
		link set eth0 master br0
		link add veth type veth peer name eth0 netns nsa-child address 02:00:00:01:00:99
		link set veth master br0 up
	EOF
	ip -n nsa-child link set eth0 up
}

@test "isolated, with a bridge and veths of its own: nothing, not even to the owner" {
	local before

	bridge_in_blue
	follow nsaccel ns set nsa-blue --isolated
	before=$(owner_heard)
	# shellcheck disable=SC2046
	misbehave_by nsa-child/eth0 $(pools blue) -- $(nothing_at wire wire2 red mac mac2 mac3)
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
}

@test "guarded, with a bridge and veths of its own: nobody else's address" {
	bridge_in_blue
	follow nsaccel ns set nsa-blue --guard drop --sources "${ADDR4[blue]},${ADDR6[blue]}"
	# shellcheck disable=SC2046
	misbehave_by nsa-child/eth0 $(pools blue) -- \
		"$(judge red "from;${ADDR4[blue]};${ADDR6[blue]}")" \
		"$(judge wire "from;${ADDR4[blue]};${ADDR6[blue]}")" \
		"$(judge wire2 "from;${ADDR4[blue]};${ADDR6[blue]}")"
	[[ $(allowed red) -gt 0 ]]
}

@test "denied, with macvlans of its own making: nothing that is routed" {
	guests nsa-child
	deafen wire
	nsaccel ns set nsa-mac --guard drop --policy deny
	nsaccel ns set nsa-mac3 --policy deny # whose MAC is told, too
	daemon_start
	ip -n nsa-mac link add link eth0 name m2 address 02:00:00:00:00:66 type macvlan mode bridge
	ip -n nsa-mac link set m2 netns nsa-child
	ip -n nsa-child link set m2 name eth0
	ip -n nsa-child link set eth0 up
	# shellcheck disable=SC2046
	misbehave_by nsa-child/eth0 $(pools mac | sed "s/mac=/&02:00:00:00:00:66,/") -- \
		$(nothing_at blue red wire2 mac2)
	settle
	[[ $(counter nsa-child drop_closed) -gt 0 ]] || fail "$(stats)"
	[[ $(counter nsa-child 'fwd_.*') == 0 ]] || fail "$(stats)"
}
