#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which folder of user/ may include which, and whether each header compiles alone. Prints what is wrong.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit

# Each folder may include itself, include/nsaccel/, and these folders or headers.
declare -rA MAY_INCLUDE=(
	[util]=""
	[kernel]="util"
	[maps]="kernel util"
	[firewall]="kernel util"
	[model]="util"
	[dataplane]="maps kernel model util"
	[reconcile]="dataplane firewall model maps kernel util"
	[ops]="reconcile dataplane firewall model maps kernel util"
	[daemon]="reconcile dataplane firewall model maps kernel util"
	[cli]="ops daemon/daemon.h daemon/publish.h model/policy_text.h util"
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

	grep -HoP '^#include "\K(?!nsaccel/)[a-z]+/[^"]+' user/*/*.[ch] | while IFS=: read -r file header; do
		folder=${file#user/}
		is_allowed "${folder%%/*}" "$header" || echo "$file $header"
	done | sort
}

found=$(wrong_includes)
new=$(comm -23 <(echo "$found") "$EXCEPTIONS")
old=$(comm -13 <(echo "$found") "$EXCEPTIONS")
[ -z "$new" ] || printf '%s\n' "$new" "a folder includes one that it may not: see MAY_INCLUDE in $0"
[ -z "$old" ] || printf '%s\n' "$old" "gone from the tree: remove it from $EXCEPTIONS"
alone=$(for header in user/*/*.h; do
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -iquote user -fsyntax-only \
		-x c "$header" 2>&1 | grep -m1 error
done)
[ -z "$alone" ] || printf '%s\n' "$alone" "a header must compile alone"
[ -z "$new$old$alone" ]
