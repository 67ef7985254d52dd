# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153 # lib.bash sets them
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

load lib

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

# probe_frame FROM DESTINATION[,FIELD=VALUE]...: hex; fields as of frame4 and frame6, and
# size: so many bytes before the marker.
probe_frame()
{
	local from=$1 port=${PORT[$1]} dst=${2%%,*} fields=${2#*,} size=0 field
	local -a more=()
	local -
	set +T

	[[ $fields == "$2" ]] || IFS=, read -ra more <<<"$fields"
	for field in "${more[@]}"; do
		[[ $field != size=* ]] || size=${field#*=}
	done
	((size == 0)) || more=("${more[@]/#size=*/payload=$(zeros "$size")$(marker)}")
	more=("smac=${MAC[$from]}" "dmac=${RT_MAC[$port]}" "dst=$dst" "payload=$(marker)"
		"src=$(addr "$from" "$(family "$dst")")" "${more[@]}")
	if [[ $dst == *:* ]]; then
		frame6 "${more[@]}"
	else
		frame4 "${more[@]}"
	fi
}

# family ADDRESS: 4 or 6.
family()
{
	if [[ $1 == *:* ]]; then echo 6; else echo 4; fi
}

# probe FROM DESTINATION[,FIELD=VALUE]...: a packet to each.
probe()
{
	local from=$1 packet
	local -
	set +T

	shift
	for packet in "$@"; do
		probe_frame "$from" "$packet"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$from" "$*"
}

# flows FROM DESTINATION COUNT: as many flows, by source address and port, a packet of each.
flows()
{
	local i
	local -
	set +T

	for ((i = 0; i < $3; i++)); do
		if [[ $2 == *:* ]]; then
			probe_frame "$1" "$2,src=${ADDR6[$1]%::*}::$(printf %x $((0x100 + i)))"
		else
			probe_frame "$1" "$2,src=${ADDR4[$1]%.*}.$((10 + i))"
		fi
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "$1" "$3 flows to $2"
}

# probe_frames FROM WHAT: what is in the file "frames" goes out, and what arrives is written down.
probe_frames()
{
	local -
	set +T

	PROBE="probe $PROBES: $1 to $2"
	[[ ! $DAEMON ]] || stats >"$BATS_TEST_TMPDIR/stats.before"
	"$TOOLS/witness" "nsa-$1/eth0" "${WATCHED[@]}" <"$BATS_TEST_TMPDIR/frames" |
		sort >"$BATS_TEST_TMPDIR/received" || fail "$PROBE: no witness" || return
	[[ ! $DAEMON ]] || stats >"$BATS_TEST_TMPDIR/stats.after"
	FROM=nsa-$1
	# Its counters: those of the namespace behind the port, and for a NIC of the owner.
	[[ ${KIND[$1]:-veth} == nic ]] && COUNTED=nsa-rt || COUNTED=$FROM
	MARKER=$(marker)
	PROBES=$((PROBES + 1))
	{
		echo "# $PROBE"
		cat "$BATS_TEST_TMPDIR/received"
	} >>"$BATS_TEST_TMPDIR/transcript.$MODE"
}

# got LEAF COUNT...: of the last probe's packets, and nobody else got any of them. Errors and
# answers to the sender don't count.
got()
{
	local -A want=()
	local ns count marked
	local -
	set +T

	marked=$(grep "$MARKER\$" "$BATS_TEST_TMPDIR/received" || true)
	while (($#)); do
		want[nsa-$1]=$2
		shift 2
	done
	for ns in "${WATCHED[@]}"; do
		count=$(grep -c "^$ns " <<<"$marked") || true
		[[ $ns == "$FROM" || $count == "${want[$ns]:-0}" ]] ||
			fail "$PROBE ($MODE): $ns got $count, not ${want[$ns]:-0}: $(tally)" || return
	done
}

# Who got what the last time, and why, for people.
tally()
{
	cat "$BATS_TEST_TMPDIR/received"
	[[ ! $DAEMON ]] || jq -c -n --slurpfile a "$BATS_TEST_TMPDIR/stats.before" \
		--slurpfile b "$BATS_TEST_TMPDIR/stats.after" '$b[0] - $a[0]'
}

# counted REASON-REGEX: by how much the sender's counters went up.
counted()
{
	[[ ! $DAEMON ]] || jq -n --arg ns "$COUNTED" --arg reason "^($1)\$" \
		--slurpfile before "$BATS_TEST_TMPDIR/stats.before" \
		--slurpfile after "$BATS_TEST_TMPDIR/stats.after" '
		def sum: [.[] | select(.netns == $ns and (.reason | test($reason))) | .packets] |
			add // 0;
		($after[0] | sum) - ($before[0] | sum)'
}

# fast COUNT: of the last probe's packets took the fast path; the others didn't.
fast()
{
	[[ ! $DAEMON || $(counted 'fwd_.*') == "$1" ]] ||
		fail "$PROBE: $(counted 'fwd_.*') by the fast path, not $1: $(tally)"
}

# slow COUNT REASON-REGEX: were left to the kernel for that reason.
slow()
{
	[[ ! $DAEMON || $(counted "$2") == "$1" ]] ||
		fail "$PROBE: $(counted "$2") counted as $2, not $1: $(tally)"
}

# slow_first REASON-REGEX: the first one was; what the kernel learnt from it may have been mirrored
# before the last came.
slow_first()
{
	[[ ! $DAEMON || $(counted "$1") -ge 1 ]] || fail "$PROBE: none counted as $1: $(tally)"
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
	topo_down
}
