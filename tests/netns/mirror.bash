# SPDX-License-Identifier: GPL-2.0-only
# What the suites share in which the daemon follows the kernel.
# shellcheck shell=bash disable=SC2034,SC2153 # live.bash sets them; suites use them

load live

# Of nobody: the gateways that routes name are where packets to it are seen.
S4=10.50.0.1
S6=fd00:50::1

# to_service LEAF: routes to both service prefixes by that leaf.
to_service()
{
	ip -n nsa-rt route replace 10.50.0.0/24 via "${ADDR4[$1]}"
	rt6 route replace fd00:50::/64 via "${ADDR6[$1]}"
}

# know LEAF [DEV]: the router's permanent neighbours there.
know()
{
	local dev=${2:-${PORT[$1]}}

	ip -n nsa-rt neigh replace "${ADDR4[$1]}" lladdr "${MAC[$1]}" dev "$dev" nud permanent
	ip -n nsa-rt neigh replace "${ADDR6[$1]}" lladdr "${MAC[$1]}" dev "$dev" nud permanent
}

# address LEAF [DEV]: the router's own addresses there.
address()
{
	local dev=${2:-${PORT[$1]}}

	ip -n nsa-rt addr replace "${GW4[$1]}/24" dev "$dev"
	ip -n nsa-rt addr replace "${GW6[$1]}/64" dev "$dev" nodad
}

# sizes: around an MTU of 600 or 1300, with and without leave to fragment.
sizes()
{
	probe blue $S4 "$S4,size=544" "$S4,size=800" "$S4,size=800,off=0000" \
		"$S6,size=800" "$S6,size=1240"
}

# ---- a new container ------------------------------------------------------------------------

# green_up: a namespace as a container runtime makes them, on a host end that wasn't there.
green_up()
{
	green_made
	settle
}

green_made()
{
	ns_add nsa-green
	ip link add green netns nsa-rt address 02:00:00:03:00:01 mtu 1500 \
		type veth peer name eth0 netns nsa-green address 02:00:00:03:00:02 mtu 1500
	ip -n nsa-rt -batch - <<-EOF
		addr add 10.3.0.1/24 dev green
		addr add fd00:0:3::1/64 dev green nodad
		link set green up
		neigh replace 10.3.0.2 lladdr 02:00:00:03:00:02 dev green nud permanent
		neigh replace fd00:0:3::2 lladdr 02:00:00:03:00:02 dev green nud permanent
	EOF
	ip -n nsa-green -batch - <<-EOF
		addr add 10.3.0.2/24 dev eth0
		addr add fd00:0:3::2/64 dev eth0 nodad
		link set eth0 up
		route add default via 10.3.0.1
		route add default via fd00:0:3::1
		neigh replace 10.3.0.1 lladdr 02:00:00:03:00:01 dev eth0 nud permanent
		neigh replace fd00:0:3::1 lladdr 02:00:00:03:00:01 dev eth0 nud permanent
	EOF
	WATCHED+=(nsa-green)
}

probe_from_green()
{
	local link='smac=02:00:00:03:00:02 dmac=02:00:00:03:00:01'

	# shellcheck disable=SC2086
	{
		frame4 $link src=10.3.0.2 "dst=${ADDR4[$1]}" "payload=$(marker)"
		frame6 $link src=fd00:0:3::2 "dst=${ADDR6[$1]}" "payload=$(marker)"
	} >"$BATS_TEST_TMPDIR/frames"
	probe_frames green "$1"
}

# ---- the daemon -----------------------------------------------------------------------------

accelerated()
{
	local before

	before=$(counter "nsa-$1" 'fwd_.*')
	ping_from "$1" "$2" || return
	[[ $(counter "nsa-$1" 'fwd_.*') -ge $((before + 3)) ]] ||
		fail "$1 -> $2 went by the kernel: $(stats)"
}

monitor_hears()
{
	PROBES=$((PROBES + 1))
	ip -n nsa-rt route add "10.52.$PROBES.0/24" via "${ADDR4[wire]}"
	settle
	grep -q '"10.52.' "$BATS_TEST_TMPDIR/events"
}

# It is time for the stopped daemon to try again: that goes before what it hears.
is_due()
{
	grep -qs 'ticks: [1-9]' "/proc/$DAEMON/fdinfo/"*
}

# The daemon takes in what the commands do to the kernel at once: it has read of the first, and waits
# for the lock.
at_once()
{
	exec {lock}>>"$(lock_file)"
	flock "$lock"
	ip -n nsa-rt link set eth1 mtu 1490
	wait_until 10 grep -q 'holds the lock' "$DAEMON_LOG"
	kill -STOP "$DAEMON"
	wait_until 10 is_due
	"$@"
	exec {lock}>&-
	kill -CONT "$DAEMON"
}
