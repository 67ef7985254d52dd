#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Formatting, scripts, man pages and the conventions that a pattern can check. Prints what is wrong.
set -u -o pipefail
shopt -s nullglob
cd "$(dirname "$0")/.." || exit

mapfile -t files < <(find . \( -name .git -o -name 'build*' -type d -o -name corpus \) -prune -o \
	-type f ! -name LICENSE ! -name compile_commands.json -printf '%P\n' | sort)
mapfile -t c_files < <(printf '%s\n' "${files[@]}" | grep '\.[ch]$')
mapfile -t scripts < <(grep -lE '^#!.*\b(ba)?sh$|^#!.*\bbats$|shellcheck shell=' -- "${files[@]}" \
	/dev/null | grep -v '\.[ch]$')
scripts+=(tests/*/*.bats)
mapfile -t scripts < <(printf '%s\n' "${scripts[@]}" | sort -u)
status=0

# wrong MESSAGE: fails if there are lines on stdin, and prints them.
wrong()
{
	local found
	found=$(cat)
	[ -n "$found" ] || return 0
	printf '%s\n' "$found" "lint: $1" "" >&2
	status=1
}

# matches PATTERN FILE...: lines of code, not of comments.
matches()
{
	grep -nHE -- "$@" /dev/null | grep -vE '^[^:]+:[0-9]+:[[:blank:]]*/?\*'
}

# never PATTERN MESSAGE FILE...
never()
{
	local pattern=$1 message=$2
	shift 2
	wrong "$message" < <(matches "$pattern" "$@")
}

# only ALLOWED-FILES PATTERN MESSAGE FILE...: the pattern stands nowhere but in some files.
only()
{
	local allowed=$1 pattern=$2 message=$3
	shift 3
	wrong "$message" < <(matches "$pattern" "$@" | grep -vE "^($allowed):")
}

wrong "run 'make format'" < <(clang-format --dry-run -Werror "${c_files[@]}" 2>&1 |
	grep -E '^[^ ].*error:' | sort -t: -u -k1,1)
wrong "see shellcheck(1)" < <(shellcheck -x -f gcc "${scripts[@]}")
pages=(docs/*.[1-9])
[ ${#pages[@]} -eq 0 ] || wrong "see mandoc(1), -T lint" < <(mandoc -T lint -W warning "${pages[@]}")

never '[[:blank:]]+$' "trailing white space" "${files[@]}"
mapfile -t own_c_files < <(printf '%s\n' "${c_files[@]}" | grep -v '^vmlinux/')
wrong "comments have 100 columns, as code" < <(awk '/^[[:blank:]]*\/?\*/ {
	line = $0
	while (at = index(line, "\t"))
		line = substr(line, 1, at - 1) substr("        ", 1 + (at - 1) % 8) substr(line, at + 1)
	if (length(line) > 100)
		print FILENAME ":" FNR ": " line
}' "${own_c_files[@]}")
wrong "no newline at the end" < <(for f in "${files[@]}"; do
	[ -z "$(tail -c 1 "$f")" ] || echo "$f"
done)
wrong "no SPDX line at the top" < <(for f in "${c_files[@]}" "${scripts[@]}" Makefile; do
	head -2 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-only' || echo "$f"
done)

user=(user/*.[ch] user/*/*.[ch])
bpf=(bpf/*.c bpf/*/*.h)
only user/kernel/netns.c '\bsetns\(' "namespaces are entered in user/kernel/netns.c only" "${user[@]}"
only 'user/dataplane/(programs|netfilter_probe)\.c' '\.skel\.h' "skeletons are for user/dataplane/programs.c and netfilter_probe.c only" "${user[@]}"
never '<(bpf|xdp|libmnl|sched|sys/(syscall|socket|ioctl|mount|utsname))[./]|\bnsa_(maps_|pin_|nl_|netns_enter)' \
	"commands ask user/ops/, not the system or the maps" user/cli/*.[ch]
never '\b(u|nano)?sleep\(' "wait for the event, not for a time" "${user[@]}"
never '^[[:blank:]]*sleep\b' "wait_until it has happened" tests/*/*.bats tests/netns/*.bash
never '\bbpf_(trace_)?printk\(' "left-over debugging" "${bpf[@]}"
never '\b(system|popen|strcpy|strcat|sprintf|gets|atoi|atol|strtok)\(' \
	"there is a safer function" "${user[@]}"
never '^\s*(bool|int|long|short|unsigned|void)\b' "the contract has fixed-width fields" \
	include/nsaccel/*.h
wrong "two functions have this name, and the linker takes either from the archive" < <(
	grep -hoP '^(?!static |typedef |extern )[a-z_][\w \*]*?[ *]\K(nsa|cmd)_\w+(?=\([^;]*$)' user/*.c user/*/*.c |
		sort | uniq -d)
wrong "the contract has no implicit padding" < <(echo '#include <nsaccel/abi.h>' |
	cc -std=gnu11 -Wpadded -fsyntax-only -Iinclude -x c - 2>&1)
wrong "make the mutant anew: the tree has changed" < <(for f in tests/mutants/*.patch; do
	git apply --check "$f" 2>/dev/null || echo "$f"
done)
wrong "the layers of user/" < <(scripts/lint-includes.sh)
exit $status
