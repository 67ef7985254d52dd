# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# The daemon when something is in its way: locks, lost events, maps that can't be written, devices that
# are replaced behind its back.
# shellcheck disable=SC2034,SC2086,SC2153 # live.bash and mirror.bash set them, without blanks

load mirror

teardown()
{
	live_teardown
}

# locked FILE: by whomever.
locked()
{
	! flock -n "$1" true
}

# lock_as USER FILE: held until the process LOCKER is killed.
lock_as()
{
	background setpriv --reuid "$1" --clear-groups flock -F "$2" sleep infinity
	LOCKER=$!
	wait_until 10 locked "$2"
}

@test "who may open bpffs can't keep commands and the daemon waiting" {
	live_topology
	lock_as nobody "$BPFFS"
	timeout 20 "$NSACCEL" -n nsa-rt attach --static eth0
	daemon_start
	rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	kill $LOCKER
	fails '[1-9]*' Permission setpriv --reuid nobody --clear-groups flock "$(lock_file)" true
}

@test "who holds the lock is named; meanwhile the daemon hears, and goes on after it" {
	local i

	live_topology
	live_attach
	lock_as root "$(lock_file)"
	daemon_launch
	wait_until 10 grep -q "waiting for process .*(sleep), which holds the lock" "$DAEMON_LOG"
	kill $LOCKER
	wait_until 20 daemon_settled
	settle

	lock_as root "$(lock_file)"
	background "$NSACCEL" sync 2>"$BATS_TEST_TMPDIR/sync"
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	wait_until 10 told_twice
	wait_until 10 grep -q "waiting for process .*(sleep), which holds" "$BATS_TEST_TMPDIR/sync"
	# It still reads what the kernel tells, and is far from its receive buffer's end.
	for i in {1..20}; do
		ip -n nsa-rt route add "10.52.$i.0/24" via "${ADDR4[wire]}"
	done
	wait_until 10 all_heard
	kill $LOCKER
	wait_until 20 in_step
	told_twice || fail "$(cat "$DAEMON_LOG")"
}

told_twice()
{
	[[ $(grep -c 'holds the lock' "$DAEMON_LOG") -eq 2 ]]
}

# listeners NAMESPACE FIELD: of the sockets there that listen to rtnetlink.
# shellcheck disable=SC2016
listeners()
{
	in_ns "$1" awk -v field="$2" '$2 == 0 && $4 != "00000000" { print $field }' \
		/proc/net/netlink
}

# Nothing waits in them.
all_heard()
{
	[[ $(listeners nsa-rt 5 | sort -u) == 0 ]]
}

# overrun NAMESPACE: the daemon's socket there has lost something.
overrun()
{
	listeners "$1" 9 | grep -q '[1-9]'
}

@test "news of namespaces overrun: all endpoints are looked at again, and no owner" {
	live_topology
	live_attach
	ip netns attach nsa-home $$
	daemon_start
	background "$NSACCEL" monitor -j >"$BATS_TEST_TMPDIR/events"
	MONITOR=$!
	wait_until 10 monitor_hears
	kill -STOP "$DAEMON"
	awk 'BEGIN { for (i = 0; i < 80000; i++) print "link set eth0 mtu", 1400 + i % 100 }' |
		ip -n nsa-blue -batch -
	overrun nsa-home
	ip netns del nsa-mac
	ip -n nsa-red link set eth0 address 02:00:00:02:00:77
	DAEMON='' green_up
	kill -CONT "$DAEMON"
	settle
	ip -n nsa-rt neigh replace "${ADDR4[red]}" lladdr 02:00:00:02:00:77 dev red nud permanent
	settle
	accelerated green "${ADDR4[red]}"
	run ! grep -q '"resync"' "$BATS_TEST_TMPDIR/events"
	kill "$MONITOR"
}

