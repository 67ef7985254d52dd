# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A measurement each: prints one JSON object. The path is set (paths.sh), what forwards is up. Sourced by run.sh.
# shellcheck disable=SC2153,SC2154 # run.sh and paths.sh set them

# generate CPU OPTION...: frames of the path's sender.
generate()
{
	local size=$SIZE

	((FAMILY == 4 || size >= 62)) || size=62
	rig_exec "$from_ns" taskset -c "$1" "$OUT/gen" --dev "$from_dev" \
		--src-mac "$(rig_mac "$from")" --dst-mac "$(rig_mac "$from_via")" \
		--src "$(rig_addr "$from")" --dst "$(rig_addr "${published:-$to}")" --size "$size" \
		"${from_extra[@]}" "${@:2}"
}

# Do firewall rules of SCENARIO want answers?
wants_answers()
{
	[[ $1 == gate || $1 == nat-* ]]
}

# answers_start SCENARIO CONTENDER / answers_end: a flow without answers isn't established, the state that firewalls
# let through.
answers_start()
{
	generate "$LAST_CPU" --flows "$FLOWS" --rate $((FLOWS * 100)) --seconds 0.1 >/dev/null
	path "$1" answer
	RIG_EXEC="exec" generate 0 --flows "$FLOWS" --rate $((FLOWS * 20)) --seconds 3600 --answer >/dev/null 2>&1 &
	ANSWERS_PID=$!
	path "$1" "$2"
	generate "$LAST_CPU" --flows "$FLOWS" --rate $((FLOWS * 100)) --seconds 0.1 >/dev/null
}

answers_end()
{
	kill "$ANSWERS_PID"
	wait "$ANSWERS_PID" || true
}

# pps SCENARIO CONTENDER [OPTION...]: packets per second, from the generator to the sink.
pps()
{
	local pin=/sys/fs/bpf/nsa-bench-sink status=0 flows=$FLOWS

	! wants_answers "$1" || answers_start "$@"
	# More than the programs remember of one namespace: each packet begins a flow.
	[[ $1 != policy-new ]] || flows=60000
	[[ $1 != *-flows-* ]] || flows=${1##*-}
	rig_exec "$to_ns" "$OUT/sink" attach "$to_dev" "$to_hook" $pin
	generate "$LAST_CPU" --flows "$flows" --seconds "$SECONDS_EACH" --sink $pin "${@:3}" ||
		status=$?
	rig_exec "$to_ns" "$OUT/sink" detach "$to_dev" "$to_hook" $pin
	! wants_answers "$1" || answers_end
	return $status
}

# serve CPU MARK COMMAND...: starts a server and returns once its output shows MARK.
serve()
{
	local line
	exec {SERVER}< <(rig_exec "$to_ns" timeout 60 taskset -c "$1" "${@:3}" 2>&1)
	SERVER_PID=$!
	while read -r line <&"$SERVER"; do
		[[ $line != *"$2"* ]] || return 0
	done
	die "the server didn't start: ${*:3}"
}

serve_end()
{
	wait "$SERVER_PID" || true
	exec {SERVER}<&-
}

# streams N: TCP, together.
streams()
{
	local addr

	addr=$(rig_addr "$to")
	serve "$LAST_CPU" listening iperf3 -s -1 -B "$addr" --forceflush
	rig_exec "$from_ns" taskset -c 0 iperf3 -J -c "$addr" -t "$SECONDS_EACH" -P "$1" \
		${CONGESTION:+-C "$CONGESTION"} |
		jq -c '{bits_per_second: .end.sum_received.bits_per_second,
			retransmits: .end.sum_sent.retransmits}'
	serve_end
}

tcp()
{
	streams 1
}

tcp8()
{
	streams 8
}

# Both ends on one CPU: a round trip is then the path and two context switches, without the
# wake-up of another (virtual) CPU, which costs more than the path and varies more.
rtt()
{
	local addr

	addr=$(rig_addr "$to")
	serve "$LAST_CPU" ready "$OUT/rr" server "$addr" 7777
	rig_exec "$from_ns" taskset -c "$LAST_CPU" "$OUT/rr" client "$addr" 7777 "$SECONDS_EACH"
	serve_end
}

# begin_flows connect|first: both ends on one CPU, likewise.
begin_flows()
{
	local addr

	addr=$(rig_addr "$to")
	serve "$LAST_CPU" ready "$OUT/crr" server "$addr" 7778
	rig_exec "$from_ns" taskset -c "$LAST_CPU" "$OUT/crr" "$1" "$addr" 7778 "$SECONDS_EACH"
	serve_end
}

# Connections per second: connect, one byte there and back, close.
conn()
{
	begin_flows connect
}

# The first packet of a flow and its answer.
first()
{
	begin_flows first
}

# CPU time at a rate that all contenders can do.
cpu()
{
	pps "$@" --rate "$CPU_RATE"
}
