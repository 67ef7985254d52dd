#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Checks models of what programs read while user space writes: that nothing goes wrong in any order of
# their steps, and that something does in each mutant of the model. Speaks TAP.
# usage: run.sh [MODEL.pml...]		default: all
set -eu -o pipefail

cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0

# result TEXT LOG COMMAND...: a test, which passes if the command does.
result()
{
	local text=$1 log=$2 verdict=ok
	shift 2
	"$@" || verdict='not ok'
	echo "$verdict $((number += 1)) $text"
	[ "$verdict" = ok ] || sed 's/^/# /' "$log"
}

# spin prints where a model isn't whole on the same stream as where it doesn't hold.
holds() { grep -q 'errors: 0$' "$1" && ! grep -q 'max search depth too small' "$1"; }
is_refuted() { grep -q 'assertion violated' "$1" && ! grep -q 'invalid array index' "$1"; }

check()
{
	local model=$1 name=${1##*/} mutant mutants log=$work/log
	name=${name%.pml}
	mutants=$(awk '$1 == "#define" && $2 == "MUTANTS" { print $3 }' "$model")
	cp memory.inc "$model" "$work"
	(cd "$work" && spin -a "${model##*/}" && gcc -O0 -w -DSAFETY -DREVERSE -o pan pan.c) >"$log" 2>&1 || {
		result "$name: spin makes a verifier of it" "$log" false
		return
	}
	MUTANT=0 "$work/pan" -m10000 -w21 >"$log" 2>&1 || true
	result "$name: holds, in $(awk '/states, stored/ { print $1 }' "$log") states" "$log" holds "$log"
	for ((mutant = 1; mutant <= mutants; mutant++)); do
		(cd "$work" && MUTANT=$mutant ./pan -m10000 -w21) >"$log" 2>&1 || true
		result "$name: mutant $mutant is refuted" "$log" is_refuted "$log"
	done
}

[ $# -gt 0 ] || set -- ./*.pml
total=0
for model; do
	total=$((total + 1 + $(awk '$1 == "#define" && $2 == "MUTANTS" { print $3 }' "$model")))
done
echo "1..$total"
for model; do
	check "$model"
done
