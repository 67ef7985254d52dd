#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# analyze.sh over the files of user/ that differ from a commit. TAP; the last line is a count.
# usage: analyze-changed.sh COMMIT. FLAGS: the compiler's
set -u -o pipefail
cd "$(dirname "$0")/.." || exit

if ! git rev-parse -q --verify "$1^{commit}" >/dev/null; then
	echo "ok 1 - analyzers # SKIP the clone has no commit $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit
fi
mapfile -t files < <(git diff --name-only --diff-filter=d "$1" -- 'user/*.c')
[ ${#files[@]} -gt 0 ] || { echo "1 passed, 0 failed"; exit; }
if scripts/analyze.sh "${files[@]}"; then
	echo "ok 1 - analyzers over ${#files[@]} files that differ from $1"
	echo "1 passed, 0 failed"
else
	echo "not ok 1 - analyzers over ${#files[@]} files that differ from $1"
	echo "0 passed, 1 failed"
	exit 1
fi
