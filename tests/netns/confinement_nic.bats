# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# The last NIC of the owner is deleted or moves away: confined namespaces stay confined.
# shellcheck disable=SC2034 # live.bash uses them

load confinement

# missing DEV...: what status says is attached and isn't there.
missing()
{
	[[ $(nsaccel -j status | jq -r '.owners[].missing[]') == "$*" ]]
}

# keeps_closed: what was said is in force.
keeps_closed()
{
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1 10.2.0.1
	reaches_not nsa-red 10.2.0.1
	reaches_not nsa-wire "${ADDR4[blue]}"
}

nic_goes_and_comes()
{
	live_topology
	attach eth0
	nsaccel -n nsa-rt attach --static eth0 --mode tc
	daemon_start
	settle
	ns_set nsa-blue --isolated
	ns_set nsa-red --policy deny
	keeps_closed
	"$@"
	wait_until 10 missing eth0
	settle
	keeps_closed
	noted "eth0 is attached, but isn't there"
	logged "eth0, which is attached in namespace nsa-rt, is gone"
	daemon_stop KILL
	nsaccel sync
	missing eth0
	keeps_closed
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth0
	fails 2 "nsa-blue is to fail closed" nsaccel detach --all
	daemon_start
	settle
	# Another of that name is attached, as it was asked for.
	ip link add eth0 netns nsa-rt address "${RT_MAC[eth0]}" type veth peer name again netns nsa-wire
	ip -n nsa-rt addr add 10.0.0.1/24 dev eth0
	ip -n nsa-rt link set eth0 up
	ip -n nsa-wire link set again up
	wait_until 10 missing
	settle
	logged "eth0 is back in namespace nsa-rt, and attached again"
	port eth0 | jq -e '.requested and (.reason | contains("--mode tc"))' || fail "$(nsaccel status)"
	keeps_closed
	nsaccel -n nsa-rt detach eth0 --force
	wait_until 5 no_trace nsa-rt nsa-wire nsa-blue nsa-red
	reaches nsa-blue 10.2.0.1
}

delete_nic()
{
	ip -n nsa-rt link del eth0
}

move_nic()
{
	ip -n nsa-rt link set eth0 netns nsa-wire2 name gone
}

@test "the last NIC is deleted: nobody is opened; it comes again" { nic_goes_and_comes delete_nic; }
@test "the last NIC moves away: nobody is opened; it comes again" { nic_goes_and_comes move_nic; }

@test "the last NIC goes while nobody looks, and another detach would open" {
	live_topology
	attach eth0 eth1
	nsaccel ns set nsa-blue --isolated
	ip -n nsa-rt link del eth0
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth1
	keeps_closed_blue
	ip -n nsa-rt link del eth1
	nsaccel sync
	keeps_closed_blue
	missing eth0$'\n'eth1
	# One of them isn't asked for any more; then none.
	fails 2 "nsa-blue is to fail closed" nsaccel -n nsa-rt detach eth1
	nsaccel ns set nsa-blue --isolated=off
	nsaccel -n nsa-rt detach eth1
	no_trace nsa-rt nsa-blue
	reaches nsa-blue 10.2.0.1
}

keeps_closed_blue()
{
	reaches_not nsa-blue "${ADDR4[red]}" 10.1.0.1
}

@test "a NIC that is gone can be forgotten, and what leads to somebody isn't taken for it" {
	up
	ip -n nsa-rt link del eth1
	wait_until 10 missing eth1
	nsaccel -n nsa-rt detach eth1
	missing
	settle
	ip -n nsa-rt link del eth0
	wait_until 10 missing eth0
	# blue's host end under that name is blue's all the same.
	ns_set nsa-blue --isolated
	ip -n nsa-rt link set blue down
	ip -n nsa-rt link set blue name eth0
	ip -n nsa-rt link set eth0 up
	wait_until 10 port eth0
	settle
	port eth0 | jq -e '.requested | not' || fail "$(nsaccel status)"
	missing eth0
	reaches_not nsa-blue 10.1.0.1
}
