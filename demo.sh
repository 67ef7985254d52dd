#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo: what nsaccel does, in namespaces of its own, in half a minute.
#
#      peer on a wire ----- eth0  router  veth ----- blue
#                      |                  veth ----- red
#      mac ------------ macvlan on eth0   veth ----- green (appears while the daemon runs)
#
# For every pair it pings, and measures round trip and TCP throughput, first through the kernel's
# forwarding, then with nsaccel attached. The daemon that attach starts brings what ip(8) changes to the
# fast path by itself. Exits with 1 if a pair does not work with nsaccel, or a change isn't followed.
set -u -o pipefail

cd "$(dirname "$0")" || exit
NSACCEL=${NSACCEL:-$PWD/build/nsaccel}
# Namespaces, pins and processes: all in a sandbox of this script's, gone with it.
if [ "${1:-}" != --inside ]; then
	[ "$(id -u)" = 0 ] || {
		echo "demo.sh: it makes namespaces and loads BPF programs: run it as root" >&2
		exit 1
	}
	[ -x "$NSACCEL" ] || {
		echo "demo.sh: no $NSACCEL: run make first" >&2
		exit 1
	}
	exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" --inside
fi

NODES=(peer router blue red mac)
declare -A ADDR=([router]=10.0.0.1 [peer]=10.0.0.2 [mac]=10.0.0.3 [blue]=10.1.0.2 [red]=10.2.0.2)
declare -A GATEWAY=([peer]=10.0.0.1 [mac]=10.0.0.1 [blue]=10.1.0.1 [red]=10.2.0.1)
PAIRS=("peer blue" "blue peer" "blue red" "blue mac" "mac blue" "mac router" "router mac"
	"peer mac" "blue router" "peer router")
PORT=5201

die()
{
	echo "demo.sh: $*" >&2
	exit 1
}

in_ns()
{
	local node=$1

	shift
	nsenter --net="/run/netns/nsa-$node" -- "$@"
}

build()
{
	local node

	mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t bpf bpf /sys/fs/bpf || return
	for node in "${NODES[@]}"; do
		ip netns add "nsa-$node" && in_ns "$node" sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv6.conf.all.disable_ipv6=1 || return
	done
	ip -batch - <<-EOF || return
		link add eth0 netns nsa-router type veth peer name eth0 netns nsa-peer
		link add blue netns nsa-router type veth peer name eth0 netns nsa-blue
		link add red netns nsa-router type veth peer name eth0 netns nsa-red
	EOF
	ip -n nsa-router -batch - <<-EOF || return
		link set lo up
		addr add 10.0.0.1/24 dev eth0
		addr add 10.1.0.1/24 dev blue
		addr add 10.2.0.1/24 dev red
		link set eth0 up
		link set blue up
		link set red up
		link add link eth0 name eth0 netns nsa-mac type macvlan mode bridge
	EOF
	in_ns router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0
	for node in "${!GATEWAY[@]}"; do
		ip -n "nsa-$node" -batch - <<-EOF || return
			link set lo up
			addr add ${ADDR[$node]}/24 dev eth0
			link set eth0 up
			route add default via ${GATEWAY[$node]}
		EOF
	done
	for node in "${NODES[@]}"; do
		in_ns "$node" iperf3 --server --port $PORT >/dev/null 2>&1 &
	done
	for node in "${NODES[@]}"; do
		wait_until 5 listening "$node" || return
	done
	for node in peer blue red; do
		wait_until 5 in_ns router ping -n -q -c 1 -W 1 "${ADDR[$node]}" >/dev/null || return
	done
}

wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 0.02
	done
}

listening()
{
	[ -n "$(in_ns "$1" ss -Hltn "sport = :$PORT")" ]
}

# measure FROM TO: "RTT GBIT", in microseconds and Gbit/s; fails if nothing arrives.
measure()
{
	local rtt gbit

	# The first echo waits for ARP, and tells whether it is worth to go on.
	in_ns "$1" ping -n -q -c 1 -W 1 "${ADDR[$2]}" >/dev/null || return
	rtt=$(in_ns "$1" ping -n -q -c 50 -i 0.002 -W 1 "${ADDR[$2]}" |
		awk -F / '/^rtt/ { printf "%.0f", $5 * 1000 }')
	gbit=$(in_ns "$1" timeout 10 iperf3 --client "${ADDR[$2]}" --port $PORT --time 1 --json |
		jq -r '(.end.sum_received.bits_per_second // 0) / 1e9')
	[ -n "$rtt" ] && [ "${gbit:-0}" != 0 ] && printf '%s %.1f\n' "$rtt" "$gbit"
}

# forwarded: packets that the router's own stack has forwarded.
forwarded()
{
	# shellcheck disable=SC2016
	in_ns router awk '/^Ip: [0-9]/ { print $7 }' /proc/net/snmp
}

stats()
{
	"$NSACCEL" -j stats show
}

# carried FROM BEFORE AFTER: what two listings of the counters say of a pair's packets, there and
# back: "COUNT REASON", the reason being that of the packets from FROM.
carried()
{
	local source=$1

	[ "$source" != peer ] || source=router # what a wire brings is filed under the NIC's namespace
	jq -nr --arg from "nsa-$source" --argjson before "$2" --argjson after "$3" '
		def fast: map(select(.reason | startswith("fwd_")));
		def total: fast | map(.packets) | add // 0;
		def own: fast | map(select(.netns == $from)) | group_by(.reason)
			| map({key: .[0].reason, value: (map(.packets) | add)}) | from_entries;
		($before | own) as $old
		| [$after | own | to_entries[] | {reason: .key, more: (.value - ($old[.key] // 0))}]
		| max_by(.more) as $most
		| "\(($after | total) - ($before | total)) \($most.reason // "none")"'
}

# path CARRIED FORWARDED REASON: by the counters, in words.
path()
{
	if [ "$1" -eq 0 ]; then
		if [ "$2" -gt 0 ]; then echo "kernel forwards"; else echo "kernel, not forwarded"; fi
		return
	fi
	case $3 in
	fwd_nic) echo "out of the NIC" ;;
	fwd_veth) echo "into the veth" ;;
	fwd_macvlan) echo "into the macvlan" ;;
	fwd_host) echo "hairpin to router" ;;
	*) echo "fast path back only" ;;
	esac
}

