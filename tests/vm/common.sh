# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the host-side scripts of this directory share. Sourced, never run.

# Series, oldest first. A series is also the name of its directory in the cache.
VM_SERIES=(6.1 6.12 7)
VM_CACHE=${NSACCEL_VM_CACHE:-/var/tmp/nsaccel-vm}
VM_TOOLS=$VM_CACHE/tools
VM_READY=$VM_CACHE/ready

readonly EXIT_SKIP=77

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

skip()
{
	echo "${0##*/}: skipped: $*" >&2
	exit "$EXIT_SKIP"
}

# kernel_dir SERIES: where setup.sh put it.
kernel_dir()
{
	echo "$VM_CACHE/kernels/$1"
}
