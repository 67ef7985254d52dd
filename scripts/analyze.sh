#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Static analysis of user/: clang-tidy with clang's analyzer (.clang-tidy), cppcheck, gcc -fanalyzer.
# Prints what they find; what is left out is below, each with its reason.
# usage: analyze.sh [FILE...]   default: user/*.c. BUILD: where the skeletons are; FLAGS: the compiler's
set -u -o pipefail

[ $# -gt 0 ] || set -- user/*.c
read -ra flags <<<"$FLAGS"
found=$(mktemp)
trap 'rm -f "$found"' EXIT

tidy()
{
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} clang-tidy --quiet {} -- "${flags[@]}" 2>/dev/null
}

# cppcheck's view of the libraries' macros; it takes "-D" as the set-up to look at.
# Left out:
# - memleak, resourceLeak, memleakOnRealloc: it doesn't know __cleanup(), which frees most of what it
#   reports; leaks are looked for by LeakSanitizer in the unit tests and fuzzers.
# - uninitStructMember, uninitvar: it takes no notice that a function which returns 0 has set what it was
#   given a pointer to, and complains of "if (!r)". clang's and gcc's analyzers look at these paths.
# - arithOperationsOnVoidPointer: GNU C, as in the kernel.
# - missingIncludeSystem, unmatchedSuppression: says nothing of the code.
# - nullPointerRedundantCheck stays on: it found a fault (owner_shares.c).
check()
{
	cppcheck --quiet --enable=warning,performance,portability --std=c11 --inline-suppr -j "$(nproc)" \
		--error-exitcode=1 --template='{file}:{line}: {severity}: {message} [{id}]' \
		-D_GNU_SOURCE -DNSACCEL_VERSION='""' -D'TAKE_PTR(p)=(p)' -D'TAKE_FD(fd)=(fd)' -D'__cleanup(f)=' \
		-D'LIBBPF_OPTS(type,name,...)=struct type name = { __VA_ARGS__ }' \
		-D'json_array_foreach(array,i,v)=for (i = 0; (v = json_array_get(array, i)); i++)' \
		-D'json_object_foreach(object,k,v)=for (k = json_key(object); (v = json_next(object)); )' \
		-D'mnl_attr_for_each_nested(attr,nest)=for (attr = mnl_first(nest); attr; attr = mnl_next(attr))' \
		-D'mnl_attr_for_each(attr,msg,size)=for (attr = mnl_first(msg); attr; attr = mnl_next(attr))' \
		--suppress=memleak --suppress=resourceLeak --suppress=memleakOnRealloc \
		--suppress=uninitStructMember --suppress=uninitvar --suppress=arithOperationsOnVoidPointer \
		-Iinclude -Iuser "$@" 2>&1
}

# gcc 12's analyzer. Left out:
# - malloc-leak: it forgets what was stored into an array that grew, or in a list.
# - mismatching-deallocation: glibc 2.36 says of calloc() alone that free() frees it; what reallocarray()
#   grows it takes for a mismatch.
gcc_analyzer()
{
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} gcc "${flags[@]}" -O2 -fanalyzer -Wno-analyzer-malloc-leak \
		-Wno-analyzer-mismatching-deallocation -c {} -o /dev/null 2>&1
}

status=0
for tool in tidy check gcc_analyzer; do
	if ! "$tool" "$@" >"$found" || [ -s "$found" ]; then
		cat "$found"
		echo "analyze: $tool found something"
		status=1
	fi
done
exit $status
