#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-foreign.sh [GROUP...]: what nsaccel doesn't follow, beside it: it has to leave those packets to the kernel,
# counted, and what comes of them has to be what the kernel alone makes of them, which each group of
# tests looks at first. Run in a VM by check.sh.
#
#   wire-virtio eth0 --- virtio  \           / blue --- eth0 blue
#   wire-igb eth0 ------ igb      } owner   {
#   wire-vmxnet3 eth0 -- vmxnet3 /           \ green -- eth0 green
#
# Each device that isn't followed leads to a namespace of its own, of that name.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-checks.sh"

# ---- what is expected -------------------------------------------------------------------------

# sum_of ARRAY PREFIX: into SUM.
sum_of()
{
	local -n counters=$1
	local key

	SUM=0
	for key in "${!counters[@]}"; do
		[[ $key != "$2"* ]] || SUM=$((SUM + ${counters[$key]}))
	done
}

# grown PREFIX: by how many bytes the counters of that name have, into GROWN. Of "before" and "after".
grown()
{
	local SUM first

	sum_of before "$1"
	first=$SUM
	sum_of after "$1"
	GROWN=$((SUM - first))
}

# passes FROM TO FAMILY NETNS/HOOK/REASON...: an exchange of which those counters have seen the payload,
# and next to nothing of which has taken the fast path where they count. A reason may be a beginning.
passes()
{
	local from=$1 to=$2 family=$3 counter GROWN r=0
	local -A before=() after=()

	shift 3
	set -- "${@/#owner/$owner}"
	read_counters before
	exchange "$from" "$to" "$family" || r=1
	read_counters after
	for counter; do
		grown "$counter"
		((GROWN >= PAYLOAD)) || r=1
		grown "${counter%/*}/fwd_"
		((GROWN < PAYLOAD / 10)) || r=1
	done
	[[ $r -eq 0 ]] && return
	echo "expected $PAYLOAD bytes in each of: $*; nsaccel counted:"
	for counter in "${!after[@]}"; do
		((${after[$counter]} == ${before[$counter]-0})) ||
			echo "  $counter $((${after[$counter]} - ${before[$counter]-0}))"
	done
	return 1
}

# arrives_not FROM TO
arrives_not()
{
	local r=0

	"$TRAFFIC" arrives "$1" "${address[$1/4]}" "$2" "${address[$2/4]}" || r=$?
	[[ $r -eq 3 || $r -eq 1 ]] || say "arrives: $r"
}

attach()
{
	nsaccel attach "$@" && owner=$(tells '.owners[0].netns')
}

refuses()
{
	local status=0

	nsaccel attach "$1" || status=$?
	[[ $status -ne 0 ]]
}

# end_group TEXT: nsaccel goes; the kernel alone again.
end_group()
{
	check "$1: detach" nsaccel detach --all
	check "$1: nothing is left" gone
}

# new_state: what is to be found again when nsaccel has gone.
new_state()
{
	state > /tmp/state.before
}

