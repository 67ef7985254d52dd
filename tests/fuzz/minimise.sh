#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Puts into a fuzzer's corpus what more seeds cover, the smallest ones.
# usage: minimise.sh FUZZER DIR...      what was found is in FUZZER.corpus
set -eu

fuzzer=$1
corpus=$(dirname "$0")/corpus/$(basename "$fuzzer")
shift
mkdir -p "$corpus"
"$fuzzer" -set_cover_merge=1 -max_len=4096 -use_counters=0 -verbosity=0 "$corpus" "$@"
