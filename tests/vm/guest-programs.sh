#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-programs.sh prog|unit [FOLDER] or FILE.bats...: runs a test suite for check.sh in a VM, or the programs of one of
# its folders, each in its sandbox (tests/run.sh). TAP, but for the numbers, which check.sh makes anew.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
export BUILD NSACCEL TEST_TIMEOUT=7200 CMOCKA_MESSAGE_OUTPUT=TAP
# An exec takes 40 times as long in here.
export PATIENCE=100

# Built into the kernel of the machine that the project is developed on. Modules that come only when
# somebody asks by more than a file or a socket option, which is how the tests ask for them.
readonly MODULES=(br_netfilter ip_tables ip6_tables nf_conntrack)

sandboxed()
{
	unshare --mount --net --pid --fork --kill-child --mount-proc tests/run.sh --inside "$@" 2>&1
}

# each PROGRAM...: all results of each.
each()
{
	local rc started

	started=$SECONDS
	sandboxed "$@"
	rc=$?
	echo "# ${!#}: $((SECONDS - started)) s"
	[[ $rc -eq 0 ]] || echo "not ok - ${!#} ends with status $rc"
}

main()
{
	local source file found=

	echo "# $(uname -r)"
	if [[ $1 = *.bats ]]; then
		for file; do
			each bats --formatter tap --print-output-on-failure "$file"
		done
		return
	fi
	modprobe -a "${MODULES[@]}" || echo "not ok - modules are there: ${MODULES[*]}"
	while read -r source <&3; do
		[[ -x $BUILD/${source%.c} ]] || continue
		found=1
		each "$BUILD/${source%.c}"
	done 3< <(find "tests/$1${2:+/$2}" -name 'test_*.c' | sort)
	[[ $found ]] || echo "not ok - programs of tests/$1${2:+/$2} are built"
}

main "$@"
