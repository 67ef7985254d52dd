# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A group of guest-foreign.sh: a VRF. Sourced by it.

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
