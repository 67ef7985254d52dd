# SPDX-License-Identifier: GPL-2.0-only
# NICs that namespaces use without having them: by address, or a whole VLAN.
#
#   nsa-wire eth0 --- eth0 nsa-rt, shared with nsa-a, nsa-b (and nsa-c: nobody's)

load lib

NIC_MAC=${RT_MAC[eth0]}

setup()
{
	topo_up
	ns_add nsa-a nsa-b nsa-c
	attach eth0
}

teardown()
{
	topo_down
}

# In the owner.
rt()
{
	in_ns nsa-rt "$NSACCEL" "$@"
}

# share NS ADDRESS [WORD...]
share()
{
	local ns=$1 address=$2

	shift 2
	rt share eth0 netns "nsa-$ns" address "$address" "$@"
}

# The same on the wire, which is an owner of its own then.
wire()
{
	in_ns nsa-wire "$NSACCEL" "$@"
}

attach_wire()
{
	wire attach --static eth0
	ip -n nsa-wire addr flush dev eth0
}

# name_server NS...: TCP servers that say where they are.
name_server()
{
	local ns

	for ns in "$@"; do
		background nsenter --net="/run/netns/$ns" -- socat \
			"TCP6-LISTEN:$TCP_PORT,ipv6only=0,fork,reuseaddr" "SYSTEM:echo $ns"
		SERVERS+=($!)
	done
	for ns in "$@"; do
		wait_until 5 listens "$ns"
	done
}

listens()
{
	[[ -n $(in_ns "$1" ss -Hltn "sport = :${2:-$TCP_PORT}") ]]
}

# hash_server NS [PORT]: a TCP server that answers with the SHA-256 of what it got.
hash_server()
{
	local port=${2:-$TCP_PORT}

	background nsenter --net="/run/netns/$1" -- socat -t 10 \
		"TCP4-LISTEN:$port,fork,reuseaddr" EXEC:sha256sum
	SERVERS+=($!)
	wait_until 5 listens "$1" "$port"
}

# start_daemon: in the owner.
start_daemon()
{
	background nsenter --net=/run/netns/nsa-rt -- "$NSACCEL" daemon 2>/dev/null
	SERVERS+=($!)
}

# ask NS ADDRESS: who answers there?
ask()
{
	in_ns "$1" timeout 30 bash -c "cat <'/dev/tcp/$2/$TCP_PORT'"
}

answers()
{
	local got

	got=$(ask "$1" "$2")
	[[ $got == "$3" ]] || fail "$1: $2 is '$got', not $3"
}

pings()
{
	in_ns "$1" ping -n -q -c 2 -i 0.01 -W 2 "$2"
}

unreached()
{
	! in_ns "$1" ping -n -q -c 1 -W 0.3 "$2"
}

# What share and bind could change, but for counters and neighbours.
everything()
{
	snapshot nsa-rt nsa-a nsa-b nsa-c
}

same_as_before()
{
	everything >"$BATS_TEST_TMPDIR/now"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/now"
}

before()
{
	everything >"$BATS_TEST_TMPDIR/before"
}

# ---- by address -----------------------------------------------------------------------------

@test "share: the wire and back, ping and TCP, IPv4 and IPv6" {
	share a 10.0.0.5/24
	share a fd00::5/64
	name_server nsa-a nsa-wire
	pings nsa-a 10.0.0.2
	pings nsa-wire 10.0.0.5
	pings nsa-a fd00::2
	pings nsa-wire fd00::5
	answers nsa-a 10.0.0.2 nsa-wire
	answers nsa-wire 10.0.0.5 nsa-a
	answers nsa-a fd00::2 nsa-wire
	answers nsa-wire fd00::5 nsa-a
	rt check
}

