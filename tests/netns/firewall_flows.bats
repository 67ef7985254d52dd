# SPDX-License-Identifier: GPL-2.0-only
# Flows by rules of the owner: new, established, blocked, and while the rules change.
# shellcheck disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional

load firewall

scenario_udp()
{
	stateful
	new_and_established
	FLOW=("$C6" "$S6" 4000 9)
	new_and_established
	# Another flow of the same hosts isn't known by this one.
	FLOW=("$C4" "$S4" 4001 9)
	new_and_established
	FLOW=("$C4" "$S4" 4000 9)
}

@test "a new flow goes by the kernel, an established one by the fast path" {
	both scenario_udp
}

scenario_blocked()
{
	local i

	stateful
	FLOW=("$C4" "$S4" 4000 10)
	for i in 1 2 3 4; do
		out
		got
		back
		got
		fast 0
	done
	# What a peer sends unasked, though it looks like an answer.
	FLOW=("$C4" "$S4" 4000 11)
	for i in 1 2 3 4; do
		back
		got
		out
		got
		fast 0
	done
	FLOW=("$C4" "$S4" 4000 9)
}

@test "what is blocked stays blocked" { both scenario_blocked; }

scenario_one_way()
{
	local i

	stateful
	for i in 1 2 3 4 5 6; do
		out
		got wire 1
		fast 0
		slow 1 pass_firewall
	done
}

@test "a one-way flow isn't accelerated" { both scenario_one_way; }

scenario_rule_added()
{
	stateful
	running
	rules <<<'insert rule inet f forward udp dport 9 drop'
	out
	got
	fast 0
	rules <<<'flush chain inet f forward'
	out
	got
	back
	got
	stateful
	running
	rules <<<'add chain inet f forward { policy drop; }
		insert rule inet f forward ip saddr 10.50.0.0/24 drop'
	back
	got
	fast 0
	rules <<<'flush ruleset'
	out
	got wire 1
	fast 1
	back
	got blue 1
	fast 1
	stateful
	new_and_established
}

@test "rules added, flushed and removed while a flow runs" { both scenario_rule_added; }

scenario_sets()
{
	rules <<-EOF
		table inet f {
			set blocked { type ipv4_addr; }
			chain forward {
				type filter hook forward priority 0; policy accept;
				ip saddr @blocked drop
				ct state established accept
			}
		}
	EOF
	running
	rules <<<"add element inet f blocked { $C4 }"
	out
	got
	fast 0
	rules <<<"delete element inet f blocked { $C4 }"
	running
}

@test "a set's elements change" { both scenario_sets; }

scenario_limit()
{
	local i

	stateful 'udp dport 9 limit rate over 1/hour burst 4 packets drop'
	for ((i = 0; i < 4; i++)); do
		out
		got wire 1
		slow 1 pass_firewall
		back
		got blue 1
		slow 1 pass_firewall
	done
	# Established it is, and all the same:
	for ((i = 0; i < 4; i++)); do
		out
		got
		slow 1 pass_firewall
	done
	back
	got blue 1
	slow 1 pass_firewall
	# One that only new flows meet is no obstacle.
	stateful 'ct state new limit rate over 1000000/second drop'
	running
}

@test "a rule that has to see every packet sees every packet" { both scenario_limit; }

@test "status says what keeps the fast path shut" {
	live_topology
	stateful 'limit rate 1000000/second accept'
	live_attach
	nsaccel status | grep -F 'gate: shut, since every packet has to be seen by: nft limit in inet f/forward'
	nsaccel -n nsa-rt attach --static eth0 --firewall bypass
	fails 1 '' eval "nsaccel status | grep -F 'is shut'"
}

# after_good FRAMES: they follow packets of the flow that are good, close enough for the admission.
after_good()
{
	local good

	flow_frame blue udp "${FLOW[0]}" "${FLOW[1]}" "${FLOW[2]}" "${FLOW[3]}"
	good=$(<"$BATS_TEST_TMPDIR/frames")
	printf '%s\n' "$good" "$good" "$good" "$1" >"$BATS_TEST_TMPDIR/frames"
	probe_frames blue "${FLOW[*]}, and others after it"
}

# of_length HEX: a packet of the flow whose UDP header has that length.
of_length()
{
	flow_frame blue udp "${FLOW[0]}" "${FLOW[1]}" "${FLOW[2]}" "${FLOW[3]}"
	sed -E "s/^(.{76}).{4}/\1$1/" "$BATS_TEST_TMPDIR/frames"
}

# A rule that goes by who sent a frame on the link.
scenario_mac()
{
	stateful "iifname eth0 ether saddr != ${MAC[wire]} drop"
	running
	flow_frame wire udp "${FLOW[1]}" "${FLOW[0]}" "${FLOW[3]}" "${FLOW[2]}"
	cat "$BATS_TEST_TMPDIR/frames"{,} >"$BATS_TEST_TMPDIR/good"
	flow_frame wire udp "${FLOW[1]}" "${FLOW[0]}" "${FLOW[3]}" "${FLOW[2]}" \
		smac=02:00:00:00:00:66
	cat "$BATS_TEST_TMPDIR"/{good,frames,frames} >"$BATS_TEST_TMPDIR/all"
	mv "$BATS_TEST_TMPDIR"/{all,frames}
	probe_frames wire "with the right MAC, then with a forged one"
	got blue 2
	running
}

@test "a rule on MAC addresses isn't evaded by a forged one" { both scenario_mac; }

scenario_invalid()
{
	TCP=4100 SENT=0
	stateful
	running
	after_good "$(of_length 0007 && of_length 0063)"
	got wire 3
	handshake
	stream
	packet blue 00 $((1001 + SENT)) $((5001 + SENT))
	arrived wire 0
	packet blue 28 $((1001 + SENT)) $((5001 + SENT))
	arrived wire 0
}

@test "what conntrack calls invalid isn't let through by an established flow" {
	both scenario_invalid
}

@test "ICMP: by the kernel, and it works" {
	live_topology
	stateful
	live_attach
	daemon_start
	ping_from blue "${ADDR4[wire]}"
	[[ $(counter nsa-blue 'fwd_.*') == 0 ]] || fail "$(stats)"
}

@test "bypass: past all rules, and status says so" {
	live_topology
	in_ns nsa-rt nft 'table inet f { chain forward {
		type filter hook forward priority 0; policy drop;
		}
	}'
	nsaccel -n nsa-rt attach --static eth0 --firewall bypass
	daemon_start
	settle
	FLOW=("$C4" "$S4" 4000 9)
	out
	got wire 1
	fast 1
	nsaccel status | grep -i bypass
	# Asked for again, the rules are minded.
	nsaccel -n nsa-rt attach --static eth0 --firewall gate
	settle
	out
	got
	fast 0
	nsaccel status | grep -i gate
}

@test "the gate holds without the daemon" {
	live_topology
	stateful
	live_attach
	daemon_start
	settle
	FLOW=("$C4" "$S4" 4000 9)
	daemon_stop KILL
	FLOW=("$C4" "$S4" 4000 10)
	out
	got
	nsaccel check
	# New rules that nobody watches for: check names them, sync minds them.
	in_ns nsa-rt nft flush ruleset
	fails 4 blue nsaccel check
	nsaccel sync
	nsaccel check
}
