#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-nic-bench.sh: tries bench/nic.sh on the NICs of NICS: this namespace is the machine that forwards, another one,
# with the other ends of their wires, is the generator. Whether each row's packets took the path that it is named after
# counts, not the rates, which are an emulator's. Run in a VM by check.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-checks.sh"

readonly IN=${nics[0]} EGRESS=${nics[1]}
readonly RESULTS=$BUILD/bench/nic.jsonl

# cable NIC NUMBER: names it, and the other end of its wire, in the generator.
cable()
{
	ip link set "$(device_of "52:54:00:00:0$2:01")" name "$1"
	ip link set "$(device_of "52:54:00:00:0$2:02")" netns generator name "gen-$1"
}

# Devices, namespaces, and the interrupts that are pinned to the CPU of --cpus.
machine()
{
	ip -o link show | awk -F': ' '{ print $2 }' | sort
	ip netns list | sort
	grep -lx 1 /proc/irq/*/smp_affinity_list || true
}

measure()
{
	"$ROOT/bench/nic.sh" --in "$IN" --out "$EGRESS" --generator 'ip netns exec generator' --from "gen-$IN" \
		--to "gen-$EGRESS" --cpus 1 --seconds 3 --rounds 1 --contenders kernel,nsaccel,nsaccel-tc
}

# row PATH CONTENDER: it was measured, by that path, and something arrived.
row()
{
	jq -es --arg path "$1" --arg contender "$2" \
		'any(.[]; .path == $path and .contender == $contender and .valid and .rate > 0)' "$RESULTS" || {
		cat "$RESULTS"
		return 1
	}
}

unchanged()
{
	machine >/tmp/machine.now
	diff /tmp/machine.before /tmp/machine.now
}

refuses()
{
	local said

	ip addr add 10.99.0.1/24 dev "$IN"
	if said=$(measure 2>&1); then
		say "a NIC with an address was taken"
	fi
	ip addr del 10.99.0.1/24 dev "$IN"
	[[ $said == *"$IN has addresses"* ]] || say "$said"
}

echo "# $(uname -r)"
trap at_exit EXIT
ip netns add generator
cable "$IN" 1
cable "$EGRESS" 2
machine >/tmp/machine.before
check "a NIC that is in use is refused" refuses
check "the machine is as before it" unchanged
check "$IN to a namespace, and to $EGRESS" measure
sed 's/^/# /' "$LOG"
for path in nic-veth nic-nic; do
	for contender in kernel nsaccel nsaccel-tc; do
		check "$path by $contender" row "$path" "$contender"
	done
done
check "the NICs and their interrupts are as before" unchanged
