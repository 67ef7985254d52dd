#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes the running kernel's full vmlinux.h to FILE, to compare vmlinux/vmlinux.h with.
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 1; }
exec bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$1"
