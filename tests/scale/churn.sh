#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2119 # arguments are optional
#
# Namespaces come and go, and the daemon is killed at random and started again. At the end nothing
# of them is left: no map entries, no pins, no devices; and a daemon that lives through more of the
# same needs no more file descriptors and no more memory than before.
# usage: churn.sh [NAMESPACES [SEED]]      default: 1000, and a random seed, which it prints
set -euo pipefail

# shellcheck source=tests/scale/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
sandbox "$@"
[[ ${1:-} != --inside ]] || shift
COUNT=${1:-1000}
SEED=${2:-$RANDOM}
AT_ONCE=10 # namespaces that are there at the same time

# container_up N: a namespace behind a new host end, and an address on it.
container_up()
{
	local net=$((N % 200 + 1))

	ip netns add "nsa-c$1"
	ip link add "c$1" netns nsa-rt type veth peer name eth0 netns "nsa-c$1"
	ip -n nsa-rt addr add "10.10.$net.1/30" dev "c$1"
	ip -n nsa-rt link set "c$1" up
	ip -n "nsa-c$1" addr add "10.10.$net.2/30" dev eth0
	ip -n "nsa-c$1" link set eth0 up
	ip -n "nsa-c$1" route add default via "10.10.$net.1"
}

container_down()
{
	ip netns del "nsa-c$1"
}

# churn COUNT: each is there while the next ones are made; N counts on.
churn()
{
	local first=$N oldest=$N

	for (( ; N < first + $1; N++)); do
		container_up "$N"
		((N - oldest < AT_ONCE)) || container_down $((oldest++))
		[[ $CHAOS != yes ]] || chaos
	done
	for (( ; oldest < N; oldest++)); do
		container_down "$oldest"
	done
	wait_until 30 devices_gone
	[[ -z $DAEMON ]] || wait_until 30 in_step
}

# Every seventh time or so: SIGKILL in the middle of whatever it does, and a new one soon after.
chaos()
{
	if [[ $DAEMON ]]; then
		((RANDOM % 7)) || {
			daemon_stop KILL
			KILLS=$((KILLS + 1))
		}
	elif ((RANDOM % 2)); then
		"$NSACCEL" daemon >>"$WORK/daemon.log" 2>&1 &
		DAEMON=$!
	fi
}

devices_gone()
{
	! ip -n nsa-rt -br link | grep -q '^c[0-9]'
}

# Entries of all pinned maps, pins and devices, without what is counted or timed.
footprint()
{
	local pin

	find /sys/fs/bpf -type f ! -name '*.debug' | sort | while read -r pin; do
		case ${pin##*/} in
		ports | endpoints | netns | tx_info | settings | owners | fdb | routes)
			echo "$pin $(bpftool -j map dump pinned "$pin" | jq 'map(select(
				(.formatted.value // .value) | tostring | test("[1-9]"))) | length')"
			;;
		*) echo "$pin" ;;
		esac
	done
	nsaccel -j status | jq -S '[.owners[] | {netns, ports: [.ports[].dev] | sort}]'
	nsaccel -j endpoint show | jq length
	in_ns nsa-rt bpftool -j net show | jq '.[0] | map_values(length)'
}

same_footprint()
{
	footprint >"$WORK/now"
	cmp -s "$WORK/before" "$WORK/now"
}

expect_footprint()
{
	local end=$(($(now_ms) + 10000))

	until same_footprint; do
		(($(now_ms) < end)) || {
			diff -u "$WORK/before" "$WORK/now" || true
			die "something is left of the namespaces ($1), seed $SEED"
		}
	done
}

RANDOM=$SEED
N=0 KILLS=0 CHAOS=no
say "seed $SEED"
rig_up
nsaccel -n nsa-rt attach --static eth0
daemon_start
wait_until 30 in_step
footprint >"$WORK/before"

CHAOS=yes
churn "$COUNT"
CHAOS=no
daemon_stop KILL
daemon_start
wait_until 30 in_step
expect_footprint "after $KILLS kills"
say "$COUNT namespaces, $KILLS kills: nothing left"

churn $((COUNT / 10 + AT_ONCE))
expect_footprint "one daemon"
fds=$(daemon_fds) rss=$(daemon_rss_kb)
churn $((COUNT / 5 + AT_ONCE))
expect_footprint "one daemon, longer"
[[ $(daemon_fds) == "$fds" ]] || die "$fds file descriptors have become $(daemon_fds)"
(($(daemon_rss_kb) <= rss + rss / 20 + 512)) || die "$rss kB have become $(daemon_rss_kb)"
say "one daemon through $((COUNT / 5 + AT_ONCE)) more: $fds file descriptors, $rss kB -> $(daemon_rss_kb) kB"

daemon_stop
nsaccel detach --all
[[ -z $(find /sys/fs/bpf -mindepth 1 ! -name '*.debug') ]] || die "detach leaves pins"
say "ok"
