# SPDX-License-Identifier: GPL-2.0-only
# The three holes between network namespaces that their authors named in 2006.
# shellcheck disable=SC2034 # live.bash uses them

load isolation

@test "2006 (a): a container uses another's address" {
	# red's address, in a packet of blue's: IPv4, IPv6, and with what only the kernel's slow
	# path would look at.
	local forged="10.0.0.2,src=10.2.0.2 fd00::2,src=fd00:0:2::2 10.0.0.2,src=10.2.0.2,opts=01010101"

	live_topology
	# The kernel alone: whoever sends has any address.
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	accelerate
	# Unless told otherwise, that's the kernel's to decide, and counted.
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	fast 0
	slow 3 pass_guard_source
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 3 drop_guard_source
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	ns_set nsa-blue --guard off
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 3
	fast 2
}

@test "2006 (a): a container binds another's address" {
	local forged="10.0.0.2,src=10.2.0.2 fd00::2,src=fd00:0:2::2"

	live_topology
	# The kernel alone: root of a container gives itself red's address, and it works as a source.
	ip -n nsa-blue addr add 10.2.0.2/32 dev eth0
	ip -n nsa-blue addr add fd00:0:2::2/128 dev eth0 nodad
	# shellcheck disable=SC2086
	probe blue $forged
	got wire 2
	accelerate
	# The guard follows what a namespace has, but not to what the owner knows as another's.
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 2 drop_guard_source
	change ip -n nsa-blue addr add 10.1.0.1/32 dev eth0
	probe blue 10.0.0.2,src=10.1.0.1
	dropped 1 drop_guard_source
	# What the owner routes nowhere is nobody's, unless it is listed.
	change ip -n nsa-blue addr add 10.66.0.1/32 dev eth0
	probe blue 10.0.0.2,src=10.66.0.1
	dropped 1 drop_guard_source
	ns_set nsa-blue --sources 10.66.0.1
	probe blue 10.0.0.2,src=10.66.0.1
	got wire 1
	ns_set nsa-blue --sources 10.1.0.2,fd00:0:1::/64
	probe blue 10.0.0.2,src=10.66.0.1
	dropped 1 drop_guard_source
	# shellcheck disable=SC2086
	probe blue $forged
	dropped 2 drop_guard_source
	probe blue 10.0.0.2 fd00::2
	got wire 2
	# What is for red reaches red all the time.
	probe wire 10.2.0.2 fd00:0:2::2
	got red 2
	fast 2
}

@test "2006 (b): what a socket sends without a source has one of its own namespace" {
	live_topology
	# The kernel alone: the address is chosen where the socket is.
	[[ $(source_of_unbound) == 10.1.0.2 ]]
	accelerate
	ns_set nsa-blue --guard drop
	[[ $(source_of_unbound) == 10.1.0.2 ]]
	[[ $(counter nsa-blue 'drop_.*') == 0 && $(counter nsa-blue fwd_nic) -ge 1 ]]
}

# Of what an unbound socket of blue's sends to the wire, as it arrives there.
source_of_unbound()
{
	local file=$BATS_TEST_TMPDIR/unbound.pcap

	capture nsa-wire eth0 "$file" udp port 9
	in_ns nsa-blue socat -u - UDP4:10.0.0.2:9 <<<hello
	wait_until 5 captured_count "$file" 1
	capture_stop
	tcpdump -n -r "$file" 2>/dev/null | awk '{ sub(/\.[0-9]+$/, "", $3); print $3; exit }'
}

@test "2006 (b): a packet that carries no source, or somebody's" {
	local none="10.0.0.2,src=0.0.0.0 fd00::2,src=::"

	live_topology
	# The kernel alone: it drops what comes from 0.0.0.0 or ::; not what comes from the wire's own
	# address, or from the router's, which only the router's own source check knows.
	# shellcheck disable=SC2086
	probe blue $none
	got
	probe blue 10.0.0.2,src=10.0.1.2
	got wire 1
	accelerate
	ns_set nsa-blue --guard drop
	# shellcheck disable=SC2086
	probe blue $none
	dropped 2 drop_guard_source
	probe blue 10.0.0.2,src=10.0.1.2 10.0.0.2,src=10.1.0.1 10.0.0.2,src=127.0.0.1
	dropped 3 drop_guard_source
	probe blue "10.0.0.2,smac=${MAC[red]}" 10.0.0.2,smac=02:00:00:00:77:77
	dropped 2 drop_guard_mac
}

# Who has the last datagram of FROM's to 10.99.0.1.
receiver()
{
	local leaf

	for leaf in wire wire2; do
		: >"$(udp_file $leaf)"
	done
	in_ns "nsa-$1" socat -u - "UDP4:10.99.0.1:$UDP_PORT" <<<"from $1"
	wait_until 5 has_arrived wire wire2
	for leaf in wire wire2; do
		[[ ! -s $(udp_file $leaf) ]] || echo "$leaf"
	done
}

has_arrived()
{
	local leaf

	for leaf; do
		[[ ! -s $(udp_file "$leaf") ]] || return 0
	done
	return 1
}

@test "2006 (c): several listen on the same address and port" {
	live_topology
	ip -n nsa-wire addr add 10.99.0.1/32 dev lo
	ip -n nsa-wire2 addr add 10.99.0.1/32 dev lo
	ip -n nsa-rt route add 10.99.0.1 via 10.0.0.2
	serve wire wire2
	# The kernel alone: one of them gets everybody's.
	[[ $(receiver blue) == wire ]]
	[[ $(receiver red) == wire ]]
	accelerate
	# With tables of their own, each namespace reaches the one that is its.
	change nsaccel -n nsa-blue route add 10.99.0.1 via 10.0.0.2
	change nsaccel -n nsa-red route add 10.99.0.1 via 10.0.1.2
	[[ $(receiver blue) == wire ]]
	[[ $(receiver red) == wire2 ]]
	[[ $(receiver red) == wire2 ]]
	# And the other way about, at once.
	change nsaccel -n nsa-blue route replace 10.99.0.1 via 10.0.1.2
	change nsaccel -n nsa-red route replace 10.99.0.1 via 10.0.0.2
	[[ $(receiver blue) == wire2 ]]
	[[ $(receiver red) == wire ]]
	[[ $(counter nsa-blue fwd_nic) -ge 2 && $(counter nsa-red fwd_nic) -ge 3 ]]
}
