#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loads every program, as each compiler at hand builds it for each instruction set, in each of its
# configurations, and compares the instructions that the verifier goes through with a budget. The
# kernel's limit is a million; a program far below it stays loadable when kernels change their
# verifier, and quick to load.
#
# Speaks TAP. usage: run.sh (root). Environment: CC, CLANGS (the compilers to try).
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit

# Instructions processed: about twice what there are, for other compilers and kernels.
declare -A BUDGETS=(
	[nsaccel_xdp]=23000
	[nsaccel_tc_in]=200000
	[nsaccel_tc_eg]=125000
	[nsaccel_see]=200
)
CPUS=(v3)

# program:constants; check_owner takes kernel-context casts, Linux 6.2.
CONFIGURATIONS=(
	"xdp nsaccel_xdp nsaccel_xdp_targets=0"
	"xdp nsaccel_xdp nsaccel_xdp_targets=1"
	"xdp nsaccel_xdp nsaccel_xdp_targets=1 nsaccel_check_owner=1"
	"tc nsaccel_tc_in"
	"tc nsaccel_tc_in nsaccel_check_owner=1"
	"tc nsaccel_tc_eg"
	"tc nsaccel_tc_eg nsaccel_check_owner=1"
	"seen nsaccel_see nsaccel_check_owner=1"
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0
failed=0

# result ok|"not ok" TEXT
result()
{
	((tests += 1))
	[ "$1" = ok ] || ((failed += 1))
	echo "$1 $tests - $2"
}

comment()
{
	sed 's/^/# /'
}

# The distinct ones among clang and its versioned names.
compilers()
{
	local name path
	for name in ${CLANGS:-clang clang-14 clang-19}; do
		path=$(command -v "$name") && echo "$(readlink -f "$path") $name"
	done | sort -u -k 1,1 | cut -d ' ' -f 2
}

# build CLANG CPU OBJECT
build()
{
	"$1" --target=bpf -mcpu="$2" -g -O2 -std=gnu11 -Ivmlinux -Iinclude -Ibpf \
		-idirafter "/usr/include/$("${CC:-cc}" -print-multiarch)" \
		-c "bpf/nsaccel_$3.bpf.c" -o "$work/$3.o"
}

kernel_has_casts()
{
	printf '6.2\n%s\n' "$(uname -r)" | sort -C -V
}

# measure WHERE OBJECT PROGRAM [CONSTANT=VALUE...]: WHERE says how it was compiled
measure()
{
	local where=$1 object=$2 program=$3 text insns budget
	shift 3
	budget=${BUDGETS[$program]}
	text="$program${*:+ $*} $where"
	if [[ $* == *check_owner=1* ]] && ! kernel_has_casts; then
		result ok "$text # skip needs Linux 6.2"
	elif ! insns=$("$work/load" "$work/$object.o" "$program" "$@" 2>"$work/log"); then
		result "not ok" "$text: doesn't load"
		comment <"$work/log"
	elif [ "$insns" -gt "$budget" ]; then
		result "not ok" "$text: $insns insns (budget $budget)"
	else
		result ok "$text: $insns insns (budget $budget)"
	fi
}

measure_all()
{
	local clang=$1 cpu=$2 object configuration words
	for object in xdp tc seen; do
		build "$clang" "$cpu" "$object" 2>"$work/log" || {
			result "not ok" "$clang mcpu=$cpu compiles $object"
			comment <"$work/log"
			return
		}
	done
	for configuration in "${CONFIGURATIONS[@]}"; do
		read -ra words <<<"$configuration"
		measure "$clang mcpu=$cpu" "${words[@]}"
	done
}

# Word splitting is wanted: flags.
# shellcheck disable=SC2046
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 $(pkg-config --cflags libbpf) \
	tests/verifier/load.c -o "$work/load" $(pkg-config --libs libbpf) || exit

for clang in $(compilers); do
	for cpu in "${CPUS[@]}"; do
		measure_all "$clang" "$cpu"
	done
done
echo "1..$tests"
[ "$tests" -gt 0 ] && [ "$failed" -eq 0 ]
