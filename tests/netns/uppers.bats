# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Devices of the owner's on a container's host end (macvlans here; VLAN devices need a VM): what the
# container sends by them is still the container's, whatever source it gives it.
#
# Each test first shows that its means work: by the kernel alone.
# shellcheck disable=SC2034 # live.bash uses them

load live

UPPER_MAC=02:00:00:00:77:01
FORGED=172.16.9.9
FORGED6=fd00:99::9

teardown()
{
	live_teardown
}

# upper_up PORT: a macvlan of the owner's on it, with a network of its own.
upper_up()
{
	ip -n nsa-rt -batch - <<-EOF_IP
		link add link $1 name upper address $UPPER_MAC type macvlan mode bridge
		addr add 10.77.0.1/24 dev upper
		addr add fd00:77::1/64 dev upper nodad
		link set upper up
	EOF_IP
	sysctl_in nsa-rt net.ipv4.conf.upper.rp_filter=0
}

live_topology()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
	sysctl_in nsa-rt net.ipv4.conf.all.rp_filter=0
	upper_up blue
}

up()
{
	live_topology
	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
}

ns_set()
{
	change nsaccel ns set "$@"
}

# bridge_up DEV: a bridge takes it in, with its MAC, and what the owner has there.
bridge_up()
{
	ip -n nsa-rt -batch - <<-EOF_IP
		link add br9 address ${RT_MAC[blue]} type bridge mcast_snooping 0
		addr flush dev $1
		link set $1 master br9
		addr add 10.1.0.1/24 dev br9
		addr add fd00:0:1::1/64 dev br9 nodad
		link set br9 up
		neigh replace ${ADDR4[blue]} lladdr ${MAC[blue]} dev br9 nud permanent
		neigh replace ${ADDR6[blue]} lladdr ${MAC[blue]} dev br9 nud permanent
	EOF_IP
	sysctl_in nsa-rt net.ipv4.conf.br9.rp_filter=0
}

policy()
{
	change nsaccel -n nsa-rt policy "$@"
}

# From addresses that are nobody's, and from some that the owner takes for the upper device's.
send_forged()
{
	local to

	for to; do
		probe blue "${ADDR4[$to]},src=$FORGED,dmac=$UPPER_MAC" \
			"${ADDR6[$to]},src=$FORGED6,dmac=$UPPER_MAC" \
			"${ADDR4[$to]},src=10.77.0.2,dmac=$UPPER_MAC" \
			"${ADDR6[$to]},src=fd00:77::2,dmac=$UPPER_MAC"
		"$CHECK" "$to"
	done
}

arrives()
{
	got "$1" 4
}

is_denied()
{
	got
	slow 4 drop_policy
}

is_closed()
{
	got
	slow 4 drop_closed
}

is_kept_out()
{
	got
	slow 4 drop_isolated
}

@test "a rule for a container holds for what it sends by a macvlan on its host end" {
	live_topology
	CHECK=arrives send_forged red wire
	topo_down

	up
	policy add --from nsa-blue --to nsa-red deny
	policy add --from nsa-blue --to 10.0.0.0/24 deny
	policy add --from nsa-blue --to fd00::/64 deny
	CHECK=is_denied send_forged red wire
	policy flush
	policy add --from nsa-blue --to nsa-red allow
	CHECK=arrives send_forged red
}

@test "a container that is isolated sends nothing by it, nor to one that is" {
	up
	ns_set nsa-blue --isolated --guard off
	CHECK=is_closed send_forged red wire
	nsaccel ns set nsa-blue --isolated=off
	# The owner's routes to it are the owner's.
	ns_set nsa-red --isolated
	change nsaccel -n nsa-rt route add "${ADDR4[red]}/32" netns nsa-red
	change nsaccel -n nsa-rt route add "${ADDR6[red]}/128" netns nsa-red
	CHECK=is_kept_out send_forged red
}

@test "a device on the device, and one in a namespace of its own" {
	live_topology
	ip -n nsa-rt -batch - <<-EOF
		link add link upper name top address 02:00:00:00:77:02 type macvlan mode bridge
		link set top up
	EOF
	sysctl_in nsa-rt net.ipv4.conf.top.rp_filter=0
	ns_add nsa-aside
	ip -n nsa-rt link add link blue name aside netns nsa-aside address 02:00:00:00:77:03 \
		type macvlan mode bridge
	ip -n nsa-aside addr add 10.77.0.3/24 dev aside
	ip -n nsa-aside link set aside up
	WATCHED+=(nsa-aside)
	keep_quiet nsa-aside
	probe blue "${ADDR4[red]},src=$FORGED,dmac=02:00:00:00:77:02"
	got red 1
	probe blue "10.77.0.3,src=$FORGED,dmac=02:00:00:00:77:03"
	got aside 1

	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
	policy add --from nsa-blue --to nsa-red deny
	probe blue "${ADDR4[red]},src=$FORGED,dmac=02:00:00:00:77:02"
	got
	slow 1 drop_policy
	policy flush
	# Whose that namespace is nobody knows: it is judged as the owner.
	ns_set nsa-blue --policy deny
	probe blue "10.77.0.3,src=$FORGED,dmac=02:00:00:00:77:03"
	got
	slow 1 drop_policy
}

@test "a device with a master: what its source doesn't tell is closed" {
	up
	ip -n nsa-rt -batch - <<-EOF
		addr flush dev upper
		link add br8 address $UPPER_MAC type bridge mcast_snooping 0
		link set upper master br8
		addr add 10.77.0.1/24 dev br8
		link set br8 up
	EOF
	sysctl_in nsa-rt net.ipv4.conf.br8.rp_filter=0
	settle
	CHECK=arrives send_forged red
	policy add --from nsa-blue --to nsa-red deny
	CHECK=is_closed send_forged red
	# The device leaves it: then it tells.
	change ip -n nsa-rt link set upper nomaster
	CHECK=is_denied send_forged red
}

@test "a device on a bridge: what its source doesn't tell is closed" {
	live_topology
	ip -n nsa-rt link del upper
	bridge_up blue
	upper_up br9
	CHECK=arrives send_forged red
	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
	policy add --from nsa-blue --to nsa-red deny
	CHECK=is_closed send_forged red
	# What goes to others on the bridge is the bridge's.
	probe blue "${ADDR4[red]},src=$FORGED,dmac=02:00:00:00:77:09"
	slow 0 drop_closed
}

@test "frames of other protocols are judged as for the owner" {
	up
	ns_set nsa-blue --policy deny
	echo "${RT_MAC[blue]//:/}${MAC[blue]//:/}88b6$(zeros 46)" >"$BATS_TEST_TMPDIR/frames"
	probe_frames blue "the owner, another protocol"
	slow 1 drop_policy
	ns_set nsa-blue --policy allow
	probe_frames blue "the owner, another protocol"
	slow 1 pass_not_ip
}