say()
{
	printf '\n%s\n' "$*"
}

before()
{
	local pair from to

	for pair in "${PAIRS[@]}"; do
		read -r from to <<<"$pair"
		BEFORE[$pair]=$(measure "$from" "$to") || BEFORE[$pair]="- -"
	done
}

# after: the table, a line for each pair as it is measured.
after()
{
	local row='%-16s %7s %7s   %-5s %7s %7s   %9s %9s  %s\n' failed=0
	local pair from to stats forwards now count reason rtt gbit works

	printf '%-16s %15s   %-21s\n' "" "kernel only" "with nsaccel"
	# shellcheck disable=SC2059
	printf "$row" "from -> to" "rtt us" "Gbit/s" works "rtt us" "Gbit/s" "fast path" \
		"forwarded" "path"
	for pair in "${PAIRS[@]}"; do
		read -r from to <<<"$pair"
		stats=$(stats) forwards=$(forwarded)
		if now=$(measure "$from" "$to"); then
			works=yes
		else
			works=NO now="- -" failed=1
		fi
		read -r count reason < <(carried "$from" "$stats" "$(stats)")
		forwards=$(($(forwarded) - forwards))
		read -r rtt gbit <<<"$now"
		# shellcheck disable=SC2059,SC2086
		printf "$row" "$from -> $to" ${BEFORE[$pair]} $works "$rtt" "$gbit" "$count" \
			"$forwards" "$(path "$count" "$forwards" "$reason")"
	done
	echo "fast path, forwarded: packets there and back, by nsaccel and by the router's own stack;"
	echo "a packet of up to 64 kB counts once. -: the kernel alone can't reach it."
	echo "A second each: it shows that it works; how fast it is, make bench says."
	return $failed
}

# fast_path FROM ADDRESS: ten packets there and ten back. Do all of them take the fast path?
fast_path()
{
	local before after forwards fast

	before=$(stats) forwards=$(forwarded)
	in_ns "$1" ping -n -q -c 10 -i 0.002 -W 1 "$2" >/dev/null || return
	after=$(stats) forwards=$(($(forwarded) - forwards))
	fast=$(carried "$1" "$before" "$after")
	FAST=${fast% *} FORWARDED=$forwards
	[ "$FORWARDED" -eq 0 ]
}

# follows FROM ADDRESS: what the command before has changed.
follows()
{
	wait_until 3 fast_path "$1" "$2" || echo "  it is NOT followed"
	echo "  $1 -> $2: $FAST of 20 packets by the fast path, $FORWARDED forwarded by the router"
	[ "$FORWARDED" -eq 0 ]
}

shown()
{
	echo "# $*"
	"$@"
}

# A container, as any runtime would make it.
add_green()
{
	ip netns add nsa-green && in_ns green sysctl -qw net.ipv6.conf.all.disable_ipv6=1 &&
		ip link add green netns nsa-router type veth peer name eth0 netns nsa-green &&
		ip -n nsa-router -batch - <<-EOF && ip -n nsa-green -batch - <<-EOF2
			addr add 10.3.0.1/24 dev green
			link set green up
		EOF
			addr add 10.3.0.2/24 dev eth0
			link set eth0 up
			route add default via 10.3.0.1
		EOF2
}

# The router's own commands are all that is given: nsaccel has the daemon alone, which attach started.
follow()
{
	local failed=0

	say "# nsaccel monitor &"
	"$NSACCEL" monitor >/run/monitor.log 2>&1 &
	in_ns peer ip addr add 10.9.0.1/32 dev lo
	shown ip -n nsa-router route add 10.9.0.0/24 via 10.0.0.2
	follows blue 10.9.0.1 || failed=1
	echo "# ip netns add nsa-green; ip link add green type veth ...; its addresses, its route"
	add_green || return
	follows green 10.1.0.2 || failed=1
	echo "# nsaccel monitor"
	grep -E 'dev green|prefix 10\.9\.|netns nsa-green' /run/monitor.log
	"$NSACCEL" check || failed=1
	return $failed
}

main()
{
	local failed=0

	build || die "can't build the namespaces"
	echo "nsaccel takes packets between network namespaces past the router's stack. Five namespaces:"
	echo "peer --wire-- eth0 (router) veth -- blue, red; mac: a macvlan on eth0"
	echo "Measuring what the kernel does by itself ..."
	declare -gA BEFORE=()
	before
	say "# nsaccel --netns nsa-router attach eth0"
	"$NSACCEL" --netns nsa-router attach eth0 || die "attach failed"
	say "# nsaccel status"
	"$NSACCEL" status
	echo
	after || failed=1
	follow || failed=1
	say "# nsaccel --netns nsa-router detach eth0"
	"$NSACCEL" --netns nsa-router detach eth0 || die "detach failed"
	[ -z "$(find /sys/fs/bpf -mindepth 1 ! -name '*.debug')" ] || die "detach left pins behind"
	[ $failed -eq 0 ] || die "not everything works"
	echo "Nothing is left of it."
}

main
