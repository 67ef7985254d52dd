#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Fails with one clear message if something that the build needs is missing or too old.
# usage: check-tools.sh CLANG TOOL...
set -eu

missing=
need()
{
	missing="$missing
	$1"
}

for tool in pkg-config "$@"; do
	command -v "$tool" >/dev/null || need "$tool"
done
if command -v "$1" >/dev/null; then
	major=$(echo __clang_major__ | "$1" -E -P -x c -)
	[ "$major" -ge 14 ] || need "$1 >= 14 (it is $major)"
	"$1" --print-targets 2>/dev/null | grep -q '^ *bpf ' || need "$1 with the BPF target"
fi
if command -v pkg-config >/dev/null; then
	for library in 'libbpf >= 1.1' 'libxdp >= 1.3' 'libmnl >= 1.0' 'jansson >= 2.13'; do
		pkg-config --exists "$library" || need "$library"
	done
fi
[ -z "$missing" ] || {
	echo "The build needs, and doesn't find:$missing" >&2
	echo "On Debian 12, 'make deps' as root installs it all." >&2
	exit 1
}
