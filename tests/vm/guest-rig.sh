# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The topology that guest-pairs.sh draws. Sourced by guest-checks.sh.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
NSACCEL=${NSACCEL:-$BUILD/nsaccel}
TRAFFIC=$BUILD/tests/vm/traffic

# Drivers in the order of check.sh's wires, which count from 1.
read -ra nics <<< "${NICS-}"
veths=(blue green)
namespaces=("${veths[@]}" "${nics[@]/#/wire-}")
declare -A address=() # namespace/family; "-" is the owner's
declare -A rig_address=() # device of the owner's/family, with its length

# kernel_has MAJOR MINOR: is the running one that, or newer?
kernel_has()
{
	local release major minor

	release=$(uname -r)
	IFS=.- read -r major minor _ <<< "$release"
	((major > $1 || (major == $1 && minor >= $2)))
}

# On which of the NICs mode auto uses native XDP.
is_native()
{
	[[ $1 = virtio || $1 = igb ]]
}

if kernel_has 6 6; then
	tc_kind=tcx
else
	tc_kind=clsact
fi

# device_of MAC
device_of()
{
	local dev mac

	for dev in /sys/class/net/*; do
		read -r mac < "$dev/address"
		[[ $mac != "$1" ]] || echo "${dev##*/}"
	done
}

# addresses NETNS DEV IPV4/LEN IPV6/LEN: ip's batch lines that bring it up with them.
addresses()
{
	printf 'address add %s dev %s\naddress add %s dev %s nodad\nlink set %s up\n' \
		"$3" "$2" "$4" "$2" "$2" >> "/tmp/batch.$1"
	address[$1/4]=${3%/*}
	address[$1/6]=${4%/*}
	[[ $1 != - ]] || rig_address[$2/4]=$3 rig_address[$2/6]=$4
}

default_routes()
{
	printf 'route add default via %s\nroute add default via %s\n' "$2" "$3" >> "/tmp/batch.$1"
}

wire()
{
	local nic=$1 i=$2

	printf 'link set %s name %s\nlink set %s netns wire-%s name eth0\n' \
		"$(device_of "52:54:00:00:0$i:01")" "$nic" \
		"$(device_of "52:54:00:00:0$i:02")" "$nic" >> /tmp/batch.create
	addresses - "$nic" "10.0.$i.1/24" "fd00::$i:1/112"
	addresses "wire-$nic" eth0 "10.0.$i.2/24" "fd00::$i:2/112"
	default_routes "wire-$nic" "10.0.$i.1" "fd00::$i:1"
}

veth()
{
	local name=$1 j=$2

	printf 'link add %s type veth peer eth0 netns %s\n' "$name" "$name" >> /tmp/batch.create
	addresses - "$name" "10.1.$j.1/24" "fd00::1:$j:1/112"
	addresses "$name" eth0 "10.1.$j.2/24" "fd00::1:$j:2/112"
	default_routes "$name" "10.1.$j.1" "fd00::1:$j:1"
}

# macvlan: on virtio, in a namespace of its own.
macvlan()
{
	ip netns add mac
	namespaces+=(mac)
	printf 'link add link virtio name eth0 netns mac type macvlan mode bridge\n' \
		>> /tmp/batch.create
	addresses mac eth0 10.0.1.3/24 fd00::1:3/112
	default_routes mac 10.0.1.1 fd00::1:1
	# As the macvlan sees the owner.
	address[-/4]=10.0.1.1
	address[-/6]=fd00::1:1
}

# make_rig [macvlan]: also that.
make_rig()
{
	local ns nic i=0

	for ns in "${namespaces[@]}"; do
		ip netns add "$ns"
	done
	echo 1 > /proc/sys/net/ipv4/ip_forward
	echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
	# A link that goes down and up again has the addresses that it had.
	echo 1 > /proc/sys/net/ipv6/conf/all/keep_addr_on_down
	echo 1 > /proc/sys/net/ipv6/conf/default/keep_addr_on_down
	for nic in "${nics[@]}"; do
		i=$((i + 1))
		wire "$nic" "$i"
	done
	veth blue 1
	veth green 2
	[[ ${1-} != macvlan ]] || macvlan
	ip -batch /tmp/batch.create
	ip -batch /tmp/batch.-
	for ns in "${namespaces[@]}"; do
		ip -n "$ns" -batch "/tmp/batch.$ns"
	done
}
