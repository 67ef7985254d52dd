#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh: what check.sh runs in a VM. One "ok - ..." or "not ok - ..." line per
# check, "# ..." lines for people; check.sh numbers them.
#
#   wire-virtio eth0 --- virtio  \            / blue --- eth0 blue
#   wire-igb eth0 ------ igb      }  owner   {
#   wire-vmxnet3 eth0 -- vmxnet3  } (init_net) \ green -- eth0 green
#   wire-e1000e eth0 --- e1000e  /            mac eth0: macvlan on virtio
#
# NIC number i is 10.0.i.1, its wire 10.0.i.2, the macvlan 10.0.1.3; veth endpoint j
# is 10.1.j.2 behind 10.1.j.1. IPv6 alike: fd00::i:1, fd00::1:j:2 ... with /112s.
# An exec takes 40 ms and more in here: hence few of them, and traffic as one program.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-rig.sh"

readonly PAYLOAD=200000 # traffic's, each way
readonly FORWARDED_MAX=4 # while a neighbour that a link reset has lost is found again
readonly BPFFS=/sys/fs/bpf
readonly LOG=/tmp/check.log

# ---- checks ---------------------------------------------------------------------------------

# check TEXT FUNCTION...: in this shell, for what it may set. errexit is off in there.
check()
{
	local text=$1

	shift
	if "$@" > "$LOG" 2>&1; then
		echo "ok - $text"
		return
	fi
	echo "not ok - $text"
	tail -n 40 "$LOG" | sed 's/^/#   /'
}

# What the check that ended the script had to say.
at_exit()
{
	[[ $? -eq 0 ]] || sed 's/^/#   /' "$LOG"
}

skip()
{
	echo "ok - $1 # SKIP $2"
}

say()
{
	echo "$*"
	return 1
}

# ---- what nsaccel says ----------------------------------------------------------------------

nsaccel()
{
	timeout 60 "$NSACCEL" "$@"
}

# tells FILTER: what a jq filter makes of the status.
tells()
{
	nsaccel -j status | jq -r "$1"
}

# read_counters ARRAY: key netns/hook/reason, value bytes.
read_counters()
{
	local -n into=$1
	local key bytes

	into=()
	while IFS=$'\t' read -r key bytes; do
		# shellcheck disable=SC2004,SC2034 # a key, not arithmetic
		into[$key]=$bytes
	done < <(nsaccel -j stats show | jq -r '.[] | "\(.netns)/\(.hook)/\(.reason)\t\(.bytes)"')
}

# read_forwarded VARIABLE: the packets that this namespace's own IP has forwarded so far.
read_forwarded()
{
	local -n total=$1
	local words name value

	total=0
	while read -ra words; do
		# "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams"
		[[ ${words[0]} != Ip: || ${words[6]} = Forw* ]] || total=${words[6]}
	done < /proc/net/snmp
	while read -r name value; do
		[[ $name != Ip6OutForwDatagrams ]] || total=$((total + value))
	done < /proc/net/snmp6
}

# ---- traffic --------------------------------------------------------------------------------

exchange()
{
	"$TRAFFIC" exchange "$1" "${address[$1/$3]}" "$2" "${address[$2/$3]}"
}

