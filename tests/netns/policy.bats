# SPDX-License-Identifier: GPL-2.0-only
# Policies between real namespaces: what rules and defaults allow, and that changes apply at once and
# whole.

load lib

setup()
{
	topo_up
	attach eth0 eth1
}

teardown()
{
	topo_down
}

policy()
{
	nsaccel -n nsa-rt policy "$@"
}

rules()
{
	policy save
}

# hears FROM TO 4|6: an echo is answered.
hears()
{
	ping_from "$1" "$(addr "$2" "$3")" -c 2 -W 2 >/dev/null
}

# deaf FROM TO 4|6: the policy has dropped the echo request, or its answer.
deaf()
{
	local before

	before=$(dropped)
	! ping_from "$1" "$(addr "$2" "$3")" -c 1 -W 0.3 >/dev/null || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]] || fail "$1 doesn't hear $2, but not by the policy"
}

dropped()
{
	counter '[^"]*' drop_policy
}

# field NUMBER NAME: of the rule that is shown at that place.
field()
{
	policy show -j | jq -r ".[0].rules[$1].$2"
}

@test "rules: the first that matches decides, in each family and direction" {
	local family

	policy add --from nsa-blue --to nsa-red proto tcp dport 7000 allow
	policy add --from nsa-blue --to nsa-red deny
	policy add --from 10.2.0.0/24 --to 10.0.0.0/24 proto icmp deny
	policy add --from netns:nsa-red --to fd00::/64 proto icmpv6 deny
	serve red
	for family in 4 6; do
		send_tcp blue red "$family"
		deaf blue red "$family"
		hears red blue "$family"
		deaf red wire "$family"
		hears wire red "$family"
	done
	[[ $(field 0 packets) -gt 10 && $(field 0 bytes) -gt 400000 ]]
	[[ $(field 1 packets) -ge 2 ]]
}

@test "defaults: deny, but what rules allow, and its answers" {
	local family

	nsaccel ns set nsa-red --policy deny
	[[ $(nsaccel -j ns show | jq -r '.[] | select(.netns == "nsa-red").policy') == deny ]]
	serve red
	for family in 4 6; do
		deaf blue red "$family"
		deaf red wire "$family"
		deaf rt red "$family"
		hears blue wire "$family"
	done
	policy add --from nsa-blue --to nsa-red allow
	for family in 4 6; do
		hears blue red "$family"
		send_tcp blue red "$family"
		send_udp blue red "$family" 1500
		deaf red blue "$family"
	done
	nsaccel ns set nsa-red --policy allow
	hears red wire 4
}

@test "defaults: of the owner, for itself and its wires" {
	nsaccel ns set nsa-rt --policy deny
	deaf wire wire2 4
	deaf blue wire 6
	hears blue red 4
	policy add --from 10.0.0.0/24 --to 10.0.1.0/24 allow
	hears wire wire2 4
	deaf wire2 wire 4
	deaf wire wire2 6
	nsaccel ns set nsa-rt --policy allow
	hears wire wire2 6
}

@test "macvlans: to and from the wire, and each other" {
	policy add --from nsa-mac --to nsa-red deny
	policy add --from nsa-mac --to nsa-mac3 deny
	policy add --from nsa-wire2 --to nsa-mac deny # a name of no endpoint of ours
	deaf mac red 4
	deaf mac mac3 4
	hears mac wire 4
	hears red mac 4
	nsaccel ns set nsa-mac --policy deny
	deaf mac wire 4
	deaf wire mac 6
	policy add --from owner-has-no-such-name deny && return 1
	policy add --from nsa-rt --to nsa-mac allow
	hears wire mac 4
	hears wire mac 6
}

