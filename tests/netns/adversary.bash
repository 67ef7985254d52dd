# SPDX-License-Identifier: GPL-2.0-only
# What adversary_*.bats share: pools that random frames are drawn from, guests, judges, and mischief.
# shellcheck shell=bash disable=SC2030,SC2031 # tests are subshells of their own

load live

FRAMES=${NSA_FRAMES:-20000}
SEED=${NSA_SEED:-1}

setup()
{
	topo_up
	local leaf
	for leaf in rt "${LEAVES[@]}"; do
		ip -n "nsa-$leaf" link set lo up
	done
	attach eth0 eth1
}

teardown()
{
	mischief_stop
	live_teardown
}

# What the adversary draws from, beside chance: its own first.
pools()
{
	local own=$1 leaf macs ip4 ip6

	macs=${MAC[$own]},${RT_MAC[${PORT[$own]}]} ip4=${ADDR4[$own]},${GW4[$own]}
	ip6=${ADDR6[$own]},${GW6[$own]}
	for leaf in "${LEAVES[@]}"; do
		[[ $leaf == "$own" ]] || {
			macs+=,${MAC[$leaf]}
			ip4+=,${ADDR4[$leaf]}
			ip6+=,${ADDR6[$leaf]}
		}
	done
	echo "mac=$macs" "ip4=$ip4,10.50.0.7" "ip6=$ip6,fd00:50::7"
}

BR_MAC=02:00:00:09:00:01

# Two containers, nsa-c1 and nsa-c2, on a bridge of the owner's.
bridged_guests()
{
	local i

	ns_add nsa-c1 nsa-c2
	ip -n nsa-rt -batch - <<-EOF
		link add br0 address $BR_MAC type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		addr add 10.9.0.1/24 dev br0
		addr add fd00:0:9::1/64 dev br0 nodad
		link set br0 up
	EOF
	for i in 1 2; do
		ip link add "c$i" netns nsa-rt type veth peer name eth0 \
			netns "nsa-c$i" address "02:00:00:09:00:1$i"
		ip -n nsa-rt link set "c$i" master br0 up
		ip -n "nsa-c$i" -batch - <<-EOF
			link set lo up
			addr add 10.9.0.1$i/24 dev eth0
			addr add fd00:0:9::1$i/64 dev eth0 nodad
			link set eth0 up
			route add default via 10.9.0.1
			route add default via fd00:0:9::1
		EOF
	done
	in_ns nsa-rt "$NSACCEL" sync >/dev/null
}

guests()
{
	local ns

	ns_add "$@"
	for ns; do
		ip -n "$ns" link set lo up
	done
}

# judge LEAF RULE
judge()
{
	echo "nsa-$1/eth0,${RT_MAC[${PORT[$1]}]},$2"
}

# nothing_at LEAF...
nothing_at()
{
	local leaf

	for leaf; do
		judge "$leaf" nothing
	done
}

# misbehave LEAF JUDGE...: the verdicts are in the file "verdicts".
misbehave()
{
	# shellcheck disable=SC2046
	misbehave_by "nsa-$1/eth0" $(pools "$1") -- "${@:2}"
}

misbehave_by()
{
	"$TOOLS/adversary" "$FRAMES" "$SEED" "$@" >"$BATS_TEST_TMPDIR/verdicts" ||
		fail "leaked: $(cat "$BATS_TEST_TMPDIR/verdicts")" || return
	# For the record of a long run.
	[[ -z ${NSA_FRAMES:-} ]] || sed "s/^/# $BATS_TEST_DESCRIPTION: /" "$BATS_TEST_TMPDIR/verdicts" >&3
}

# allowed LEAF: so many frames did arrive there.
allowed()
{
	jq --arg at "nsa-$1/eth0" 'select(.at == $at) | .allowed' "$BATS_TEST_TMPDIR/verdicts"
}

# What the owner's own IP got, and what it forwarded.
owner_heard()
{
	# shellcheck disable=SC2016
	in_ns nsa-rt awk '
		/^Ip: [0-9]/ { n += $4 + $7 }
		$1 == "Ip6OutForwDatagrams" || $1 == "Icmp6InEchos" { n += $2 }
		END { print n }' /proc/net/snmp /proc/net/snmp6
}

# follow COMMAND...: what is said, and a daemon that follows from then on.
follow()
{
	"$@"
	daemon_start
	settle
}

# deafen LEAF: nor does it answer anybody whose address a macvlan has made use of on the wire.
deafen()
{
	in_ns "nsa-$1" nft -f - <<-EOF
		table netdev deaf { chain in { type filter hook ingress device eth0 priority 0; policy drop; }; }
	EOF
}

declare -ga MISCHIEF=()

mischief_stop()
{
	local pid

	for pid in "${MISCHIEF[@]}"; do
		kill "$pid"
		wait "$pid" || true
	done
	MISCHIEF=()
}
