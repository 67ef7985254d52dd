#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-pairs.sh: every pair of NIC, veth and macvlan end to end; VLANs bound to a namespace; an XDP
# program of somebody else's beside nsaccel's. Run in a VM by check.sh.
#
#   wire-virtio eth0 --- virtio  \            / blue --- eth0 blue
#   wire-igb eth0 ------ igb      }  owner   {
#   wire-vmxnet3 eth0 -- vmxnet3  } (init_net) \ green -- eth0 green
#   wire-e1000e eth0 --- e1000e  /            mac eth0: macvlan on virtio
#
# NIC number i is 10.0.i.1, its wire 10.0.i.2, the macvlan 10.0.1.3; veth endpoint j
# is 10.1.j.2 behind 10.1.j.1. IPv6 alike: fd00::i:1, fd00::1:j:2 ... with /112s.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-checks.sh"

# ---- the tests ------------------------------------------------------------------------------

test_baseline()
{
	local nic

	for nic in "${nics[@]}"; do
		both "kernel: wire-$nic <-> blue" exchange "wire-$nic" blue
	done
	check "kernel: blue <-> green" exchange blue green 4
	check "kernel: wire-virtio <-> wire-igb" exchange wire-virtio wire-igb 4
}

attach()
{
	nsaccel attach --static "$1"
}

attach_again()
{
	nsaccel -p status > /tmp/status.before && attach "$1" &&
		nsaccel -p status | diff /tmp/status.before -
}

# tcx leaves no qdisc; clsact does.
tc_hook()
{
	local qdiscs

	qdiscs=$(tc qdisc show dev "$1")
	case $tc_kind in
	tcx) [[ $qdiscs != *clsact* ]] || say "$qdiscs" ;;
	clsact) [[ $qdiscs = *clsact* ]] || say "$qdiscs" ;;
	esac
}

test_attach()
{
	local nic

	for nic in "${nics[@]}"; do
		check "attach $nic" attach "$nic"
		if is_native "$nic"; then
			check "status: $nic native, $tc_kind" native_port "$nic"
		else
			check "status: $nic by $tc_kind only, with the reason" fallback_port "$nic"
		fi
		check "$nic is hooked by $tc_kind" tc_hook "$nic"
	done
	check "attach has left its marks" changed_state
	check "attach again changes nothing" attach_again virtio
	owner=$(tells '.owners[0].netns') || owner=none
}