# Two more namespaces, c1 and c2, behind a bridge; neighbours find each other as ever.
bridge_up()
{
	local i

	ns_add nsa-c1 nsa-c2
	ip -n nsa-rt -batch - <<-EOF
		link add br0 address 02:00:00:09:00:01 type bridge
		addr add 10.9.0.1/24 dev br0
		addr add fd00:0:9::1/64 dev br0 nodad
		link set br0 up
	EOF
	for i in 1 2; do
		ip link add "c$i" netns nsa-rt type veth peer name eth0 netns "nsa-c$i" \
			address "02:00:00:09:01:0$i"
		ip -n nsa-rt link set "c$i" master br0 up
		ip -n "nsa-c$i" -batch - <<-EOF
			addr add 10.9.0.1$i/24 dev eth0
			addr add fd00:0:9::1$i/64 dev eth0 nodad
			link set eth0 up
			route add default via 10.9.0.1
			route add default via fd00:0:9::1
		EOF
	done
	wait_until 5 bridge_forwards
	# So that all know all, and the tables do, too.
	for i in 10.9.0.12 10.9.0.1 fd00:0:9::12 fd00:0:9::1; do
		wait_until 5 ping_from c1 "$i" -c 1 -W 1
	done
	for i in 10.9.0.1 fd00:0:9::1; do
		wait_until 5 ping_from c2 "$i" -c 1 -W 1
	done
	nsaccel sync
}

bridge_forwards()
{
	[[ $(bridge -n nsa-rt link show | grep -c 'state forwarding') -ge 2 ]]
}

# blocked FROM ADDRESS, and passes: by address, as hears and deaf by name.
blocked()
{
	local before

	before=$(dropped)
	! ping_from "$1" "$2" -c 1 -W 0.3 >/dev/null || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]] || fail "$1 doesn't hear $2, but not by the policy"
}

passes()
{
	ping_from "$1" "$2" -c 2 -W 2 >/dev/null
}

@test "ports of a bridge: steered, bridged and routed" {
	local ip

	bridge_up
	policy add --from nsa-c1 --to nsa-c2 deny
	policy add --from nsa-c1 --to nsa-blue deny
	for ip in 10.9.0.12 fd00:0:9::12 "${ADDR4[blue]}" "${ADDR6[blue]}"; do
		blocked c1 "$ip"
	done
	for ip in 10.9.0.11 fd00:0:9::11 "${ADDR4[blue]}" "${ADDR6[blue]}"; do
		passes c2 "$ip"
	done
	passes c1 "${ADDR4[red]}"
	passes c1 "${ADDR6[red]}"
	# Options: the bridge routes it, and then it comes from the bridge.
	blocked_with_options c1 "${ADDR4[blue]}"
	in_ns nsa-c1 ping -n -q -c 1 -W 2 -T tsonly "${ADDR4[red]}"
}

blocked_with_options()
{
	local before

	before=$(dropped)
	! in_ns "nsa-$1" ping -n -q -c 1 -W 0.3 -T tsonly "$2" || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]]
}

@test "ports of a bridge: denied by default, neighbours are found all the same" {
	local ip

	bridge_up
	nsaccel ns set nsa-c2 --policy deny
	policy add --from nsa-c1 --to nsa-c2 proto icmp allow
	policy add --from nsa-c1 --to nsa-c2 proto icmpv6 allow
	ip -n nsa-c1 neigh flush dev eth0
	ip -n nsa-c2 neigh flush dev eth0
	for ip in 10.9.0.12 fd00:0:9::12; do
		passes c1 "$ip"
	done
	for ip in 10.9.0.11 fd00:0:9::11 10.9.0.1 fd00:0:9::1; do
		blocked c2 "$ip"
	done
	policy add --from nsa-c2 --to nsa-rt allow
	ip -n nsa-c2 neigh flush dev eth0
	for ip in 10.9.0.1 fd00:0:9::1; do
		passes c2 "$ip"
	done
}

