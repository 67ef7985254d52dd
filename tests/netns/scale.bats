# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# "make soak" in small: does it work, not does it last.

load lib

SCALE=$ROOT/tests/scale

# scale SCRIPT ARGUMENT...: each makes a sandbox of its own.
scale()
{
	export BUILD NSACCEL

	run "$SCALE/$1" "${@:2}"
	[[ $status != 77 ]] || skip "${output##*SKIP: }"
	[[ $status == 0 ]] || fail "$output"
}

@test "2,000 routes of BIRD's move back and forth" {
	scale bird.sh 2000 2
}

@test "5 containers of podman's" {
	scale podman.sh 5
}

@test "50 namespaces come and go, the daemon is killed" {
	scale churn.sh 50
}
