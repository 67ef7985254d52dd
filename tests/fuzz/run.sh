#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs one fuzzer for some seconds, from the seeds in corpus/NAME if there are any. What it finds
# is kept beside the fuzzer. Exits with 1 on a finding: libFuzzer's own 77 is the status of a skipped test.
# usage: run.sh FUZZER SECONDS
set -eu

here=$(dirname "$0")
name=$(basename "$1")
found=$1.corpus
mkdir -p "$found"
set -- "$1" -max_total_time="$2" -max_len=4096 -timeout=10 -verbosity=0 -print_final_stats=1 \
	-error_exitcode=1 \
	-artifact_prefix="$found/../$name." "$found"
[ ! -d "$here/corpus/$name" ] || set -- "$@" "$here/corpus/$name"
exec "$@"
