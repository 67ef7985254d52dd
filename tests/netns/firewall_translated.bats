# SPDX-License-Identifier: GPL-2.0-only
# Flows that rules of the owner translate or change: they arrive as the kernel alone would send them, byte by
# byte, and those that are translated take the fast path.
# shellcheck disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional

load firewall

# nat FAMILY HOOK RULE: beside the stateful rules.
nat()
{
	local type=srcnat

	[[ $2 == postrouting ]] || type=dstnat
	rules <<<"table $1 n { chain $2 { type nat hook $2 priority $type; $3; }; }"
}

# translated FLOW BACK, each "SOURCE DESTINATION SOURCE-PORT DESTINATION-PORT": as the client sends it, and as
# the server answers it. It begins by the kernel, and takes the fast path.
translated()
{
	local -a FLOW BACK

	read -ra FLOW <<<"$1"
	read -ra BACK <<<"$2"
	out
	got wire 1
	fast 0
	back
	got blue 1
	fast 0
	running
}

scenario_snat()
{
	stateful
	nat ip postrouting 'ip saddr 10.1.0.0/24 oifname eth0 masquerade'
	translated "$C4 $S4 4000 9" "$S4 ${ADDR4[rt]} 9 4000"
	# What isn't translated is accelerated beside it.
	local -a FLOW=("$C6" "$S6" 4000 9)
	new_and_established
}

@test "masquerade: both ways by the fast path" { both scenario_snat; }

scenario_snat_port()
{
	stateful
	nat ip postrouting 'oifname eth0 udp sport 4000 snat to 10.0.0.1:5555'
	translated "$C4 $S4 4000 9" "$S4 10.0.0.1 9 5555"
	# The same flow, translated otherwise: what was seen of the old rules is not used once.
	stateful
	nat ip postrouting 'oifname eth0 udp sport 4000 snat to 10.0.0.1:5556'
	in_ns nsa-rt conntrack -F 2>/dev/null
	translated "$C4 $S4 4000 9" "$S4 10.0.0.1 9 5556"
}

@test "source address and port; other rules end it at once" { both scenario_snat_port; }

scenario_dnat()
{
	stateful
	nat ip prerouting "ip daddr 10.60.0.1 udp dport 53 dnat to $S4:9"
	ip -n nsa-rt route replace 10.60.0.0/24 via "${ADDR4[wire2]}"
	settle
	translated "$C4 10.60.0.1 4000 53" "$S4 $C4 9 4000"
}

@test "a destination that leads elsewhere untranslated" { both scenario_dnat; }

scenario_published()
{
	stateful
	nat ip prerouting "udp dport 53 dnat to $S4:9"
	# The owner's own address, as that of a published port is.
	translated "$C4 ${ADDR4[rt]} 4000 53" "$S4 $C4 9 4000"
}

@test "the owner's own address: a published port" { both scenario_published; }

scenario_hairpin()
{
	stateful
	nat ip prerouting "udp dport 53 dnat to $S4:9"
	nat ip postrouting 'oifname eth0 masquerade'
	translated "$C4 ${ADDR4[rt]} 4000 53" "$S4 ${ADDR4[rt]} 9 4000"
}

@test "source and destination" { both scenario_hairpin; }

scenario_ip6()
{
	stateful
	nat ip6 prerouting "ip6 daddr fd00:60::1 udp dport 53 dnat to [$S6]:9"
	nat ip6 postrouting 'oifname eth0 snat to fd00:0:70::1'
	ip -n nsa-rt route replace fd00:60::/64 via "${ADDR6[wire2]}"
	settle
	translated "$C6 fd00:60::1 4000 53" "$S6 fd00:0:70::1 9 4000"
}

@test "IPv6: source and destination" { both scenario_ip6; }

# A connection of TCP: SYN, its answer, data both ways.
connection()
{
	SENT=0
	packet blue 02 1000 0
	arrived wire
	fast 0
	packet wire 12 5000 1001
	arrived blue
	fast 0
	stream
}

