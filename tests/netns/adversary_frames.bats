# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Random frames of a namespace, or from the wire: a frame that may not arrive arrives nowhere.
# NSA_FRAMES is the number of frames in each scenario ("make adversary").
# shellcheck disable=SC2030,SC2031 # tests are subshells of their own

load adversary

# Likewise of one that shares the NIC eth0 as 10.0.0.50 and fd00::50.
shared_pools()
{
	local leaf macs=${RT_MAC[eth0]},${MAC[wire]} ip4=10.0.0.50,${ADDR4[wire]} ip6=fd00::50,${ADDR6[wire]}

	for leaf in "${LEAVES[@]}" rt; do
		macs+=,${MAC[$leaf]:-02:00:00:00:00:99}
		ip4+=,${ADDR4[$leaf]}
		ip6+=,${ADDR6[$leaf]}
	done
	echo "mac=$macs" "ip4=$ip4" "ip6=$ip6"
}

@test "isolated, without a route: nothing, not even to the owner" {
	local before

	nsaccel ns set nsa-blue --isolated
	before=$(owner_heard)
	# shellcheck disable=SC2046
	misbehave blue $(nothing_at wire wire2 red mac mac2 mac3)
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
	[[ $(counter nsa-blue 'fwd_.*') == 0 ]]
	[[ $(counter nsa-blue 'drop_.*') -gt $((FRAMES / 2)) ]]
}

@test "isolated, with one route into another: its own packets there, nothing else" {
	nsaccel ns set nsa-blue --isolated
	nsaccel route add 10.2.0.0/24 netns nsa-red -n nsa-blue
	# shellcheck disable=SC2046
	misbehave blue $(nothing_at wire wire2 mac mac2 mac3) \
		"$(judge red "routed;${ADDR4[blue]};10.2.0.0;255.255.255.0")"
	[[ $(allowed red) -gt 0 ]]
}

@test "guarded, and the kernel routes: nobody else's address" {
	nsaccel ns set nsa-blue --guard drop
	# Everywhere, but only as itself.
	misbehave blue "$(judge red "from;${ADDR4[blue]};${ADDR6[blue]}")" \
		"$(judge wire "from;${ADDR4[blue]};${ADDR6[blue]}")" \
		"$(judge wire2 "from;${ADDR4[blue]};${ADDR6[blue]}")"
	[[ $(allowed red) -gt 0 && $(allowed wire) -gt 0 ]]
}

@test "a policy: what its rule allows, and nothing else" {
	nsaccel ns set nsa-blue --guard drop --policy deny
	nsaccel -n nsa-rt policy add --from nsa-blue --to 10.2.0.0/24 proto udp dport 53 allow
	# shellcheck disable=SC2046
	misbehave blue $(nothing_at wire wire2 mac mac2 mac3) \
		"$(judge red "routed;${ADDR4[blue]};10.2.0.0;255.255.255.0;53")"
	[[ $(allowed red) -gt 0 ]]
}

@test "isolated on a bridge, without a route: nothing, not even to a sibling" {
	bridged_guests
	nsaccel ns set nsa-c1 --isolated
	# shellcheck disable=SC2046
	misbehave_by nsa-c1/eth0 "mac=02:00:00:09:00:11,$BR_MAC,02:00:00:09:00:12,${MAC[red]}" \
		"ip4=10.9.0.11,10.9.0.1,10.9.0.12,${ADDR4[red]},${ADDR4[wire]}" \
		"ip6=fd00:0:9::11,fd00:0:9::1,fd00:0:9::12,${ADDR6[red]},${ADDR6[wire]}" -- \
		$(nothing_at wire wire2 blue red mac mac2 mac3) "nsa-c2/eth0,$BR_MAC,nothing"
	[[ $(counter nsa-c1 'drop_.*') -gt $((FRAMES / 2)) ]]
}

@test "from the wire into an isolated namespace: nothing" {
	nsaccel ns set nsa-blue --isolated
	nsaccel ns set nsa-red --isolated
	# shellcheck disable=SC2046
	misbehave wire $(nothing_at blue red)
}

@test "sharing a NIC: on the wire under its own address alone, and nothing elsewhere" {
	guests nsa-guest
	in_ns nsa-rt "$NSACCEL" share eth0 netns nsa-guest address 10.0.0.50/24
	in_ns nsa-rt "$NSACCEL" share eth0 netns nsa-guest address fd00::50/64
	# The owner has the guest's MAC, and asks for it when it answers: not now.
	ip -n nsa-rt neigh replace 10.0.0.50 lladdr "${RT_MAC[eth0]}" dev eth0 nud permanent
	ip -n nsa-rt neigh replace fd00::50 lladdr "${RT_MAC[eth0]}" dev eth0 nud permanent
	# shellcheck disable=SC2046
	misbehave_by nsa-guest/eth0 $(shared_pools) -- $(nothing_at wire2 blue red mac mac2 mac3) \
		"nsa-wire/eth0,${RT_MAC[eth0]},speaks;10.0.0.50;fd00::50"
	[[ $(allowed wire) -gt 0 ]]
}

@test "a VLAN of one's own: tagged on the wire, and nothing elsewhere" {
	guests nsa-guest
	in_ns nsa-rt "$NSACCEL" bind eth0 vlan 100 netns nsa-guest
	# shellcheck disable=SC2046
	misbehave_by nsa-guest/eth0.100 $(shared_pools) -- \
		$(nothing_at wire2 blue red mac mac2 mac3) "nsa-wire/eth0,${RT_MAC[eth0]},tagged;100"
	[[ $(allowed wire) -gt 0 ]]
}

@test "from the wire: who shares the NIC gets what is for its address, who has a VLAN what has its tag" {
	guests nsa-guest nsa-tenant
	in_ns nsa-rt "$NSACCEL" share eth0 netns nsa-guest address 10.0.0.50/24
	in_ns nsa-rt "$NSACCEL" bind eth0 vlan 101 netns nsa-tenant
	# 10.50.0.7 and so on are among what is drawn, and even VLANs; 10.0.0.50 and VLAN 101 aren't.
	misbehave wire "nsa-guest/eth0,${RT_MAC[eth0]},nothing" \
		"nsa-tenant/eth0.101,${RT_MAC[eth0]},nothing"
}