@test "share: bulk TCP, the sender's offloads and all" {
	share a 10.0.0.5/24
	payload 4000000
	hash_server nsa-a
	[[ $(in_ns nsa-wire timeout 60 socat -t 30 - "TCP4:10.0.0.5:$TCP_PORT" \
		<"$BATS_TEST_TMPDIR/payload") == "$(payload_hash)" ]]
}

@test "share: frames are as the namespace sends them, with the NIC's MAC" {
	local file=$BATS_TEST_TMPDIR/wire.pcap

	share a 10.0.0.5/24
	ip -n nsa-a neigh replace 10.0.0.2 lladdr "${MAC[wire]}" dev eth0
	capture nsa-wire eth0 "$file" icmp
	in_ns nsa-a ping -n -q -c 1 -t 5 -W 2 10.0.0.2
	wait_until 5 captured_count "$file" 1
	capture_stop
	# MACs; no tag; TTL 5.
	[[ $(captured "$file") =~ ^$(mac_hex "${MAC[wire]}")$(mac_hex "$NIC_MAC")08004500.{12}0501 ]]
}

@test "share: others that do, the NIC's namespace, but nothing that it would route" {
	share a 10.0.0.5/24
	share b 10.0.0.6/24
	share b fd00::6/64
	share a fd00::5/64
	name_server nsa-b nsa-rt
	answers nsa-a 10.0.0.6 nsa-b
	answers nsa-a fd00::6 nsa-b
	answers nsa-a 10.0.0.1 nsa-rt
	answers nsa-a fd00::1 nsa-rt
	answers nsa-rt 10.0.0.6 nsa-b
	answers nsa-rt fd00::6 nsa-b
	# An endpoint of the NIC's namespace gets there by it, and nothing comes back that way.
	ip -n nsa-a route add default via 10.0.0.1
	unreached nsa-a 10.1.0.2
	(($(counter nsa-a fwd_host) > 0))
	(($(counter nsa-a fwd_veth) > 0))
}

@test "share: by way of a router on the wire, where each is alone on its link" {
	share a 10.0.0.5
	share b 10.0.0.6
	sysctl_in nsa-wire net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.eth0.send_redirects=0
	local ns

	for ns in nsa-a nsa-b; do
		ip -n "$ns" route add 10.0.0.2 dev eth0
		ip -n "$ns" route add default via 10.0.0.2
	done
	# The router has to ask for them, and they don't for each other.
	pings nsa-a 10.0.0.6
	[[ $(kernel_forwards nsa-wire) -ge 2 ]]
}

@test "share: detection of duplicate addresses, both ways" {
	sysctl_in nsa-a net.ipv6.conf.default.accept_dad=1 net.ipv6.conf.all.accept_dad=1
	share a 10.0.0.5/24
	share a fd00::5/64
	wait_until 5 no_tentative
	# The wire's host finds the address taken ...
	sysctl_in nsa-wire net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.all.accept_dad=1
	ip -n nsa-wire addr add fd00::5/64 dev eth0
	wait_until 5 is_duplicate nsa-wire fd00::5
	# ... and so does who shares the NIC.
	ip -n nsa-wire addr add fd00::7/64 dev eth0 nodad
	share a fd00::7/64
	wait_until 5 is_duplicate nsa-a fd00::7
}

no_tentative()
{
	[[ -z $(ip -n nsa-a -6 addr show tentative) ]]
}

is_duplicate()
{
	[[ $(ip -n "$1" -6 addr show dadfailed) == *"$2/"* ]]
}

