# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Random frames of a namespace that also claims addresses of others, floods netlink or forges its messages
# (mischief.c), while a daemon follows.
# shellcheck disable=SC2030,SC2031 # tests are subshells of their own

load adversary

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

# mischief MEANS NAMESPACE/DEV ARGUMENT...: goes on until the test ends, or mischief_stop.
mischief()
{
	local log=$BATS_TEST_TMPDIR/mischief.${#MISCHIEF[@]}

	: >"$log"
	background "$TOOLS/mischief" "$@" >"$log"
	MISCHIEF+=($!)
	wait_until 20 grep -q ready "$log"
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
