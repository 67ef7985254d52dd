# SPDX-License-Identifier: GPL-2.0-only
# Containers on a bridge, for live.bash.
#
#   nsa-wire eth0 --- eth0                 / c1 --- eth0 nsa-c1  10.9.0.11
#                          nsa-rt  br0 ---{  c2 --- eth0 nsa-c2  10.9.0.12
#                             10.9.0.1     \ c3 --- eth0 nsa-c3  10.9.0.13
# shellcheck shell=bash disable=SC2034 # live.bash uses them

load live

BR_MAC=02:00:00:09:00:01

# Leaves of this suite beside "wire".
c_mac()
{
	echo "02:00:00:09:00:1$1"
}

live_topology()
{
	local i

	ns_add nsa-rt nsa-wire nsa-c1 nsa-c2 nsa-c3
	sysctl_in nsa-rt net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
	ip link add eth0 netns nsa-rt index 10 address "${RT_MAC[eth0]}" \
		type veth peer name eth0 netns nsa-wire index 2 address "${MAC[wire]}"
	ip -n nsa-rt -batch - <<-EOF
		link set lo up
		addr add 10.0.0.1/24 dev eth0
		addr add fd00::1/64 dev eth0 nodad
		link set eth0 up
		link add br0 index 20 address $BR_MAC type bridge stp_state 0 forward_delay 0 mcast_snooping 0
		addr add 10.9.0.1/24 dev br0
		addr add fd00:0:9::1/64 dev br0 nodad
		link set br0 up
	EOF
	leaf_up wire static
	for i in 1 2 3; do
		container_up $i
	done
	wait_until 5 in_state forwarding c1 c2 c3
	WATCHED=(nsa-wire nsa-c1 nsa-c2 nsa-c3)
	hello 1 2 3
}

# container_up N [HOST-END]: a container whose host end is in the bridge.
container_up()
{
	local i=$1 dev=${2:-c$1}

	ip link add "$dev" netns nsa-rt index $((20 + i)) address "02:00:00:09:01:1$i" \
		type veth peer name eth0 netns "nsa-c$i" index 2 address "$(c_mac "$i")"
	ip -n nsa-rt -batch - <<-EOF
		link set $dev master br0
		link set $dev up
		neigh replace 10.9.0.1$i lladdr $(c_mac "$i") dev br0 nud permanent
		neigh replace fd00:0:9::1$i lladdr $(c_mac "$i") dev br0 nud permanent
	EOF
	ip -n "nsa-c$i" -batch - <<-EOF
		link set lo up
		addr add 10.9.0.1$i/24 dev eth0
		addr add fd00:0:9::1$i/64 dev eth0 nodad
		link set eth0 up
		route add default via 10.9.0.1
		route add default via fd00:0:9::1
		neigh replace 10.9.0.1 lladdr $BR_MAC dev eth0 nud permanent
		neigh replace fd00:0:9::1 lladdr $BR_MAC dev eth0 nud permanent
	EOF
	# No error tells the bridge, some time later, where a container is.
	keep_quiet "nsa-c$i"
}

# in_state STATE DEVICE...: STP's.
in_state()
{
	local state=$1 dev

	shift
	for dev; do
		in_ns nsa-rt bridge -j link show dev "$dev" |
			jq -e --arg state "$state" '.[0].state == $state' >/dev/null || return
	done
}

live_attach()
{
	attach eth0
}

# in_bridge COMMAND-WORDS...: bridge(8) or what else, in the router; and it is followed.
in_bridge()
{
	change in_ns nsa-rt "$@"
}

# hello N...: containers make themselves known to the bridge, with a frame to its own MAC.
hello()
{
	local i HEX
	local -a batches=()

	for i; do
		PROBES=$((PROBES + 1))
		put_frame4 "smac=$(c_mac "$i")" "dmac=$BR_MAC" "src=10.9.0.1$i" dst=10.9.0.1 type=88b5
		echo "$HEX" >"$BATS_TEST_TMPDIR/hello.$i"
		batches+=("send nsa-c$i/eth0 hello.$i")
	done
	witness "${batches[@]}"
	settle
}

# bridged FROM TO [FIELD=VALUE]...: by MAC, IPv4 and IPv6, and what else it takes.
bridged()
{
	local from=$1 to=$2
	local link

	link="smac=$(c_mac "$from") dmac=$(c_mac "$to")"
	shift 2
	# shellcheck disable=SC2086
	{
		frame4 $link "src=10.9.0.1$from" "dst=10.9.0.1$to" "payload=$(marker)" "$@"
		frame6 $link "src=fd00:0:9::1$from" "dst=fd00:0:9::1$to" "payload=$(marker)" "$@"
	} >"$BATS_TEST_TMPDIR/frames"
	probe_frames "c$from" "c$to, bridged $*"
}

# routed FROM TO-ADDRESSES...: to the bridge's MAC.
routed()
{
	local from=$1 dst

	shift
	for dst; do
		if [[ $dst == *:* ]]; then
			frame6 "smac=$(c_mac "$from")" dmac=$BR_MAC "src=fd00:0:9::1$from" "dst=$dst" \
				"payload=$(marker)"
		else
			frame4 "smac=$(c_mac "$from")" dmac=$BR_MAC "src=10.9.0.1$from" "dst=$dst" \
				"payload=$(marker)"
		fi
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames "c$from" "$*, routed"
}

not_carried()
{
	in_ns nsa-rt ip -j link show dev "$1" | jq -e '.[0].operstate != "UP"' >/dev/null
}
