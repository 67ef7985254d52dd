# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# In which state a packet gets into a namespace: each field of its skb, read by a program there, first
# as the kernel delivers it, then nsaccel. What differs is in each test's table, with the reason.

load bridge

STATES=$BPFFS/skb_state

# The kernel takes a packet from the socket that sent it when it forwards it; programs can't. So the
# socket's memory is in use until the packet is received or sent: with what queues hold in mind.
SENDER="sk 0 1"
# Of what comes through a veth that plays the wire: generic XDP at its end would sleep.
REDIRECTED="redirected 0 1"
# Sent on a wire, packets have no time of delivery any more.
ARRIVED="tstamp delivery arrival
tstamp_type 1 0"

setup()
{
	PORT_NEXT=20000
	HOLDER=
	[[ $(printf '6.2\n%s\n' "$(uname -r)" | sort -V | head -1) == 6.2 ]] ||
		skip "programs can't look at an skb's own fields before Linux 6.2"
	background "$TOOLS/skb_state" hold
	HOLDER=$!
}

teardown()
{
	[[ ! $HOLDER ]] || kill "$HOLDER"
	live_teardown
	rm -rf "$STATES"
}

# readers NAMESPACE...: programs that read what arrives at their eth0.
readers()
{
	local ns

	[[ -e $STATES ]] || bpftool prog loadall "$TOOLS/skb_state.bpf.o" "$STATES" \
		pinmaps "$STATES"
	for ns; do
		in_ns "$ns" tc qdisc add dev eth0 clsact
		in_ns "$ns" tc filter add dev eth0 ingress bpf da object-pinned "$STATES/skb_state"
	done
}

# states FROM ADDRESS4 ADDRESS6: of packets of each kind.
states()
{
	local from=$1 packet
	local -A to=([4]=$2 [6]=$3)
	local -a words
	local -a packets=('udp 4' 'udp 6' 'settings 4 mark=7 priority=5 tos=16'
		'settings 6 mark=7 priority=5' 'txtime 4 txtime' 'gso 4 gso=1000' 'gso 6 gso=1000'
		'nocheck 4 nocheck' 'tcp 4 tcp' 'tcp 6 tcp')

	for packet in "${packets[@]}"; do
		read -ra words <<<"$packet"
		"$TOOLS/skb_state" "$STATES/skb_states" "nsa-$from" "${to[${words[1]}]}" \
			"$PORT_NEXT" "${words[@]:2}" >"$BATS_TEST_TMPDIR/state" || return
		sed "s/^/${words[0]} ${words[1]} /" "$BATS_TEST_TMPDIR/state"
		PORT_NEXT=$((PORT_NEXT + 1))
	done
}

# deliver NAME FROM,ADDRESS4,ADDRESS6...
deliver()
{
	local name=$1 path
	local -a part

	shift
	for path; do
		IFS=, read -ra part <<<"$path"
		states "${part[@]}" >"$BATS_TEST_TMPDIR/$name $path" || return
	done
}

by_kernel()
{
	deliver kernel "$@"
}

# And the kernel forwards none.
by_nsaccel()
{
	local forwards

	forwards=$(kernel_forwards)
	deliver nsaccel "$@" && [[ $(kernel_forwards) == "$forwards" ]]
}

# path FROM TO: for these, between leaves.
path()
{
	echo "$1,${ADDR4[$2]},${ADDR6[$2]}"
}

# differs PATH [PATH] <<TABLE: what differs when the packets of the first path are delivered by nsaccel,
# and of the second (unless told, the same) by the kernel, is in the table and no more: lines of field,
# value by the kernel, value by nsaccel, # why.
differs()
{
	paste -d ' ' "$BATS_TEST_TMPDIR/kernel ${2:-$1}" "$BATS_TEST_TMPDIR/nsaccel $1" |
		awk '$1 != $5 || $2 != $6 || $3 != $7 { print "not the same:", $0 }
			$4 != $8 { print $3, $4, $8 }' | sort -u >"$BATS_TEST_TMPDIR/differs"
	sed 's/ *#.*//' | sort | diff - "$BATS_TEST_TMPDIR/differs" >"$BATS_TEST_TMPDIR/diff" ||
		fail "$1: $(cat "$BATS_TEST_TMPDIR/diff")"
}

@test "NIC and veth" {
	local path
	local -a veths nics

	veths=("$(path wire blue)" "$(path blue red)")
	nics=("$(path blue wire)" "$(path wire wire2)")
	topo_up
	readers nsa-blue nsa-red nsa-wire nsa-wire2
	by_kernel "${veths[@]}" "${nics[@]}"
	attach eth0
	attach eth1
	by_nsaccel "${veths[@]}" "${nics[@]}"
	for path in "${veths[@]}"; do
		differs "$path" <<-EOF
			$SENDER
		EOF
	done
	for path in "${nics[@]}"; do
		differs "$path" <<-EOF
			$SENDER
			$REDIRECTED
		EOF
	done
}

# finished COMMAND...: what it switches off where redirect_peer goes past, the kernel does instead.
finished()
{
	topo_up
	readers nsa-blue
	"$@"
	by_kernel "$(path wire blue)"
	attach eth0
	by_nsaccel "$(path wire blue)"
	differs "$(path wire blue)" <<-EOF
		$SENDER
		$REDIRECTED
	EOF
}

@test "a host end without offloads" {
	finished in_ns nsa-rt ethtool -K "${PORT[blue]}" tx off
}

