# SPDX-License-Identifier: GPL-2.0-only
# Rules that change while nobody follows: programs see it themselves (Linux 6.2; rules within a chain
# 6.17), and leave all packets to the kernel until somebody has read them.
# shellcheck disable=SC2034,SC2153 # live.bash uses and sets them

load live

teardown()
{
	live_teardown
}

rt_nft()
{
	in_ns nsa-rt nft "$@"
}

# An attach that nobody follows.
attach_alone()
{
	local -a alone=()

	! nsaccel attach --help | grep -q -- --static || alone=(--static)
	nsaccel -n nsa-rt attach eth0 "${alone[@]}" "$@"
}

unfollowed()
{
	topo_up
	attach_alone
}

# pings COUNT [LEAF ADDRESS]: so many of three are answered.
pings()
{
	local got

	got=$(ping_from blue "${2:-${ADDR4[wire]}}" -W 1 || true)
	[[ $got == *" $1 received"* ]] || fail "not $1 of 3: $got"
}

fast_pings()
{
	local before

	before=$(counter nsa-blue 'fwd_.*')
	pings 3 "$@"
	[[ $(counter nsa-blue 'fwd_.*') -eq $((before + 3)) ]] || fail "not fast: $(stats)"
}

slow_pings()
{
	local before

	before=$(counter nsa-blue 'fwd_.*')
	pings "$@"
	[[ $(counter nsa-blue 'fwd_.*') -eq $before ]] || fail "by the fast path: $(stats)"
}

stale()
{
	fails 4 netfilter nsaccel check
	nsaccel status | grep -F 'shut, since rules have changed'
}

@test "a chain is added: its policy holds, and status says what keeps the fast path shut" {
	unfollowed
	fast_pings
	fast_pings "${ADDR6[wire]}"
	nsaccel check
	rt_nft 'table inet f { chain c { type filter hook forward priority 0; policy drop; }; }'
	slow_pings 0
	slow_pings 0 "${ADDR6[wire]}"
	stale
	rt_nft 'flush ruleset'
	# As it was, but nobody knows.
	slow_pings 3
	stale
	nsaccel sync
	nsaccel check
	fast_pings
	fast_pings "${ADDR6[wire]}"
	fails 1 '' eval "nsaccel status | grep -F 'rules have changed'"
}

@test "each hook that a packet meets is seen" {
	local chain

	unfollowed
	for chain in 'ip t' 'inet t' 'netdev t'; do
		if [[ $chain == netdev* ]]; then
			rt_nft "table $chain { chain c { type filter hook ingress device blue priority 0; policy drop; }; }"
		else
			rt_nft "table $chain { chain c { type filter hook prerouting priority 0; policy drop; }; }"
		fi
		slow_pings 0
		rt_nft 'flush ruleset'
		nsaccel sync
		fast_pings
	done
}

@test "legacy iptables makes its first rule" {
	unfollowed
	in_ns nsa-rt iptables-legacy -P FORWARD DROP || skip "no iptables-legacy"
	slow_pings 0
	# Nothing of IPv6's has changed.
	fast_pings "${ADDR6[wire]}"
	stale
	nsaccel sync
	nsaccel check
	slow_pings 0
}

@test "a rule is added to a chain that was judged" {
	[[ $(printf '6.17\n%s\n' "$(uname -r)" | sort -V | head -1) == 6.17 ]] ||
		skip "Linux before 6.17 doesn't show it"
	topo_up
	rt_nft 'table inet f { chain c { type filter hook input priority 0; accept; }; }'
	attach_alone
	fast_pings
	rt_nft 'table inet f { chain c { type filter hook input priority 0; drop; }; }'
	slow_pings 3
	nsaccel sync
	fast_pings
}

@test "bypass goes past whatever comes" {
	topo_up
	attach_alone --firewall bypass
	rt_nft 'table inet f { chain c { type filter hook forward priority 0; policy drop; }; }'
	fast_pings
	# Asked for again, the rules are minded, and what comes after them.
	attach_alone --firewall gate
	slow_pings 0
	rt_nft 'flush ruleset'
	slow_pings 3
	nsaccel sync
	fast_pings
}

@test "the daemon is gone: what it hasn't followed holds" {
	topo_up
	attach_alone
	daemon_start
	settle
	fast_pings
	rt_nft 'table inet f { chain c { type filter hook input priority 0; accept; }; }'
	settle
	fast_pings
	daemon_stop KILL
	fast_pings
	rt_nft 'table inet f { chain d { type filter hook forward priority 0; policy drop; }; }'
	slow_pings 0
	stale
	daemon_start
	settle
	slow_pings 0
	rt_nft 'delete table inet f'
	settle
	fast_pings
}

# How many programs a check loads.
loads()
{
	local trace=$BATS_TEST_TMPDIR/trace

	rm -f "$trace"
	FAULT_TRACE=$trace LD_PRELOAD=$TOOLS/fault.so nsaccel check >&2
	grep -c 'bpf:PROG_LOAD' "$trace" || :
}

# Commands ask a pinned program, which they needn't load. What else stands there isn't asked.
@test "the program that is asked is pinned, and need not be" {
	local pins=/sys/fs/bpf/nsaccel/v9 pin asked

	unfollowed
	pin=$(echo $pins/netfilter_probe/*)
	bpftool prog show pinned "$pin" | grep -q 'name nsaccel_see'
	asked=$(loads)
	rm "$pin"
	[[ $(loads) -gt $asked ]]
	bpftool map pin pinned $pins/meta "$pin"
	[[ $(loads) -gt $asked ]]
	# Another version's is replaced.
	mv "$pin" $pins/netfilter_probe/1
	nsaccel sync
	[[ ! -e $pins/netfilter_probe/1 && $(loads) -eq $asked ]]
	rt_nft 'table inet f { chain c { type filter hook forward priority 0; policy drop; }; }'
	stale
	nsaccel sync
	nsaccel check
	slow_pings 0
	nsaccel -n nsa-rt detach eth0
	[ ! -e $pins ]
}
