#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-cost: what the programs cost for each kind of packet, beside what they did when bench/cost.tsv was written.
# Machines differ: costs are compared by their ratio to that of a reference program, which runs in turn with them.
# Fails if one is more than 10 % up, in the best of three runs. --update writes the table instead.
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
BUILD=${BUILD:-$HERE/../build}
readonly OLD=$HERE/cost.tsv NEW=$BUILD/bench/cost.tsv ALLOWED=1.10 RUNS=3

# best FILE...: of each kind the least, in the order of the first file.
best()
{
	awk -F'\t' -v OFS='\t' '
		!($1 in least) { order[n++] = $1 }
		!($1 in least) || $3 < least[$1] { least[$1] = $3; ns[$1] = $2 }
		END { for (i = 0; i < n; i++) print order[i], ns[order[i]], least[order[i]] }' "$@"
}

# compare NEW: kind, old and new ns as on this machine, ratio. A kind that the table lacks has no old ones.
compare()
{
	awk -F'\t' -v OFS='\t' '
		FNR == NR { if ($1 !~ /^#/) old[$1] = $3; next }
		$1 in old { print $1, sprintf("%.0f", old[$1] * $2 / $3), sprintf("%.0f", $2), sprintf("%.2f", $3 / old[$1]); next }
		{ print $1, "-", sprintf("%.0f", $2), "-" }' "$OLD" "$1"
}

# measure_again KIND...: those, or all.
measure_again()
{
	"$BUILD/bench/cost" "$@" >"$NEW.again"
	best "$NEW" "$NEW.again" >"$NEW.best"
	mv "$NEW.best" "$NEW"
	rm "$NEW.again"
}

more_than_allowed()
{
	awk -F'\t' -v allowed=$ALLOWED '$4 != "-" && $4 > allowed { print $1 }'
}

update()
{
	{
		echo "# ns that a program takes for a packet, and the same divided by the ns of a reference program: make bench-cost"
		echo "# $(date -u +%F), commit $(git -C "$HERE" rev-parse --short HEAD), Linux $(uname -r),$(awk -F: '
			/^model name/ { print $2; exit }' /proc/cpuinfo), $(${CLANG:-clang} --version | head -n 1)"
		cat "$NEW"
	} >"$OLD"
}

((EUID == 0)) || { echo "cost: needs root, for BPF" >&2; exit 1; }
"$BUILD/bench/cost" >"$NEW"
for ((run = 1; run < RUNS; run++)); do
	again=()
	if [[ ${1-} != --update ]]; then
		mapfile -t again < <(compare "$NEW" | more_than_allowed)
		((${#again[@]})) || break
	fi
	measure_again "${again[@]}"
done
if [[ ${1-} == --update ]]; then
	update
	exit
fi
{
	printf 'kind\told ns\tnew ns\tratio\n'
	compare "$NEW"
} | column -t -s $'\t'
mapfile -t again < <(compare "$NEW" | more_than_allowed)
if ((${#again[@]})); then
	echo "cost: more than $ALLOWED times the old cost:" >&2
	printf '  %s\n' "${again[@]}" >&2
	exit 1
fi
