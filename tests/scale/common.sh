# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scale tests share: a sandbox, a router with two wires and two containers, the daemon,
# counting sinks. All of it dies with the sandbox.
#
#   nsa-wire  eth0 -- eth0 \         / blue -- eth0 nsa-blue
#                           } nsa-rt {
#   nsa-wire2 eth0 -- eth1 /         \ red --- eth0 nsa-red

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
NSACCEL=${NSACCEL:-$BUILD/nsaccel}
declare -rA SCALE_ADDR=([wire]=10.0.0.2 [wire2]=10.0.1.2 [blue]=10.1.0.2 [red]=10.2.0.2)
declare -rA SCALE_PORT=([wire]=eth0 [wire2]=eth1 [blue]=blue [red]=red)
DAEMON=

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

say()
{
	echo "$*"
}

# sandbox ARGUMENT...: runs the script again in mount, network and PID namespaces of its own. A
# script calls it first, and is in it when it returns.
sandbox()
{
	if [[ ${1:-} != --inside ]]; then
		((EUID == 0)) || die "needs root"
		exec unshare --mount --net --pid --fork --kill-child --mount-proc "$0" --inside "$@"
	fi
	mount -t tmpfs tmpfs /run
	mkdir -p /run/netns /run/lock /run/nsa-scale
	mount -t bpf bpf /sys/fs/bpf
	ip link set lo up
	WORK=/run/nsa-scale
}

nsaccel()
{
	"$NSACCEL" "$@"
}

in_ns()
{
	nsenter --net="/run/netns/$1" -- "${@:2}"
}

now_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# wait_until SECONDS COMMAND...: polls; gives up with a message.
wait_until()
{
	local end=$(($(now_ms) + $1 * 1000))

	shift
	until "$@"; do
		(($(now_ms) < end)) || die "in vain waited for: $*"
		sleep 0.02
	done
}

# ---- daemon ---------------------------------------------------------------------------------

daemon_start()
{
	: >"$WORK/daemon.log"
	"$NSACCEL" daemon >>"$WORK/daemon.log" 2>&1 &
	DAEMON=$!
	wait_until "${1:-30}" daemon_settled
	grep -q ready "$WORK/daemon.log" || die "no daemon: $(cat "$WORK/daemon.log")"
}

daemon_settled()
{
	grep -q ready "$WORK/daemon.log" || ! kill -0 "$DAEMON" 2>/dev/null
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
	[[ -z $DAEMON ]] || kill -0 "$DAEMON" 2>/dev/null ||
		die "the daemon is gone: $(cat "$WORK/daemon.log")"
	nsaccel check >"$WORK/drift" 2>&1
}

daemon_rss_kb()
{
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$DAEMON/status"
}

daemon_fds()
{
	find "/proc/$DAEMON/fd" -mindepth 1 | wc -l
}

# ---- topology -------------------------------------------------------------------------------

rig_mac()
{
	local leaf=$1 side=$2
	local -A number=([wire]=1 [wire2]=2 [blue]=3 [red]=4)

	echo "02:00:00:0$side:00:0${number[$leaf]}"
}

rig_up()
{
	local leaf port gw

	ip netns add nsa-rt
	in_ns nsa-rt sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.default.send_redirects=0
	ip -n nsa-rt link set lo up
	for leaf in wire wire2 blue red; do
		port=${SCALE_PORT[$leaf]} gw=${SCALE_ADDR[$leaf]%.*}.1
		ip netns add "nsa-$leaf"
		ip link add "$port" netns nsa-rt address "$(rig_mac $leaf 0)" \
			type veth peer name eth0 netns "nsa-$leaf" address "$(rig_mac $leaf 1)"
		ip -n nsa-rt -batch - <<-END
			addr add $gw/24 dev $port
			link set $port up
			neigh replace ${SCALE_ADDR[$leaf]} lladdr $(rig_mac $leaf 1) dev $port nud permanent
		END
		ip -n "nsa-$leaf" -batch - <<-END
			link set lo up
			addr add ${SCALE_ADDR[$leaf]}/24 dev eth0
			link set eth0 up
			route add default via $gw
			neigh replace $gw lladdr $(rig_mac $leaf 0) dev eth0 nud permanent
		END
	done
}

rig_down()
{
	local ns

	for ns in /run/netns/*; do
		[[ ! -e $ns ]] || ip netns del "${ns##*/}"
	done
	rm -rf /sys/fs/bpf/nsaccel /sys/fs/bpf/sink-*
}

# ---- sinks ----------------------------------------------------------------------------------

# sink_on LEAF...: counts and drops there what "flood" sends.
sink_on()
{
	local leaf

	for leaf; do
		in_ns "nsa-$leaf" "$BUILD/bench/sink" attach eth0 tc "/sys/fs/bpf/sink-$leaf"
	done
}

sink_count()
{
	bpftool -j map dump pinned "/sys/fs/bpf/sink-$1" |
		jq '[.[].formatted.values[].value.packets] | add'
}

# flood_start LEAF FIRST-ADDRESS COUNT RATE; flood_stop sets SENT.
flood_start()
{
	nsenter --net="/run/netns/nsa-$1" "$BUILD/bench/flood" "$2" "$3" "$4" >"$WORK/sent" &
	FLOOD=$!
}

flood_stop()
{
	kill "$FLOOD"
	wait "$FLOOD" || die "the flood failed"
	# shellcheck disable=SC2034 # for the scripts
	SENT=$(cat "$WORK/sent")
}

fast_packets()
{
	nsaccel -j stats show |
		jq '[.[] | select(.reason | startswith("fwd_")) | .packets] | add // 0'
}
