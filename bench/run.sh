#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: nsaccel beside the kernel's forwarding, the floor of each mechanism, other data planes and the ceiling, in
# turn, in several rounds; medians and ratios. See README.md in this directory.
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
TOP=$(dirname "$HERE")
O=$(cd "$TOP" && readlink -f "${O:-build}")
OUT=$O/bench
NSACCEL=${NSACCEL:-$O/nsaccel}
XDP_FORWARD=$OUT/xdp-tools/xdp-forward
ROUNDS=5
SECONDS_EACH=2
FAMILY=4
SIZE=60
FLOWS=64
ONLY=.
CONGESTION=
CPU_RATE=1000000

# shellcheck source=bench/rig.sh
. "$HERE/rig.sh"
# shellcheck source=bench/rigs.sh
. "$HERE/rigs.sh"
# shellcheck source=bench/paths.sh
. "$HERE/paths.sh"
# shellcheck source=bench/contenders.sh
. "$HERE/contenders.sh"
# shellcheck source=bench/features.sh
. "$HERE/features.sh"
# shellcheck source=bench/metrics.sh
. "$HERE/metrics.sh"

usage()
{
	cat <<-EOF
	Usage: bench/run.sh [OPTIONS]
	  --rounds N     rounds of all measurements ($ROUNDS)
	  --seconds S    each measurement takes this long ($SECONDS_EACH)
	  --quick        2 rounds of 1 second: is it alive, not how fast is it
	  --size BYTES   frame length of the packet-rate tests ($SIZE)
	  --flows N      source ports the generator goes through ($FLOWS)
	  --rate PPS     of the measurements of CPU time ($CPU_RATE)
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

measurements()
{
	grep -v -e '^#' -e '^$' "$HERE/measurements"
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
		rig_exec "$counting" sed -n 's/^Ip6OutForwDatagrams *//p' /proc/net/snmp6
	else
		rig_exec "$counting" sed -n 's/^Ip: [0-9]* [0-9]* [0-9]* [0-9]* [0-9]* \([0-9]*\).*/\1/p' \
			/proc/net/snmp
	fi
}

# One result on stdin and what it is of: a line in runs.jsonl.
record()
{
	jq -c --arg metric "$metric" --arg scenario "$scenario" --arg contender "$contender" \
		--argjson round "$1" --argjson cpu_rate "$CPU_RATE" --argjson fast "$2" --argjson kernel "$3" -f "$HERE/run.jq" |
		tee -a "$OUT/runs.jsonl" |
		jq -r '"round \(.round)  \(.metric)/\(.scenario)/\(.contender)  " +
			(if .skipped then "can'"'"'t run: \(.skipped)" else "\(.value) \(.unit)" end) +
			(if .invalid then "  INVALID: \(.invalid)" else "" end)' >&2
}

# measure NAME WAY ROUND
measure()
{
	local metric scenario contender fast kernel result skipped
	local hops counting from from_ns from_dev from_via from_extra to to_ns to_dev to_hook

	IFS=/ read -r metric scenario contender <<<"$1"
	FAMILY=4
	[[ $metric != *6 ]] || FAMILY=6
	path "$scenario" "$contender"
	[[ $2 == "$ATTACHED" ]] || use -
	prepare_rig "$scenario" "$contender"
	use "$2"
	prepare "$scenario" "$contender"
	if ! skipped=$(forward_up "$contender"); then
		jq -n --arg why "${skipped:-see above}" '{skipped: $why}' | record "$3" 0 0
	else
		fast=$(fast_path_count)
		kernel=$(kernel_count)
		result=$("${metric%6}" "$scenario" "$contender") || die "$1 failed"
		fast=$(($(fast_path_count) - fast))
		kernel=$(($(kernel_count) - kernel))
		forward_down "$contender"
		record "$3" "$fast" "$kernel" <<<"$result"
	fi
	restore "$scenario" "$contender"
	restore_rig "$scenario" "$contender"
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
	local cpu version mitigations
	cpu=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
	version=$([[ ! -x $NSACCEL ]] || "$NSACCEL" -V)
	mitigations=$(cd /sys/devices/system/cpu/vulnerabilities && grep -H . -- * | grep -v ':Not affected$')
	jq -s --arg date "$(date -u +%FT%TZ)" --arg kernel "$(uname -r)" --arg cpu "$cpu" \
		--argjson cpus "$(nproc)" --arg nsaccel "$version" --argjson rounds "$ROUNDS" \
		--argjson seconds "$SECONDS_EACH" --argjson size "$SIZE" --argjson flows "$FLOWS" \
		--arg mitigations "$mitigations" --arg command "$COMMAND" \
		--arg commit "$(git -C "$TOP" rev-parse --short HEAD 2>/dev/null)" \
		-f "$HERE/report.jq" "$OUT/runs.jsonl" >"$OUT/results.json"
	jq -r -f "$HERE/csv.jq" "$OUT/results.json" >"$OUT/results.csv"
	jq -r -f "$HERE/table.jq" "$OUT/results.json"
	jq -e '[.results[].invalid[]] == []' "$OUT/results.json" >/dev/null
}

parse_options()
{
	while (($#)); do
		case $1 in
		--rounds | --seconds | --size | --flows | --rate | --only)
			(($# > 1)) || die "$1 needs a value"
			[[ $1 == --only || $2 =~ ^[1-9][0-9]*$ ]] || die "$1 $2: not a whole number"
			;;&
		--rounds) ROUNDS=$2; shift 2 ;;
		--seconds) SECONDS_EACH=$2; shift 2 ;;
		--size) SIZE=$2; shift 2 ;;
		--flows) FLOWS=$2; shift 2 ;;
		--rate) CPU_RATE=$2; shift 2 ;;
		--congestion) CONGESTION=$2; shift 2 ;;
		--only) ONLY=$2; shift 2 ;;
		--quick) ROUNDS=2 SECONDS_EACH=1; shift ;;
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
		"$HERE/xdp-tools.sh" "$OUT/xdp-tools" || true
		exec unshare --mount --net --pid --fork --kill-child --mount-proc \
			"$0" --inside "$@"
	fi
	shift
	COMMAND="bench/run.sh $*"
	parse_options "$@"
	LAST_CPU=$(($(nproc) - 1))
	rig_up
	SETTINGS=$(rig_settings)
	bench
	report
}

main "$@"