# carried BEFORE AFTER COUNTER: has it grown by the payload? COUNTER*2: by both directions'.
carried()
{
	local -n first=$1 last=$2
	local counter=${3%\**} times=1

	[[ $3 != *\** ]] || times=${3##*\*}
	((${last[$counter]-0} - ${first[$counter]-0} >= times * PAYLOAD))
}

# fast FROM TO FAMILY COUNTER...: an exchange of which each counter has seen the payload,
# and the owner's own forwarding next to nothing.
fast()
{
	local from=$1 to=$2 family=$3 counter forwarded_before forwarded r=0
	local -A before=() after=()

	shift 3
	set -- "${@/#owner/$owner}"
	read_counters before
	read_forwarded forwarded_before
	exchange "$from" "$to" "$family" || r=1
	read_forwarded forwarded
	read_counters after
	for counter; do
		carried before after "$counter" || r=1
	done
	((forwarded - forwarded_before <= FORWARDED_MAX)) || r=1
	[[ $r -eq 0 ]] && return
	echo "expected $PAYLOAD bytes in each of: $*"
	echo "the kernel forwarded $((forwarded - forwarded_before)) packets; nsaccel counted:"
	for counter in "${!after[@]}"; do
		((${after[$counter]} == ${before[$counter]-0})) ||
			echo "  $counter $((${after[$counter]} - ${before[$counter]-0}))"
	done
	return 1
}

# both TEXT FUNCTION FROM TO ARGUMENT...: a check for each family.
both()
{
	local text=$1 function=$2 from=$3 to=$4 family

	shift 4
	for family in 4 6; do
		check "$text, IPv$family" "$function" "$from" "$to" "$family" "$@"
	done
}

# ---- the machine's state --------------------------------------------------------------------

# What nsaccel may change and must put back: programs, links, pins, qdiscs, settings.
state()
{
	local dev ns

	bpftool prog show | sed -n 's/^[0-9]*: //p' | awk '{ print "program", $1, $3 }' | sort
	bpftool -j link show | jq -r '"links \(length)"'
	find "$BPFFS" -mindepth 1 ! -path "$BPFFS/xdp" | sort # libxdp leaves its directory
	ip -o link show | grep -o ' xdp[a-z]* ' || true
	ip -o link show | grep -oE '^[0-9]+: [^:]*: |PROMISC|ALLMULTI'
	ip neigh show | { grep -o 'dev .* managed' || true; } | sort
	tc qdisc show | grep -E 'clsact|ingress' || true
	for ns in "${namespaces[@]}"; do
		nsenter --net="/run/netns/$ns" ethtool -k eth0 | sed "s/^/$ns: /"
	done
	for dev in "${nics[@]}" "${veths[@]}"; do
		ethtool -k "$dev" | sed "s/^/$dev: /"
	done
}

same_state()
{
	state > /tmp/state.now
	diff /tmp/state.before /tmp/state.now
}

# That the comparison sees what attach does.
changed_state()
{
	! same_state
}

# ---- the tests ------------------------------------------------------------------------------

test_packets()
{
	local program found=

	for program in "$BUILD"/tests/prog/test_*; do
		[[ -x $program && ! $program = *.* ]] || continue
		found=1
		check "packets: ${program##*/}" timeout 300 "$program"
	done
	[[ $found ]] || skip "packets" "none are built"
}

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

# The port's line: xdp, tc, has a reason.
port()
{
	tells ".owners[].ports[] | select(.dev == \"$1\") | \"\(.xdp) \(.tc) \(.reason != null and
		.reason != \"\")\""
}

native_port()
{
	local line

	line=$(port "$1")
	[[ $line = @(link|dispatcher)" $tc_kind false" ]] || say "xdp, tc, reason: $line"
}

fallback_port()
{
	local line

	line=$(port "$1")
	[[ $line = "none $tc_kind true" ]] || say "xdp, tc, reason: $line"
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

# hook_between FROM TO: which one carries packets between these NICs.
hook_between()
{
	if is_native "$1" && is_native "$2"; then
		echo xdp
	else
		echo tc_ingress
	fi
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
	check "nothing is left" same_state
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
	check "$1: nothing is left" same_state
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
	trap at_exit EXIT
	: > "$LOG"
	owner=none
	echo "# $(uname -r)"
	test_packets
	make_rig
	state > /tmp/state.before
	test_baseline
	check "$NSACCEL is built" test -x "$NSACCEL"
	test_attach
	test_forwarding
	test_xdp_delivery
	test_vlans
	test_detach
	test_sharing
	echo "# done"
}

main