@test "share: speaks for its own addresses alone" {
	local file=$BATS_TEST_TMPDIR/wire.pcap to arp nd

	share a 10.0.0.5/24
	share a fd00::5/64
	share b 10.0.0.6/24
	to=$(mac_hex "${MAC[wire]}")
	arp=00010800060400
	# Not what its own stack answers.
	capture nsa-wire eth0 "$file" "ether dst ${MAC[wire]} and
		not (arp and arp[10:4] = 1 and arp[14:4] = 0x0a000005)"
	nd=$(printf '88%06x%s%s0201%s' 0 20000000 "$(ip6_hex fd00::6)" "$(mac_hex "$NIC_MAC")")
	send_frames a <<-EOF
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.6 dst=10.0.0.2)
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.1 dst=10.0.0.2)
		$(frame4 smac=02:00:00:00:00:66 dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2)
		$(frame6 smac="$NIC_MAC" dmac="${MAC[wire]}" src=fd00::6 dst=fd00::2)
		$(frame6 smac="$NIC_MAC" dmac="${MAC[wire]}" src=fd00::5 dst=ff02::1 nh=3a ttl=255 l4="$nd")
		${to}$(mac_hex "$NIC_MAC")0806${arp}02$(mac_hex "$NIC_MAC")$(ip4_hex 10.0.0.6)${to}$(ip4_hex 10.0.0.2)
		${to}$(mac_hex "$NIC_MAC")0806${arp}02020000000066$(ip4_hex 10.0.0.5)${to}$(ip4_hex 10.0.0.2)
		${to}$(mac_hex "$NIC_MAC")810000050800$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2 | cut -c 29-)
		$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 dst=10.0.0.2 payload=74686520656e6421)
	EOF
	wait_until 5 captured_count "$file" 1
	capture_stop
	captured "$file"
	[[ $(captured "$file") == "$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.0.0.5 \
		dst=10.0.0.2 payload=74686520656e6421)" ]]
	[[ $(counter nsa-a drop_guard_mac) == 1 ]]
	[[ $(counter nsa-a drop_guard_source) == 4 ]]
	[[ $(counter nsa-a drop_guard_arp) == 2 ]]
	[[ $(counter nsa-a drop_guard_nd) == 1 ]]
}

@test "share: a MAC that the namespace takes gets it nothing" {
	share a 10.0.0.5/24
	pings nsa-a 10.0.0.2
	ip -n nsa-a link set eth0 address 02:00:00:00:00:66
	rt sync
	unreached nsa-a 10.0.0.2
	(($(counter nsa-a drop_guard_mac) > 0))
}

@test "share: policy, limits and statistics hold" {
	share a 10.0.0.5/24
	share b 10.0.0.6/24
	pings nsa-a 10.0.0.2
	(($(counter nsa-a fwd_nic tc_ingress) >= 2))
	rt limit set nsa-a out pps 1 pps-burst 1
	in_ns nsa-a ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.2 || true
	(($(counter nsa-a drop_limit) > 0))
	rt limit del nsa-a out
	rt limit set nsa-b in pps 1 pps-burst 1
	in_ns nsa-a ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	in_ns nsa-wire ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	in_ns nsa-rt ping -n -q -c 5 -i 0.01 -W 0.2 10.0.0.6 || true
	(($(counter nsa-a drop_limit) > 0))
	(($(counter nsa-rt drop_limit tc_ingress) > 0))
	(($(counter nsa-rt drop_limit tc_egress) > 0))
	rt limit del nsa-b in
	# By default, since there is no rule.
	rt ns set nsa-b --policy deny || skip "no policies yet"
	unreached nsa-a 10.0.0.6
	unreached nsa-wire 10.0.0.6
	(($(counter nsa-a drop_policy) > 0))
	rt ns set nsa-b --policy allow
	pings nsa-a 10.0.0.6
}

@test "share: a probe counts nothing and takes nothing" {
	local before

	share a 10.0.0.5/24
	rt limit set nsa-a out pps 1 pps-burst 1
	before=$(counter nsa-a drop_limit)/$(counter nsa-rt fwd_veth)
	[[ $(rt -j route get 10.0.0.2 from 10.0.0.5 --netns nsa-a | jq -r .reason) == fwd_nic ]]
	[[ $(rt -j route get 10.0.0.2 from 10.0.0.5 --netns nsa-a | jq -r .reason) == fwd_nic ]]
	[[ $(rt -j route get 10.0.0.5 from 10.0.0.2 | jq -r .reason) == fwd_veth ]]
	[[ $(counter nsa-a drop_limit)/$(counter nsa-rt fwd_veth) == "$before" ]]
}

