#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# VMs on taps, whose frames come with checksums and segmentation still to be done.
# shellcheck disable=SC2154 # bats sets what starts with BATS_

load live

setup_file()
{
	isolate
}

setup()
{
	[[ -e /dev/net/tun ]] || skip "no taps here"
	ns_add nsa-rt nsa-vm1 nsa-vm2
	sysctl_in nsa-rt net.ipv4.ip_forward=1
	vm 1
	vm 2
}

teardown()
{
	live_teardown
	[[ ! ${VMMS:-} ]] || kill "${VMMS[@]}" 2>/dev/null || true
}

# vm N: a guest nsa-vmN behind tapN of the router.
vm()
{
	local log=$BATS_TEST_TMPDIR/vmm$1

	ip -n nsa-rt tuntap add "tap$1" mode tap vnet_hdr
	ip -n "nsa-vm$1" tuntap add eth0 mode tap vnet_hdr
	background "$TOOLS/vmm" "nsa-rt/tap$1" "nsa-vm$1/eth0" >"$log"
	VMMS+=($!)
	wait_until 5 grep -q ready "$log"
	ip -n nsa-rt addr add "172.16.$1.1/24" dev "tap$1"
	ip -n nsa-rt link set "tap$1" up
	ip -n "nsa-vm$1" link set lo up
	ip -n "nsa-vm$1" addr add "172.16.$1.2/24" dev eth0
	ip -n "nsa-vm$1" link set eth0 up
	ip -n "nsa-vm$1" route add default via "172.16.$1.1"
}

# tcp FROM TO ADDRESS: a megabyte from one guest to the other arrives as it is.
tcp()
{
	local file=$BATS_TEST_TMPDIR/received server

	head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
	background nsenter --net="/run/netns/$2" socat -u "TCP4-LISTEN:7000,reuseaddr" "OPEN:$file,creat,trunc"
	server=$!
	wait_until 5 listens "$2"
	in_ns "$1" timeout 10 socat -u "OPEN:$BATS_TEST_TMPDIR/sent" "TCP4:$3:7000,connect-timeout=5"
	wait "$server"
	cmp "$BATS_TEST_TMPDIR/sent" "$file"
}

listens()
{
	in_ns "$1" ss -Hltn 'sport = :7000' | grep -q LISTEN
}

bad_checksums()
{
	# shellcheck disable=SC2016 # awk's
	in_ns "$1" awk '/^Tcp: [0-9]/ { print $16 }' /proc/net/snmp
}

xdp_of()
{
	nsaccel -j status | jq -r --arg dev "$1" '.owners[].ports[] | select(.dev == $dev) | .xdp'
}

@test "guests' checksums and segmentation survive: no XDP on taps" {
	nsaccel -n nsa-rt attach --static tap1
	nsaccel -n nsa-rt attach --static tap2
	daemon_start
	[[ $(xdp_of tap1) == none && $(xdp_of tap2) == none ]]
	nsaccel status | grep -E '^tap1 .*checksums or segmentation'
	wait_until 5 in_ns nsa-vm1 ping -n -q -c 1 -W 1 172.16.2.2
	settle
	tcp nsa-vm1 nsa-vm2 172.16.2.2
	tcp nsa-vm2 nsa-vm1 172.16.1.2
	[[ $(bad_checksums nsa-vm1) == 0 && $(bad_checksums nsa-vm2) == 0 ]]
	(($(counter nsa-rt fwd_nic) > 20))
}

@test "--mode native: as asked, with a warning" {
	run nsaccel -n nsa-rt attach --static tap1 --mode native
	[[ $status == 0 && $output == *"tap1, as asked"*"checksums"* ]]
	[[ $(xdp_of tap1) != none ]]
	run nsaccel -n nsa-rt attach --static tap1 # again: it's known by now
	[[ $status == 0 && $output != *"as asked"* ]]
	nsaccel -n nsa-rt attach --static tap1 --mode auto
	[[ $(xdp_of tap1) == none ]]
}
