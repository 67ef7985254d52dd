#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: nsaccel beside the kernel's forwarding, a direct veth pair and the ceiling, in turn,
# in several rounds; medians and ratios. See README.md in this directory.
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
TOP=$(dirname "$HERE")
O=$(cd "$TOP" && readlink -f "${O:-build}")
OUT=$O/bench
NSACCEL=${NSACCEL:-$O/nsaccel}
ROUNDS=5
SECONDS_EACH=2
FAMILY=4
SIZE=60
FLOWS=64
ONLY=.
CONGESTION=

# shellcheck source=bench/rig.sh
. "$HERE/rig.sh"

usage()
{
	cat <<-EOF
	Usage: bench/run.sh [OPTIONS]
	  --rounds N     rounds of all measurements ($ROUNDS)
	  --seconds S    each measurement takes this long ($SECONDS_EACH)
	  --quick        2 rounds of 1 second: is it alive, not how fast is it
	  --ipv6         the same over IPv6
	  --size BYTES   frame length of the packet-rate tests ($SIZE)
	  --flows N      source ports the generator goes through ($FLOWS)
	  --congestion NAME  TCP's congestion control, instead of the system's default
	  --only REGEX   of METRIC/SCENARIO/CONTENDER, for instance 'pps/nic-veth/'
	  --list         print those names and exit
	Results: $OUT/results.{json,csv}, each single run in runs.jsonl there.
	EOF
}

die()
{
	echo "bench: $*" >&2
	exit 1
}

# Order matters: what is compared runs next to each other, and nsaccel's ways of attaching change
# as seldom as that allows. Fields: metric/scenario/contender, how nsaccel is attached.
measurements()
{
	cat <<-EOF
	pps/ceiling/xdp-drop        -
	pps/ceiling/tc-drop         -
	pps/nic-nic/kernel          -
	pps/nic-nic/nsaccel         native
	pps/nic-veth/nsaccel-native native
	pps/nic-veth/kernel         -
	pps/nic-veth/kernel-rpf2    -
	pps/nic-veth/nsaccel        tc
	pps/nic-veth-xdp/nsaccel    xdp
	pps/nic-veth-xdp/kernel     -
	pps/veth-veth/direct        -
	pps/veth-veth/kernel        -
	pps/veth-veth/nsaccel       tc
	pps/mac-veth/nsaccel        tc
	pps/mac-veth/kernel         -
	pps/guard/nsaccel-off       tc
	pps/guard/nsaccel           tc
	pps/policy/nsaccel          tc
	pps/policy/nsaccel-0        tc
	pps/policy/nsaccel-1        tc
	pps/policy/nsaccel-100      tc
	pps/policy/nsaccel-10000    tc
	pps/policy-new/nsaccel      tc
	pps/policy-new/nsaccel-0    tc
	pps/policy-new/nsaccel-1    tc
	pps/policy-new/nsaccel-100  tc
	pps/policy-new/nsaccel-10000 tc
	tcp/nic-veth/kernel         -
	tcp/nic-veth/nsaccel        tc
	tcp/veth-veth/nsaccel       tc
	tcp/veth-veth/kernel        -
	tcp/veth-veth/direct        -
	rtt/veth-veth/direct        -
	rtt/veth-veth/kernel        -
	rtt/veth-veth/nsaccel       tc
	rtt/nic-veth/nsaccel        tc
	rtt/nic-veth/kernel         -
	EOF
}

nsaccel()
{
	"$NSACCEL" -n "$(rig_netns rt)" "$@" || die "nsaccel $* failed"
}

ATTACHED=-

