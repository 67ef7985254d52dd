#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-drivers.sh: what may happen to a NIC while nsaccel is attached to it, with the driver of the
# first of NICS; the second one is where its traffic goes. Run in a VM by check.sh.
#
#   wire-NIC eth0 ---- NIC   \           / blue --- eth0 blue
#                             } owner   {
#   wire-OTHER eth0 -- OTHER /           \ green -- eth0 green
#
# The daemon follows, as attach starts it. After each event traffic has to flow as the kernel's would,
# by the fast path where the driver lets it; in the end nothing may be left.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-checks.sh"

nic=${nics[0]}
other=${nics[1]}
readonly VLAN=100

# ---- what the driver can ----------------------------------------------------------------------

driver_has_xdp()
{
	case $nic in
	virtio | igb) return 0 ;;
	vmxnet3) kernel_has 6 8 ;;
	*) return 1 ;;
	esac
}

if driver_has_xdp; then
	mode=native
	hook=xdp
else
	mode=auto
	hook=tc_ingress
fi

# setting DEVICE FEATURE: "on", "off", "on [fixed]" ...
setting()
{
	ethtool -k "$1" | sed -n "s/^$2: //p"
}

# ---- traffic under which it happens -----------------------------------------------------------

start_streams()
{
	stream "wire-$nic" blue
	stream "wire-$nic" "wire-$other"
	stream blue "wire-$nic"
}

# ---- attached ---------------------------------------------------------------------------------

attach()
{
	nsaccel attach "$1" --mode "$2"
}

# As is asked of the NIC, and of the other one in mode auto.
attach_all()
{
	attach "$nic" "$mode" && attach "$other" auto
}

is_attached()
{
	[[ $(port "$nic") = "$1 "* ]]
}

# by_xdp: the NIC's XDP program is there.
by_xdp()
{
	[[ $(port "$nic") = @(link|dispatcher)" "* ]]
}

by_tc_only()
{
	[[ $(port "$nic") = "none $tc_kind true" ]] || say "$(port "$nic")"
}

# hooked: as it should be, now or soon; loading programs takes an emulated machine half a minute. What
# the daemon has heard meanwhile, as addresses of a NIC that came again, it follows after that.
hooked()
{
	if driver_has_xdp; then
		wait_until 120 by_xdp
	else
		wait_until 120 by_tc_only
	fi || say "$(port "$nic")" || return
	followed
}

# Linux 7.3.4's vmxnet3 runs no XDP program, whoever's it is, once it was closed or reset: until one is
# attached anew its statistics' "xdp packets" stand still. And when it goes it keeps the program.
forgets_xdp()
{
	[[ $nic = vmxnet3 ]]
}

# everything_is_fast TEXT [reset]: by the paths that there are with this NIC, both families.
everything_is_fast()
{
	local way=$hook

	is_native "$other" || way=tc_ingress
	both "$1: wire-$nic <-> blue" fast "wire-$nic" blue \
		owner/tc_ingress/fwd_veth blue/tc_ingress/fwd_nic
	if [[ ${2-} ]] && driver_has_xdp && forgets_xdp; then
		both "$1: wire-$nic <-> wire-$other by XDP and TC" fast "wire-$nic" "wire-$other" \
			owner/xdp/fwd_nic owner/tc_ingress/fwd_nic
	else
		both "$1: wire-$nic <-> wire-$other by $way" fast "wire-$nic" "wire-$other" \
			"owner/$way/fwd_nic*2"
	fi
}

# everything_arrives TEXT
everything_arrives()
{
	both "$1: wire-$nic <-> blue" exchange "wire-$nic" blue
	both "$1: wire-$nic <-> wire-$other" exchange "wire-$nic" "wire-$other"
}

# ---- attach and detach under traffic ------------------------------------------------------------

test_attach_under_traffic()
{
	start_streams
	check "streams start" streams_go_on
	check "attach under traffic" attach_all
	check "attached under traffic: streams go on" streams_go_on
	check "attached under traffic: $mode, as the driver has it" hooked
	check "detach under traffic" nsaccel detach "$nic"
	check "detached under traffic: streams go on" streams_go_on
	check "attach again under traffic" attach_all
	check "attached again: streams go on" streams_go_on
	check "streams end well" stop_streams
	owner=$(tells '.owners[0].netns') || owner=none
	everything_arrives "attached" # neighbours that a link reset has lost are found again
	everything_is_fast "attached"
}

# ---- what isn't about the NIC -------------------------------------------------------------------

device_program()
{
	ip -j link show dev "$nic" | jq '.[0].xdp.prog.id'
}

same_program()
{
	[[ $(device_program) = "$1" ]] || say "the device's XDP program: $(device_program), not $1"
}

# The daemon reads all anew after a command. Another dispatcher takes seconds in here, and stops the queues.
test_command()
{
	local program

	program=$(device_program)
	check "a command: ns set blue" nsaccel ns set blue --guard drop
	check "a command: the daemon has followed" followed
	check "a command: the NIC's XDP program is the one before" same_program "$program"
}