# What isn't for the fast path is judged where the kernel sends it out.
@test "packets for the slow path: options, TTL, fragments" {
	local common=(smac="${MAC[blue]}" dmac="${RT_MAC[blue]}" src="${ADDR4[blue]}"
		dst="${ADDR4[red]}")
	local before

	policy add --from nsa-blue --to nsa-red proto udp dport 9 deny
	policy add --from nsa-blue --to nsa-rt deny
	capture nsa-red eth0 "$BATS_TEST_TMPDIR/pcap" udp or ip6 or "ip[6:2] & 0x1fff != 0"
	before=$(dropped)
	{
		frame4 "${common[@]}" id=0001 opts=01010101
		frame4 "${common[@]}" id=0002 off=2000
		frame4 "${common[@]}" id=0002 off=0003
		frame4 "${common[@]}" id=0003 dst="${GW4[blue]}" ttl=1
		frame4 "${common[@]}" id=0004 dst="${GW4[blue]}" opts=01010101
		# Port 10: allowed.
		frame4 "${common[@]}" id=7e7e opts=01010101 \
			l4=0fa0000a000c0000656e6421
	} | send_frames blue
	wait_until 5 captured_count "$BATS_TEST_TMPDIR/pcap" 1
	capture_stop
	[[ $(captured "$BATS_TEST_TMPDIR/pcap" | wc -l) == 1 ]]
	captured "$BATS_TEST_TMPDIR/pcap" | grep -q 656e6421
	[[ $(dropped) == $((before + 5)) ]]
}

@test "a change applies to flows that are running" {
	policy add --from nsa-blue --to nsa-red proto icmp allow
	policy add --from nsa-blue --to nsa-red deny
	background nsenter --net=/run/netns/nsa-blue -- \
		ping -n -i 0.01 "${ADDR4[red]}" >"$BATS_TEST_TMPDIR/ping"
	wait_until 5 ping_has 5
	policy del --from nsa-blue --to nsa-red proto icmp allow
	hears red blue 4
	stands_still
	policy add --from nsa-blue --to nsa-red proto icmp pref 5 allow
	goes_on
	kill $!
}

ping_has()
{
	[[ $(grep -c ttl= "$BATS_TEST_TMPDIR/ping") -ge $1 ]]
}

ping_count()
{
	grep -c ttl= "$BATS_TEST_TMPDIR/ping"
}

# Requests go on, as the counter shows, but no answer comes.
stands_still()
{
	local answers drops

	drops=$(dropped)
	wait_until 5 drops_reach $((drops + 2))
	answers=$(ping_count)
	wait_until 5 drops_reach $((drops + 10))
	[[ $(ping_count) == "$answers" ]]
}

drops_reach()
{
	[[ $(dropped) -ge $1 ]]
}

goes_on()
{
	wait_until 5 ping_has $(($(ping_count) + 5))
}

# Both files allow the ping, by other rules: whatever is in force when, none is lost.
@test "load is atomic under traffic" {
	local i

	seq 400 | awk '{ print "--to nsa-red proto tcp dport", $1, "deny" }' >"$BATS_TEST_TMPDIR/a"
	cp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	echo "--from nsa-blue --to nsa-red allow" >>"$BATS_TEST_TMPDIR/a"
	echo "--to 10.2.0.0/24 proto icmp allow" >>"$BATS_TEST_TMPDIR/b"
	echo deny >>"$BATS_TEST_TMPDIR/a"
	echo "--from nsa-red proto icmp allow" >>"$BATS_TEST_TMPDIR/b"
	echo deny >>"$BATS_TEST_TMPDIR/b"
	policy load "$BATS_TEST_TMPDIR/a"
	background nsenter --net=/run/netns/nsa-blue -- \
		ping -n -i 0.002 "${ADDR4[red]}" >"$BATS_TEST_TMPDIR/ping"
	wait_until 5 ping_has 5
	for i in 1 2 3 4 5; do
		policy load "$BATS_TEST_TMPDIR/b"
		policy load "$BATS_TEST_TMPDIR/a"
	done
	goes_on
	kill -INT $!
	wait $! || true
	grep -q ' 0% packet loss' "$BATS_TEST_TMPDIR/ping" || {
		# The last request may have had no time.
		[[ $(grep -o '[0-9]* packets transmitted, [0-9]* received' "$BATS_TEST_TMPDIR/ping" |
			awk '{ print $1 - $4 }') -le 1 ]]
	}
}