# use WAY: as little change as leads there. WAY "-": nothing of nsaccel is left.
use()
{
	[[ $1 != "$ATTACHED" ]] || return 0
	if [[ $ATTACHED != - ]]; then
		nsaccel detach --all
		diff <(echo "$SETTINGS") <(rig_settings) >&2 || die "detach left these settings changed"
	fi
	ATTACHED=-
	case $1 in
	-) ;;
	tc) nsaccel attach --static eth0 --mode tc ;;
	native)
		nsaccel attach --static eth0 --mode native
		nsaccel attach --static eth1 --mode native
		;;
	xdp) nsaccel attach --static eth0 --mode native --delivery xdp ;;
	esac
	ATTACHED=$1
}

# Packets that nsaccel forwarded so far, by its own counters; 0 where it isn't attached.
fast_path_count()
{
	if [[ $ATTACHED == - ]]; then
		echo 0
	else
		"$NSACCEL" stats show -j |
			jq '[.[] | select(.reason | startswith("fwd_")) | .packets] | add // 0'
	fi
}

# Packets that the router's own stack forwarded so far.
kernel_count()
{
	if [[ $FAMILY == 6 ]]; then
		rig_exec rt sed -n 's/^Ip6OutForwDatagrams *//p' /proc/net/snmp6
	else
		rig_exec rt sed -n 's/^Ip: [0-9]* [0-9]* [0-9]* [0-9]* [0-9]* \([0-9]*\).*/\1/p' \
			/proc/net/snmp
	fi
}

# pps_path SCENARIO CONTENDER: sets gen_* and sink_* for it.
pps_path()
{
	sink_hook=tc gen_dev=eth0 gen_extra=()
	case $1 in
	ceiling) gen_ns=w0 src=w0 via=eth0 dst=blue sink_ns=rt sink_dev=eth0 sink_hook=${2%-drop} ;;
	nic-nic) gen_ns=w0 src=w0 via=eth0 dst=w1 sink_ns=w1 sink_dev=wire sink_hook=xdp ;;
	nic-veth) gen_ns=w0 src=w0 via=eth0 dst=blue sink_ns=blue sink_dev=eth0 ;;
	nic-veth-xdp) gen_ns=w0 src=w0 via=eth0 dst=blue sink_ns=blue sink_dev=eth0 sink_hook=xdp ;;
	veth-veth | guard | policy | policy-new) gen_ns=blue src=blue via=vblue dst=red sink_ns=red sink_dev=eth0 ;;
	mac-veth)
		gen_ns=mac src=mac via=eth0 dst=blue sink_ns=blue sink_dev=eth0
		gen_dev=mac0 gen_extra=(--stack)
		;;
	esac
	[[ $gen_ns != w0 ]] || gen_dev=wire
	case $1/$2 in
	mac-veth/kernel) via=shim ;;
	veth-veth/direct) src=dblue via=dred dst=dred gen_dev=dir0 sink_dev=dir0 ;;
	esac
}

# pps SCENARIO CONTENDER: prints what gen prints.
pps()
{
	local sink_ns sink_dev sink_hook gen_ns gen_dev gen_extra src via dst
	local pin=/sys/fs/bpf/nsa-bench-sink status=0 flows=$FLOWS

	pps_path "$1" "$2"
	# More than the programs remember of one namespace: each packet begins a flow.
	[[ $1 != policy-new ]] || flows=60000
	rig_exec "$sink_ns" "$OUT/sink" attach "$sink_dev" "$sink_hook" $pin
	rig_exec "$gen_ns" taskset -c "$LAST_CPU" "$OUT/gen" --dev "$gen_dev" \
		--src-mac "${MAC[$src]}" --dst-mac "${MAC[$via]}" \
		--src "$(rig_addr "$src")" --dst "$(rig_addr "$dst")" --size "$SIZE" \
		--flows "$flows" --seconds "$SECONDS_EACH" --sink $pin "${gen_extra[@]}" ||
		status=$?
	rig_exec "$sink_ns" "$OUT/sink" detach "$sink_dev" "$sink_hook" $pin
	return $status
}

# socket_path SCENARIO CONTENDER: who talks to whom.
socket_path()
{
	client_ns=blue server_ns=red server=red
	case $1/$2 in
	nic-veth/*) client_ns=w0 server_ns=blue server=blue ;;
	*/direct) server=dred ;;
	esac
}