@test "share: macvlans of the NIC with one address, told apart by MAC" {
	share a 10.0.0.5/24
	ip -n nsa-mac addr add 10.0.0.77/24 dev eth0
	ip -n nsa-mac3 addr add 10.0.0.77/24 dev eth0
	name_server nsa-mac nsa-mac3 nsa-a
	ip -n nsa-wire neigh replace 10.0.0.77 lladdr "${MAC[mac]}" dev eth0 nud permanent
	answers nsa-wire 10.0.0.77 nsa-mac
	ip -n nsa-wire neigh replace 10.0.0.77 lladdr "${MAC[mac3]}" dev eth0 nud permanent
	answers nsa-wire 10.0.0.77 nsa-mac3
	answers nsa-wire 10.0.0.5 nsa-a
}

# ---- VLANs ----------------------------------------------------------------------------------

@test "bind: one address and port in several namespaces, told apart by VLAN" {
	ns_add nsa-w1 nsa-w2 nsa-w3
	attach_wire
	rt bind eth0 vlan 100 netns nsa-a
	rt bind eth0 vlan 200 netns nsa-b dev lan
	rt share eth0 netns nsa-c address 192.168.0.1/24 vlan 300
	wire bind eth0 vlan 100 netns nsa-w1
	wire bind eth0 vlan 200 netns nsa-w2
	wire bind eth0 vlan 300 netns nsa-w3
	ip -n nsa-a addr add 192.168.0.1/24 dev eth0.100
	ip -n nsa-b addr add 192.168.0.1/24 dev lan
	ip -n nsa-w1 addr add 192.168.0.2/24 dev eth0.100
	ip -n nsa-w2 addr add 192.168.0.2/24 dev eth0.200
	ip -n nsa-w3 addr add 192.168.0.2/24 dev eth0.300
	name_server nsa-a nsa-b nsa-c nsa-w1 nsa-w2 nsa-w3
	answers nsa-w1 192.168.0.1 nsa-a
	answers nsa-w2 192.168.0.1 nsa-b
	answers nsa-w3 192.168.0.1 nsa-c
	answers nsa-a 192.168.0.2 nsa-w1
	answers nsa-b 192.168.0.2 nsa-w2
	answers nsa-c 192.168.0.2 nsa-w3
	payload 4000000
	hash_server nsa-a $((TCP_PORT + 1))
	[[ $(in_ns nsa-w1 timeout 60 socat -t 30 - "TCP4:192.168.0.1:$((TCP_PORT + 1))" \
		<"$BATS_TEST_TMPDIR/payload") == "$(payload_hash)" ]]
	# A VLAN is all theirs: link-local addresses, multicast.
	in_ns nsa-a ping -n -q -c 1 -W 2 ff02::1%eth0.100
	rt sync
	rt check
	wire check
}

