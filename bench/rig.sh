# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rig: a router namespace "rt" that owns eth0 and eth1 (veths that play NICs, their wires ending in w0 and w1),
# vblue and vred (to the containers blue and red), and a macvlan of mac on eth0; blue and red also share a direct veth
# pair. rigs.sh has further routers. Sourced by run.sh, inside its own mount, network and PID namespaces: nothing of it
# is seen outside, and all of it dies with run.sh.

readonly RIG_PREFIX=nsa-bench-
# Who is there: the number of a host, and of the network that it is on. rigs.sh adds to it.
declare -A HOST=(
	[eth0]='1 0' [w0]='2 0' [mac]='13 0' [shim]='14 0'
	[eth1]='1 1' [w1]='2 1'
	[vblue]='1 2' [blue]='2 2'
	[vred]='1 3' [red]='2 3'
	[dblue]='1 4' [dred]='2 4'
)
# Devices that take frames from the generator, as NS/DEV. That needs NAPI, and on a veth GRO brings it. A real NIC has
# it on anyway; traffic of sockets isn't changed by it (veth: skb eligible for GRO).
readonly RIG_NICS=(rt/eth0 rt/eth1 rt/vblue rt/vred red/dir0 w1/wire)

# A network namespace of the rig as "ip netns" knows it.
rig_netns()
{
	echo "$RIG_PREFIX$1"
}

# rig_exec NS COMMAND...: not "ip netns exec", which hides the bpffs. RIG_EXEC=exec: in the shell's place, so that in the
# background its PID is the command's.
rig_exec()
{
	${RIG_EXEC-} nsenter --net=/run/netns/"$RIG_PREFIX$1" "${@:2}"
}

# rig_mac WHO
rig_mac()
{
	local host net
	read -r host net <<<"${HOST[$1]}"
	printf '02:4e:53:00:%02x:%02x\n' "$net" "$host"
}

# rig_addr WHO [FAMILY]
rig_addr()
{
	local host net
	read -r host net <<<"${HOST[$1]}"
	if [[ ${2:-$FAMILY} == 6 ]]; then
		echo "fd00:4e53:$net::$host"
	else
		echo "10.78.$net.$host"
	fi
}

rig_new_netns()
{
	local ns
	for ns; do
		ip netns add "$RIG_PREFIX$ns"
		ip -n "$RIG_PREFIX$ns" link set lo up
		rig_exec "$ns" sysctl -qw net.ipv6.conf.all.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0
	done
}

rig_new_router()
{
	rig_new_netns "$@"
	local ns
	for ns; do
		rig_exec "$ns" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	done
}

# rig_configure NS DEV WHO
rig_configure()
{
	ip -n "$RIG_PREFIX$1" addr add "$(rig_addr "$3" 4)/24" dev "$2"
	ip -n "$RIG_PREFIX$1" addr add "$(rig_addr "$3" 6)/64" dev "$2" nodad
	ip -n "$RIG_PREFIX$1" link set "$2" up
}

# rig_link NS1 DEV1 WHO1 NS2 DEV2 WHO2: a veth pair without addresses.
rig_link()
{
	ip link add "$2" netns "$RIG_PREFIX$1" address "$(rig_mac "$3")" type veth \
		peer name "$5" netns "$RIG_PREFIX$4" address "$(rig_mac "$6")"
}

# rig_pair NS1 DEV1 WHO1 NS2 DEV2 WHO2
rig_pair()
{
	rig_link "$@"
	rig_configure "$1" "$2" "$3"
	rig_configure "$4" "$5" "$6"
	rig_know "$1" "$2" "$6"
	rig_know "$4" "$5" "$3"
}

# rig_know NS DEV WHO: a permanent neighbour, so that nothing is resolved while measuring.
rig_know()
{
	local family
	for family in 4 6; do
		ip -n "$RIG_PREFIX$1" neigh replace "$(rig_addr "$3" $family)" lladdr "$(rig_mac "$3")" \
			dev "$2" nud permanent
	done
}

# rig_gateway NS WHO
rig_gateway()
{
	ip -n "$RIG_PREFIX$1" route replace default via "$(rig_addr "$2" 4)"
	ip -n "$RIG_PREFIX$1" -6 route replace default via "$(rig_addr "$2" 6)"
}

# rig_rp_filter VALUE: of all devices of the router, as the kernel takes the maximum.
rig_rp_filter()
{
	rig_exec rt sh -c "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo $1 >\$f; done"
}

# rig_macvlan LOWER-NS LOWER NS DEV WHO
rig_macvlan()
{
	ip -n "$RIG_PREFIX$1" link add link "$2" name "$4" netns "$RIG_PREFIX$3" \
		address "$(rig_mac "$5")" type macvlan mode bridge
	rig_configure "$3" "$4" "$5"
}

# rig_shim_up ROUTER LOWER WHO PEER: the usual way to let a macvlan talk to its host is one more macvlan, WHO, in the
# host. Without it the kernel has no path between the macvlan PEER and the router, and with it nsaccel would have to
# share: so it is there for the kernel's turn only.
rig_shim_up()
{
	local family

	rig_macvlan "$1" "$2" "$1" "$3" "$3"
	rig_exec "$1" sysctl -qw "net.ipv4.conf.$3.rp_filter=0"
	rig_know "$1" "$3" "$4"
	for family in 4 6; do
		ip -n "$RIG_PREFIX$1" -$family route add "$(rig_addr "$4" $family)" dev "$3"
	done
}

# rig_shim_down ROUTER WHO
rig_shim_down()
{
	ip -n "$RIG_PREFIX$1" link del "$2"
}

# rig_gro on|off NS/DEV...
rig_gro()
{
	local ns_dev
	for ns_dev in "${@:2}"; do
		rig_exec "${ns_dev%/*}" ethtool -K "${ns_dev#*/}" gro "$1"
	done
}

# What an accelerator may change while it is attached but must put back: else the kernel's turn
# wouldn't be the kernel's.
rig_settings()
{
	local ns_dev
	for ns_dev in rt/eth0 rt/eth1 rt/vblue rt/vred w0/wire w1/wire blue/eth0 red/eth0; do
		echo "$ns_dev"
		rig_exec "${ns_dev%/*}" ethtool -k "${ns_dev#*/}"
	done
	rig_exec rt sysctl -a --pattern '(rp_filter|forwarding|ip_forward)$'
}

rig_up()
{
	mkdir -p /run/netns
	mount -t tmpfs none /run/netns
	mount -t bpf none /sys/fs/bpf
	rig_new_router rt
	rig_new_netns w0 w1 blue red mac
	rig_pair rt eth0 eth0 w0 wire w0
	rig_pair rt eth1 eth1 w1 wire w1
	rig_pair rt vblue vblue blue eth0 blue
	rig_pair rt vred vred red eth0 red
	rig_pair blue dir0 dblue red dir0 dred
	rig_macvlan rt eth0 mac mac0 mac
	rig_know mac mac0 eth0
	rig_know mac mac0 shim
	rig_know rt eth0 mac
	rig_gateway mac eth0
	rig_gateway w0 eth0
	rig_gateway w1 eth1
	rig_gateway blue vblue
	rig_gateway red vred
	rig_gro on "${RIG_NICS[@]}"
	rig_rp_filter 0
}
