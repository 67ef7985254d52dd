# SPDX-License-Identifier: GPL-2.0-only
# A NIC that takes VLAN tags out of frames hides them from XDP, which would route those as untagged.

load live

teardown()
{
	live_teardown
}

offload()
{
	[[ $(in_ns nsa-rt ethtool -k eth0) =~ rx-vlan-offload:\ ([a-z]*) && ${BASH_REMATCH[1]} == "$1" ]]
}

switch()
{
	in_ns nsa-rt ethtool -K eth0 rxvlan "$1"
}

@test "rx-vlan-offload is switched on while XDP is there" {
	live_topology
	offload on
	nsaccel -n nsa-rt attach --static eth0 --mode native
	offload off
	nsaccel check
	# Nobody follows: check tells, and sync mends.
	switch on
	fails 4 "rx-vlan-offload" nsaccel check
	nsaccel sync
	offload off
	# The daemon hears of it at once, and doesn't wait for its look at all settings each minute.
	daemon_start
	settle
	switch on
	wait_until 2 offload off
	settle
	# Not wanted where XDP isn't; and what was found is put back.
	nsaccel -n nsa-rt attach --static eth0 --mode tc
	offload on
	settle
	nsaccel -n nsa-rt attach --static eth0 --mode native
	offload off
	nsaccel -n nsa-rt detach eth0
	offload on
}