@test "bind: the tag is put on and taken off, nothing else" {
	local file=$BATS_TEST_TMPDIR/wire.pcap in=$BATS_TEST_TMPDIR/in.pcap frame

	rt bind eth0 vlan 100 netns nsa-a
	ip -n nsa-a link set eth0.100 name eth0
	capture nsa-wire eth0 "$file" "vlan and ip"
	frame=$(frame4 smac="$NIC_MAC" dmac="${MAC[wire]}" src=10.9.0.1 dst=10.9.0.2 ttl=1)
	send_frames a <<<"$frame"
	wait_until 5 captured_count "$file" 1
	capture_stop
	[[ $(captured "$file") == "${frame:0:24}81000064${frame:24}" ]]
	# To any MAC; broadcast; a priority; a tag in the tag.
	capture nsa-a eth0 "$in" "not ip6"
	frame=$(frame4 dmac="$NIC_MAC" smac="${MAC[wire]}" src=10.9.0.2 dst=10.9.0.1)
	send_frames wire <<-EOF
		${frame:0:24}81000065${frame:24}
		${frame:0:24}81000064${frame:24}
		ffffffffffff${frame:12:12}8100e064${frame:24}
		020000000066${frame:12:12}81000064${frame:24}
		${frame:0:24}8100006481000007${frame:24}
		${frame:0:24}88a80064${frame:24}
		${frame:0:24}${frame:24}
	EOF
	wait_until 5 captured_count "$in" 4
	capture_stop
	[[ $(captured "$in") == "$(printf '%s\n' "$frame" "ffffffffffff${frame:12}" \
		"020000000066${frame:12}" "${frame:0:24}81000007${frame:24}")" ]]
}

@test "share: VLAN 0 is a priority and no VLAN" {
	local in=$BATS_TEST_TMPDIR/in.pcap frame

	share a 10.0.0.5/24
	capture nsa-a eth0 "$in" ip
	frame=$(frame4 dmac="$NIC_MAC" smac="${MAC[wire]}" src=10.0.0.2 dst=10.0.0.5)
	send_frames wire <<<"${frame:0:24}8100a000${frame:24}"
	wait_until 5 captured_count "$in" 1
	capture_stop
	[[ $(captured "$in") == "$frame" ]]
}

@test "bind: promiscuous while a VLAN is bound, allmulticast while groups are wanted" {
	local all=ALLMULTI,PROMISC

	share a 10.0.0.5/24
	[[ $(flags) != *ALLMULTI* && $(flags) != *PROMISC* ]]
	share a fd00::5/64
	[[ $(flags) == *ALLMULTI* && $(flags) != *PROMISC* ]]
	rt bind eth0 vlan 100 netns nsa-b
	[[ $(flags) == *$all* ]]
	rt unshare eth0 netns nsa-a
	[[ $(flags) == *$all* ]]
	rt unbind eth0 vlan 100
	[[ $(flags) != *ALLMULTI* && $(flags) != *PROMISC* ]]
	# What somebody else has asked for stays.
	ip -n nsa-rt link set eth0 promisc on
	rt bind eth0 vlan 100 netns nsa-b
	rt unbind eth0 vlan 100
	[[ $(flags) == *PROMISC* ]]
}

flags()
{
	ip -n nsa-rt -o link show eth0 | grep -o '<.*>'
}

# ---- a hundred of them ----------------------------------------------------------------------

# Pairs of namespaces c1 s1, c2 s2, ..., each with a VLAN of its own and the same addresses.
make_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		ip netns add "nsa-c$i"
		ip netns add "nsa-s$i"
		ip -n "nsa-c$i" link set lo up
		ip -n "nsa-s$i" link set lo up
	done
}

bind_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		rt bind eth0 vlan $((100 + i)) netns "nsa-c$i" dev eth0
		wire bind eth0 vlan $((100 + i)) netns "nsa-s$i" dev eth0
		ip -n "nsa-c$i" addr add 192.168.0.1/24 dev eth0
		ip -n "nsa-s$i" addr add 192.168.0.2/24 dev eth0
	done
}

serve_pairs()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		background nsenter --net="/run/netns/nsa-s$i" -- socat \
			"TCP4-LISTEN:$TCP_PORT,fork,reuseaddr" "SYSTEM:echo server $i"
		SERVERS+=($!)
	done
	for ((i = 1; i <= $1; i++)); do
		wait_until 10 listens "nsa-s$i"
	done
}

