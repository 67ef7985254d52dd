# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The rig of nic.sh: a router namespace that the NICs move into, a namespace behind it that counts and drops, and the
# generator's machine. Sourced by nic.sh.
# shellcheck disable=SC2153,SC2154 # nic.sh sets them

readonly ROUTER=nsa-nic-router SINK=nsa-nic-sink
readonly PIN=/sys/fs/bpf/nsa-nic-sink
# Networks: 0 the generator's, 1 behind the second NIC, 2 the sink's.
readonly NET=10.79

# generator SCRIPT ARGUMENT...: bash there runs a script of here.
generator()
{
	# shellcheck disable=SC2086 # a command and its arguments
	$GENERATOR bash -s -- "${@:2}" <"$1"
}

# generator_mac DEV
generator_mac()
{
	# shellcheck disable=SC2086 # likewise
	$GENERATOR cat "/sys/class/net/$1/address" || die "$GENERATOR: no device $1 there"
}

in_router()
{
	nsenter --net="/run/netns/$ROUTER" "$@"
}

# ---- interrupts ---------------------------------------------------------------------------------

# interrupts DEV: their numbers, one for each queue and more.
interrupts()
{
	local device

	device=$(readlink -f "/sys/class/net/$1/device")
	[[ -d $device/msi_irqs ]] || device=${device%/*} # virtio: its PCI device's
	[[ ! -d $device/msi_irqs ]] || ls "$device/msi_irqs"
}

# pin_interrupts IRQ...: to the CPUs in turn. What they were pinned to is in AFFINITY. A driver that requests an
# interrupt only when its device is up has it then.
declare -A AFFINITY=()
pin_interrupts()
{
	local cpus irq at=0

	IFS=, read -ra cpus <<<"$CPUS"
	for irq; do
		[[ -d /proc/irq/$irq ]] || continue
		AFFINITY[$irq]=$(<"/proc/irq/$irq/smp_affinity_list")
		echo "${cpus[at % ${#cpus[@]}]}" >"/proc/irq/$irq/smp_affinity_list" 2>/dev/null ||
			echo "nic: interrupt $irq can't be pinned" >&2
		at=$((at + 1))
	done
}

release_interrupts()
{
	local irq

	for irq in "${!AFFINITY[@]}"; do
		echo "${AFFINITY[$irq]}" >"/proc/irq/$irq/smp_affinity_list" 2>/dev/null || true
	done
}

# ---- namespaces ---------------------------------------------------------------------------------

# take_nic DEV NETWORK MAC: moves it into the router; its neighbour has that MAC.
take_nic()
{
	[[ ! $(ip -o addr show dev "$1" scope global) ]] || die "$1 has addresses: it is in use"
	# shellcheck disable=SC2207 # numbers
	irqs+=($(interrupts "$1"))
	ip link set "$1" netns "$ROUTER"
	ip -n "$ROUTER" addr add "$NET.$2.1/24" dev "$1"
	ip -n "$ROUTER" link set "$1" up
	ip -n "$ROUTER" neigh replace "$NET.$2.2" lladdr "$3" dev "$1" nud permanent
}

make_sink()
{
	ip netns add "$SINK"
	ip link add vsink netns "$ROUTER" type veth peer name eth0 netns "$SINK"
	ip -n "$ROUTER" addr add "$NET.2.1/24" dev vsink
	ip -n "$ROUTER" link set vsink up
	ip -n "$SINK" addr add "$NET.2.2/24" dev eth0
	ip -n "$SINK" link set eth0 up
	ip -n "$SINK" route add default via "$NET.2.1"
	ip -n "$ROUTER" neigh replace "$NET.2.2" dev vsink nud permanent \
		lladdr "$(ip -n "$SINK" -j link show dev eth0 | jq -r '.[].address')"
	nsenter --net="/run/netns/$SINK" "$BUILD/bench/sink" attach eth0 tc "$PIN"
}

set_up()
{
	local dev irqs=()

	trap clean_up EXIT
	ip netns add "$ROUTER"
	in_router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	take_nic "$IN" 0 "$(generator_mac "$FROM")"
	[[ ! $EGRESS ]] || take_nic "$EGRESS" 1 "$(generator_mac "$TO")"
	make_sink
	for dev in $FROM $TO; do
		# shellcheck disable=SC2086 # a command and its arguments
		$GENERATOR ip link set "$dev" up
	done
	for dev in $IN $EGRESS; do
		wait_for_carrier "$dev"
	done
	[[ ! $CPUS ]] || pin_interrupts "${irqs[@]}"
}

wait_for_carrier()
{
	local tries

	for ((tries = 0; tries < 300; tries++)); do
		[[ ! $(ip -n "$ROUTER" -o link show dev "$1" up) == *LOWER_UP* ]] || return 0
		sleep 0.1
	done
	die "$1 has no carrier: is it cabled to the generator?"
}

# The NICs come back, down, when their namespace ends.
clean_up()
{
	"$NSACCEL" -n "$ROUTER" detach --all >/dev/null 2>&1 || true
	rm -f "$PIN"
	ip netns del "$ROUTER" 2>/dev/null || true
	ip netns del "$SINK" 2>/dev/null || true
	release_interrupts
}
