# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2030,SC2031 # tests are subshells of their own
# Somebody in a namespace, or on the wire, sends frames that are random in every field: what isn't
# allowed to arrive doesn't, anywhere. NSA_FRAMES says how many in each scenario ("make adversary").

load live

FRAMES=${NSA_FRAMES:-20000}
SEED=${NSA_SEED:-1}

setup()
{
	topo_up
	local leaf
	for leaf in rt "${LEAVES[@]}"; do
		ip -n "nsa-$leaf" link set lo up
	done
	attach eth0 eth1
}

teardown()
{
	mischief_stop
	live_teardown
}

# What the adversary draws from, beside chance: its own first.
pools()
{
	local own=$1 leaf macs ip4 ip6

	macs=${MAC[$own]},${RT_MAC[${PORT[$own]}]} ip4=${ADDR4[$own]},${GW4[$own]}
	ip6=${ADDR6[$own]},${GW6[$own]}
	for leaf in "${LEAVES[@]}"; do
		[[ $leaf == "$own" ]] || {
			macs+=,${MAC[$leaf]}
			ip4+=,${ADDR4[$leaf]}
			ip6+=,${ADDR6[$leaf]}
		}
	done
	echo "mac=$macs" "ip4=$ip4,10.50.0.7" "ip6=$ip6,fd00:50::7"
}

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

BR_MAC=02:00:00:09:00:01

# Two containers, nsa-c1 and nsa-c2, on a bridge of the owner's.
bridged_guests()
{
	local i

	ns_add nsa-c1 nsa-c2
	ip -n nsa-rt -batch - <<-EOF
		link add br0 address $BR_MAC type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		addr add 10.9.0.1/24 dev br0
		addr add fd00:0:9::1/64 dev br0 nodad
		link set br0 up
	EOF
	for i in 1 2; do
		ip link add "c$i" netns nsa-rt type veth peer name eth0 \
			netns "nsa-c$i" address "02:00:00:09:00:1$i"
		ip -n nsa-rt link set "c$i" master br0 up
		ip -n "nsa-c$i" -batch - <<-EOF
			link set lo up
			addr add 10.9.0.1$i/24 dev eth0
			addr add fd00:0:9::1$i/64 dev eth0 nodad
			link set eth0 up
			route add default via 10.9.0.1
			route add default via fd00:0:9::1
		EOF
	done
	in_ns nsa-rt "$NSACCEL" sync >/dev/null
}

guests()
{
	local ns

	ns_add "$@"
	for ns; do
		ip -n "$ns" link set lo up
	done
}

# judge LEAF RULE
judge()
{
	echo "nsa-$1/eth0,${RT_MAC[${PORT[$1]}]},$2"
}

# nothing_at LEAF...
nothing_at()
{
	local leaf

	for leaf; do
		judge "$leaf" nothing
	done
}

# misbehave LEAF JUDGE...: the verdicts are in the file "verdicts".
misbehave()
{
	# shellcheck disable=SC2046
	misbehave_by "nsa-$1/eth0" $(pools "$1") -- "${@:2}"
}

misbehave_by()
{
	"$TOOLS/adversary" "$FRAMES" "$SEED" "$@" >"$BATS_TEST_TMPDIR/verdicts" ||
		fail "leaked: $(cat "$BATS_TEST_TMPDIR/verdicts")" || return
	# For the record of a long run.
	[[ -z ${NSA_FRAMES:-} ]] || sed "s/^/# $BATS_TEST_DESCRIPTION: /" "$BATS_TEST_TMPDIR/verdicts" >&3
}

# leaks SENDER POOLS... -- JUDGE...: as things are, that which may not arrive does, in a few frames. What
# the owner answers to these is over when it returns.
leaks()
{
	sysctl_in nsa-rt net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1
	run -1 "$TOOLS/adversary" 4000 "$SEED" "$@"
	[[ $output == *'"first"'* ]] || fail "not: $output" || return
	wait_until 5 reassembled
}

