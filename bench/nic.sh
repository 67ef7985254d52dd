#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packet rates of real NICs, with two machines: this one forwards, another one generates (nic-pktgen.sh). Kernel and nsaccel
# in turn, in several rounds. The NICs move into a namespace of this script, so that nothing else of the machine is
# changed, and come back when it ends. See README.md in this directory.
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
BUILD=${BUILD:-$HERE/../build}
NSACCEL=${NSACCEL:-$BUILD/nsaccel}
OUT=$BUILD/bench/nic.jsonl
IN="" GENERATOR="" FROM="" EGRESS="" TO="" CPUS=""
QUEUES=0 SIZE=60 FLOWS=64 RATE=0 SECONDS_EACH=10 ROUNDS=3
CONTENDERS=kernel,nsaccel

# shellcheck source=bench/nic-rig.sh
. "$HERE/nic-rig.sh"

usage()
{
	cat <<-EOF
	Usage: bench/nic.sh --in DEV --from DEV --generator COMMAND [OPTIONS]
	  --in DEV            NIC of this machine that the generator sends to
	  --out DEV           second NIC of this machine: also measures NIC to NIC
	  --generator COMMAND runs a shell command on the generator, as root: 'ssh root@HOST'
	  --from DEV          the generator's NIC, cabled to --in
	  --to DEV            the generator's NIC, cabled to --out
	  --queues N          transmit queues that the generator uses (all)
	  --cpus LIST         CPUs of this machine, as 0,2,4: the NICs' interrupts are pinned to them in turn
	  --size BYTES        frame length without checksum ($SIZE)
	  --flows N           source ports ($FLOWS)
	  --rate PPS          what the generator sends (0: as much as it can)
	  --seconds S         each measurement takes this long ($SECONDS_EACH)
	  --rounds N          ($ROUNDS)
	  --contenders LIST   of kernel, nsaccel, nsaccel-tc ($CONTENDERS)
	The NICs of this machine have to be without addresses. Results: a table, and $OUT.
	EOF
}

die()
{
	echo "nic: $*" >&2
	exit 1
}

parse_options()
{
	while (($#)); do
		case $1 in
		-h | --help) usage; exit 0 ;;
		--in) IN=$2 ;;
		--out) EGRESS=$2 ;;
		--generator) GENERATOR=$2 ;;
		--from) FROM=$2 ;;
		--to) TO=$2 ;;
		--queues) QUEUES=$2 ;;
		--cpus) CPUS=$2 ;;
		--size) SIZE=$2 ;;
		--flows) FLOWS=$2 ;;
		--rate) RATE=$2 ;;
		--seconds) SECONDS_EACH=$2 ;;
		--rounds) ROUNDS=$2 ;;
		--contenders) CONTENDERS=$2 ;;
		*) usage >&2; exit 2 ;;
		esac
		shift 2 || { usage >&2; exit 2; }
	done
	[[ $IN && $GENERATOR && $FROM ]] || { usage >&2; exit 2; }
	[[ ! $EGRESS || $TO ]] || die "--out $EGRESS needs --to, the generator's NIC that it is cabled to"
}

# ---- contenders ---------------------------------------------------------------------------------

# contender_up NAME PATH
contender_up()
{
	local dev mode=auto

	[[ $1 != kernel ]] || return 0
	[[ $1 != nsaccel-tc ]] || mode=tc
	for dev in $IN $EGRESS; do
		"$NSACCEL" -n "$ROUTER" -q attach --static "$dev" --mode "$mode" || die "attach $dev failed"
		wait_for_carrier "$dev" # some drivers reset the link when XDP comes
	done
}

contender_down()
{
	[[ $1 != kernel ]] || return 0
	"$NSACCEL" -n "$ROUTER" detach --all >/dev/null || die "detach failed"
	for dev in $IN $EGRESS; do
		wait_for_carrier "$dev"
	done
}

# ---- counters -----------------------------------------------------------------------------------

fast_path_count()
{
	[[ $1 != kernel ]] || { echo 0; return; }
	"$NSACCEL" stats show -j | jq '[.[] | select(.reason | startswith("fwd_")) | .packets] | add // 0'
}

kernel_count()
{
	in_router sed -n 's/^Ip: [0-9]* [0-9]* [0-9]* [0-9]* [0-9]* \([0-9]*\).*/\1/p' /proc/net/snmp
}

sink_count()
{
	bpftool -j map dump pinned "$PIN" | jq '[.[].formatted.values[].value.packets] | add'
}

# Seconds in which a CPU was busy, of all of them since boot.
busy_seconds()
{
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / { print ($2 + $3 + $4 + $7 + $8 + $9) / hz }' /proc/stat
}

# ---- measurements -------------------------------------------------------------------------------