ask_pairs()
{
	local i
	local -a clients=()

	for ((i = 1; i <= $1; i++)); do
		ask "nsa-c$i" 192.168.0.2 >"$BATS_TEST_TMPDIR/answer.$i" 3>&- &
		clients+=($!)
	done
	wait "${clients[@]}"
	for ((i = 1; i <= $1; i++)); do
		[[ $(<"$BATS_TEST_TMPDIR/answer.$i") == "server $i" ]] ||
			fail "client $i was answered by '$(<"$BATS_TEST_TMPDIR/answer.$i")'" || return
	done
}

@test "bind: a hundred namespaces with the same addresses, each with its own server, by one NIC" {
	local pairs=100

	attach_wire
	make_pairs $pairs
	bind_pairs $pairs
	serve_pairs $pairs
	ask_pairs $pairs
	[[ $(rt -j share show | jq length) -eq $((2 * pairs)) ]]
}

# ---- the namespaces' own tables -------------------------------------------------------------

@test "isolated: the same prefix in several tables leads to different places" {
	local i

	rt detach eth0
	attach eth0 eth1
	for i in wire wire2; do
		ip -n "nsa-$i" addr add 10.50.0.1/32 dev lo
	done
	rt ns set nsa-blue --isolated
	rt ns set nsa-red --isolated
	rt route add 10.50.0.0/24 via 10.0.0.2 --netns nsa-blue
	rt route add 10.50.0.0/24 via 10.0.1.2 --netns nsa-red
	for i in blue red; do
		rt route add "${ADDR4[$i]}/32" netns "nsa-$i"
	done
	name_server nsa-wire nsa-wire2
	answers nsa-blue 10.50.0.1 nsa-wire
	answers nsa-red 10.50.0.1 nsa-wire2
}

# ---- undone ---------------------------------------------------------------------------------

share_all()
{
	share a 10.0.0.5/24
	share a 10.0.0.8/24
	share a fd00::5/64
	share b 10.0.0.6/24 dev x0
	rt bind eth0 vlan 100 netns nsa-c
	share a 192.168.0.1/24 vlan 200
}

@test "undone by unshare and unbind" {
	before
	share_all
	rt unshare eth0 netns nsa-a address 10.0.0.8
	[[ $(ip -n nsa-a -4 -o addr show dev eth0) != *10.0.0.8* ]]
	pings nsa-a 10.0.0.2
	rt unshare eth0 netns nsa-a
	rt unshare eth0 netns nsa-a vlan 200
	rt unshare eth0 netns nsa-b
	rt unbind eth0 vlan 100
	[[ $(rt -j share show) == "[]" ]]
	same_as_before
	rt check
}

@test "undone by detach, and by detach --all" {
	rt detach eth0
	before
	attach eth0
	share_all
	rt detach eth0
	same_as_before
	no_trace nsa-rt
	attach eth0 eth1
	share_all
	rt detach eth0
	[[ $(rt -j share show) == "[]" ]]
	rt check
	attach eth0
	share_all
	rt detach --all
	same_as_before
	no_trace nsa-rt nsa-a
}

@test "a share that fails takes everything back" {
	before
	share b 10.0.0.6/24 dev x0
	fails 2 "10.0.0.6 of eth0 is shared already" share a 10.0.0.6/24
	fails 2 'a device "x0" already' share b 192.168.0.1/24 vlan 100 dev x0
	rt unshare eth0 netns nsa-b
	fails 2 "is an address of namespace" share a 10.0.0.1/24
	rt bind eth0 vlan 100 netns nsa-a
	fails 2 "bound already" rt bind eth0 vlan 100 netns nsa-b
	fails 2 "is bound already" share b 10.0.0.6/24 vlan 100
	rt unbind eth0 vlan 100
	same_as_before
}

# killed MILLISECONDS ARGUMENTS...: in the owner.
killed()
{
	kill_after $(($1 * 1000)) nsenter --net=/run/netns/nsa-rt -- "$NSACCEL" "${@:2}"
}