@test "an owner whose events overrun is read anew, and that one alone" {
	local what

	live_topology
	live_attach
	daemon_start
	background "$NSACCEL" monitor -j >"$BATS_TEST_TMPDIR/events"
	MONITOR=$!
	wait_until 10 monitor_hears
	kill -STOP "$DAEMON"
	for what in add del; do
		awk -v what=$what 'BEGIN { for (i = 0; i < 100000; i++)
			printf "route %s blackhole 10.%d.%d.%d/32\n", what, 100 + i / 65536,
				i / 256 % 256, i % 256 }' | ip -n nsa-rt -batch -
	done
	ip -n nsa-rt neigh replace "${ADDR4[wire]}" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	ip -n nsa-rt route replace 10.51.0.0/24 via "${ADDR4[wire]}"
	overrun nsa-rt
	kill -CONT "$DAEMON"
	settle
	probe blue 10.51.0.1
	grep -q '^nsa-wire 020000000099' "$BATS_TEST_TMPDIR/received"
	fast 1
	run ! grep -q '"resync"' "$BATS_TEST_TMPDIR/events"
	kill "$MONITOR"
}

reload_failed()
{
	grep -q 'v99: pins of another ABI' "$DAEMON_LOG"
}

@test "a reload that fails leaves what was there, which goes on following" {
	live_topology
	live_attach
	daemon_start
	mkdir "$BPFFS/nsaccel/v99"
	kill -HUP "$DAEMON"
	wait_until 10 reload_failed
	ns_add nsa-x1
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire]}"
	# Commands refuse to look at such pins, too.
	wait_until 10 has_written 10,51,0,0
	rmdir "$BPFFS/nsaccel/v99"
	settle
}