# ---- VLANs --------------------------------------------------------------------------------------

# A VLAN device of the owner's on the NIC, which the kernel forwards to and from.
make_vlan()
{
	ip -batch - <<- EOF &&
		link add link $nic name vlan type vlan id $VLAN
		address add 10.50.0.1/24 dev vlan
		link set vlan up
	EOF
	ip -n "wire-$nic" -batch - <<- EOF
		link add link eth0 name vlan type vlan id $VLAN
		address add 10.50.0.2/24 dev vlan
		link set vlan up
		route add ${address[wire-$other/4]} via 10.50.0.1
		route add ${address[blue/4]} via 10.50.0.1
	EOF
}

remove_vlan()
{
	ip link del vlan && ip -n "wire-$nic" link del vlan
}

vlan_exchange()
{
	"$TRAFFIC" exchange "wire-$nic" 10.50.0.2 "$1" "${address[$1/4]}"
}

# Tagged frames, which the kernel doesn't forward, since the VLAN device mayn't: what takes them for
# untagged ones would, by the NIC's own settings.
vlan_is_shut()
{
	local r=0

	echo 0 > /proc/sys/net/ipv4/conf/vlan/forwarding
	"$TRAFFIC" arrives "wire-$nic" 10.50.0.2 "wire-$other" "${address[wire-$other/4]}" || r=$?
	echo 1 > /proc/sys/net/ipv4/conf/vlan/forwarding
	[[ $r -eq 3 ]] || say "a frame with a tag was forwarded as if it had none: $r"
}

# vlan_works TEXT
vlan_works()
{
	check "$1: VLAN device <-> blue" vlan_exchange blue
	check "$1: VLAN device <-> wire-$other" vlan_exchange "wire-$other"
	check "$1: the tag is minded" vlan_is_shut
}

tags_are_seen()
{
	[[ $(setting "$nic" rx-vlan-offload) = off* ]]
}

test_vlans()
{
	local offload

	check "a VLAN device on the NIC" make_vlan
	vlan_works "VLAN"
	offload=$(setting "$nic" rx-vlan-offload)
	echo "# rx-vlan-offload while attached: $offload"
	if [[ $offload = *fixed* ]]; then
		skip "VLAN offload switched on and off" "$nic's is fixed"
	else
		check "ethtool -K $nic rxvlan on" ethtool -K "$nic" rxvlan on
		if driver_has_xdp; then
			check "rxvlan on: taken back" wait_until 60 tags_are_seen
		fi
		vlan_works "after rxvlan on"
		check "ethtool -K $nic rxvlan off" ethtool -K "$nic" rxvlan off
		vlan_works "after rxvlan off"
		driver_has_xdp || ethtool -K "$nic" rxvlan on
	fi
	check "the VLAN device goes" remove_vlan
	everything_is_fast "after VLANs"
}

# ---- MTU ----------------------------------------------------------------------------------------

# On both ends: a NIC doesn't receive what is larger.
set_mtu()
{
	ip link set "$nic" mtu "$1" && ip -n "wire-$nic" link set eth0 mtu "$1"
}

# Which MTUs the driver takes while its XDP program is there is its own to say.
test_mtu()
{
	local mtu

	check "MTU 1300" set_mtu 1300
	everything_arrives "MTU 1300" # blue's packets are too big: path MTU discovery
	check "MTU 1500" set_mtu 1500
	for mtu in 3000 9000; do
		if ip link set "$nic" mtu "$mtu" > "$LOG" 2>&1; then
			echo "# MTU $mtu: taken, now $(port "$nic")"
		else
			echo "# MTU $mtu: refused: $(< "$LOG")"
		fi
		everything_arrives "after MTU $mtu"
	done
	check "MTU 1500" ip link set "$nic" mtu 1500
	check "MTU 1500: hooked as before" hooked
	everything_is_fast "MTU 1500" reset
	# Attached while the MTU is what no XDP of this driver takes, or what it does.
	check "detach" nsaccel detach "$nic"
	if ip link set "$nic" mtu 9000; then
		check "attach with MTU 9000" attach "$nic" auto
		echo "# attached with MTU 9000: $(port "$nic")"
		everything_arrives "attached with MTU 9000"
	fi
	check "MTU 1500 again" ip link set "$nic" mtu 1500
	check "attach again" attach_all
	check "attached again: hooked as before" hooked
	everything_is_fast "MTU 1500 again"
}

# ---- link and queues ----------------------------------------------------------------------------

others_are_fast()
{
	both "$1: wire-$other <-> blue" fast "wire-$other" blue \
		owner/tc_ingress/fwd_veth blue/tc_ingress/fwd_nic
}

