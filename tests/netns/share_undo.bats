# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A share ends: by unshare, unbind or detach, after a failure, or killed.

load share

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
