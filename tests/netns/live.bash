# SPDX-License-Identifier: GPL-2.0-only
# Scenarios that run twice, with the same probes: once forwarded by the kernel alone, then with
# nsaccel and its daemon. What arrives where has to be the same, byte for byte.
#
#   scenario_x() {
#           rt route add 10.50.0.0/24 via 10.0.0.2   # a change, and the daemon has followed it
#           probe blue 10.50.0.1 fd00:50::1          # packets; who gets what is written down
#           got wire 2                               # both times
#           fast 2                                   # with nsaccel: so many by the fast path
#   }
#   @test "x" { both scenario_x; }
# shellcheck shell=bash disable=SC2153 # lib.bash sets them

load "${BASH_SOURCE[0]%/*}/lib" # for those elsewhere, too

DAEMON=
MODE=kernel
PROBES=0
# Namespaces whose receptions count; a scenario may add to it.
declare -ga WATCHED=()

# ---- the daemon -----------------------------------------------------------------------------

# It runs, ready or not.
daemon_launch()
{
	DAEMON_LOG=$BATS_TEST_TMPDIR/daemon.log
	: >"$DAEMON_LOG"
	background "$NSACCEL" daemon >>"$DAEMON_LOG" 2>&1
	DAEMON=$!
}

daemon_start()
{
	daemon_launch
	wait_until 20 daemon_settled
	grep -q ready "$DAEMON_LOG" || fail "no daemon: $(cat "$DAEMON_LOG")"
}

# It follows the kernel, or has given up.
daemon_settled()
{
	grep -q ready "$DAEMON_LOG" || ! kill -0 "$DAEMON" 2>/dev/null
}

# daemon_stop [SIGNAL]
daemon_stop()
{
	[[ $DAEMON ]] || return 0
	kill "-${1:-TERM}" "$DAEMON" 2>/dev/null || true
	wait "$DAEMON" 2>/dev/null || true
	DAEMON=
}

in_step()
{
	nsaccel check >"$BATS_TEST_TMPDIR/drift" 2>&1
}

# The maps say what the kernel says. Without the daemon there is nothing to wait for.
settle()
{
	[[ $DAEMON ]] || return 0
	kill -0 "$DAEMON" 2>/dev/null || fail "the daemon is gone: $(cat "$DAEMON_LOG")" || return
	nap
	wait_until 10 in_step ||
		fail "not followed: $(cat "$BATS_TEST_TMPDIR/drift"); log: $(cat "$DAEMON_LOG")"
}

# change COMMAND...: and the daemon has followed.
change()
{
	"$@" && settle
}

# rt WORDS...: ip(8) in the router. rt6: of IPv6.
rt()
{
	change ip -n nsa-rt "$@"
}

rt6()
{
	change ip -n nsa-rt -6 "$@"
}

rt_sysctl()
{
	change sysctl_in nsa-rt "$@"
}

# keep_quiet NAMESPACE...: nobody listens to probes, and these don't say so, nor anything else of their
# own accord.
keep_quiet()
{
	local ns

	for ns; do
		in_ns "$ns" nft -f - <<-EOF
			table inet quiet {
				chain output {
					type filter hook output priority 0
					icmp type destination-unreachable drop
					icmpv6 type { destination-unreachable, nd-router-solicit, mld2-listener-report } drop
				}
			}
		EOF
	done
}

# unguarded LEAF: what it sends with others' addresses takes the fast path, too.
unguarded()
{
	[[ ! $DAEMON ]] || change nsaccel ns set "nsa-$1" --guard off
}

# ---- the witness ----------------------------------------------------------------------------

# One process (witness.c) for all of a test's probes: what they cost is sending them, and a flow's
# packets follow each other as closely as on a machine with nothing else to do.
WITNESS=

witness_start()
{
	[[ ! $WITNESS ]] || return 0
	coproc WITNESSING { exec "$TOOLS/witness" "$BATS_TEST_TMPDIR" 3>&-; }
	WITNESS=$!
	# Subshells know no coprocesses, but descriptors.
	exec {WITNESS_ANSWERS}<&"${WITNESSING[0]}" {WITNESS_COMMANDS}>&"${WITNESSING[1]}"
}