is_gone()
{
	local r=0

	"$TRAFFIC" arrives blue "${address[blue/4]}" "wire-$nic" "${address[wire-$nic/4]}" || r=$?
	[[ $r -eq 3 || $r -eq 1 ]] || say "arrives: $r" # 1: the kernel said that there is no way
}

test_link()
{
	check "link down" ip link set "$nic" down
	check "link down: nothing gets out" is_gone
	others_are_fast "link down"
	check "link up" ip link set "$nic" up
	everything_arrives "link up"
	check "link up: hooked as before" hooked
	everything_is_fast "link up" reset
}

test_queues()
{
	local count rings=

	count=$({ ethtool -l "$nic" 2> /dev/null || true; } | awk '/^Combined:/ { n = $2 } END { print n + 0 }')
	echo "# combined queues: $count"
	if ((count > 1)) && ethtool -L "$nic" combined "$count" > "$LOG" 2>&1; then
		check "one queue" ethtool -L "$nic" combined 1
		everything_arrives "one queue"
		check "one queue: hooked as before" hooked
		everything_is_fast "one queue" reset
		check "$count queues" ethtool -L "$nic" combined "$count"
		everything_arrives "$count queues"
		everything_is_fast "$count queues" reset
	else
		skip "queues changed" "$nic has one, or can't change them here"
	fi
	rings=$({ ethtool -g "$nic" 2> /dev/null || true; } | awk '/^RX:/ { n = $2 } END { print n + 0 }')
	if ((rings > 256)) && ethtool -G "$nic" rx $((rings / 2)) > "$LOG" 2>&1; then
		everything_arrives "half the ring"
		everything_is_fast "half the ring" reset
		check "the whole ring" ethtool -G "$nic" rx "$rings"
		everything_arrives "the whole ring"
	else
		skip "rings changed" "$nic: $rings, $(tail -n 1 "$LOG")"
	fi
}

# ---- the driver goes, and comes -------------------------------------------------------------------

# bus_device: the directory of the NIC's device with its driver: /sys/bus/.../devices/X
bus_device()
{
	readlink -f "/sys/class/net/$nic/device"
}

has_left()
{
	[[ ! -e /sys/class/net/$nic ]]
}

# The device under any name, with the rig's MAC.
has_come()
{
	[[ $(device_of 52:54:00:00:01:01) ]]
}

# What a user's scripts do when a NIC comes: its name and addresses.
set_up_again()
{
	local dev

	dev=$(device_of 52:54:00:00:01:01)
	[[ $dev = "$nic" ]] || ip link set "$dev" name "$nic"
	ip -batch - <<- EOF
		address add ${rig_address[$nic/4]} dev $nic
		address add ${rig_address[$nic/6]} dev $nic nodad
		link set $nic up
	EOF
}

# What was attached and isn't there.
told_missing()
{
	local text

	text=$(nsaccel status)
	[[ $text = *"$nic"*gone* || $text = *gone*"$nic"* || $text = *missing*"$nic"* ||
		$text = *"$nic"*"isn't there"* ]] || say "$text"
}

test_unbind()
{
	local device driver

	device=$(bus_device)
	driver=$(readlink -f "$device/driver")
	echo "# ${driver##*/} ${device##*/}"
	stream "wire-$other" blue
	check "a stream elsewhere" streams_go_on
	check "driver unbound" tee "$driver/unbind" <<< "${device##*/}"
	check "the NIC has gone" wait_until 60 has_left
	check "driver unbound: the stream elsewhere goes on" streams_go_on
	check "driver unbound: nothing gets out" is_gone
	check "driver unbound: status tells of it" told_missing
	others_are_fast "driver unbound"
	check "driver bound" tee "$driver/bind" <<< "${device##*/}"
	check "the NIC has come" wait_until 60 has_come
	check "the NIC is set up" set_up_again
	check "driver bound: attached as before" hooked
	check "driver bound: the stream elsewhere ends well" stop_streams
	everything_arrives "driver bound"
	everything_is_fast "driver bound"
}

same_state_but_programs()
{
	state > /tmp/state.now
	diff <(grep -v '^program xdp ' /tmp/state.before) <(grep -v '^program xdp ' /tmp/state.now)
}

test_end()
{
	check "detach under traffic again: streams" start_streams
	check "streams start again" streams_go_on
	check "detach all" nsaccel detach --all
	check "detached: streams go on" streams_go_on
	check "detached: streams end well" stop_streams
	if forgets_xdp; then
		check "nothing is left but what the driver keeps" wait_until 60 same_state_but_programs
	else
		check "nothing is left" gone
	fi
	both "kernel again: wire-$nic <-> wire-$other" exchange "wire-$nic" "wire-$other"
}

main()
{
	# shellcheck disable=SC2119
	begin
	everything_arrives "kernel"
	test_attach_under_traffic
	test_command
	test_vlans
	test_mtu
	test_link
	test_queues
	test_unbind
	test_end
	echo "# done"
}

main
