#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2119 # arguments are optional
#
# A routing daemon in the owner: BIRD learns N routes by BGP from two peers, and moves all of them
# from one to the other and back while packets flow to all of them; once forwarded by the kernel
# alone, once with nsaccel. None may go astray, none may be lost but those that the kernel has no
# route for, and at the end the maps equal the routing table.
# usage: bird.sh [ROUTES [ROUNDS]]      default: 100000 3
set -euo pipefail

# shellcheck source=tests/scale/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
sandbox "$@"
[[ ${1:-} != --inside ]] || shift
ROUTES=${1:-100000}
ROUNDS=${2:-3}
RATE=20000      # packets per second
PATIENCE=120    # seconds for all routes to move
FIRST=100.64.0.0
declare -A AT=()

# A /32 for each address from 100.64.0.0 on.
bird_routes()
{
	awk -v n="$ROUTES" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route 100.%d.%d.%d/32 blackhole;\n", 64 + int(i / 65536),
				int(i / 256) % 256, i % 256 }' >"$WORK/routes.conf"
}

# bird_peer LEAF AS: announces them all.
bird_peer()
{
	cat >"$WORK/bird-$1.conf" <<-END
		router id ${SCALE_ADDR[$1]};
		protocol device { }
		protocol static announced {
			ipv4;
			include "$WORK/routes.conf";
		}
		protocol bgp uplink {
			local ${SCALE_ADDR[$1]} as $2;
			neighbor ${SCALE_ADDR[$1]%.*}.1 as 65000;
			connect delay time 1;
			ipv4 { import none; export all; next hop self; };
		}
	END
}

bird_router()
{
	local leaf preference=200

	{
		echo "router id 10.0.0.1;"
		echo "protocol device { }"
		echo "protocol kernel { ipv4 { import none; export all; }; scan time 600; }"
		for leaf in wire wire2; do
			cat <<-END
				protocol bgp $leaf {
					local ${SCALE_ADDR[$leaf]%.*}.1 as 65000;
					neighbor ${SCALE_ADDR[$leaf]} as $((65000 + preference));
					connect delay time 1;
					ipv4 { import filter { bgp_local_pref = $preference; accept; };
						export none; };
				}
			END
			preference=$((preference - 50))
		done
	} >"$WORK/bird-rt.conf"
}

# bird_start LEAF...
bird_start()
{
	local leaf

	for leaf; do
		nsenter --net="/run/netns/nsa-$leaf" bird -f -c "$WORK/bird-$leaf.conf" -s "$WORK/bird-$leaf.ctl" \
			2>"$WORK/bird-$leaf.log" &
		BIRDS+=($!)
	done
}

bird_stop()
{
	kill "${BIRDS[@]}"
	wait "${BIRDS[@]}" || true
	BIRDS=()
}

# tell LEAF WORDS...: to its BIRD.
tell()
{
	birdc -s "$WORK/bird-$1.ctl" "${@:2}" >/dev/null
}

# All of BIRD's routes in the router go by that leaf.
all_via()
{
	[[ $(ip -n nsa-rt route show proto bird via "${SCALE_ADDR[$1]}" | wc -l) == "$ROUTES" ]]
}

no_routes()
{
	[[ -z $(ip -n nsa-rt route show proto bird | head -n 1) ]]
}

# Destination and gateway of each of BIRD's routes: the kernel's, and the mirror's.
kernel_routes()
{
	ip -n nsa-rt -j route show proto bird | jq -r '.[] | "\(.dst) \(.gateway)"' |
		sed 's,^\([0-9.]*\) ,\1/32 ,' | sort
}

mirror_routes()
{
	nsaccel -j -n nsa-rt route show | jq -r '.[] |
		select(.origin == "kernel" and (.dst | startswith("100."))) | "\(.dst) \(.via)"' |
		sort
}

same_routes()
{
	diff <(kernel_routes) <(mirror_routes) >"$WORK/diff" ||
		die "the maps aren't the routing table: $(head "$WORK/diff")"
}

# move_routes: away from wire and back, ROUNDS times.
move_routes()
{
	local round

	for ((round = 0; round < ROUNDS; round++)); do
		tell wire disable announced
		wait_until $PATIENCE all_via wire2
		tell wire enable announced
		wait_until $PATIENCE all_via wire
	done
}

# Packets that the router's kernel had no route for: BIRD withdraws before it announces anew.
kernel_refused()
{
	# shellcheck disable=SC2016
	in_ns nsa-rt awk '/^IpExt: [0-9]/ { print $2 }' /proc/net/netstat
}

# run kernel|nsaccel
run()
{
	local start lost refused

	rig_up
	sink_on wire wire2 red
	if [[ $1 == nsaccel ]]; then
		nsaccel -n nsa-rt attach --static eth0
		nsaccel -n nsa-rt attach --static eth1
		daemon_start
	fi
	bird_start wire wire2 rt
	start=$(now_ms)
	wait_until $PATIENCE all_via wire
	say "$1: $ROUTES routes learnt after $(($(now_ms) - start)) ms"
	[[ $1 == kernel ]] || wait_until 30 in_step
	flood_start blue $FIRST "$ROUTES" $RATE
	start=$(now_ms)
	move_routes
	start=$(($(now_ms) - start))
	flood_stop
	AT[wire]=$(sink_count wire) AT[wire2]=$(sink_count wire2) AT[red]=$(sink_count red)
	refused=$(kernel_refused)
	lost=$((SENT - AT[wire] - AT[wire2] - AT[red] - refused))
	say "$1: moved $((2 * ROUNDS)) times in $start ms; $SENT packets sent, ${AT[wire]} and" \
		"${AT[wire2]} by either way, $refused without a route in the kernel, ${AT[red]} astray," \
		"$lost lost"
	# What a machine loses for other reasons: one packet in ten thousand.
	((lost <= SENT / 10000)) || die "$lost packets lost"
	((AT[red] == 0)) || die "packets went astray"
	((AT[wire] > 0 && AT[wire2] > 0)) || die "only one way was taken"
	[[ $1 == kernel ]] || compare_tables
	bird_stop
	daemon_stop
	rig_down
}

compare_tables()
{
	local start

	start=$(now_ms)
	wait_until 30 in_step
	say "nsaccel: in step $(($(now_ms) - start)) ms later; $(fast_packets) by the fast path"
	(($(fast_packets) > SENT / 2)) || die "that isn't most of them"
	same_routes
	tell wire disable announced
	tell wire2 disable announced
	wait_until $PATIENCE no_routes
	wait_until 30 in_step
	[[ -z $(mirror_routes) ]] || die "withdrawn routes are still in the maps"
}

BIRDS=()
bird_routes
bird_peer wire 65200
bird_peer wire2 65150
bird_router
run kernel
[[ ${NSA_SCALE_ONLY:-} != kernel ]] || exit 0
run nsaccel
say "ok"
