#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Loads every program, as each compiler at hand builds it for each instruction set, in each of its
# configurations, and compares the instructions that the verifier goes through with a budget. The
# kernel's limit is a million; a program far below it stays loadable when kernels change their
# verifier, and quick to load.
#
# Their stacks are added up as Linux 6.1 does it (stack.c), since later kernels let more pass.
#
# Speaks TAP. usage: run.sh (root). Environment: CC, CLANGS (the compilers to try).
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit

# Instructions processed: about twice what Linux 6.1 goes through, which takes the most of those
# that are supported (the step "verifier" of check-vm).
declare -A BUDGETS=(
	[nsaccel_xdp]=60000
	[nsaccel_tc_in]=400000
	[nsaccel_tc_eg]=320000
	[nsaccel_see]=200
)
CPUS=(v3)
STACK=512 # bytes

# program:constants; features are bits of enum nsaccel_feature; check_owner takes kernel-context casts, Linux 6.2.
CONFIGURATIONS=(
	"xdp nsaccel_xdp nsaccel_xdp_targets=0"
	"xdp nsaccel_xdp nsaccel_xdp_targets=1"
	"xdp nsaccel_xdp nsaccel_xdp_targets=1 nsaccel_check_owner=1"
	"xdp nsaccel_xdp nsaccel_xdp_targets=1 nsaccel_features=0"
	"tc nsaccel_tc_in"
	"tc nsaccel_tc_in nsaccel_check_owner=1"
	"tc nsaccel_tc_in nsaccel_features=0"
	"tc nsaccel_tc_in nsaccel_features=1"
	"tc nsaccel_tc_in nsaccel_features=2"
	"tc nsaccel_tc_in nsaccel_features=4"
	"tc nsaccel_tc_in nsaccel_features=8"
	"tc nsaccel_tc_in nsaccel_features=16"
	"tc nsaccel_tc_in nsaccel_features=40"
	"tc nsaccel_tc_eg"
	"tc nsaccel_tc_eg nsaccel_check_owner=1"
	"tc nsaccel_tc_eg nsaccel_features=0"
	"tc nsaccel_tc_eg nsaccel_features=40"
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

# build CLANG CPU OBJECT [SOURCE]
build()
{
	"$1" --target=bpf -mcpu="$2" -g -O2 -std=gnu11 -Ivmlinux -Iinclude -iquote bpf \
		-idirafter "/usr/include/$("${CC:-cc}" -print-multiarch)" \
		-c "${4:-bpf/nsaccel_$3.bpf.c}" -o "$work/$3.o"
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

# measure_stacks WHERE OBJECT: of each program
measure_stacks()
{
	local bytes chain
	"$work/stack" "$work/$2.o" >"$work/stacks" 2>"$work/log" || {
		result "not ok" "$1: stacks of $2"
		comment <"$work/log"
	}
	while read -r bytes chain; do
		if [ "$bytes" -gt "$STACK" ]; then
			result "not ok" "${chain%%(*} $1: stack of $bytes bytes ($STACK): $chain"
		else
			result ok "${chain%%(*} $1: stack of $bytes bytes ($STACK)"
		fi
	done <"$work/stacks"
}

# That it finds what later kernels let pass: deep.bpf.c says what.
check_measure()
{
	local text="stack.c finds what 6.1 refuses" got
	local want="544 deep(136) > first(200) > each(72) > last(40)"
	build "$1" "$2" deep tests/verifier/deep.bpf.c 2>"$work/log" &&
		got=$("$work/stack" "$work/deep.o" 2>>"$work/log")
	if [ "$got" = "$want" ]; then
		result ok "$text, $1 mcpu=$2"
	else
		result "not ok" "$text, $1 mcpu=$2: '$got', not '$want'"
		comment <"$work/log"
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
	for object in xdp tc seen; do
		measure_stacks "$clang mcpu=$cpu" "$object"
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
"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 tests/verifier/stack.c \
	-o "$work/stack" -lelf || exit

for clang in $(compilers); do
	for cpu in "${CPUS[@]}"; do
		check_measure "$clang" "$cpu"
		measure_all "$clang" "$cpu"
	done
done
echo "1..$tests"
[ "$tests" -gt 0 ] && [ "$failed" -eq 0 ]
