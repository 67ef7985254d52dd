# SPDX-License-Identifier: GPL-2.0-only
# What share_*.bats share: a NIC that namespaces use without having it.
#
#   nsa-wire eth0 --- eth0 nsa-rt, shared with nsa-a, nsa-b (and nsa-c: nobody's)
# shellcheck shell=bash disable=SC2034 # suites use them

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