@test "killed at any point: whole, or nothing of it" {
	local ms

	before
	for ms in 4 10 20 30 35 40 45 50 60 70 80 100; do
		killed $ms share eth0 netns nsa-a address 10.0.0.5/24
		rt sync
		rt check
		if [[ $(rt -j share show) != "[]" ]]; then
			pings nsa-a 10.0.0.2
			killed $ms unshare eth0 netns nsa-a
			rt sync
			rt check
			[[ $(rt -j share show) == "[]" ]] || rt unshare eth0 netns nsa-a
		fi
		same_as_before
	done
	# All at once: what a killed run leaves, detach takes, too.
	killed 45 share eth0 netns nsa-a address 10.0.0.5/24
	rt detach eth0
	[[ $(ip -n nsa-a -br link) != *eth0* && $(ip -n nsa-rt -br link) != *nsa0* ]]
}

in_step()
{
	rt sync && rt check
}

# ---- what happens to devices ----------------------------------------------------------------

@test "follows its NIC: down and up, MTU, MAC" {
	local mac=02:00:00:00:00:99

	share a 10.0.0.5/24
	rt bind eth0 vlan 100 netns nsa-b
	ip -n nsa-rt link set eth0 down
	rt sync
	[[ $(ip -n nsa-a -o link show eth0) == *NO-CARRIER* ]]
	[[ $(ip -n nsa-b -o link show eth0.100) == *NO-CARRIER* ]]
	ip -n nsa-rt link set eth0 up mtu 1400 address $mac
	fails 4 share-change rt check
	rt sync
	[[ $(ip -n nsa-a -o link show eth0) == *"mtu 1400"*"LOWER_UP"* ||
		$(ip -n nsa-a -o link show eth0) == *"LOWER_UP"*"mtu 1400"* ]]
	[[ $(ip -n nsa-a -o link show eth0) == *$mac* ]]
	[[ $(ip -n nsa-b -o link show eth0.100) == *$mac* ]]
	# The kernel forgot its neighbours with the MAC, and resolves them anew after a sync.
	wait_until 5 in_step
	ip -n nsa-wire neigh flush dev eth0
	wait_until 5 pings nsa-a 10.0.0.2
}

@test "follows its NIC while the daemon runs" {
	start_daemon
	share a 10.0.0.5/24
	ip -n nsa-rt link set eth0 down
	wait_until 5 has_carrier nsa-a eth0 NO-CARRIER
	ip -n nsa-rt link set eth0 up
	wait_until 5 has_carrier nsa-a eth0 LOWER_UP
	wait_until 5 pings nsa-a 10.0.0.2
	ip netns del nsa-a
	wait_until 5 nothing_shared
}

has_carrier()
{
	[[ $(ip -n "$1" -o link show "$2") == *$3* ]]
}

nothing_shared()
{
	[[ $(rt -j share show) == "[]" && $(ip -n nsa-rt -br link) != *nsa0* ]]
}

@test "a namespace, or its end of the veth, that goes, or goes elsewhere" {
	before
	share a 10.0.0.5/24
	ip -n nsa-a link del eth0
	rt sync
	nothing_shared
	share a 10.0.0.5/24
	ip -n nsa-a link set eth0 netns nsa-c
	rt sync
	nothing_shared
	same_as_before
	ip netns add nsa-d
	rt share eth0 netns nsa-d address 10.0.0.5/24
	ip netns del nsa-d
	wait_until 5 gone nsa0
	rt sync
	nothing_shared
	same_as_before
}

gone()
{
	[[ $(ip -n nsa-rt -br link) != *"$1"* ]]
}

@test "a NIC that goes takes it along" {
	share a 10.0.0.5/24
	rt bind eth0 vlan 100 netns nsa-b
	attach eth1
	ip -n nsa-rt link del eth0
	rt sync
	[[ $(rt -j share show) == "[]" ]]
	[[ $(ip -n nsa-a -br link) != *eth0* && $(ip -n nsa-b -br link) != *eth0* ]]
	rt check
}