@test "10,000 rules" {
	local family

	serve red
	seq 10000 | awk '{
		printf "--from 10.%d.%d.0/24 --to nsa-red proto tcp dport %d deny\n",
			$1 / 250 + 16, $1 % 250, $1
	}' >"$BATS_TEST_TMPDIR/rules"
	echo "--from nsa-blue --to nsa-red proto tcp dport 7000 allow" >>"$BATS_TEST_TMPDIR/rules"
	echo "--to nsa-red deny" >>"$BATS_TEST_TMPDIR/rules"
	policy load "$BATS_TEST_TMPDIR/rules"
	[[ $(policy show -j | jq '.[0].rules | length') == 10002 ]]
	for family in 4 6; do
		send_tcp blue red "$family"
		deaf blue red "$family"
	done
	[[ $(field 10000 packets) -gt 10 ]]
	# Another as large takes its place, though there is room for no third.
	policy load "$BATS_TEST_TMPDIR/rules"
	send_tcp blue red 4
	policy flush
	hears blue red 4
}

# remembered SLOT: connections that the namespace has begun.
remembered()
{
	local id

	for id in $(bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/conns |
		jq -r '.[].value | map(ltrimstr("0x")) | reverse | join("")'); do
		bpftool -j map dump id $((16#$id))
	done | jq -s --argjson slot "$1" '[.[][].formatted.key | select(.slot == $slot)] | length'
}

@test "a probe is judged, and nothing is remembered or counted of it" {
	local slot

	nsaccel ns set nsa-red --policy deny
	[[ $(nsaccel -j -n nsa-blue route get "${ADDR4[red]}" | jq -r .reason) == drop_policy ]]
	policy add --from nsa-blue --to nsa-red allow
	[[ $(nsaccel -j -n nsa-blue route get "${ADDR4[red]}" | jq -r .reason) == fwd_veth ]]
	slot=$(nsaccel -j ns show | jq '.[] | select(.netns == "nsa-blue").slot')
	[[ $(field 0 packets) == 0 && $(remembered "$slot") == 0 ]]
	hears blue red 4
	[[ $(field 0 packets) -gt 0 && $(remembered "$slot") -gt 0 ]]
}

@test "words: numbers, prefs, what is there already, save and load" {
	local saved

	policy add --from nsa-blue proto tcp dport 80-90 allow
	policy add --to 10.2.0.0/24 pref 5 deny
	policy add proto 47 deny
	[[ $(rules) == "--to 10.2.0.0/24 pref 5 deny
--from nsa-blue proto tcp dport 80-90 pref 10 allow
proto gre pref 20 deny" ]] || fail "$(rules)"
	fails 2 exists policy add proto gre deny
	fails 2 exists policy add --to 10.2.0.0/24 pref 5 deny
	policy add --to 10.2.0.0/24 pref 6 deny
	fails 3 "no such rule" policy del --to 10.2.0.0/24 allow
	fails 3 "no rule 77" policy del 77
	policy del --to 10.2.0.0/24 pref 6 deny
	saved=$(rules)
	policy flush
	[[ -z $(rules) ]]
	policy load - <<<"$saved"
	[[ $(rules) == "$saved" ]]
	policy del "$(field 0 number)"
	[[ $(rules | wc -l) == 2 ]]
	policy show | grep -q 'nsa-rt  *[0-9]* *10 *nsa-blue *any *tcp *80-90 *allow'
}

@test "load: nothing changes if a line is wrong" {
	policy add proto udp deny
	fails 1 'line 2: "prot" is an unknown word' policy load - <<-EOF
		proto tcp deny
		prot udp deny
	EOF
	fails 3 'line 3: "nsa-nosuch" is no namespace' policy load - <<-EOF
		# A comment, and an empty line.

		--from nsa-nosuch deny
	EOF
	fails 1 'allow or deny?' policy load - <<<"proto tcp"
	[[ $(rules) == "proto udp pref 10 deny" ]]
	nsaccel -j ns show | jq -e 'all(.netns != "nsa-nosuch")'
}

@test "rules go with the namespace that they name" {
	policy add --from nsa-blue --to nsa-red proto tcp deny
	policy add --to nsa-wire2 deny
	policy add proto udp dport 1 deny
	ip netns del nsa-red
	ip netns del nsa-wire2
	nsaccel sync
	[[ $(rules) == "proto udp dport 1 pref 30 deny" ]] || fail "$(rules)"
	ip netns del nsa-blue
	nsaccel sync
	[[ $(rules) == "proto udp dport 1 pref 30 deny" ]]
}

@test "the daemon takes rules away as their namespace dies" {
	background "$NSACCEL" daemon
	SERVERS+=($!)
	ip netns add nsa-far # behind no device
	policy add --to nsa-far deny
	policy add --from nsa-blue deny
	policy add proto udp dport 1 deny
	deaf blue wire 4
	ip netns del nsa-far
	wait_until 5 rules_are 2
	ip netns del nsa-blue
	wait_until 5 rules_are 1
	policy flush
	rules_are 0
}

rules_are()
{
	[[ $(rules | wc -l) == "$1" ]]
}

# Numbers and maps of policies, and memories of connections, that there are.
policies()
{
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/policy_heads | jq length
}

conns()
{
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/conns | jq length
}

@test "nothing is left after the last rule, or with the owner" {
	local egress

	egress=$(hooks nsa-rt)
	policy add --from nsa-blue --to nsa-red deny
	[[ $(hooks nsa-rt) != "$egress" ]]
	[[ $(policies) == 1 && $(conns) == 3 ]]
	policy add --from nsa-blue --to nsa-wire2 deny
	[[ $(policies) == 1 && $(conns) == 4 ]]
	policy flush
	[[ $(hooks nsa-rt) == "$egress" ]]
	[[ $(policies) == 0 && $(conns) == 0 ]]
	nsaccel ns set nsa-red --policy deny
	[[ $(conns) -gt 0 ]]
	nsaccel ns set nsa-red --policy allow
	[[ $(hooks nsa-rt) == "$egress" && $(conns) == 0 ]]
	policy add --from nsa-blue --to nsa-red deny
	nsaccel -n nsa-rt detach --all
	no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
	attach eth0
	[[ -z $(rules) ]]
}

# Killed wherever it may be, the rules are those of before or those of after, and a next run leaves no
# more than these.
@test "a killed load leaves the old rules, or the new ones" {
	local delay

	seq 300 | awk '{ print "--to nsa-red proto tcp dport", $1, "deny" }' >"$BATS_TEST_TMPDIR/a"
	seq 301 600 | awk '{ print "--to nsa-red proto tcp dport", $1, "deny" }' \
		>"$BATS_TEST_TMPDIR/b"
	policy load "$BATS_TEST_TMPDIR/a"
	for delay in 10 20 30 40 60 80 100 120 150; do
		kill_after $((delay * 1000)) "$NSACCEL" -n nsa-rt policy load "$BATS_TEST_TMPDIR/b"
		policy del proto 77 deny 2>/dev/null && return 1 # what it finds it tidies
		is_whole || fail "after $delay ms: $(rules | wc -l) rules" || return
		policy load "$BATS_TEST_TMPDIR/a"
	done
	nsaccel sync
	[[ $(policies) == 1 ]]
}

is_whole()
{
	local words

	words=$(rules | sed 's/ pref [0-9]*//')
	[[ $words == "$(<"$BATS_TEST_TMPDIR/a")" || $words == "$(<"$BATS_TEST_TMPDIR/b")" ]]
}