@test "a host end without segmentation" {
	finished in_ns nsa-rt ethtool -K "${PORT[blue]}" tso off gso off tx-udp-segmentation off
}

@test "a host end that limits segments" {
	finished ip -n nsa-rt link set "${PORT[blue]}" gso_max_segs 1
}

# second_queue LEAF: it sends by the second queue of its device.
second_queue()
{
	in_ns nsa-rt ethtool -L "${PORT[$1]}" rx 2
	in_ns "nsa-$1" ethtool -L eth0 tx 2
	# shellcheck disable=SC2016
	in_ns "nsa-$1" unshare --mount sh -ec '
		mount -t sysfs sysfs /sys
		cd /sys/class/net/eth0/queues
		echo 0 >tx-0/xps_cpus
		printf "%x\n" $(((1 << $(nproc --all)) - 1)) >tx-1/xps_cpus'
}

@test "a NIC with NAPI" {
	topo_up
	foreign_load
	readers nsa-blue nsa-wire2
	# So frames come as from a NIC: by a queue, without a socket, checksums filled in.
	in_ns nsa-wire ethtool -K eth0 tx off >/dev/null
	second_queue wire
	foreign_xdp nsa-rt eth0 foreign_pass
	by_kernel "$(path wire blue)" "$(path wire wire2)"
	attach eth0
	attach eth1
	by_nsaccel "$(path wire blue)" "$(path wire wire2)"
	differs "$(path wire blue)" <<-EOF
		napi 0 1 # the kernel writes its CPU's number over it when it sends; programs can't
	EOF
	differs "$(path wire wire2)" <<-EOF
		$REDIRECTED
	EOF
}

# Here the kernel alone connects nothing: nsaccel does, as a switch would that sends frames back. So it
# is held against what comes from the wire. From there no time of delivery comes.
@test "macvlan" {
	topo_up
	readers nsa-blue nsa-wire2 nsa-mac nsa-mac2
	by_kernel "$(path wire blue)" "$(path wire wire2)" "$(path wire mac)" "$(path wire2 mac2)"
	attach eth0
	attach eth1
	by_nsaccel "$(path mac blue)" "$(path mac wire2)" "$(path blue mac)" "$(path wire mac2)" \
		"$(path mac mac2)"
	differs "$(path mac blue)" "$(path wire blue)" <<-EOF
		$SENDER
		$REDIRECTED
		$ARRIVED
	EOF
	differs "$(path mac wire2)" "$(path wire wire2)" <<-EOF
		$SENDER
		$REDIRECTED
		$ARRIVED
	EOF
	differs "$(path blue mac)" "$(path wire mac)" <<-EOF
	EOF
	differs "$(path wire mac2)" "$(path wire2 mac2)" <<-EOF
	EOF
	differs "$(path mac mac2)" "$(path wire2 mac2)" <<-EOF
		$ARRIVED
	EOF
}

@test "XDP delivery" {
	topo_up
	readers nsa-blue
	in_ns nsa-wire ethtool -K eth0 tx off gro on >/dev/null
	by_kernel "$(path wire blue)"
	nsaccel -n nsa-rt attach --static eth0 --mode native --delivery xdp
	by_nsaccel "$(path wire blue)"
	differs "$(path wire blue)" <<-EOF
		$ARRIVED
		hash 1 0 # nobody has looked at the flow yet
		l4_hash 1 0
		gso_segs 1 0 # the sender's socket's, of a SYN
		gso_type 1 0
		gso_type 16 0
		napi 0 1 # the endpoint's own, as of all that comes by its XDP or GRO
		ip_summed 0 1 # GRO has looked at the checksum
		cb_mark 0 6 # and left its notes
		cb_mark 0 17
	EOF
}

@test "bridge" {
	local path=c1,10.9.0.12,fd00:0:9::12
	local out=c1,${ADDR4[wire]},${ADDR6[wire]}
	local back=wire,10.9.0.11,fd00:0:9::11

	live_topology
	readers nsa-c1 nsa-c2 nsa-wire
	by_kernel "$path" "$out" "$back"
	live_attach
	by_nsaccel "$path" "$out" "$back"
	differs "$path" <<-EOF
		$SENDER
	EOF
	differs "$out" <<-EOF
		$SENDER
		$REDIRECTED
	EOF
	differs "$back" <<-EOF
		$SENDER
	EOF
}

# What goes in by it is the kernel's.
@test "a bridge without offloads" {
	local back=wire,10.9.0.11,fd00:0:9::11

	live_topology
	readers nsa-c1
	in_ns nsa-rt ethtool -K br0 tx off
	by_kernel "$back"
	live_attach
	deliver nsaccel "$back"
	differs "$back" <<-EOF
	EOF
}

@test "a NIC that is shared" {
	local guest=wire,10.0.0.50,fd00::50 back

	back=guest,${ADDR4[wire]},${ADDR6[wire]}

	topo_up
	readers nsa-blue nsa-wire
	by_kernel "$(path wire blue)" "$(path blue wire)"
	ns_add nsa-guest
	nsaccel -n nsa-rt attach --static eth0
	in_ns nsa-rt "$NSACCEL" share eth0 netns nsa-guest address 10.0.0.50/24
	in_ns nsa-rt "$NSACCEL" share eth0 netns nsa-guest address fd00::50/64
	readers nsa-guest
	by_nsaccel "$guest" "$back"
	differs "$guest" "$(path wire blue)" <<-EOF
		$SENDER
	EOF
	differs "$back" "$(path blue wire)" <<-EOF
		$SENDER
		redirected 0 1
	EOF
}