scenario_tcp()
{
	local -a FLOW=("$C4" "${ADDR4[rt]}" 4100 8080) BACK=("$S4" 10.0.0.1 80 5100)

	stateful
	nat ip prerouting "tcp dport 8080 dnat to $S4:80"
	nat ip postrouting 'oifname eth0 tcp sport 4100 snat to 10.0.0.1:5100'
	unset TCP
	connection
	# The server ends it: the client's direction, in another record, ends with it.
	packet wire 11 $((5001 + SENT)) $((1001 + SENT))
	arrived blue
	fast 0
	packet blue 10 $((1001 + SENT)) $((5002 + SENT))
	arrived wire
	fast 0
	packet blue 11 $((1001 + SENT)) $((5002 + SENT))
	arrived wire
	fast 0
	# The same ports again: a connection of its own.
	in_ns nsa-rt conntrack -D -p tcp >/dev/null 2>&1
	connection
}

@test "TCP: published port, source port; end, and the ports again" { both scenario_tcp; }

@test "TCP streams, masqueraded, with GSO and checksums that have yet to be completed" {
	live_topology
	stateful
	nat ip postrouting 'ip saddr 10.1.0.0/24 oifname eth0 masquerade random'
	nat ip6 postrouting 'oifname eth0 masquerade random'
	live_attach
	daemon_start
	serve wire
	send_tcp blue wire 4 20000000
	send_tcp blue wire 6 20000000
	# Both went through NAT, and mostly by the fast path.
	in_ns nsa-rt conntrack -L -p tcp 2>/dev/null | grep " src=${ADDR4[wire]} dst=${ADDR4[rt]} "
	in_ns nsa-rt conntrack -L -f ipv6 -p tcp 2>/dev/null | grep " src=${ADDR6[wire]} dst=${ADDR6[rt]} "
	[[ $(counter nsa-blue 'fwd_.*') -ge 500 ]] || fail "$(stats)"
	[[ $(counter nsa-rt 'fwd_.*') -ge 500 ]] || fail "$(stats)"
}

# Another client gets the addresses and ports of one whose connection is gone. Both are behind blue.
scenario_taken_over()
{
	local other=10.1.0.78
	local -a FLOW=("$other" "$S4" 4000 9) BACK=("$S4" "${ADDR4[rt]}" 9 4000)

	stateful
	nat ip postrouting 'oifname eth0 masquerade'
	ip -n nsa-rt neigh replace $other lladdr "${MAC[blue]}" dev blue nud permanent
	settle
	translated "$C4 $S4 4000 9" "${BACK[*]}"
	in_ns nsa-rt conntrack -F 2>/dev/null
	# The answer comes within the second that the first one's is admitted for.
	out_and_back
	got blue 1
	running
}

@test "addresses and ports of a connection that is gone, for another client" { both scenario_taken_over; }

# by_kernel: the flow is translated, and every packet is the kernel's.
by_kernel()
{
	local i

	for i in 1 2 3 4; do
		out
		got wire 1
		fast 0
		back
		got blue 1
		fast 0
	done
}

scenario_marked()
{
	local -a BACK=("$S4" "${ADDR4[rt]}" 9 4000)

	stateful
	nat ip postrouting 'oifname eth0 masquerade'
	rules <<<'table ip m { chain f { type filter hook forward priority 10; meta mark set 7; }; }'
	by_kernel
}

@test "translated and marked: the kernel's" { both scenario_marked; }

scenario_mangled()
{
	stateful 'ip protocol udp ip dscp set ef'
	rounds 4
	out tos=b8
	stateful 'ip protocol udp ip ttl set 40'
	rounds 4
	stateful 'meta mark set 7'
	out
	got wire 1
}

@test "DSCP or TTL changed by a rule: the same bytes" { both scenario_mangled; }