# has_written BYTE,...: a route to what begins so, into the map of any namespace.
has_written()
{
	local pin

	for pin in "$BPFFS"/nsaccel/v9/by-netns/*/routes; do
		bpftool -j map dump pinned "$pin"
	done | jq -e -s --argjson addr "[$1]" \
		'flatten | any(.[]; .formatted.key.addr[:($addr | length)] == $addr)' >/dev/null
}

# cookie_of NAMESPACE: of one that has hooks.
cookie_of()
{
	nsaccel -j ns show | jq -r --arg ns "$1" '.[] | select(.netns == $ns) | .cookie'
}

# Where the link that holds a program on wire's eth0 is pinned, nothing can be pinned.
spoil_wire()
{
	attach_in wire eth0
	PIN=$BPFFS/nsaccel/v9/links/$(cookie_of nsa-wire)/2-tc_ingress
	FAILURE='attach to TC ingress of eth0'
	[[ -e $PIN ]] || skip "no tcx"
	rm "$PIN"
	mkdir "$PIN"
}

attach_in()
{
	nsaccel -n "nsa-$1" attach --static "$2"
}

@test "an owner that fails doesn't stop others, nor the daemon; it is tried again" {
	live_topology
	spoil_wire # which comes first
	live_attach
	ip -n nsa-rt route add 10.51.0.0/24 via "${ADDR4[wire2]}"
	fails '[1-9]*' "$FAILURE" nsaccel sync
	has_written 10,51,0,0
	ip -n nsa-rt route add 10.52.0.0/24 via "${ADDR4[wire2]}"
	daemon_start
	kill -0 "$DAEMON"
	has_written 10,52,0,0
	ip -n nsa-rt route add 10.53.0.0/24 via "${ADDR4[wire2]}"
	wait_until 10 has_written 10,53,0,0
	[[ $(grep -c "$FAILURE" "$DAEMON_LOG") -eq 1 ]] || fail "$(cat "$DAEMON_LOG")"
	rmdir "$PIN"
	wait_until 20 in_step
	[[ -f $PIN ]]
}

# all_ports JQ: holds for the record of each port of the router.
all_ports()
{
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v9/ports |
		jq -e "[.[].formatted.value] | length > 0 and all($1)" >/dev/null
}

drop_all()
{
	in_ns nsa-rt nft add table inet t
	in_ns nsa-rt nft add chain inet t c '{ type filter hook forward priority 0; policy drop; }'
}

@test "a container that can't be registered keeps nothing from the others" {
	live_topology
	live_attach
	daemon_start
	bpftool map freeze pinned "$BPFFS"/nsaccel/v9/netns
	green_made
	wait_until 10 grep -q 'register namespace nsa-green' "$DAEMON_LOG"
	drop_all
	wait_until 10 all_ports '.gate == 1'
	probe blue "${ADDR4[red]}"
	got
	in_ns nsa-rt nft flush ruleset
	wait_until 10 all_ports '.gate == 0'
	probe blue "${ADDR4[red]}"
	got red 1
	fast 1
	probe_from_green red
	got red 2
	fast 0
	sysctl_in nsa-rt net.ipv4.ip_forward=0
	wait_until 10 all_ports '.forward4 == 0'
	probe blue "${ADDR4[red]}"
	got
	[[ $(grep -c 'register namespace' "$DAEMON_LOG") -eq 1 ]] || fail "$(cat "$DAEMON_LOG")"
}

unhooked()
{
	[[ -z $(hooks nsa-rt) ]]
}

@test "a port whose record can't be changed is left to the kernel" {
	live_topology
	live_attach
	daemon_start
	bpftool map freeze pinned "$BPFFS"/nsaccel/v9/ports
	drop_all
	wait_until 10 unhooked
	probe blue "${ADDR4[red]}"
	got
	daemon_stop
}

# replace_eth1: by a device that nobody asked to attach, under the same ifindex.
replace_eth1()
{
	ip -n nsa-rt link del eth1
	ip -n nsa-rt link add evil index 11 type veth peer name tail
	ip -n nsa-rt link set evil up
	ip -n nsa-rt link set tail up
}

# requested DEV...: those that the user asked to attach.
requested()
{
	[[ $(nsaccel -j status | jq -r '.owners[].ports[] | select(.requested) | .dev') == "$*" ]] ||
		fail "$(nsaccel status)" || return
	nsaccel check
}

@test "a device with the ifindex of an attached one inherits nothing" {
	live_topology
	live_attach
	replace_eth1
	daemon_start
	settle
	requested eth0
	[[ $(hooks nsa-rt) != *evil* ]]
	daemon_stop
	# Only because it is asked for.
	attach evil
	requested eth0$'\n'evil
}

@test "a device with the ifindex of an attached one, under a daemon's nose" {
	live_topology
	live_attach
	daemon_start
	at_once replace_eth1
	settle
	requested eth0
}

@test "a device with the ifindex of an attached one: attached itself, as it is asked for" {
	live_topology
	attach eth0
	nsaccel -n nsa-rt attach --static eth1 --mode tc
	replace_eth1
	attach evil
	nsaccel -j status | jq -e '.owners[0].ports[] | select(.dev == "evil") |
		.requested and (.reason | contains("--mode tc") | not)'
}

@test "an attached device that was away and is back is attached" {
	live_topology
	live_attach
	ip -n nsa-rt link set eth1 netns nsa-blue
	ip -n nsa-blue link set eth1 netns nsa-rt
	ip -n nsa-rt link set eth1 up
	daemon_start
	settle
	requested eth0$'\n'eth1
}

# managed COUNT: so many neighbours the router's kernel keeps fresh.
managed()
{
	[[ $(ip -n nsa-rt -d neigh show | grep -cw managed) -eq $1 ]]
}

# by_gateways add|del FIRST LAST: routes, each by a gateway of its own that isn't there.
by_gateways()
{
	local i

	for ((i = $2; i <= $3; i++)); do
		echo "route $1 10.60.$i.0/24 via 10.0.0.$((100 + i))"
	done | ip -n nsa-rt -batch -
}

@test "neighbours are kept fresh for routes alone" {
	live_topology
	ip -n nsa-wire addr add 10.0.0.77/24 dev eth0
	live_attach
	managed 0
	daemon_start
	by_gateways add 1 20
	wait_until 10 managed 20
	by_gateways del 1 10
	wait_until 10 managed 10
	# One that is there: its own route is none that asked for it.
	rt route add 10.61.0.0/24 via 10.0.0.77
	wait_until 10 managed 11
	wait_until 10 accelerated blue 10.0.0.77
	rt route del 10.61.0.0/24
	wait_until 10 managed 10
	daemon_stop KILL
	by_gateways del 11 15
	daemon_start
	wait_until 10 managed 5
	by_gateways del 16 20
	wait_until 10 managed 0
	by_gateways add 1 5
	wait_until 10 managed 5
	nsaccel detach --all
	managed 0
}
