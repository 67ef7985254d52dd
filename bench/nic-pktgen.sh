#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The generator of nic.sh: the kernel's pktgen, a thread for each transmit queue. nic.sh sends this script to the
# generator's bash, with the settings as NAME=VALUE arguments. Prints as JSON the packets that the NIC's driver counted
# meanwhile: sent by DEV, received by TO. Needs nothing but bash and the module pktgen.
set -euo pipefail

readonly PKTGEN=/proc/net/pktgen

die()
{
	echo "nic-pktgen: $*" >&2
	exit 1
}

# set_pktgen FILE COMMAND...: each word list is a line for pktgen.
set_pktgen()
{
	local file=$PKTGEN/$1 line

	shift
	for line; do
		echo "$line" >"$file" || die "$file: '$line': $(grep Result "$file" || true)"
	done
}

# packets DEV rx|tx
packets()
{
	cat "/sys/class/net/$1/statistics/$2_packets"
}

queues()
{
	local all=("/sys/class/net/$DEV/queues"/tx-*)

	echo "${#all[@]}"
}

# add_thread NUMBER: the queue's packets, from a CPU of its own as far as there are enough.
add_thread()
{
	local thread=$1 cpu=$(($1 % $(nproc)))

	set_pktgen "kpktgend_$cpu" "add_device $DEV@$thread"
	set_pktgen "$DEV@$thread" "count 0" "clone_skb 0" "pkt_size $SIZE" "delay 0" \
		"queue_map_min $thread" "queue_map_max $thread" "dst_mac $DST_MAC" \
		"src_min $SRC" "src_max $SRC" "dst_min $DST" "dst_max $DST" \
		"udp_dst_min 9" "udp_dst_max 9" "udp_src_min 1024" "udp_src_max $((1024 + FLOWS))" "flag UDPSRC_RND"
	((RATE == 0)) || set_pktgen "$DEV@$thread" "ratep $((RATE / QUEUES + 1))"
}

remove_threads()
{
	local cpu

	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		set_pktgen "kpktgend_$cpu" rem_device_all
	done
}

# run: pktgen's "start" returns when it has been stopped.
run()
{
	echo start >"$PKTGEN/pgctrl" &
	sleep "$SECONDS_EACH"
	echo stop >"$PKTGEN/pgctrl"
	wait
}

main()
{
	local DEV TO SIZE FLOWS RATE SECONDS_EACH QUEUES DST_MAC SRC DST
	local setting thread sent received=0

	for setting; do
		local "${setting?}"
	done
	[[ -e $PKTGEN/pgctrl ]] || modprobe pktgen || die "pktgen: this kernel has no such module"
	[[ -e $PKTGEN/kpktgend_0 ]] || die "pktgen has no threads in this network namespace"
	((QUEUES)) || QUEUES=$(queues)
	remove_threads
	trap remove_threads EXIT
	for ((thread = 0; thread < QUEUES; thread++)); do
		add_thread "$thread"
	done
	sent=$(packets "$DEV" tx)
	[[ ! $TO ]] || received=$(packets "$TO" rx)
	run
	# What is on its way: the drivers update their counters within a second.
	sleep 1
	echo "{\"sent\": $(($(packets "$DEV" tx) - sent)), \"received\": $((${TO:+$(packets "$TO" rx)} - received))}"
}

main "$@"
