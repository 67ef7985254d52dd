#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench-report: the last run's table and plots, and what they were made with, as report.md in DIR.
# usage: report.sh DIR
set -euo pipefail

HERE=$(dirname "$(readlink -f "$0")")
RESULTS=${BUILD:-$HERE/../build}/bench
DIR=${1:?usage: report.sh DIR}
readonly PLOTS=(paths tables chains policies)

# plot NAME: its data, as SVG and PNG.
plot()
{
	local terminal

	jq -r --arg plot "$1" -f "$HERE/plots.jq" "$RESULTS/results.json" >"$DIR/$1.dat"
	[[ -s $DIR/$1.dat ]] || return 0
	for terminal in svg pngcairo; do
		gnuplot -e "plot='$1'; data='$DIR/$1.dat'; terminal='$terminal'; output='$DIR/$1.${terminal%cairo}'" \
			"$HERE/plots.gnuplot"
	done
	echo "![$1]($1.svg)"
	echo
}

report()
{
	local name

	echo "# Results of the benchmark"
	echo
	jq -r '"Measured on \(.date), commit \(.commit), by `\(.command)`.",
		"Linux \(.kernel), \(.cpus) x \(.cpu), \(.nsaccel).", "",
		"Mitigations in force:", "", (.mitigations[] | "    " + .)' "$RESULTS/results.json"
	echo
	for name in "${PLOTS[@]}"; do
		plot "$name"
	done
	jq -r -f "$HERE/table.jq" "$RESULTS/results.json" | sed 's/^/    /; s/ *$//'
}

[[ -s $RESULTS/results.json ]] || { echo "report: no results: run make bench first" >&2; exit 1; }
"$HERE/../scripts/deps.sh" bench
mkdir -p "$DIR"
report >"$DIR/report.md"
cp "$RESULTS/results.json" "$RESULTS/results.csv" "$DIR"
echo "$DIR/report.md"