# serve CPU MARK COMMAND...: starts a server and returns once its output shows MARK.
serve()
{
	local line
	exec {SERVER}< <(rig_exec "$server_ns" timeout 60 taskset -c "$1" "${@:3}" 2>&1)
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

tcp()
{
	local client_ns server_ns server addr
	socket_path "$1" "$2"
	addr=$(rig_addr "$server")
	serve "$LAST_CPU" listening iperf3 -s -1 -B "$addr" --forceflush
	rig_exec "$client_ns" taskset -c 0 iperf3 -J -c "$addr" -t "$SECONDS_EACH" \
		${CONGESTION:+-C "$CONGESTION"} |
		jq -c '{bits_per_second: .end.sum_received.bits_per_second,
			retransmits: .end.sum_sent.retransmits}'
	serve_end
}

# Both ends on one CPU: a round trip is then the path and two context switches, without the
# wake-up of another (virtual) CPU, which costs more than the path and varies more.
rtt()
{
	local client_ns server_ns server addr
	socket_path "$1" "$2"
	addr=$(rig_addr "$server")
	serve "$LAST_CPU" ready "$OUT/rr" server "$addr" 7777
	rig_exec "$client_ns" taskset -c "$LAST_CPU" "$OUT/rr" client "$addr" 7777 "$SECONDS_EACH"
	serve_end
}

# policy_up RULES: the last of them allows what is sent, the others, each with a prefix and a port of its
# own, are about others. Without any, a default elsewhere has packets looked at.
policy_up()
{
	if (($1 == 0)); then
		"$NSACCEL" ns set "$(rig_netns mac)" --policy deny || die "ns set failed"
		return
	fi
	seq $(($1 - 1)) | awk '{
		printf "--from 172.16.%d.%d --to 172.17.%d.0/24 proto udp dport %d deny\n",
			$1 / 250, $1 % 250, $1 % 250, 10000 + $1
	} END { print "--from '"$(rig_netns blue) --to $(rig_netns red)"' proto udp allow" }' |
		nsaccel policy load -
}

policy_down()
{
	if (($1 == 0)); then
		"$NSACCEL" ns set "$(rig_netns mac)" --policy allow || die "ns set failed"
	else
		nsaccel policy flush
	fi
}

# guard_up off|on: nothing that looks at packets; or a guard that drops, and an empty policy.
guard_up()
{
	if [[ $1 == off ]]; then
		"$NSACCEL" ns set "$(rig_netns blue)" --guard off || die "ns set failed"
	else
		"$NSACCEL" ns set "$(rig_netns blue)" --guard drop || die "ns set failed"
		policy_up 0
	fi
}

guard_down()
{
	"$NSACCEL" ns set "$(rig_netns blue)" --guard pass || die "ns set failed"
	[[ $1 == off ]] || policy_down 0
}

# prepare SCENARIO CONTENDER / restore SCENARIO CONTENDER: the rig's own differences.
prepare()
{
	case $1/$2 in
	mac-veth/kernel) rig_shim_up ;;
	*/kernel-rpf2) rig_rp_filter 2 ;;
	guard/nsaccel-off) guard_up off ;;
	guard/nsaccel) guard_up on ;;
	policy*/nsaccel-*) policy_up "${2#nsaccel-}" ;;
	esac
}

restore()
{
	case $1/$2 in
	mac-veth/kernel) rig_shim_down ;;
	*/kernel-rpf2) rig_rp_filter 0 ;;
	guard/nsaccel-off) guard_down off ;;
	guard/nsaccel) guard_down on ;;
	policy*/nsaccel-*) policy_down "${2#nsaccel-}" ;;
	esac
}

