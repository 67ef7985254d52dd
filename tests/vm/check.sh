#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh [SERIES...]: the packet tests and a short end-to-end test on other
# kernels (default: all that setup.sh fetches), each in a VM of its own, one after
# the other. TAP; the last line is "N passed, N failed, N skipped". Exit 1 if
# anything failed, 77 where there are no VMs to be had.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

readonly ROOT=${here%/tests/vm}
readonly TIMEOUT=1500
export BUILD=${BUILD:-$ROOT/build}
export NSACCEL=${NSACCEL:-$BUILD/nsaccel}

# Back-to-back pairs; the wires' numbers are the order of guest-rig.sh's nics.
nics=()
wire=0
for model in virtio igb vmxnet3 e1000e; do
	wire=$((wire + 1))
	nics+=(--nic "$model:$wire" --nic "$model:$wire")
done

passed=0
failed=0
skipped=0

# result LINE: counts and numbers it.
result()
{
	case $1 in
	"not ok"*) failed=$((failed + 1)) ;;
	*"# SKIP"*) skipped=$((skipped + 1)) ;;
	*) passed=$((passed + 1)) ;;
	esac
	echo "${1%% - *} $((passed + failed + skipped)) - $series: ${1#* - }"
}

# take_results: a VM's output, line by line.
take_results()
{
	local line

	while IFS= read -r line; do
		case $line in
		"ok - "* | "not ok - "*) result "$line" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done
}

# Status, timeouts and taint of the guest's kernel are a result, too.
check_kernel()
{
	local status=0 vm

	exec 3< <("$here/run.sh" --timeout "$TIMEOUT" "${nics[@]}" "$series" \
		"BUILD=$BUILD NSACCEL=$NSACCEL tests/vm/guest.sh" 2>&1)
	vm=$!
	take_results <&3
	exec 3<&-
	wait "$vm" || status=$?
	if [[ $status -eq 0 ]]; then
		result "ok - the guest ended well, its kernel untainted"
	else
		result "not ok - the guest ended well, its kernel untainted (status $status)"
	fi
}

build_traffic()
{
	[[ $BUILD/tests/vm/traffic -nt $here/traffic.c ]] && return
	mkdir -p "$BUILD/tests/vm"
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
		"$here/traffic.c" -o "$BUILD/tests/vm/traffic"
}

case ${1-} in
-*)
	echo "usage: check.sh [SERIES...]   (${VM_SERIES[*]})" >&2
	[[ $1 = --help || $1 = -h ]]
	exit
	;;
esac
"$here/setup.sh"
build_traffic
cd "$ROOT"
[[ $# -gt 0 ]] || set -- "${VM_SERIES[@]}"
for series; do
	check_kernel
done
echo "1..$((passed + failed + skipped))"
echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
[[ $failed -eq 0 ]]
