#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which folder of user/ and of bpf/ may include which, and whether each header compiles alone. Prints what is wrong.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit

# Each folder may include itself, include/nsaccel/, and these folders or headers. bpf/'s entries may include all.
declare -rA MAY_INCLUDE=(
	[core]="vmlinux.h"
	[pkt]="core"
	[map]="core pkt"
	[stage]="map pkt core"
	[topo]="stage map pkt core"
	[util]=""
	[kernel]="util"
	[maps]="kernel util"
	[firewall]="kernel util"
	[model]="kernel/objects.h maps/records.h util"
	[dataplane]="maps kernel model/device_kind.h model/snapshot.h util"
	[reconcile]="dataplane firewall model maps kernel util"
	[ops]="reconcile dataplane firewall model maps kernel util"
	[daemon]="reconcile dataplane firewall model maps kernel util"
	[cli]="ops daemon/daemon.h daemon/subscribe.h model/policy_text.h util"
)

# What the tree still has of wrong includes. It may only get shorter.
readonly EXCEPTIONS=scripts/lint-includes.exceptions

is_allowed()
{
	local folder=$1 header=$2 allowed

	for allowed in "$folder" ${MAY_INCLUDE[$folder]}; do
		[[ $header != "$allowed" && $header != "$allowed"/* ]] || return 0
	done
	return 1
}

# wrong_includes: "FILE HEADER" of each include that the matrix doesn't have.
wrong_includes()
{
	local file folder header

	grep -HoP '^#include "\K(?!nsaccel/)[a-z]+/[^"]+' user/*/*.[ch] bpf/*/*.h | while IFS=: read -r file header; do
		folder=${file#*/}
		is_allowed "${folder%%/*}" "$header" || echo "$file $header"
	done | sort
}

found=$(wrong_includes)
new=$(comm -23 <(echo "$found") "$EXCEPTIONS")
old=$(comm -13 <(echo "$found") "$EXCEPTIONS")
[ -z "$new" ] || printf '%s\n' "$new" "a folder includes one that it may not: see MAY_INCLUDE in $0"
[ -z "$old" ] || printf '%s\n' "$old" "gone from the tree: remove it from $EXCEPTIONS"
# compiles_alone COMPILER FLAG... HEADER: prints the first error of a file that includes it alone. A static function
# of a header needn't be used, of a file it has to be.
compiles_alone()
{
	local header=${*: -1}

	echo "#include \"${header#*/}\"" | "${@:1:$#-1}" -std=gnu11 -Wall -Wextra -Werror -Iinclude \
		-iquote "${header%%/*}" -fsyntax-only -x c - 2>&1 | grep -m1 error
}

alone=$(for header in user/*/*.h; do
	compiles_alone "${CC:-cc}" -D_GNU_SOURCE "$header"
done
for header in bpf/*/*.h; do
	compiles_alone "${CLANG:-clang}" --target=bpf -mcpu=v3 -g -O2 -Wshadow -Wno-unused-parameter -Ivmlinux \
		-idirafter "/usr/include/$("${CC:-cc}" -print-multiarch)" "$header"
done)
# circles FOLDER: tsort(1) tells of circles among a folder's headers, by a pair of names for each include.
circles()
{
	grep -HoP '^#include "\K(?!nsaccel/)[a-z]+/[^"]+' "$1"/*/*.h | sed "s,^$1/,,; s/:/ /" |
		{ tsort >/dev/null; } 2>&1
}

circles=$(circles user; circles bpf)
[ -z "$alone" ] || printf '%s\n' "$alone" "a header must compile alone"
[ -z "$circles" ] || printf '%s\n' "$circles" "headers include each other in a circle"
[ -z "$new$old$alone$circles" ]