# measure NAME WAY ROUND: one line in runs.jsonl.
measure()
{
	local metric scenario contender fast kernel result
	IFS=/ read -r metric scenario contender <<<"$1"
	use "$2"
	prepare "$scenario" "$contender"
	fast=$(fast_path_count)
	kernel=$(kernel_count)
	result=$("$metric" "$scenario" "$contender") || die "$1 failed"
	fast=$(($(fast_path_count) - fast))
	kernel=$(($(kernel_count) - kernel))
	restore "$scenario" "$contender"
	jq -c --arg metric "$metric" --arg scenario "$scenario" --arg contender "$contender" \
		--argjson round "$3" --argjson fast "$fast" --argjson kernel "$kernel" \
		-f "$HERE/run.jq" <<<"$result" | tee -a "$OUT/runs.jsonl" |
		jq -r '"round \(.round)  \(.metric)/\(.scenario)/\(.contender)  \(.value) \(.unit)" +
			(if .invalid then "  INVALID: \(.invalid)" else "" end)' >&2
}

bench()
{
	local round name way
	local -a list

	mapfile -t list < <(measurements | awk -v only="$ONLY" '$1 ~ only')
	((${#list[@]})) || die "--only $ONLY: no such measurement (see --list)"
	: >"$OUT/runs.jsonl"
	for ((round = 1; round <= ROUNDS; round++)); do
		# There and back, so that what drifts meets every contender alike.
		((round == 1)) || mapfile -t list < <(printf '%s\n' "${list[@]}" | tac)
		for name in "${list[@]}"; do
			read -r name way <<<"$name"
			measure "$name" "$way" "$round"
		done
	done
	use -
}

report()
{
	local cpu version
	cpu=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
	version=$([[ ! -x $NSACCEL ]] || "$NSACCEL" -V)
	jq -s --arg date "$(date -u +%FT%TZ)" --arg kernel "$(uname -r)" --arg cpu "$cpu" \
		--argjson cpus "$(nproc)" --arg nsaccel "$version" --argjson rounds "$ROUNDS" \
		--argjson seconds "$SECONDS_EACH" --argjson size "$SIZE" --argjson flows "$FLOWS" \
		--argjson family "$FAMILY" -f "$HERE/report.jq" "$OUT/runs.jsonl" >"$OUT/results.json"
	jq -r -f "$HERE/csv.jq" "$OUT/results.json" >"$OUT/results.csv"
	jq -r -f "$HERE/table.jq" "$OUT/results.json"
	jq -e '[.results[].invalid[]] == []' "$OUT/results.json" >/dev/null
}

parse_options()
{
	while (($#)); do
		case $1 in
		--rounds | --seconds | --size | --flows | --only)
			(($# > 1)) || die "$1 needs a value"
			[[ $1 == --only || $2 =~ ^[1-9][0-9]*$ ]] || die "$1 $2: not a whole number"
			;;&
		--rounds) ROUNDS=$2; shift 2 ;;
		--seconds) SECONDS_EACH=$2; shift 2 ;;
		--size) SIZE=$2; shift 2 ;;
		--flows) FLOWS=$2; shift 2 ;;
		--congestion) CONGESTION=$2; shift 2 ;;
		--only) ONLY=$2; shift 2 ;;
		--quick) ROUNDS=2 SECONDS_EACH=1; shift ;;
		--ipv6) FAMILY=6; SIZE=$((SIZE < 62 ? 62 : SIZE)); shift ;;
		--list) measurements | cut -d' ' -f1; exit 0 ;;
		-h | --help) usage; exit 0 ;;
		*) usage >&2; die "unknown option $1" ;;
		esac
	done
}

main()
{
	if [[ ${1-} != --inside ]]; then
		parse_options "$@"
		((EUID == 0)) || die "needs root, for network namespaces and BPF"
		exec unshare --mount --net --pid --fork --kill-child --mount-proc \
			"$0" --inside "$@"
	fi
	parse_options "${@:2}"
	LAST_CPU=$(($(nproc) - 1))
	rig_up
	SETTINGS=$(rig_settings)
	bench
	report
}

main "$@"
