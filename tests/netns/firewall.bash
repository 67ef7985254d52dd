# SPDX-License-Identifier: GPL-2.0-only
# What firewall_*.bats share: rules in the owner, and flows, packet by packet.
#
# The owner's kernel decides on each flow. The fast path takes only flows that the kernel let through in
# both directions, and no longer than its rules stand.
# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2153 # live.bash uses and sets them; fields are optional

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

# A UDP flow. FLOW: client, server, their ports, as the client sends it. BACK: source, destination,
# their ports, as the server answers it, if the owner translates it.
FLOW=("$C4" "$S4" 4000 9)
BACK=()

# way FROM: in WAY
way()
{
	if [[ $1 == blue ]]; then
		WAY=("${FLOW[@]}")
	elif ((${#BACK[@]})); then
		WAY=("${BACK[@]}")
	else
		WAY=("${FLOW[1]}" "${FLOW[0]}" "${FLOW[3]}" "${FLOW[2]}")
	fi
}

# out [FIELD=VALUE]...: a packet from the client to the server; back: the other way.
out()
{
	local -a WAY

	way blue
	flow_frame blue udp "${WAY[@]}" "$@"
	probe_frames blue "${WAY[*]} out"
}

back()
{
	local -a WAY

	way wire
	flow_frame wire udp "${WAY[@]}" "$@"
	probe_frames wire "${WAY[*]} back"
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

# There and back, one right after the other.
out_and_back()
{
	local HEX
	local -a WAY

	way blue
	put_flow_frame blue udp "${WAY[@]}"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames.out"
	way wire
	put_flow_frame wire udp "${WAY[@]}"
	echo "$HEX" >"$BATS_TEST_TMPDIR/frames.back"
	probe_batches "${FLOW[*]} out and back" blue frames.out wire frames.back
}

# Both by the fast path.
both_fast()
{
	out_and_back
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

# put_packet FROM FLAGS SEQ ACK: of the TCP connection from the client's port $TCP to port 80; or of
# FLOW, if TCP is unset.
put_packet()
{
	local -a FLOW=("${FLOW[@]}") WAY

	[[ ! ${TCP-} ]] || FLOW=("$C4" "$S4" "$TCP" 80)
	way "$1"
	put_flow_frame "$1" tcp "${WAY[@]}" "$2" "$3" "$4"
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
