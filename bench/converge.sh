#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2119 # arguments are optional
#
# How fast nsaccel follows the kernel: from a change to the first packet that goes the new way,
# changes per second, big tables, many namespaces, memory, idle CPU. See README.md here.
# usage: converge.sh [--quick]
set -euo pipefail

# shellcheck source=tests/scale/common.sh
. "$(dirname "$(readlink -f "$0")")/../tests/scale/common.sh"
sandbox "$@"
[[ ${1:-} != --inside ]] || shift
CHANGES=1000 LOAD=10000 ROUTES=1000000 NAMESPACES=1000 IDLE_S=30 SUSTAINED=200000 FLOOD=100000
if [[ ${1:-} == --quick ]]; then
	CHANGES=100 ROUTES=20000 NAMESPACES=50 IDLE_S=3 SUSTAINED=20000 FLOOD=2000
elif (($#)); then
	die "unknown option $1; there is --quick"
fi
DESTINATION=10.50.0.1
CHURNED=10.99.0.0
OUT=$BUILD/bench
RESULTS=$OUT/converge.jsonl

# result NAME CONTENDER JSON: a line of the results, and for people.
result()
{
	jq -c --arg name "$1" --arg contender "$2" '{name: $name, contender: $contender} + .' \
		<<<"$3" | tee -a "$RESULTS" >&2
}

# value KEY NUMBER UNIT
value()
{
	jq -n -c --arg key "$1" --argjson value "$2" --arg unit "$3" \
		'{($key): $value, unit: $unit}'
}

# ---- latency --------------------------------------------------------------------------------

# way LEAF MAC
way()
{
	echo "nsa-$1,eth0,$2,${SCALE_ADDR[$1]}"
}

# converge route|neigh
converge()
{
	local second=wire2 mac

	mac=$(rig_mac wire2 1)
	if [[ $1 == neigh ]]; then
		second=wire mac=02:00:00:01:00:99
		ip -n nsa-rt route replace 10.50.0.0/24 via "${SCALE_ADDR[wire]}"
	fi
	"$OUT/converge" "$1" "$CHANGES" nsa-rt,eth0 \
		"nsa-blue,eth0,$(rig_mac blue 1),$(rig_mac blue 0),${SCALE_ADDR[blue]}" \
		$DESTINATION "$(way wire "$(rig_mac wire 1)")" "$(way $second "$mac")"
	ip -n nsa-rt neigh replace "${SCALE_ADDR[wire]}" lladdr "$(rig_mac wire 1)" dev eth0 \
		nud permanent
}

# churn_routes RATE TOTAL: of other prefixes.
churn_start()
{
	nsenter --net=/run/netns/nsa-rt "$OUT/churn" "$1" "$2" $CHURNED "${SCALE_ADDR[wire]}" \
		"${SCALE_ADDR[wire2]}" >"$WORK/churned" &
	CHURN=$!
}

churn_stop()
{
	kill "$CHURN"
	wait "$CHURN" || die "churn failed"
}

# latencies kernel|nsaccel
latencies()
{
	local kind before

	for kind in route neigh; do
		before=$(kernel_forwards)
		result "$kind, idle" "$1" "$(converge $kind)"
		[[ $1 == kernel ]] || expect_fast "$before"
		churn_start $LOAD 0
		result "$kind, $LOAD changes/s" "$1" "$(converge $kind)"
		churn_stop
		result "load during that" "$1" "$(cat "$WORK/churned")"
		[[ $1 == kernel ]] || wait_until 60 in_step
	done
}

kernel_forwards()
{
	# shellcheck disable=SC2016
	in_ns nsa-rt awk '/^Ip: [0-9]/ { print $7 }' /proc/net/snmp
}

# Most of what converge sent didn't go by the kernel.
expect_fast()
{
	local packets

	packets=$(tail -n 1 "$RESULTS" | jq .packets)
	(($(kernel_forwards) - $1 < packets / 10)) || die "nsaccel didn't forward these"
}

# ---- a flood in another namespace -----------------------------------------------------------

# The kernel walks all addresses of a device for each new one: so they are on many.
FLOOD_DEVICES=100

# addresses add|del FIRST COUNT [FOREVER]: red's, one in a hundred of the device that is an endpoint.
addresses()
{
	awk -v what="$1" -v first="$2" -v n="$3" -v forever="${4:-0}" -v devices=$FLOOD_DEVICES '
		function all(what) {
			for (i = first; i < first + n; i++)
				printf "addr %s 77.%d.%d.%d/32 dev %s\n", what, int(i / 65536),
					int(i / 256) % 256, i % 256,
					i % devices ? "d" i % devices : "eth0"
		}
		BEGIN {
			all(what)
			while (forever) {
				all("del")
				all("add")
			}
		}'
}

devices()
{
	local i

	for ((i = 1; i < FLOOD_DEVICES; i++)); do
		echo "link add d$i type bridge"
		echo "link set d$i up"
	done
}

# flooded kernel|nsaccel
flooded()
{
	local pid

	devices | ip -n nsa-red -batch -
	addresses add 0 $FLOOD | ip -n nsa-red -batch -
	[[ $1 == kernel ]] || wait_until 60 in_step
	result "route, $FLOOD addresses in red" "$1" "$(converge route)"
	ip -n nsa-red -batch <(addresses add $FLOOD 1000 1) &
	pid=$!
	result "route, and red changes 1000 of them" "$1" "$(converge route)"
	kill $pid
	wait $pid 2>/dev/null || true
	[[ $1 == nsaccel ]] || return 0
	wait_until 60 in_step
	restart_time "$FLOOD addresses in red"
}

# flapping kernel|nsaccel: root of red takes its end of the link down and up, without a pause.
flapping()
{
	local pid

	ip -n nsa-red -batch <(while :; do printf 'link set eth0 %s\n' down up; done) &
	pid=$!
	result "route, $ROUTES routes, and red's link flaps" "$1" "$(converge route)"
	kill $pid
	wait $pid 2>/dev/null || true
}

# ---- changes per second ---------------------------------------------------------------------

sustained()
{
	local rate start

	for rate in $LOAD 50000 0; do
		churn_start "$rate" $SUSTAINED
		wait "$CHURN" || die "churn failed"
		start=$(now_ms)
		wait_until 120 in_step
		result "changes, asked for $rate/s" "$1" "$(jq -c \
			--argjson behind $(($(now_ms) - start)) \
			'. + {in_step_after_ms: $behind}' "$WORK/churned")"
	done
	ip -n nsa-rt route flush root 10.99.0.0/16
}

# ---- a big table ----------------------------------------------------------------------------

big_table()
{
	awk -v n=$ROUTES -v gw="${SCALE_ADDR[wire]}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route add %d.%d.%d.0/24 via %s\n", 20 + int(i / 65536),
				int(i / 256) % 256, i % 256, gw }' >"$WORK/batch"
}

# The last of the batch is in the map, and with it all before it: events come in order.
mirrored()
{
	local last=$((ROUTES - 1))

	"$NSACCEL" -n nsa-blue route get \
		"$((20 + last / 65536)).$((last / 256 % 256)).$((last % 256)).1" | grep -q forward
}

# install kernel|nsaccel: prints milliseconds of ip(8), and until the mirror is complete.
install()
{
	local start installed

	start=$(now_ms)
	ip -n nsa-rt -batch "$WORK/batch"
	installed=$(now_ms)
	[[ $1 == kernel ]] || wait_until 300 mirrored
	result "$ROUTES routes" "$1" "{\"ip_batch_ms\": $((installed - start)),
		\"complete_ms\": $(($(now_ms) - start))}"
}

# How long a check of that many takes.
check_time()
{
	local start

	start=$(now_ms)
	in_step || die "not in step: $(head -n 5 "$WORK/drift")"
	result "check of $ROUTES routes" nsaccel "$(value ms $(($(now_ms) - start)) ms)"
}

restart_time()
{
	local start

	daemon_stop
	start=$(now_ms)
	daemon_start 300
	result "start with $1" nsaccel "$(value ms $(($(now_ms) - start)) ms)"
}

memory_per_route()
{
	result "memory of a route in the daemon" nsaccel \
		"$(value bytes $((($(daemon_rss_kb) - $1) * 1024 / ROUTES)) bytes)"
}

big_tables()
{
	local rss

	daemon_stop
	daemon_start
	rss=$(daemon_rss_kb)
	install nsaccel
	check_time
	memory_per_route "$rss"
	flapping nsaccel
	restart_time "$ROUTES routes"
	idle
}

# ---- namespaces -----------------------------------------------------------------------------

many_namespaces()
{
	local i

	daemon_stop
	for ((i = 0; i < NAMESPACES; i++)); do
		ip netns add "nsa-n$i"
	done
	for ((i = 0; i < NAMESPACES; i++)); do
		echo "link add n$i netns nsa-rt type veth peer name eth0 netns nsa-n$i"
	done | ip -batch -
	for ((i = 0; i < NAMESPACES; i++)); do
		echo "addr add 10.$((100 + i / 250)).$((i % 250)).1/30 dev n$i"
		echo "link set n$i up"
	done | ip -n nsa-rt -batch -
	daemon_start 300
	wait_until 60 in_step
	restart_time "$NAMESPACES namespaces"
	wait_until 60 in_step
	idle
}

# ---- doing nothing --------------------------------------------------------------------------

daemon_ticks()
{
	sed 's/.*) //' "/proc/$DAEMON/stat" | awk '{ print $12 + $13 }'
}

# The one thing here that can't be had without letting time pass.
idle()
{
	local before

	before=$(daemon_ticks)
	read -r -t $IDLE_S <> <(:) || true
	result "idle for $IDLE_S s" nsaccel \
		"$(value cpu_ms $((($(daemon_ticks) - before) * 1000 / $(getconf CLK_TCK))) ms)"
}

report()
{
	jq -s -r '.[] | [.name, .contender, (del(.name, .contender, .unit) | to_entries |
		map("\(.key) \(.value)") | join(", "))] | @tsv' "$RESULTS" |
		column -t -s $'\t' | tee "$OUT/converge.txt"
}

# fresh kernel|nsaccel: a new router. To take a million routes out of an old one takes minutes.
fresh()
{
	daemon_stop
	rig_down
	rig_up
	ip -n nsa-rt route add 10.50.0.0/24 via "${SCALE_ADDR[wire]}"
	[[ $1 == nsaccel ]] || return 0
	nsaccel -n nsa-rt attach --static eth0
	nsaccel -n nsa-rt attach --static eth1
	daemon_start
	wait_until 30 in_step
}

mkdir -p "$OUT"
: >"$RESULTS"
fresh kernel
latencies kernel
flooded kernel
fresh kernel
big_table
install kernel
flapping kernel
fresh nsaccel
latencies nsaccel
flooded nsaccel
fresh nsaccel
idle
sustained nsaccel
big_tables
fresh nsaccel
many_namespaces
daemon_stop
report
