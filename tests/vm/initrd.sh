#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initrd.sh SERIES: makes the kernel's initramfs: busybox, guest-init, and the
# modules without which the host's file system can't be mounted. run.sh calls it
# whenever what goes in has changed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

readonly MODULES=(virtio_pci 9pnet_virtio 9p overlay virtio_console virtio_rng)
# The commands of guest-init.
readonly APPLETS=(cat cp insmod ln mkdir mount poweroff sh switch_root uname)

# load_order DIR RELEASE: the modules and what they need, each once, needed ones first.
load_order()
{
	local module

	for module in "${MODULES[@]}"; do
		"$VM_TOOLS/bin/modprobe" -d "$1" -S "$2" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# fill ROOT SERIES
fill()
{
	local root=$1 dir applet module release

	dir=$(kernel_dir "$2")
	release=$(< "$dir/release")
	mkdir -p "$root"/{bin,modules}
	cp "$VM_TOOLS/bin/busybox" "$root/bin/"
	for applet in "${APPLETS[@]}"; do
		ln -s busybox "$root/bin/$applet"
	done
	cp "$here/guest-init" "$root/init"
	cp "$here/guest-main" "$root/main"
	while read -r module; do
		cp "$module" "$root/modules/"
		echo "/modules/${module##*/}"
	done < <(load_order "$dir" "$release") > "$root/modules/order"
}

main()
{
	local dir

	dir=$(kernel_dir "$1")
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	fill "$scratch/root" "$1"
	(cd "$scratch/root" && find . | "$VM_TOOLS/bin/busybox" cpio -o -H newc) \
		> "$scratch/initrd" 2> "$scratch/log" || die "$(< "$scratch/log")"
	mv "$scratch/initrd" "$dir/initrd"
}

[[ $# -eq 1 ]] || die "usage: initrd.sh SERIES"
main "$1"