# far_end NETNS DEVICE IPV4 IPV6 [VIA4 VIA6]: a namespace's side: its device up, with addresses and ways out.
far_end()
{
	local ns=$1 dev=$2

	address[$ns/4]=${3%/*}
	address[$ns/6]=${4%/*}
	ip -n "$ns" -batch - <<- EOF
		link set lo up
		address add $3 dev $dev
		address add $4 dev $dev nodad
		link set $dev up
		route add 0.0.0.0/0 ${5:+via $5} dev $dev
		route add ::/0 ${6:+via $6} dev $dev
	EOF
}

near_end()
{
	ip -batch - <<- EOF
		address add $2 dev $1
		address add $3 dev $1 nodad
		link set $1 up
	EOF
}

# ---- devices ----------------------------------------------------------------------------------

# A VLAN device on an attached NIC; its far end moved out of the wire's namespace.
make_vlan()
{
	ip netns add vlan
	ip link add link virtio name vlan type vlan id 100
	ip -n wire-virtio link add link eth0 name eth0.100 type vlan id 100
	ip -n wire-virtio link set eth0.100 netns vlan
	near_end vlan 10.50.0.1/24 fd00:50::1/112
	far_end vlan eth0.100 10.50.0.2/24 fd00:50::2/112 10.50.0.1 fd00:50::1
}

remove_vlan()
{
	ip link del vlan
	ip netns del vlan
}

# A bond of one NIC, which has the rig's addresses of that NIC.
make_bond()
{
	ip -batch - <<- EOF
		link add bond type bond mode active-backup miimon 100
		link set vmxnet3 down
		address flush dev vmxnet3
		link set vmxnet3 master bond
	EOF
	near_end bond "${rig_address[vmxnet3/4]}" "${rig_address[vmxnet3/6]}"
}

remove_bond()
{
	ip -batch - <<- EOF
		link set vmxnet3 nomaster
		link del bond
	EOF
	near_end vmxnet3 "${rig_address[vmxnet3/4]}" "${rig_address[vmxnet3/6]}"
}

# netkit: this ip(8) knows none of its options, but the kernel's defaults will do. L3: no MACs.
make_netkit()
{
	ip netns add netkit
	ip link add netkit type netkit
	ip link set nk0 netns netkit
	near_end netkit 10.51.0.1/24 fd00:51::1/112
	far_end netkit nk0 10.51.0.2/24 fd00:51::2/112 10.51.0.1 fd00:51::1
}

has_netkit()
{
	kernel_has 6 7
}

# ipvlan, in a namespace: of the NIC's own MAC. It and its lower's owner don't reach each other.
make_ipvlan()
{
	ip netns add ipvlan
	ip link add link virtio name ipvlan netns ipvlan type ipvlan mode l2
	far_end ipvlan ipvlan 10.0.1.4/24 fd00::1:4/112 10.0.1.1 fd00::1:1
}

# WireGuard between the owner and the wire, whose end was made there and moved on.
make_wireguard()
{
	local key far_key

	ip netns add wireguard
	ip link add wireguard type wireguard
	ip -n wire-virtio link add wireguard type wireguard
	ip -n wire-virtio link set wireguard netns wireguard
	key=$(wg genkey)
	far_key=$(wg genkey)
	wg set wireguard listen-port 51820 private-key <(echo "$key") \
		peer "$(wg pubkey <<< "$far_key")" allowed-ips 10.52.0.2/32,fd00:52::2/128
	nsenter --net=/run/netns/wireguard wg set wireguard private-key <(echo "$far_key") \
		peer "$(wg pubkey <<< "$key")" endpoint 10.0.1.1:51820 allowed-ips 0.0.0.0/0,::/0
	near_end wireguard 10.52.0.1/24 fd00:52::1/112
	far_end wireguard wireguard 10.52.0.2/24 fd00:52::2/112
}

# devices_reach TEXT: each of them and blue, by the kernel alone.
devices_reach()
{
	local name

	for name in vlan wire-vmxnet3 netkit wireguard; do
		[[ $name != netkit ]] || has_netkit || continue
		both "$1: $name <-> blue" exchange "$name" blue
	done
}

devices_pass()
{
	both "vlan <-> blue" passes vlan blue owner/tc_ingress/pass_vlan \
		blue/tc_ingress/pass_not_port
	both "bond <-> blue" passes wire-vmxnet3 blue blue/tc_ingress/pass_not_port
	if has_netkit; then
		both "netkit <-> blue" passes netkit blue blue/tc_ingress/pass_not_port
		both "wire-igb <-> netkit" passes wire-igb netkit owner/tc_ingress/pass_not_port
	fi
	both "wireguard <-> blue" passes wireguard blue owner/tc_ingress/pass_local \
		blue/tc_ingress/pass_not_port
}

# And beside them all is as ever.
others_are_fast()
{
	both "$1: wire-virtio <-> blue is fast" fast wire-virtio blue owner/tc_ingress/fwd_veth \
		blue/tc_ingress/fwd_nic
	both "$1: wire-igb <-> blue is fast" fast wire-igb blue owner/tc_ingress/fwd_veth \
		blue/tc_ingress/fwd_nic
	both "$1: blue <-> green is fast" fast blue green blue/tc_ingress/fwd_veth \
		green/tc_ingress/fwd_veth
}

# ipvlan_works TEXT: by the kernel, with nsaccel or without.
ipvlan_works()
{
	both "$1: wire-virtio <-> ipvlan" exchange wire-virtio ipvlan
	check "$1: blue doesn't reach the ipvlan" arrives_not blue ipvlan
}

test_devices()
{
	check "a VLAN device" make_vlan
	check "a bond" make_bond
	if has_netkit; then
		check "a netkit pair" make_netkit
	else
		skip "a netkit pair" "needs Linux 6.7"
	fi
	check "WireGuard" make_wireguard
	new_state
	devices_reach "kernel"
	check "an ipvlan" make_ipvlan
	ipvlan_works "kernel"
	check "the ipvlan goes" ip netns del ipvlan
	check "attach virtio" attach virtio
	check "attach igb" attach igb
	check "attach of the bond's member is refused" refuses vmxnet3
	devices_pass
	others_are_fast "beside devices that aren't followed"
	check "an ipvlan on an attached NIC" make_ipvlan
	check "an ipvlan: the daemon has followed" followed
	ipvlan_works "attached"
	both "by its lower all passes: ipvlan" passes wire-virtio ipvlan owner/tc_ingress/pass_
	both "by its lower all passes: blue" passes wire-virtio blue owner/tc_ingress/pass_
	check "the ipvlan goes, attached" ip netns del ipvlan
	check "no ipvlan: the daemon has followed" followed
	both "no ipvlan: wire-virtio <-> blue" exchange wire-virtio blue
	others_are_fast "no ipvlan"
	check "attach of the bond itself" attach bond
	both "by the bond, attached: wire-vmxnet3 <-> blue" fast wire-vmxnet3 blue \
		owner/tc_ingress/fwd_veth blue/tc_ingress/fwd_nic
	end_group "devices"
	devices_reach "kernel again"
	check "devices: all go" remove_devices
}

remove_devices()
{
	remove_vlan
	remove_bond
	! has_netkit || ip link del netkit
	ip link del wireguard
	ip netns del wireguard
}

# A bond made of a NIC that is attached: what it was attached for ends.
test_bond_later()
{
	new_state
	both "kernel: wire-vmxnet3 <-> blue" exchange wire-vmxnet3 blue
	check "attach vmxnet3" attach vmxnet3
	check "attach igb" attach igb
	both "wire-vmxnet3 <-> blue is fast" fast wire-vmxnet3 blue owner/tc_ingress/fwd_veth \
		blue/tc_ingress/fwd_nic
	check "the attached NIC gets into a bond" make_bond
	check "attached, then in a bond: the daemon has followed" followed
	both "attached, then in a bond: wire-vmxnet3 <-> blue" exchange wire-vmxnet3 blue
	both "attached, then in a bond: passes" passes wire-vmxnet3 blue \
		owner/tc_ingress/pass_ blue/tc_ingress/pass_not_port
	check "the attached NIC gets out of it" remove_bond
	check "out of the bond: the daemon has followed" followed
	both "out of the bond: wire-vmxnet3 <-> blue" exchange wire-vmxnet3 blue
	both "out of the bond: wire-vmxnet3 <-> blue is fast" fast wire-vmxnet3 blue \
		owner/tc_ingress/fwd_veth blue/tc_ingress/fwd_nic
	end_group "bond later"
}

# ---- a VRF -------------------------------------------------------------------------------------

# igb and green in a VRF: they reach each other, and nobody else. (Without the default routes what the
# VRF has no route for would go by the main table.)
make_vrf()
{
	ip -batch - <<- EOF
		link add tenant type vrf table 100
		link set tenant up
		link set green master tenant
		link set igb master tenant
		route add unreachable 0.0.0.0/0 table 100 metric 9999
		route add unreachable ::/0 table 100 metric 9999
	EOF
	# The kernel adds the rule with its first VRF only.
	ip rule show pref 1000 | grep -q l3mdev || {
		ip rule add pref 1000 l3mdev
		ip -6 rule add pref 1000 l3mdev
	}
}

remove_vrf()
{
	ip link set igb nomaster
	ip link set green nomaster
	ip link del tenant
	ip route flush table 100
	ip -6 route flush table 100
	ip rule del pref 1000
	ip -6 rule del pref 1000
}

vrf_reaches()
{
	both "$1: in the VRF: wire-igb <-> green" exchange wire-igb green
	check "$1: out of the VRF: wire-igb -> blue doesn't arrive" arrives_not wire-igb blue
	check "$1: into the VRF: wire-virtio -> green doesn't arrive" arrives_not wire-virtio green
	both "$1: beside the VRF: wire-virtio <-> blue" exchange wire-virtio blue
}

test_vrf()
{
	check "a VRF" make_vrf
	new_state
	vrf_reaches "kernel"
	check "attach virtio" attach virtio
	check "attach of the VRF's member is refused" refuses igb
	vrf_reaches "a VRF there" # neither igb nor green is hooked
	check "the VRF goes while attached" remove_vrf
	check "the VRF has gone: the daemon has followed" followed
	both "the VRF has gone: wire-igb <-> blue" exchange wire-igb blue
	check "attach igb" attach igb
	both "no VRF: wire-igb <-> green is fast" fast wire-igb green owner/tc_ingress/fwd_veth \
		green/tc_ingress/fwd_nic
	check "the VRF comes while attached" make_vrf
	check "a VRF made later: the daemon has followed" followed
	vrf_reaches "a VRF made later"
	# A container's end in a VRF isn't hooked; the NIC, which was asked for, is.
	both "a VRF made later: passes" passes wire-igb green owner/tc_ingress/pass_
	check "VRF: detach" nsaccel detach --all
	check "VRF: nothing is left" gone
	vrf_reaches "kernel again"
	check "VRF: it goes" remove_vrf
}

# ---- netfilter ---------------------------------------------------------------------------------

# everything_counted FROM TO FAMILY NETNS/HOOK...: arrives, and each of those has seen the payload,
# whatever became of it.
everything_counted()
{
	local from=$1 to=$2 family=$3 counter GROWN r=0
	local -A before=() after=()

	shift 3
	set -- "${@/#owner/$owner}"
	read_counters before
	exchange "$from" "$to" "$family" || r=1
	read_counters after
	for counter; do
		grown "$counter"
		((GROWN >= PAYLOAD)) || { r=1; echo "$counter: $GROWN bytes"; }
	done
	return "$r"
}

make_flowtable()
{
	nft -f - <<- EOF
		table inet f {
			flowtable ft {
				hook ingress priority 0
				devices = { virtio, blue, green }
			}
			chain forward {
				type filter hook forward priority 0
				meta l4proto tcp flow add @ft
				ct state invalid drop
			}
		}
	EOF
}

# The kernel's own fast path has flows.
offloads()
{
	local r=0

	stream wire-virtio blue
	streams_go_on || r=1
	conntrack -L 2> /dev/null | grep OFFLOAD || r=1
	stop_streams || r=1
	return "$r"
}

status_says()
{
	local text

	text=$(nsaccel status)
	[[ $text = *"$1"* ]] || say "$text"
}

flowtable_reaches()
{
	both "$1: wire-virtio <-> blue" exchange wire-virtio blue
	both "$1: blue <-> green" exchange blue green
}

test_flowtable()
{
	check "a flowtable" make_flowtable
	new_state
	flowtable_reaches "flowtable, kernel"
	check "flowtable: the kernel offloads by it" offloads
	check "attach virtio" attach virtio
	check "flowtable: status tells" status_says flowtable
	both "flowtable: wire-virtio <-> blue" everything_counted wire-virtio blue \
		owner/tc_ingress/ blue/tc_ingress/
	both "flowtable: blue <-> green" everything_counted blue green blue/tc_ingress/ \
		green/tc_ingress/
	end_group "flowtable"
	flowtable_reaches "flowtable, kernel again"
	check "flowtable: it goes" nft flush ruleset
}

readonly SERVICE=10.99.0.1 SERVICE_PORT=7000

# By NAT: what blue answers has to get the service's address on its way out.
make_ipvs()
{
	ip address add "$SERVICE/32" dev lo
	ipvsadm -A -t "$SERVICE:$SERVICE_PORT" -s rr
	ipvsadm -a -t "$SERVICE:$SERVICE_PORT" -r "${address[blue/4]}:$SERVICE_PORT" -m
}

remove_ipvs()
{
	ipvsadm -C
	ip address del "$SERVICE/32" dev lo
}

serves()
{
	"$TRAFFIC" service "$1" "${address[$1/4]}" blue "${address[blue/4]}" "$SERVICE_PORT" "$SERVICE"
}

test_ipvs()
{
	check "IPVS" make_ipvs
	new_state
	check "IPVS, kernel: from wire-virtio" serves wire-virtio
	check "IPVS, kernel: from green" serves green
	check "attach virtio" attach virtio
	check "IPVS: status tells" status_says IPVS
	check "IPVS: from wire-virtio" serves wire-virtio
	check "IPVS: from green" serves green
	both "IPVS: wire-virtio <-> blue" everything_counted wire-virtio blue \
		owner/tc_ingress/ blue/tc_ingress/
	check "IPVS: goes while attached" remove_ipvs
	both "IPVS has gone: wire-virtio <-> blue" exchange wire-virtio blue
	check "IPVS: comes while attached" make_ipvs
	check "IPVS made later: from wire-virtio" wait_served wire-virtio
	end_group "IPVS"
	check "IPVS: it goes" remove_ipvs
}

# IPVS tells nobody: what was made a moment ago is followed within a second.
wait_served()
{
	read -rt 3 -u "$nap" || true
	serves "$1"
}
# main [GROUP...]
main()
{
	local group

	# shellcheck disable=SC2119
	begin
	[[ $# -gt 0 ]] || set -- devices bond_later vrf flowtable ipvs
	for group; do
		"test_$group"
	done
	echo "# done"
}

main "$@"