test_nic_to_nic()
{
	local pair a b

	for pair in virtio:igb igb:vmxnet3 virtio:e1000e; do
		a=${pair%:*} b=${pair#*:}
		both "wire-$a <-> wire-$b by $(hook_between "$a" "$b")" fast "wire-$a" "wire-$b" \
			"owner/$(hook_between "$a" "$b")/fwd_nic*2"
	done
}

test_forwarding()
{
	local nic

	for nic in "${nics[@]}"; do
		both "wire-$nic <-> blue" fast "wire-$nic" blue \
			owner/tc_ingress/fwd_veth blue/tc_ingress/fwd_nic
	done
	test_nic_to_nic
	both "blue <-> green" fast blue green \
		blue/tc_ingress/fwd_veth green/tc_ingress/fwd_veth
	both "mac <-> blue" fast mac blue mac/tc_egress/fwd_veth blue/tc_ingress/fwd_macvlan
	both "mac <-> wire-igb" fast mac wire-igb mac/tc_egress/fwd_nic owner/tc_ingress/fwd_macvlan
	both "mac <-> owner" fast mac - mac/tc_egress/fwd_host owner/tc_egress/fwd_macvlan
}

# XDP delivery needs GRO on in the endpoint, which detach has to put back.
test_xdp_delivery()
{
	check "endpoint set blue --delivery xdp" nsaccel endpoint set blue --delivery xdp
	both "wire-igb -> blue by XDP" fast wire-igb blue owner/xdp/fwd_veth blue/tc_ingress/fwd_nic
}

# ---- a VLAN of a NIC, beside a real VLAN device ---------------------------------------------

# make_vlan NIC: namespace "tagged" by nsaccel, its peer by the kernel.
make_vlan()
{
	nsaccel bind "$1" vlan 100 netns tagged dev eth0 &&
		ip -n tagged -batch - <<- EOF &&
			address add 10.9.0.1/24 dev eth0
			address add fd00:9::1/64 dev eth0 nodad
		EOF
		ip -n "wire-$1" -batch - <<- EOF
			link add link eth0 name eth0.100 type vlan id 100
			address add 10.9.0.2/24 dev eth0.100
			address add fd00:9::2/64 dev eth0.100 nodad
			link set eth0.100 up
		EOF
}

# vlan_exchange NIC FAMILY
vlan_exchange()
{
	local prefix=10.9.0.

	[[ $2 = 4 ]] || prefix=fd00:9::
	"$TRAFFIC" exchange tagged "${prefix}1" "wire-$1" "${prefix}2"
}

# Also what detach would leave of it: the NIC's filters open, and a device.
unbind()
{
	nsaccel unbind "$1" vlan 100 && ip -n "wire-$1" link del eth0.100 &&
		[[ $(ip -o link show "$1") != *PROMISC* && ! -e /sys/class/net/nsa0 ]]
}

test_vlans()
{
	local nic family

	ip netns add tagged
	for nic in virtio igb e1000e; do
		check "bind $nic vlan 100" make_vlan "$nic"
		for family in 4 6; do
			check "wire-$nic <-> tagged by VLAN 100, IPv$family" vlan_exchange "$nic" \
				"$family"
		done
		[[ $nic = e1000e ]] || check "unbind $nic vlan 100" unbind "$nic"
	done
}

test_detach()
{
	local nic

	for nic in "${nics[@]}"; do
		check "detach $nic" nsaccel detach "$nic"
	done
	ip -n wire-e1000e link del eth0.100
	ip netns del tagged
	check "nothing is left" gone
	check "kernel again: wire-igb <-> blue" exchange wire-igb blue 4
}

# ---- another XDP program on the device ------------------------------------------------------

readonly BLOCKED=7000

load_filter()
{
	xdp-filter load --mode native "$1" &&
		xdp-filter port --mode dst --proto udp "$BLOCKED"
}

filters()
{
	"$TRAFFIC" filtered "wire-$1" "${address[wire-$1/4]}" blue "${address[blue/4]}" "$BLOCKED"
}

shares()
{
	local line

	line=$(port "$1")
	[[ $line = dispatcher* ]] || say "xdp, tc, reason: $line"
}

# both_work TEXT: xdp-filter and nsaccel on virtio.
both_work()
{
	check "$1: status says dispatcher" shares virtio
	check "$1: xdp-filter works" filters virtio
	check "$1: nsaccel works" fast wire-virtio wire-igb 4 'owner/xdp/fwd_nic*2'
}

only_filter_left()
{
	check "$1: detach" nsaccel detach --all
	check "$1: after detach xdp-filter still works" filters virtio
	check "$1: xdp-filter unload" xdp-filter unload virtio
	check "$1: nothing is left" gone
}

# attach_both TEXT: virtio and igb, whose neighbours the kernel knows.
attach_both()
{
	local nic

	check "$1: kernel: wire-virtio <-> wire-igb" exchange wire-virtio wire-igb 4
	for nic in virtio igb; do
		check "$1: attach $nic" attach "$nic"
	done
}

test_sharing()
{
	command -v xdp-filter > /dev/null || {
		skip "sharing with xdp-filter" "xdp-tools isn't installed"
		return
	}
	check "filter first: xdp-filter load" load_filter virtio
	check "filter first: xdp-filter works alone" filters virtio
	attach_both "filter first"
	both_work "filter first"
	only_filter_left "filter first"

	attach_both "filter second"
	check "filter second: nsaccel works alone" fast wire-virtio wire-igb 4 'owner/xdp/fwd_nic*2'
	check "filter second: xdp-filter load" load_filter virtio
	both_work "filter second"
	only_filter_left "filter second"
}

main()
{
	begin macvlan
	test_baseline
	test_attach
	test_forwarding
	test_xdp_delivery
	test_vlans
	test_detach
	test_sharing
	echo "# done"
}

main