# measure PATH CONTENDER ROUND: a line of JSON. The generator waits a second before it reports, which costs no CPU time.
measure()
{
	local dst=$NET.2.2 fast kernel busy arrived result

	[[ $1 == nic-veth ]] || dst=$NET.1.2
	contender_up "$2"
	fast=$(fast_path_count "$2") kernel=$(kernel_count) busy=$(busy_seconds) arrived=$(sink_count)
	result=$(generator "$HERE/nic-pktgen.sh" DEV="$FROM" TO="$TO" SIZE="$SIZE" FLOWS="$FLOWS" RATE="$RATE" \
		SECONDS_EACH="$SECONDS_EACH" QUEUES="$QUEUES" SRC="$NET.0.2" DST="$dst" \
		DST_MAC="$(ip -n "$ROUTER" -j link show dev "$IN" | jq -r '.[].address')") || die "the generator failed"
	fast=$(($(fast_path_count "$2") - fast)) kernel=$(($(kernel_count) - kernel)) arrived=$(($(sink_count) - arrived))
	busy=$(jq -n "$(busy_seconds) - $busy")
	contender_down "$2"
	jq -c --arg path "$1" --arg contender "$2" --argjson round "$3" --argjson seconds "$SECONDS_EACH" \
		--argjson fast "$fast" --argjson kernel "$kernel" --argjson busy "$busy" --argjson arrived "$arrived" '
		(if $path == "nic-veth" then $arrived else .received end) as $arrived |
		(if $contender == "kernel" then $kernel else $fast end) as $by |
		{$path, $contender, $round, offered: (.sent / $seconds), rate: ($arrived / $seconds),
		 loss: (if .sent > 0 then 1 - $arrived / .sent else null end),
		 cpu: (if $arrived > 0 then $busy / $arrived * 1e6 else null end),
		 valid: ($arrived > 0 and $by >= 0.99 * $arrived)}' <<<"$result" | tee -a "$OUT" |
		jq -r '"round \(.round)  \(.path)/\(.contender)  \(.rate | floor) pps" +
			(if .valid then "" else "  INVALID: another path than the row is named after" end)' >&2
}

# report: medians of the rounds; ratios are those of the same round.
report()
{
	jq -rs '
		def median: sort | if length == 0 then null else .[length / 2 | floor] end;
		def mega: . / 1e6 * 1000 | round / 1000;
		. as $all | ["PATH", "CONTENDER", "OFFERED", "MPPS", "XKERNEL", "LOSS", "CPU-S/MPKT", "VALID"],
		(group_by([.path, .contender])[] | . as $rows | .[0] as $first |
		 [$first.path, $first.contender, ([.[].offered] | median | mega), ([.[].rate] | median | mega),
		  ([$rows[] | . as $row | $all[] |
		    select(.contender == "kernel" and .path == $row.path and .round == $row.round and .rate > 0) |
		    $row.rate / .rate] | median | if . then . * 100 | round / 100 else "-" end),
		  ([.[].loss // 0] | median * 1000 | round / 1000), ([.[].cpu // 0] | median * 1000 | round / 1000),
		  all(.[]; .valid)]) | @tsv' "$OUT" | column -t -s $'\t'
}

# describe: what the numbers are of.
describe()
{
	local dev

	echo "Linux $(uname -r), $(nproc) CPUs,$(awk -F: '/^model name/ { print $2; exit }' /proc/cpuinfo)," \
		"commit $(git -C "$HERE" rev-parse --short HEAD)"
	for dev in $IN $EGRESS; do
		echo "$dev: $(in_router ethtool -i "$dev" | awk '/^(driver|version|firmware-version):/' | paste -sd' ')," \
			"$(in_router ethtool -l "$dev" 2>/dev/null | awk '/^(RX|TX|Combined):/ { last[$1] = $2 }
				END { for (name in last) printf "%s %s ", name, last[name] }')queues"
	done
	echo "$SIZE-byte frames, $FLOWS flows, $ROUNDS rounds of $SECONDS_EACH s, medians; interrupts on ${CPUS:-any CPU}"
}

main()
{
	local path contender round contenders

	parse_options "$@"
	((EUID == 0)) || die "needs root"
	[[ -x $BUILD/bench/sink ]] || die "no $BUILD/bench/sink: make tests builds it"
	IFS=, read -ra contenders <<<"$CONTENDERS"
	mkdir -p "${OUT%/*}"
	: >"$OUT"
	set_up
	for ((round = 1; round <= ROUNDS; round++)); do
		for path in nic-veth ${EGRESS:+nic-nic}; do
			for contender in "${contenders[@]}"; do
				measure "$path" "$contender" "$round"
			done
		done
	done
	describe
	report
	! jq -es 'any(.[]; .valid | not)' "$OUT" >/dev/null
}

main "$@"
