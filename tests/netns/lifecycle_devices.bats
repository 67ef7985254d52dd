# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Devices and namespaces are renamed, moved and deleted while they are attached.

load lifecycle

@test "the NIC is renamed" {
	attach eth0
	ip -n nsa-rt link set eth0 name uplink
	carries wire
	nsaccel -n nsa-rt attach --static uplink
	port uplink | jq -e .requested
	carries wire
	nsaccel -n nsa-rt detach uplink
	no_trace nsa-rt
}

@test "the NIC is renamed, and detached by its new name at once" {
	attach eth0
	ip -n nsa-rt link set eth0 name uplink
	nsaccel -n nsa-rt detach uplink
	no_trace nsa-rt
}

@test "an endpoint's host end is renamed" {
	attach eth0
	ip -n nsa-rt link set blue name azure
	carries wire
	attach eth0
	port azure | jq -e '.endpoint.netns == "nsa-blue"'
	carries wire
}

@test "an endpoint's namespace gets another name: no difference but that" {
	attach eth0
	touch /run/netns/nsa-azure
	mount --bind /run/netns/nsa-blue /run/netns/nsa-azure
	umount /run/netns/nsa-blue
	rm /run/netns/nsa-blue
	nsaccel check
	attach eth0
	port blue | jq -e '.endpoint.netns == "nsa-azure"'
	nsaccel -j ns show | jq -e 'any(.netns == "nsa-azure") and all(.netns != "nsa-blue")'
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

@test "the NIC is deleted" {
	attach eth0
	ip -n nsa-rt link del eth0
	nsaccel -j status | jq -e . >/dev/null
	ping_from blue "${ADDR4[red]}"
	nsaccel -n nsa-rt detach eth0 || [[ $? == 3 ]]
	nsaccel detach --all
	no_trace nsa-rt
}

@test "the NIC moves to another namespace" {
	attach eth0
	ns_add nsa-elsewhere
	ip -n nsa-rt link set eth0 netns nsa-elsewhere
	ip -n nsa-elsewhere addr add 10.0.0.1/24 dev eth0
	ip -n nsa-elsewhere link set eth0 up
	# tcx links follow the device: there, it isn't a port, and nothing happens to its packets.
	wait_until 3 in_ns nsa-elsewhere ping -n -q -c 1 -W 1 "${ADDR4[wire]}"
	nsaccel -j status | jq -e . >/dev/null
	ping_from blue "${ADDR4[red]}"
	nsaccel detach --all
	no_trace nsa-rt nsa-elsewhere
}

@test "an endpoint's device moves to another namespace" {
	attach eth0
	ns_add nsa-green
	ip -n nsa-blue link set eth0 netns nsa-green
	ip -n nsa-green addr add 10.1.0.2/24 dev eth0
	ip -n nsa-green link set eth0 up
	ip -n nsa-green route add default via 10.1.0.1
	wait_until 5 in_ns nsa-green ping -n -q -c 1 -W 1 "${ADDR4[wire]}"
	attach eth0
	port blue | jq -e '.endpoint.netns == "nsa-green"'
	in_ns nsa-green ping -n -q -c 3 -i 0.01 -W 2 "${ADDR4[wire]}"
	[[ $(counter nsa-green fwd_nic) -ge 3 ]]
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt nsa-green
}

@test "an endpoint's namespace is deleted" {
	attach eth0
	ip netns del nsa-blue
	wait_until 5 no_device nsa-rt blue
	nsaccel -j status | jq -e . >/dev/null
	ping_from red "${ADDR4[wire]}"
	attach eth0
	[[ -z $(port blue) ]]
	nsaccel -j ns show | jq -e 'map(select(.netns == "nsa-blue")) == []'
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

no_device()
{
	! in_ns "$1" ip link show "$2" >/dev/null 2>&1
}

@test "a macvlan's namespace is deleted" {
	attach eth0
	ping_from mac "${ADDR4[red]}"
	ip netns del nsa-mac
	ping_from blue "${ADDR4[mac3]}"
	# The kernel takes its time over a namespace's end.
	wait_until 5 silent "${ADDR4[mac]}"
	attach eth0
	nsaccel -j endpoint show | jq -e 'map(select(.mac == "'"${MAC[mac]}"'")) == []'
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}

silent()
{
	! ping_from blue "$1" -c 1 -W 0.2
}

@test "the owner's namespace is deleted" {
	attach eth0
	ip netns del nsa-rt
	# The namespaces of its veths' peers lose their devices when it is really gone.
	wait_until 5 no_device nsa-blue eth0
	nsaccel -j status | jq -e . >/dev/null
	nsaccel detach --all
	no_trace
}

@test "a second NIC has vanished: detach of the first leaves nothing" {
	attach eth0
	attach eth1
	ip -n nsa-rt link del eth1
	nsaccel -n nsa-rt detach eth0
	no_trace nsa-rt
}
