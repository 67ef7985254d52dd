# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional
# Rules in the owner. Its kernel decides on each flow; the fast path takes only what it has let
# through in both directions, and no longer than its rules stand.

load live

# A client behind blue and a server behind the wire that nobody is, so that nobody answers for them.
C4=10.1.0.77
C6=fd00:0:1::77
S4=10.50.0.1
S6=fd00:50::1

teardown()
{
	live_teardown
}

live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	ip -n nsa-rt neigh replace $C4 lladdr "${MAC[blue]}" dev blue nud permanent
	ip -n nsa-rt neigh replace $C6 lladdr "${MAC[blue]}" dev blue nud permanent
	ip -n nsa-rt route add 10.50.0.0/24 via "${ADDR4[wire]}"
	ip -n nsa-rt route add fd00:50::/64 via "${ADDR6[wire]}"
}

# Before the daemon starts or while it runs: rules of nft(8), from stdin.
rules()
{
	change in_ns nsa-rt nft -f -
}

# stateful RULE...: what Docker, ufw and firewalld come down to. With rules of one's own on top.
stateful()
{
	local rule

	{
		echo 'flush ruleset'
		echo 'table inet f {'
		echo 'chain forward { type filter hook forward priority 0; policy drop;'
		for rule; do echo "$rule"; done
		echo 'ct state invalid counter drop comment "invalid"'
		echo 'ct state established,related accept'
		echo 'udp dport 9 accept'
		echo 'tcp dport 80 accept'
		echo 'icmp type echo-request accept'
		echo "tcp dport $TCP_PORT accept"
		echo '}'
		echo '}'
	} | rules
}

# ---- flows, packet by packet ----------------------------------------------------------------

