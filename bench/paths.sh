# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The paths of packets: who sends, who receives, and the routers between. Sourced by run.sh.
# shellcheck disable=SC2034 # contenders.sh, metrics.sh and run.sh use them

# path SCENARIO CONTENDER: makes what is missing of the rig, and sets
#   from_ns from_dev from from_via   the generator, its address, and the MAC address that it sends to
#   to_ns to_dev to to_hook          the sink, its address, and its hook
#   published                        whose address packets are sent to instead, if it is translated
#   hops                             the routers, each as "NS IN OUT NEXT SELF": devices, and whose MAC addresses
#                                    a packet leaves with; SELF missing: they stay
#   counting                         the namespace whose kernel counts what it forwards
path()
{
	local i router

	from_extra=() hops=() counting=rt published=
	case $1 in
	ceiling)
		from w0 wire w0 eth0
		to rt eth0 blue "${2%-drop}"
		;;
	nic-nic)
		from w0 wire w0 eth0
		hops=("rt eth0 eth1 w1 eth1")
		to w1 wire w1 xdp
		;;
	nic-veth | nic-veth-*)
		from w0 wire w0 eth0
		hops=("rt eth0 vblue blue vblue")
		to blue eth0 blue tc
		[[ $1 != nic-veth-xdp ]] || to_hook=xdp
		;;
	nat-in)
		from w0 wire w0 eth0
		hops=("rt eth0 vblue blue vblue")
		to blue eth0 blue tc
		published=eth0
		;;
	veth-nic | nat-out)
		from blue eth0 blue vblue
		hops=("rt vblue eth1 w1 eth1")
		to w1 wire w1 tc
		;;
	veth-veth | guard | limit | gate | policy | policy-new)
		from blue eth0 blue vblue
		hops=("rt vblue vred red vred")
		to red eth0 red tc
		;;
	mac-veth)
		from mac mac0 mac eth0
		hops=("rt eth0 vblue blue vblue")
		to blue eth0 blue tc
		;;
	mac-mac)
		rig_need macs
		from ma eth0 ma meth0
		hops=("mr eth0 eth1 mb meth1")
		to mb eth0 mb tc
		counting=mr
		;;
	port-port)
		rig_need switch
		from ba eth0 ba bb
		hops=("sw pa pb")
		to bb eth0 bb tc
		counting=sw
		;;
	table-*)
		router=$(rig_table "${1#*-}")
		rig_need table "$router" "${1#*-}"
		from w0 "$router" "$router-w0" "$router-eth0"
		from_extra=(--destinations "$OUT/$router.destinations")
		hops=("$router eth0 eth1 $router-w1 $router-eth1")
		to w1 "$router" "$router-w1" xdp
		counting=$router
		;;
	chain-*)
		rig_need chain
		from w0 h0 out0 in1
		for ((i = 1; i <= ${1#chain-}; i++)); do
			hops+=("h$i in out in$((i + 1)) out$i")
		done
		to "h$i" in far tc
		counting=h1
		;;
	esac
	path_of_contender "$@"
	[[ $from_dev != mac0 && $from_ns != m[abc] ]] || from_extra=(--stack)
}

# Contenders that don't go by the router.
path_of_contender()
{
	case $1/$2 in
	mac-veth/kernel) from_via=shim ;;
	mac-mac/kernel) from_via=shim0 ;;
	nat-in/answer)
		from blue eth0 blue vblue
		to w0 wire w0 tc
		published=
		;;
	nat-out/answer)
		from w1 wire w1 eth1
		to rt eth1 eth1 tc
		;;
	gate/answer)
		from red eth0 red vred
		to blue eth0 blue tc
		;;
	veth-veth/direct)
		from blue dir0 dblue dred
		to red dir0 dred tc
		;;
	nic-veth/bridge)
		rig_need switch
		from w0 sw0 sw0 bb
		to bb eth0 bb tc
		;;
	veth-veth/bridge)
		rig_need switch
		from ba eth0 ba bb
		to bb eth0 bb tc
		;;
	nic-veth/macvlan)
		rig_need macs
		from w0 m0 m0 ma
		to ma eth0 ma tc
		;;
	veth-veth/macvlan)
		rig_need macs
		from ma eth0 ma mc
		to mc eth0 mc tc
		;;
	esac
}

# from NS DEV WHO VIA
from()
{
	from_ns=$1 from_dev=$2 from=$3 from_via=$4
}

# to NS DEV WHO HOOK
to()
{
	to_ns=$1 to_dev=$2 to=$3 to_hook=$4
}