witness_stop()
{
	[[ $WITNESS ]] || return 0
	exec {WITNESS_ANSWERS}<&- {WITNESS_COMMANDS}>&-
	kill "$WITNESS" 2>/dev/null || true
	wait "$WITNESS" 2>/dev/null || true
	WITNESS=
}

# witness LINE...: commands for it; it has to answer the last one with "done".
witness()
{
	local answer='nothing at all'

	witness_start
	printf '%s\n' "$@" go >&"$WITNESS_COMMANDS"
	read -r answer <&"$WITNESS_ANSWERS" || true
	[[ $answer == "done" ]] || fail "the witness says: $answer"
}

# ---- probes ---------------------------------------------------------------------------------

# What a probe's packets end with: which one it is.
marker()
{
	printf '6e736163%08x' "$PROBES"
}

# zeros BYTES: in hex.
zeros()
{
	printf '%0*d' $((2 * $1)) 0
}

# put_probe_frame FROM DESTINATION[,FIELD=VALUE]...: into HEX; fields as of frame4 and frame6, and
# size: so many bytes before the marker.
put_probe_frame()
{
	local from=$1 port=${PORT[$1]} dst=${2%%,*} fields=${2#*,} size field mark zeros src
	local -a more=()
	local -
	set +T

	[[ $fields == "$2" ]] || IFS=, read -ra more <<<"$fields"
	printf -v mark '6e736163%08x' "$PROBES"
	for field in "${!more[@]}"; do
		[[ ${more[field]} == size=* ]] || continue
		size=${more[field]#size=}
		printf -v zeros '%0*d' $((2 * size)) 0
		more[field]=payload=$zeros$mark
	done
	src=${ADDR4[$from]}
	[[ $dst != *:* ]] || src=${ADDR6[$from]}
	more=("smac=${MAC[$from]}" "dmac=${RT_MAC[$port]}" "dst=$dst" "payload=$mark" "src=$src"
		"${more[@]}")
	if [[ $dst == *:* ]]; then
		put_frame6 "${more[@]}"
	else
		put_frame4 "${more[@]}"
	fi
}

probe_frame()
{
	local HEX

	put_probe_frame "$@"
	echo "$HEX"
}

# family ADDRESS: 4 or 6.
family()
{
	if [[ $1 == *:* ]]; then echo 6; else echo 4; fi
}

# probe FROM DESTINATION[,FIELD=VALUE]...: a packet to each.
probe()
{
	local from=$1 packet HEX
	local -
	set +T

	shift
	for packet in "$@"; do
		put_probe_frame "$from" "$packet"
		echo "$HEX"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$from" "$*"
}

# flows FROM DESTINATION COUNT: as many flows, by source address and port, a packet of each.
flows()
{
	local i HEX source
	local -
	set +T

	for ((i = 0; i < $3; i++)); do
		if [[ $2 == *:* ]]; then
			printf -v source '%s::%x' "${ADDR6[$1]%::*}" $((0x100 + i))
		else
			source=${ADDR4[$1]%.*}.$((10 + i))
		fi
		put_probe_frame "$1" "$2,src=$source"
		echo "$HEX"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "$3 flows to $2"
}

# probe_frames FROM WHAT: what is in the file "frames" goes out, and what arrives is written down.
probe_frames()
{
	probe_batches "$2" "$1" frames
}

# probe_batches WHAT [FROM FILE]...: one after the other, each batch when what came of those before
# has arrived. The last one's sender is the one that "fast" and "slow" are about.
probe_batches()
{
	local what=$1
	local -a batches=()
	local -
	set +T

	shift
	PROBE="probe $PROBES: $1 to $what"
	while (($#)); do
		FROM=nsa-$1
		# Its counters: those of the namespace behind the port, and for a NIC of the owner.
		[[ ${KIND[$1]:-veth} == nic ]] && COUNTED=nsa-rt || COUNTED=$FROM
		batches+=("send $FROM/eth0 $2")
		shift 2
	done
	witness "watch ${WATCHED[*]}" "count ${WATCHED[*]} nsa-rt" "${batches[@]}" ||
		fail "$PROBE: no witness" || return
	receive
	mapfile -t COUNTERS <"$BATS_TEST_TMPDIR/counted"
	printf -v MARKER '6e736163%08x' "$PROBES"
	PROBES=$((PROBES + 1))
	printf '%s\n' "# $PROBE" "${RECEIVED[@]}" >>"$BATS_TEST_TMPDIR/transcript.$MODE"
}

# What arrived, into RECEIVED: without the configuration messages that a bridge with STP sends by its own clock
# (IEEE 802.1D; 38 bytes after the header).
receive()
{
	local -a all
	local frame

	mapfile -t all <"$BATS_TEST_TMPDIR/received"
	RECEIVED=()
	for frame in "${all[@]}"; do
		[[ $frame == *" 0180c2000000"????????????"0026424203"* ]] || RECEIVED+=("$frame")
	done
}

# marked NAMESPACE: how many of the last probe's packets it got, in COUNT.
marked()
{
	local frame

	COUNT=0
	for frame in "${RECEIVED[@]}"; do
		[[ $frame != "$1 "*"$MARKER" ]] || ((++COUNT))
	done
}

# got LEAF COUNT...: of the last probe's packets, and nobody else got any of them. Errors and
# answers to the sender don't count.
got()
{
	local -A want=()
	local ns COUNT
	local -
	set +T

	while (($#)); do
		want[nsa-$1]=$2
		shift 2
	done
	for ns in "${WATCHED[@]}"; do
		marked "$ns"
		[[ $ns == "$FROM" || $COUNT == "${want[$ns]:-0}" ]] ||
			fail "$PROBE ($MODE): $ns got $COUNT, not ${want[$ns]:-0}: $(tally)" || return
	done
}

# Who got what the last time, and why, for people.
tally()
{
	cat "$BATS_TEST_TMPDIR/received"
	[[ ! $DAEMON ]] || cat "$BATS_TEST_TMPDIR/counted"
}

# count_of REASON-REGEX [NAMESPACE]: by how much the sender's counters went up, or that namespace's;
# in COUNT.
count_of()
{
	local line namespace reason packets
	local -
	set +T

	COUNT=0
	for line in "${COUNTERS[@]}"; do
		read -r namespace _ reason packets <<<"$line"
		[[ $namespace != "${2:-$COUNTED}" || ! $reason =~ ^($1)$ ]] || COUNT=$((COUNT + packets))
	done
}

counted()
{
	local COUNT

	[[ $DAEMON ]] || return 0
	count_of "$@"
	echo "$COUNT"
}

# fast COUNT: of the last probe's packets took the fast path; the others didn't.
fast()
{
	local COUNT

	[[ $DAEMON ]] || return 0
	count_of 'fwd_.*'
	[[ $COUNT == "$1" ]] || fail "$PROBE: $COUNT by the fast path, not $1: $(tally)"
}

# slow COUNT REASON-REGEX: were left to the kernel for that reason.
slow()
{
	local COUNT

	[[ $DAEMON ]] || return 0
	count_of "$2"
	[[ $COUNT == "$1" ]] || fail "$PROBE: $COUNT counted as $2, not $1: $(tally)"
}

# slow_first REASON-REGEX: the first one was; what the kernel learnt from it may have been mirrored
# before the last came.
slow_first()
{
	local COUNT

	[[ $DAEMON ]] || return 0
	count_of "$1"
	((COUNT >= 1)) || fail "$PROBE: none counted as $1: $(tally)"
}

# ---- twice ----------------------------------------------------------------------------------

# Topology, and what accelerates it; suites with another topology define their own.
live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
}

live_attach()
{
	attach eth0 eth1
}

# run_once kernel|nsaccel SCENARIO
run_once()
{
	MODE=$1
	PROBES=0
	live_topology
	if [[ $MODE == nsaccel ]]; then
		live_attach
		daemon_start
		settle
	fi
	"$2"
	daemon_stop
	witness_stop
	topo_down
}

# both SCENARIO
both()
{
	run_once kernel "$1"
	run_once nsaccel "$1"
	[[ -s $BATS_TEST_TMPDIR/transcript.kernel ]] || fail "no probes in $1" || return
	diff -u "$BATS_TEST_TMPDIR/transcript.kernel" "$BATS_TEST_TMPDIR/transcript.nsaccel"
}

live_teardown()
{
	daemon_stop KILL
	witness_stop
	topo_down
}
