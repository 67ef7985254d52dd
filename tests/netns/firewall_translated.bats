# SPDX-License-Identifier: GPL-2.0-only
# Flows that rules of the owner translate or change: they arrive as the kernel alone would send them.
# shellcheck disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional

load firewall

scenario_snat()
{
	stateful
	rules <<-EOF
		table ip n {
			chain post {
				type nat hook postrouting priority srcnat;
				ip saddr 10.1.0.0/24 oifname eth0 masquerade
			}
		}
	EOF
	for _ in 1 2 3 4; do
		out
		got wire 1
		fast 0
		# The answer goes to the router's address.
		FLOW=("${ADDR4[rt]}" "$S4" 4000 9)
		back
		got blue 1
		fast 0
		FLOW=("$C4" "$S4" 4000 9)
	done
	# What isn't translated is accelerated beside it.
	FLOW=("$C6" "$S6" 4000 9)
	new_and_established
	FLOW=("$C4" "$S4" 4000 9)
}

@test "masqueraded flows: always by the kernel" { both scenario_snat; }

scenario_dnat()
{
	stateful
	rules <<-EOF
		table ip n {
			chain pre {
				type nat hook prerouting priority dstnat;
				ip daddr 10.60.0.1 dnat to $S4
			}
		}
	EOF
	ip -n nsa-rt route add 10.60.0.0/24 via "${ADDR4[wire2]}"
	settle
	for _ in 1 2 3 4; do
		FLOW=("$C4" 10.60.0.1 4000 9)
		out
		got wire 1
		fast 0
		FLOW=("$C4" "$S4" 4000 9)
		back
		got blue 1
		fast 0
	done
}

@test "flows to a translated address: always by the kernel" { both scenario_dnat; }

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
