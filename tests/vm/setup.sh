#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh: fills the cache that run.sh boots from, once. Debian kernels 6.1,
# 6.12 and the newest 7.x, a qemu that emulates igb (bookworm's own doesn't),
# kmod and busybox: some 350 MB from Debian's mirror, 0.9 GB on disk. Nothing is
# installed. Exit 77 where there is no mirror to fetch from.
#
# To fetch newer kernels: rm -r the cache (NSACCEL_VM_CACHE, /var/tmp/nsaccel-vm).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# Nothing in these drivers can matter to a VM that has a console and NICs.
readonly UNUSED_MODULES=(sound drivers/{gpu,media,staging,iio,scsi,hwmon,usb,input,mtd,bluetooth}
	drivers/{infiniband,ata,mmc,power,video} drivers/net/wireless net/{mac80211,wireless,bluetooth})

apt=$VM_CACHE/apt
# -t keeps dependencies of the backported qemu in the backports.
apt_options=(-qq -t bookworm-backports
	-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
	-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
	-o APT::Sandbox::User=root -o APT::Install-Recommends=false
	-o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20)

# mirror_of CODENAME: where this machine's own apt gets it from.
mirror_of()
{
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Identifier: Packages' |
		awk -v name="$1" '$1 == name { print $2; exit }'
}

write_sources()
{
	local main security

	main=$(mirror_of bookworm)
	security=$(mirror_of bookworm-security)
	[[ $main && $security ]] || skip "this machine's apt knows no Debian 12 mirror"
	[[ -r $KEYRING ]] || skip "no $KEYRING"

	mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$apt"/debs
	printf "deb [signed-by=$KEYRING] %s %s main\n" \
		"$main" bookworm "$security" bookworm-security \
		"$main" bookworm-backports "$main" trixie-backports > "$apt/sources.list"
}

# newest PATTERN: the highest version among the packages called linux-image-PATTERN.
newest()
{
	apt-cache "${apt_options[@]}" pkgnames linux-image- |
		grep -E "^linux-image-$1\$" | sort -V | tail -n 1
}

# image_of SERIES: the name of its newest kernel's package.
image_of()
{
	case $1 in
	6.1) newest '6\.1\.0-[0-9]+-amd64' ;;
	6.12) newest '6\.12\.[0-9]+\+deb12-amd64' ;;
	7) newest '7\.[0-9.]+\+deb13-amd64' ;;
	esac
}

# packages_of IMAGE: the image package of 7.x is a shell around three others.
packages_of()
{
	case $1 in
	linux-image-7.*) echo "$1" "${1/image/binary}" "${1/image/modules}" "${1/image/base}" ;;
	*) echo "$1" ;;
	esac
}

# fetch SERIES: its packages, into a directory of its own.
fetch_kernel()
{
	local series=$1 image packages dir=$apt/debs/$1

	image=$(image_of "$series")
	[[ $image ]] || die "the mirror has no kernel $series"
	read -ra packages <<< "$(packages_of "$image")"
	mkdir -p "$dir"
	(cd "$dir" && apt-get "${apt_options[@]}" download "${packages[@]}")
	echo "${image#linux-image-}" > "$dir/release"
}

# qemu comes with those of its libraries that this machine lacks.
fetch_tools()
{
	apt-get "${apt_options[@]}" install --download-only --yes --reinstall \
		qemu-system-x86 qemu-system-common qemu-system-data seabios
	(cd "$apt/debs" && apt-get "${apt_options[@]}" download kmod/bookworm busybox-static/bookworm)
}

unpack_tools()
{
	local deb

	mkdir -p "$VM_TOOLS"
	for deb in "$apt"/cache/archives/*.deb "$apt"/debs/*.deb; do
		dpkg-deb -x "$deb" "$VM_TOOLS"
	done
	# kmod is what its name says it is.
	ln -sfn kmod "$VM_TOOLS/bin/modprobe"
	ln -sfn kmod "$VM_TOOLS/bin/depmod"
}

# extract_vmlinux VMLINUZ VMLINUX: the ELF inside (Documentation/arch/x86/boot.rst),
# which qemu starts without a boot loader: the guest needn't decompress itself.
extract_vmlinux()
{
	local from=$1 to=$2 sectors offset length magic unpack

	sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$from")
	read -r offset length <<< "$(od -An -tu4 -j $((0x248)) -N 8 "$from")"
	offset=$((offset + (sectors + 1) * 512))
	magic=$(od -An -tx1 -j "$offset" -N 4 "$from" | tr -d ' ')
	case $magic in
	28b52ffd) unpack=zstd ;;
	fd377a58) unpack=xz ;;
	*) die "$from: unknown compression $magic" ;;
	esac
	# The last four bytes are the size of the result, appended by the kernel's build.
	dd if="$from" iflag=skip_bytes,count_bytes bs=1M skip="$offset" count=$((length - 4)) \
		status=none | "$unpack" -dc > "$to"
}

# find_first FILE...: the first that exists.
find_first()
{
	local file

	for file; do
		[[ -e $file ]] || continue
		echo "$file"
		return
	done
	return 1
}

unpack_kernel()
{
	local series=$1 dir tree deb release modules

	dir=$(kernel_dir "$series")
	release=$(< "$apt/debs/$series/release")
	rm -rf "$dir"
	tree=$dir/tree
	mkdir -p "$tree"
	for deb in "$apt/debs/$series"/*.deb; do
		dpkg-deb -x "$deb" "$tree"
	done

	# Debian's 7.x has everything under /usr/lib/modules, older ones also use /boot.
	modules=$(find_first "$tree/usr/lib/modules/$release" "$tree/lib/modules/$release")
	mkdir -p "$dir/lib/modules"
	extract_vmlinux "$(find_first "$tree/boot/vmlinuz-$release" "$modules/vmlinuz")" "$dir/vmlinux"
	cp "$(find_first "$tree/boot/config-$release" "$modules/config")" "$dir/config"
	(cd "$modules/kernel" && rm -rf "${UNUSED_MODULES[@]}")
	mv "$modules" "$dir/lib/modules/$release"
	rm -rf "$tree"

	# kmod's decompression in the guest is slow; on disk it's cheap.
	find "$dir/lib/modules" -name '*.ko.xz' -print0 | xargs -0 -r -n 200 xz -d
	"$VM_TOOLS/bin/depmod" -b "$dir" "$release"
	echo "$release" > "$dir/release"
}

main()
{
	local series

	[[ -e $VM_READY ]] && return
	mkdir -p "$VM_CACHE"
	exec 9> "$VM_CACHE/lock"
	flock 9
	[[ -e $VM_READY ]] && return
	[[ $(uname -m) = x86_64 ]] || skip "the VMs are x86-64, this machine is not"
	command -v zstd > /dev/null || skip "zstd isn't installed"

	write_sources
	apt-get "${apt_options[@]}" update --error-on=any || skip "Debian's mirror can't be reached"
	fetch_tools
	unpack_tools
	for series in "${VM_SERIES[@]}"; do
		fetch_kernel "$series"
		unpack_kernel "$series"
		echo "kernel $series: $(< "$(kernel_dir "$series")/release")"
	done
	rm -rf "$apt"
	touch "$VM_READY"
}

main