# The owner has no fragments that wait for others, of which it would tell the sender.
reassembled()
{
	[[ $(in_ns nsa-rt cat /proc/net/sockstat /proc/net/sockstat6 | grep -c '^FRAG6\?: inuse 0 ') == 2 ]]
}

# allowed LEAF: so many frames did arrive there.
allowed()
{
	jq --arg at "nsa-$1/eth0" 'select(.at == $at) | .allowed' "$BATS_TEST_TMPDIR/verdicts"
}

# What the owner's own IP got, and what it forwarded.
owner_heard()
{
	# shellcheck disable=SC2016
	in_ns nsa-rt awk '
		/^Ip: [0-9]/ { n += $4 + $7 }
		$1 == "Ip6OutForwDatagrams" || $1 == "Icmp6InEchos" { n += $2 }
		END { print n }' /proc/net/snmp /proc/net/snmp6
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

# ---- what root of a namespace does beside, while a daemon follows --------------------------------

# follow COMMAND...: what is said, and a daemon that follows from then on.
follow()
{
	"$@"
	daemon_start
	settle
}

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

# deafen LEAF: nor does it answer anybody whose address a macvlan has made use of on the wire.
deafen()
{
	in_ns "nsa-$1" nft -f - <<-EOF
		table netdev deaf { chain in { type filter hook ingress device eth0 priority 0; policy drop; }; }
	EOF
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

# ---- what it does at the same time (mischief.c) --------------------------------------------------

declare -ga MISCHIEF=()

# mischief MEANS NAMESPACE/DEV ARGUMENT...: goes on until the test ends, or mischief_stop.
mischief()
{
	local log=$BATS_TEST_TMPDIR/mischief.${#MISCHIEF[@]}

	: >"$log"
	background "$TOOLS/mischief" "$@" >"$log"
	MISCHIEF+=($!)
	wait_until 20 grep -q ready "$log"
}

mischief_stop()
{
	local pid

	for pid in "${MISCHIEF[@]}"; do
		kill "$pid"
		wait "$pid" || true
	done
	MISCHIEF=()
}

# everybody_but_blue RULE: judges.
everybody_but_blue()
{
	local leaf

	for leaf in red wire wire2 mac mac2 mac3; do
		judge "$leaf" "$1"
	done
}

# others ADDRESS...: of all leaves, but those; what the owner has on their links; broadcast addresses.
others()
{
	printf '%s\n' "${ADDR4[@]}" "${ADDR6[@]}" "${GW4[@]}" "${GW6[@]}" 10.1.0.255 10.1.0.0 10.0.0.255 \
		255.255.255.255 0.0.0.0 | sort -u | grep -vxF "$(printf '%s\n' "$@")"
}

@test "guarded, claiming others' addresses: nobody else's address" {
	local -a judges

	mapfile -t judges < <(everybody_but_blue "from;${ADDR4[blue]};${ADDR6[blue]}")
	daemon_start
	# shellcheck disable=SC2046
	mischief claim nsa-blue/eth0 $(others "${ADDR4[blue]}" "${ADDR6[blue]}")
	# shellcheck disable=SC2046
	leaks nsa-blue/eth0 $(pools blue) -- "${judges[@]}"
	nsaccel ns set nsa-blue --guard drop
	# shellcheck disable=SC2046
	misbehave_by nsa-blue/eth0 $(pools blue | sed 's/10.50.0.7/&,10.1.0.255,10.1.0.0/') -- "${judges[@]}"
	[[ $(allowed red) -gt 0 && $(allowed wire) -gt 0 ]]
}

# Likewise of one on the bridge.
bridged_pools()
{
	echo "mac=02:00:00:09:00:11,$BR_MAC,02:00:00:09:00:12,${MAC[red]}" \
		"ip4=10.9.0.11,10.9.0.1,10.9.0.12,10.9.0.255,${ADDR4[red]},${ADDR4[wire]}" \
		"ip6=fd00:0:9::11,fd00:0:9::1,fd00:0:9::12,${ADDR6[red]},${ADDR6[wire]}"
}

@test "guarded on a bridge, claiming others' addresses: nobody else's, not to a sibling either" {
	local -a judges
	local i own="10.9.0.11;fd00:0:9::11"

	bridged_guests
	for i in 1 2; do
		echo "neigh replace 10.9.0.1$i lladdr 02:00:00:09:00:1$i dev br0 nud permanent"
		echo "neigh replace fd00:0:9::1$i lladdr 02:00:00:09:00:1$i dev br0 nud permanent"
	done | ip -n nsa-rt -batch -
	mapfile -t judges < <(everybody_but_blue "from;$own")
	judges+=("nsa-c2/eth0,$BR_MAC,beside;$own")
	daemon_start
	mischief claim nsa-c1/eth0 10.9.0.12 fd00:0:9::12 10.9.0.1 fd00:0:9::1 10.9.0.255 \
		"${ADDR4[red]}" "${ADDR6[red]}" "${ADDR4[wire]}" "${ADDR6[wire]}"
	# shellcheck disable=SC2046
	leaks nsa-c1/eth0 $(bridged_pools) -- "${judges[@]}"
	nsaccel ns set nsa-c1 --guard drop
	# What it has taken so far. The owner's entries are permanent: one that it loses is the first comer's.
	bridge -n nsa-rt fdb replace 02:00:00:09:00:12 dev c2 master dynamic
	settle
	# shellcheck disable=SC2046
	misbehave_by nsa-c1/eth0 $(bridged_pools) -- "${judges[@]}"
	[[ $(allowed red) -gt 0 ]]
	[[ $(ip -n nsa-rt neigh show to 10.9.0.12) == *02:00:00:09:00:12* ]]
	[[ $(ip -n nsa-rt neigh show to fd00:0:9::12) == *02:00:00:09:00:12* ]]
}

@test "guarded as a macvlan, claiming others' addresses: nobody else's address" {
	local -a judges
	local leaf

	# By another macvlan's MAC it would speak as that one, which nothing shows; what it says on the
	# wire by the lower's own isn't looked at.
	ip -n nsa-mac3 link del eth0
	deafen wire
	for leaf in red blue wire2 mac2; do
		judges+=("$(judge $leaf "from;${ADDR4[mac]};${ADDR6[mac]}")")
	done
	daemon_start
	# shellcheck disable=SC2046
	mischief claim nsa-mac/eth0 $(others "${ADDR4[mac]}" "${ADDR6[mac]}")
	# shellcheck disable=SC2046
	leaks nsa-mac/eth0 $(pools mac) -- "${judges[@]}"
	nsaccel ns set nsa-mac --guard drop
	# shellcheck disable=SC2046
	misbehave_by nsa-mac/eth0 $(pools mac) -- "${judges[@]}"
	[[ $(allowed red) -gt 0 ]]
}

# A daemon that says what it misses.
watchful_daemon()
{
	DAEMON_LOG=$BATS_TEST_TMPDIR/daemon.log
	: >"$DAEMON_LOG"
	background "$NSACCEL" --debug daemon >>"$DAEMON_LOG" 2>&1
	DAEMON=$!
	wait_until 20 grep -q ready "$DAEMON_LOG"
}

# So many changes that the daemon hasn't heard all.
flood_until_lost()
{
	watchful_daemon
	mischief flood nsa-blue/eth0
	# However fast it is: it doesn't listen for a while.
	kill -STOP "$DAEMON"
	# Beside others rtnetlink's lock is had by who gets to run.
	renice -n -15 -p "${MISCHIEF[-1]}" >/dev/null
	wait_until 60 overrun
	renice -n 0 -p "${MISCHIEF[-1]}" >/dev/null
	kill -CONT "$DAEMON"
	wait_until 20 grep -q 'events were lost' "$DAEMON_LOG"
}

# Something was dropped at a netlink socket, of which the daemon has the only one here.
overrun()
{
	awk '$2 == 0 && $3 > 0 && $9 > 0 { found = 1 } END { exit !found }' /proc/net/netlink
}

@test "isolated, flooding netlink: nothing, not even to the owner" {
	local before

	# shellcheck disable=SC2046
	leaks nsa-blue/eth0 $(pools blue) -- $(nothing_at wire wire2 red mac mac2 mac3)
	nsaccel ns set nsa-blue --isolated
	flood_until_lost
	before=$(owner_heard)
	# shellcheck disable=SC2046
	misbehave blue $(nothing_at wire wire2 red mac mac2 mac3)
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
	mischief_stop
	settle
}

@test "guarded and denied, flooding netlink: what a rule allows, and nothing else" {
	local -a judges=("$(judge red "routed;${ADDR4[blue]};10.2.0.0;255.255.255.0;53")")

	# shellcheck disable=SC2207
	judges+=($(nothing_at wire wire2 mac mac2 mac3))
	# shellcheck disable=SC2046
	leaks nsa-blue/eth0 $(pools blue) -- "${judges[@]}"
	nsaccel ns set nsa-blue --guard drop --policy deny
	nsaccel -n nsa-rt policy add --from nsa-blue --to 10.2.0.0/24 proto udp dport 53 allow
	flood_until_lost
	misbehave blue "${judges[@]}"
	[[ $(allowed red) -gt 0 ]]
}

@test "isolated, while it and another forge netlink: nothing in, nothing out" {
	local before link nsid
	local -a judges

	mapfile -t judges < <(nothing_at wire wire2 red mac mac2 mac3)
	# shellcheck disable=SC2046
	leaks nsa-blue/eth0 $(pools blue) -- "${judges[@]}"
	follow nsaccel ns set nsa-blue --isolated
	# The other's lie: blue's port leads to it.
	link=$(ip -n nsa-rt -j link show dev blue | jq '.[0].ifindex')
	nsid=$(in_ns nsa-red ip -j link show dev eth0 | jq '.[0].link_netnsid')
	mischief forge nsa-red/eth0 "$link" "$nsid"
	# shellcheck disable=SC2046
	misbehave wire $(nothing_at blue)
	wait_until 5 reassembled
	# Not before, since it lies to him who puts the judge there, too.
	mischief forge nsa-blue/eth0 "$link" "$nsid"
	before=$(owner_heard)
	misbehave blue "${judges[@]}"
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
	mischief_stop
	settle
}

# In the background: names, until the message that tells of the device is longer than 64 KiB.
grow()
{
	local n

	for n in {100..580}; do
		printf 'link property add dev eth0 altname n%d%0123d\n' "$n" 0
	done >"$BATS_TEST_TMPDIR/names"
	background ip -n "$1" -force -batch "$BATS_TEST_TMPDIR/names" 2>/dev/null
}

is_long()
{
	[[ $(ip -n "$1" -j link show dev eth0 | jq '.[0].altnames | length') -gt 450 ]]
}

@test "isolated, with a device that takes a message longer than 64 KiB: nothing, not even to the owner" {
	local before
	local -a judges

	mapfile -t judges < <(nothing_at wire wire2 red mac mac2 mac3)
	# shellcheck disable=SC2046
	leaks nsa-blue/eth0 $(pools blue) -- "${judges[@]}"
	follow nsaccel ns set nsa-blue --isolated
	before=$(owner_heard)
	grow nsa-blue
	misbehave blue "${judges[@]}"
	wait_until 20 is_long nsa-blue
	ip -n nsa-blue link set eth0 alias changed
	ip -n nsa-blue addr add 10.1.0.77/24 dev eth0
	settle
	((++SEED))
	misbehave blue "${judges[@]}"
	[[ $(owner_heard) == "$before" ]] || fail "the owner got IP packets"
}
