# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Changes of policies apply at once and whole, also to running flows, and leave nothing behind.

load policy

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

# Of one socket, so that its datagrams go by a cached verdict. Nobody listens.
@test "a change applies to a running flow of UDP, and each of its datagrams counts for the rule" {
	policy add --from nsa-blue --to nsa-red proto udp dport 7777 allow
	policy add --from nsa-blue --to nsa-red deny
	# shellcheck disable=SC2016 # the inner shell expands it
	background nsenter --net=/run/netns/nsa-blue -- bash -c '
		exec 3<>"/dev/udp/$0/7777"
		while :; do echo x >&3; sleep 0.002; done' "${ADDR4[red]}" 2>/dev/null
	wait_until 5 forwarded_reach 50
	[[ $(field 0 packets) -ge 50 ]]
	policy del --from nsa-blue --to nsa-red proto udp dport 7777 allow
	forwards_no_more
	policy add --from nsa-blue --to nsa-red proto udp dport 7777 pref 5 allow
	wait_until 5 forwarded_reach $(($(forwarded) + 20))
	kill $!
}

forwarded()
{
	counter nsa-blue fwd_veth
}

forwarded_reach()
{
	[[ $(forwarded) -ge $1 ]]
}

forwards_no_more()
{
	local before drops

	before=$(forwarded)
	drops=$(dropped)
	wait_until 5 drops_reach $((drops + 20))
	[[ $(forwarded) == "$before" ]]
}

# Both files allow the ping, by other rules: whatever is in force when, none is lost.
@test "load is atomic under traffic" {
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
	for _ in 1 2 3 4 5; do
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
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/policy_head | jq length
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
