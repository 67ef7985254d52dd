# SPDX-License-Identifier: GPL-2.0-only
# The process in which bats runs a file: it is in namespaces of its own, and notes the call stack only where a
# command fails. Sourced by lib.bash before all else that takes time: this starts the process anew.
# shellcheck shell=bash

# A private mount and network namespace, its own /run/netns and bpffs: run again the command that
# this process is (bats-exec-file, on its way to setup_file) inside of them. The marker is the
# namespace's inode, so that it is never mistaken for that of an outer one.
isolate()
{
	local -a self

	[[ ${NSA_ISOLATED:-} == "$(readlink /proc/self/ns/net)" ]] && return
	if ((EUID != 0)); then
		echo "the end-to-end tests need root" >&2
		exit 1
	fi
	mapfile -d '' -t self <"/proc/$$/cmdline"
	# bats-exec-file wants to make these itself.
	[[ -n ${BATS_FILE_TMPDIR:-} ]] && rm -rf "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR"-*
	mkdir -p /run/netns
	# While bats reads a file, stdout is its log; fd 3 is the real one.
	# shellcheck disable=SC2016
	exec unshare --mount --net bash -ec '
		mount -t tmpfs nsa-test /run/netns
		mount -t bpf bpf /sys/fs/bpf
		ip link set lo up
		NSA_ISOLATED=$(readlink /proc/self/ns/net)
		export NSA_ISOLATED
		exec "$@"' isolate "${self[@]}" >&3 3>&- 2>&1
}
[[ -n ${BATS_VERSION:-} ]] && isolate
bats_require_minimum_version 1.5.0

# bats notes the whole call stack before each command, which takes as long as the commands. To note it
# where one fails is enough. The function is bats' own (1.8), but for the second line.
set +T
bats_error_trap()
{
	bats_check_status_from_trap
	[[ -n $BATS_DEBUG_LAST_STACK_TRACE_IS_VALID ]] || bats_capture_stack_trace
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
}
