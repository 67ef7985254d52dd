# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # guest-checks.sh sets them
# Groups of guest-foreign.sh: devices that are not followed, and a NIC that gets into a bond. Sourced by it.

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