# put_l4 PROTO SRC DST SPORT DPORT [FLAGS SEQ ACK]: a UDP or TCP packet with the marker, in HEX.
put_l4()
{
	local pseudo ports len head proto=$1 payload
	local -
	set +T

	printf -v payload '6e736163%08x' "$PROBES"
	printf -v ports '%04x%04x' "$4" "$5"
	if [[ $2 == *:* ]]; then
		put_ip6 "$2" && pseudo=$HEX
		put_ip6 "$3" && pseudo+=$HEX
	else
		put_ip4 "$2" && pseudo=$HEX
		put_ip4 "$3" && pseudo+=$HEX
	fi
	case $proto in
	udp)
		printf -v len %04x $((8 + ${#payload} / 2))
		put_sum "${pseudo}0011$len$ports${len}0000$payload"
		HEX=$ports$len$HEX$payload
		;;
	tcp)
		# A SYN or FIN has none: the sequence numbers stay simple.
		[[ $6 == 10 ]] || payload=
		printf -v len %04x $((20 + ${#payload} / 2))
		printf -v head '%s%08x%08x50%sffff' "$ports" "$7" "$8" "$6"
		put_sum "${pseudo}0006$len${head}00000000$payload"
		HEX=$head${HEX}0000$payload
		;;
	esac
}

# put_flow_frame FROM PROTO SRC DST SPORT DPORT [FLAGS SEQ ACK] [FIELD=VALUE...]: in HEX
put_flow_frame()
{
	local from=$1 proto=11 word
	local -a link fields=()
	local -a words=()
	local -
	set +T

	shift
	for word; do
		if [[ $word == *=* ]]; then fields+=("$word"); else words+=("$word"); fi
	done
	link=("smac=${MAC[$from]}" "dmac=${RT_MAC[${PORT[$from]}]}" "src=${words[1]}"
		"dst=${words[2]}")
	[[ ${words[0]} == udp ]] || proto=06
	put_l4 "${words[@]}"
	if [[ ${words[1]} == *:* ]]; then
		put_frame6 "${link[@]}" "nh=$proto" "l4=$HEX" "${fields[@]}"
	else
		put_frame4 "${link[@]}" "proto=$proto" "l4=$HEX" "${fields[@]}"
	fi
}

# Into the file "frames".
flow_frame()
{
	local HEX

	put_flow_frame "$@"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames"
}

# A UDP flow. FLOW: client, server, their ports.
FLOW=("$C4" "$S4" 4000 9)

# out [FIELD=VALUE]...: a packet from the client to the server; back: the other way.
out()
{
	flow_frame blue udp "${FLOW[0]}" "${FLOW[1]}" "${FLOW[2]}" "${FLOW[3]}" "$@"
	probe_frames blue "${FLOW[*]} out"
}

back()
{
	flow_frame wire udp "${FLOW[1]}" "${FLOW[0]}" "${FLOW[3]}" "${FLOW[2]}" "$@"
	probe_frames wire "${FLOW[*]} back"
}

# unrecorded COMMAND...: how often it takes isn't part of the outcome.
unrecorded()
{
	local transcript=$BATS_TEST_TMPDIR/transcript.$MODE before=$PROBES status=0

	cp "$transcript" "$transcript.saved" 2>/dev/null || : >"$transcript.saved"
	"$@" || status=$?
	mv "$transcript.saved" "$transcript"
	PROBES=$before
	return $status
}

# both_went COUNT: at least so many of each direction by the fast path; true without nsaccel.
both_went()
{
	local COUNT

	[[ $DAEMON ]] || return 0
	count_of 'fwd_.*' nsa-blue
	((COUNT >= $1)) || return
	count_of 'fwd_.*' nsa-rt
	((COUNT >= $1))
}

# There and back, one right after the other, and both by the fast path.
both_fast()
{
	local HEX

	put_flow_frame blue udp "${FLOW[0]}" "${FLOW[1]}" "${FLOW[2]}" "${FLOW[3]}"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames.out"
	put_flow_frame wire udp "${FLOW[1]}" "${FLOW[0]}" "${FLOW[3]}" "${FLOW[2]}"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames.back"
	probe_batches "${FLOW[*]} out and back" blue frames.out wire frames.back
	both_went 1
}

# running: the flow goes both ways and is, with nsaccel, on the fast path. An admission is good for
# a second only, so this may take more than one round.
running()
{
	unrecorded wait_until 30 both_fast || fail "not accelerated: $(tally)" || return
	out
	got wire 1
	back
	got blue 1
}

# rounds COUNT: never by the fast path, always there.
rounds()
{
	local i

	for ((i = 0; i < $1; i++)); do
		out
		fast 0
		back
		fast 0
	done
}

# ---- scenarios ------------------------------------------------------------------------------

new_and_established()
{
	out
	got wire 1
	slow 1 pass_firewall
	back
	got blue 1
	slow 1 pass_firewall
	running
}

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

# put_packet FROM FLAGS SEQ ACK: of the TCP connection from the client's port $TCP to port 80.
put_packet()
{
	if [[ $1 == blue ]]; then
		put_flow_frame blue tcp "$C4" "$S4" "$TCP" 80 "$2" "$3" "$4"
	else
		put_flow_frame wire tcp "$S4" "$C4" 80 "$TCP" "$2" "$3" "$4"
	fi
}

packet()
{
	local HEX

	put_packet "$@"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "flags $2, seq $3"
}

arrived()
{
	[[ $(grep -c "^nsa-$1 " "$BATS_TEST_TMPDIR/received") == "${2:-1}" ]] ||
		fail "$PROBE ($MODE): not there: $(tally)"
}

# What conntrack thinks of it.
tcp_state()
{
	in_ns nsa-rt conntrack -L -p tcp --orig-port-src "$TCP" 2>/dev/null | awk '{ print $4 }'
}

liberal()
{
	in_ns nsa-rt sysctl -n net.netfilter.nf_conntrack_tcp_be_liberal
}

handshake()
{
	packet blue 02 1000 0
	arrived wire
	slow 1 pass_firewall
	packet wire 12 5000 1001
	arrived blue
	slow 1 pass_firewall
	PROBES=$((PROBES + 1))
}

# Six rounds of eight bytes more, each way, at once: the first admits the flow; of the others, each
# way is fast at least once. From here on the sequence numbers go up together.
stream()
{
	local i HEX
	local -a batches=()

	for ((i = 0; i < 6; i++)); do
		put_packet blue 10 $((1001 + SENT)) $((5001 + SENT))
		echo "$HEX" >"$BATS_TEST_TMPDIR/out.$i"
		put_packet wire 10 $((5001 + SENT)) $((1009 + SENT))
		echo "$HEX" >"$BATS_TEST_TMPDIR/back.$i"
		batches+=(blue "out.$i" wire "back.$i")
		SENT=$((SENT + 8))
	done
	probe_batches "six rounds of data" "${batches[@]}"
	arrived wire 6
	arrived blue 6
	both_went 1 || fail "not accelerated: $(tally)"
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
