#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

readonly EXIT_TIMEOUT=124 EXIT_DIED=125 EXIT_TAINTED=126

usage()
{
	cat <<-'USAGE'
	usage: run.sh [OPTIONS] SERIES COMMAND...
	Boots kernel SERIES (6.1, 6.12, 7) under qemu, without KVM, runs COMMAND (a bash
	command line) in it, in the current directory, and prints what it prints.

	The guest sees this machine's files, read-only with a tmpfs over them: what is
	built here runs there as it is, and nothing that it writes stays.

	  --nic MODEL:WIRE   a NIC of the model (virtio, igb, vmxnet3, e1000e, ...); those
	                     with the same WIRE, a number, are on one Ethernet. Its MAC is
	                     52:54:00:00:WIRE:N, N counting the NICs of a wire from 1.
	  --timeout SECONDS  for everything (default 300)
	  --memory MB        (default 1024)
	  --console FILE     keep the guest's console there
	  --verbose          the console, to stderr

	Exit: COMMAND's status; 124 timeout; 125 the VM died or couldn't start; 126
	COMMAND succeeded but tainted the kernel (a warning, an oops); 77 no VM to be had.
	USAGE
}

nics=()
timeout=300
memory=1024
console=
verbose=

parse_options()
{
	while [[ ${1-} = -* ]]; do
		case $1 in
		--nic) nics+=("$2") ;;
		--timeout) timeout=$2 ;;
		--memory) memory=$2 ;;
		--console) console=$2 ;;
		--verbose) verbose=1; shift; continue ;;
		-h | --help) usage; exit 0 ;;
		*) usage >&2; exit "$EXIT_DIED" ;;
		esac
		shift 2
	done
	[[ $# -ge 2 ]] || { usage >&2; exit "$EXIT_DIED"; }
	series=$1
	shift
	command=$*
}

# A model's name for qemu.
device_of()
{
	case $1 in
	virtio) echo virtio-net-pci ;;
	*) echo "$1" ;;
	esac
}

nic_arguments()
{
	local nic model wire n=0
	local -A ends=()

	for nic in "${nics[@]}"; do
		model=${nic%%:*} wire=${nic#*:}
		ends[$wire]=$((${ends[$wire]-0} + 1))
		n=$((n + 1))
		# PCI Express NICs want a port of their own.
		qemu_arguments+=(-netdev "hubport,id=net$n,hubid=$wire"
			-device "pcie-root-port,id=port$n,chassis=$n,slot=$n"
			-device "$(device_of "$model"),netdev=net$n,bus=port$n,romfile=,mac=$(
				printf '52:54:00:00:%02x:%02x' "$wire" "${ends[$wire]}")")
	done
}

# Multi-threaded TCG is not safe while the guest patches its own code, as every
# static key does: guests crash now and then. Hence thread=single.
machine_arguments()
{
	# shellcheck disable=SC2054 # the commas are qemu's
	qemu_arguments+=(-nodefaults -no-user-config -display none -no-reboot
		-M q35 -cpu max -accel tcg,thread=single -smp 2 -m "$memory"
		-L "$VM_TOOLS/usr/share/qemu" -L "$VM_TOOLS/usr/share/seabios"
		-kernel "$kernel/vmlinux" -initrd "$kernel/initrd"
		-append "console=ttyS0 panic=-1 quiet mitigations=off nokaslr audit=0 net.ifnames=0 $(
			)vm.kernel=$kernel vm.tools=$VM_TOOLS"
		-device virtio-rng-pci -serial "file:$run/console")
	share_argument host / on
	share_argument share "$run" off
	# A file is always connected: a guest can't block on it as on a closed pipe.
	# shellcheck disable=SC2054
	qemu_arguments+=(-device virtio-serial-pci
		-chardev "file,id=out,path=/proc/self/fd/$out,append=on"
		-device virtserialport,chardev=out,name=out)
}

# share_argument TAG DIR READONLY
share_argument()
{
	qemu_arguments+=(-device "virtio-9p-pci,fsdev=$1,mount_tag=$1" -fsdev
		"local,id=$1,path=$2,readonly=$3,security_model=none,multidevs=remap")
}

# Unpacked as it is, qemu would look for its modules and libraries where the
# installed ones are.
run_qemu()
{
	local lib=$VM_TOOLS/usr/lib/x86_64-linux-gnu

	LD_LIBRARY_PATH=$lib:$VM_TOOLS/lib/x86_64-linux-gnu QEMU_MODULE_DIR=$lib/qemu \
		exec timeout --foreground -k 5 "$timeout" nice -n 5 \
		"$VM_TOOLS/usr/bin/qemu-system-x86_64" "${qemu_arguments[@]}" < /dev/null \
		2> >(grep -v 'is not connected to host network' >&2)
}

make_initrd()
{
	local part

	for part in initrd.sh guest-init guest-main; do
		[[ $here/$part -nt $kernel/initrd ]] || continue
		"$here/initrd.sh" "$series"
		return
	done
}

# shellcheck disable=SC2317 # the trap's
cleanup()
{
	[[ -z ${qemu_pid-} ]] || kill "$qemu_pid" 2> /dev/null || true
	[[ -z $console || ! -e $run/console ]] || cp "$run/console" "$console"
	rm -rf "$run"
}

# boot: returns qemu's status, when all of the guest's output is out.
boot()
{
	local status=0 cat_pid qemu_arguments=()

	exec {out}> >(exec cat)
	cat_pid=$!
	machine_arguments
	nic_arguments
	[[ -z $verbose ]] || tail -F --pid=$$ "$run/console" >&2 2> /dev/null &
	run_qemu &
	qemu_pid=$!
	wait "$qemu_pid" || status=$?
	qemu_pid=
	exec {out}>&-
	wait "$cat_pid"
	return "$status"
}

console_tail()
{
	echo "run.sh: $1; the console's end:" >&2
	tail -n 40 "$run/console" >&2
}

main()
{
	local status=0 taint

	parse_options "$@"
	"$here/setup.sh"
	kernel=$(kernel_dir "$series")
	[[ -d $kernel ]] || die "no kernel $series; there are: ${VM_SERIES[*]}"
	run=$(mktemp -d "$VM_CACHE/run.XXXXXX")
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	printf 'cd %q && { %s\n}\n' "$PWD" "$command" > "$run/command"
	make_initrd

	boot || status=$?
	if [[ $status -eq 124 || $status -eq 137 ]]; then
		console_tail "no end after $timeout s"
		exit "$EXIT_TIMEOUT"
	fi
	if [[ ! -s $run/taint ]]; then
		console_tail "the VM ended without a result (qemu: $status)"
		exit "$EXIT_DIED"
	fi

	status=$(< "$run/status")
	taint=$(< "$run/taint")
	if [[ $taint -ne 0 ]]; then
		echo "run.sh: kernel tainted: $taint" >&2
		grep -A 20 -E 'WARNING:|BUG:|Oops|taint' "$run/dmesg" | head -n 60 >&2 || true
		[[ $status -ne 0 ]] || status=$EXIT_TAINTED
	fi
	exit "$status"
}

main "$@"
