# SPDX-License-Identifier: GPL-2.0-only
# TCP by rules of the owner: what conntrack has to see goes to it, and no stream becomes invalid.
# shellcheck disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional

load firewall

# What conntrack thinks of it.
tcp_state()
{
	in_ns nsa-rt conntrack -L -p tcp --orig-port-src "$TCP" 2>/dev/null | awk '{ print $4 }'
}

liberal()
{
	in_ns nsa-rt sysctl -n net.netfilter.nf_conntrack_tcp_be_liberal
}

scenario_tcp()
{
	TCP=4100 SENT=0
	stateful
	handshake
	stream
	[[ $(tcp_state) == ESTABLISHED ]]
	[[ $MODE == kernel || $(liberal) == 1 ]] || fail "conntrack would judge by a stale window"
	# FIN, and all that comes after it: the kernel's.
	packet blue 11 $((1001 + SENT)) $((5001 + SENT))
	arrived wire
	slow 1 pass_firewall
	packet wire 11 $((5001 + SENT)) $((1002 + SENT))
	arrived blue
	slow 1 pass_firewall
	packet blue 10 $((1002 + SENT)) $((5002 + SENT))
	fast 0
	[[ $(tcp_state) == TIME_WAIT ]] || fail "$(tcp_state)"
	# RST.
	TCP=4101 SENT=0
	handshake
	stream
	packet wire 04 $((5001 + SENT)) 0
	arrived blue
	slow 1 pass_firewall
	# What conntrack makes of it isn't the same: a reset that isn't exactly in sequence, as far as
	# it has seen, only shortens the life of its entry. But the fast path has forgotten the flow.
	unrecorded packet blue 10 $((1001 + SENT)) $((5001 + SENT))
	fast 0
	# Never opened: not let through, however often.
	TCP=4102 SENT=0
	in_ns nsa-rt sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
	for _ in 1 2 3; do
		packet blue 10 1001 5001
		arrived wire 0
		packet wire 10 5001 1009
		arrived blue 0
	done
}

@test "TCP: SYN, FIN and RST are conntrack's" { both scenario_tcp; }

invalid_count()
{
	in_ns nsa-rt nft -j list chain inet f forward | jq '[.nftables[].rule // empty |
		select(.comment == "invalid") | .expr[] | .counter // empty | .packets] | add'
}

@test "TCP streams: most by the fast path, none of it invalid for conntrack" {
	local before

	live_topology
	stateful
	live_attach
	daemon_start
	serve wire
	before=$(counter 'nsa-(blue|rt)' 'fwd_.*')
	send_tcp blue wire 4 20000000
	send_tcp blue wire 6 20000000
	[[ $(counter nsa-blue 'fwd_.*') -ge 500 ]] || fail "$(stats)"
	[[ $(counter nsa-blue pass_firewall) -ge 4 ]] || fail "$(stats)"
	[[ $(invalid_count) == 0 ]]
	[[ $(in_ns nsa-rt conntrack -L -p tcp 2>/dev/null | grep -c TIME_WAIT) == 2 ]] ||
		fail "$(in_ns nsa-rt conntrack -L 2>&1)"
	# The last detach puts conntrack's setting back.
	daemon_stop
	nsaccel detach --all
	[[ $(liberal) == 0 ]]
}
