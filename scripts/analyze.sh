#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Static analysis of user/: clang-tidy with clang's analyzer (.clang-tidy), cppcheck, gcc -fanalyzer.
# Prints what they find; what is left out is below, each with its reason.
# usage: analyze.sh [FILE...]   default: all of user/. FLAGS: the compiler's
set -u -o pipefail

[ $# -gt 0 ] || set -- user/*.c user/*/*.c
read -ra flags <<<"${FLAGS?}"
found=$(mktemp)
trap 'rm -f "$found"' EXIT

tidy()
{
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- "${flags[@]}" 2>/dev/null
}

# cppcheck 2.10. Left out:
# - memleak, resourceLeak, memleakOnRealloc: it doesn't know __cleanup(), which frees most of what it
#   reports; leaks are looked for by LeakSanitizer in the unit tests and fuzzers.
# - uninitStructMember, uninitvar: it takes no notice that a function which returns 0 has set what it was
#   given a pointer to, and complains of "if (!r)". clang's and gcc's analyzers look at these paths.
# - arithOperationsOnVoidPointer: GNU C, as in the kernel.
# - missingIncludeSystem, unmatchedSuppression: says nothing of the code.
# - nullPointerRedundantCheck stays on: it found a fault (reconcile/shares.c).
check()
{
	cppcheck --quiet --enable=warning,performance,portability --std=c11 --inline-suppr \
		-j "$(nproc)" --template='{file}:{line}: {severity}: {message} [{id}]' \
		-D_GNU_SOURCE -DNSACCEL_VERSION='""' --include=scripts/analyze.h \
		--suppress=memleak --suppress=resourceLeak --suppress=memleakOnRealloc \
		--suppress=uninitStructMember --suppress=uninitvar --suppress=arithOperationsOnVoidPointer \
		-Iinclude -Iuser "$@" 2>&1
}

# gcc 12's analyzer. Left out:
# - malloc-leak: it forgets what was stored into an array that grew, or in a list.
# - mismatching-deallocation: glibc 2.36 says of calloc() alone that free() frees it; what reallocarray()
#   grows it takes for a mismatch.
# - use-of-uninitialized-value: where __cleanup() frees a variable it forgets that it was NULL, or that
#   getline() and the like were given its address. clang's analyzer looks for such values, too.
gcc_analyzer()
{
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} gcc "${flags[@]}" -O2 -fanalyzer \
		-Wno-analyzer-malloc-leak -Wno-analyzer-mismatching-deallocation \
		-Wno-analyzer-use-of-uninitialized-value -c {} -o /dev/null 2>&1
}

status=0

# report TOOL: what it has printed is a finding.
report()
{
	[ -s "$found" ] || return 0
	cat "$found"
	echo "analyze: $1 found something"
	status=1
}

tidy "$@" >"$found"
report clang-tidy
check "$@" >"$found"
report cppcheck
gcc_analyzer "$@" >"$found"
report gcc
exit $status
