# SPDX-License-Identifier: GPL-2.0-only
# Each command, killed before each of its changes, and with each call that asks the kernel failing: "make
# check-faults". What has to hold then is in tests/netns/faults.bash.
# shellcheck disable=SC2034 # faults.bash uses them

load ../netns/live
load ../netns/faults

teardown()
{
	live_teardown
}

@test "attach" {
	with nothing_attached detach_all -- -n nsa-rt attach --static eth0
}

@test "attach: another NIC" {
	with all_confined detach_eth1 -- -n nsa-rt attach --static eth1
}

@test "detach: the last NIC" {
	with all_confined all_confined -- -n nsa-rt detach --force eth0
}

@test "detach: one of two" {
	with both_attached attach_eth1 -- -n nsa-rt detach eth1
}

@test "detach: with a shared NIC" {
	with shared shared -- -n nsa-rt detach --force eth0
}

@test "detach: all" {
	with both_attached both_attached -- detach --all --force
}

# What sync finds: a route.
news()
{
	news_go
	all_confined
	news_come
}

news_come()
{
	ip -n nsa-rt route add 10.60.0.0/24 via "${ADDR4[wire]}"
}

news_go()
{
	ip -n nsa-rt route del 10.60.0.0/24
}

old_news()
{
	news_go
	nsaccel sync
	news_come
}

@test "sync" {
	PREPARED=news_come PARTS=yes
	with news old_news -- sync
}

route_del() { nsaccel -n nsa-blue route del 10.51.0.0/24; }
route_back() { nsaccel -n nsa-blue route replace 10.50.0.0/24 via "${ADDR4[wire]}"; }

@test "route add" {
	with all_confined route_del -- -n nsa-blue route add 10.51.0.0/24 netns nsa-red
}

@test "route replace" {
	with all_confined route_back -- -n nsa-blue route replace 10.50.0.0/24 blackhole
}

@test "route del" {
	with all_confined route_back -- -n nsa-blue route del 10.50.0.0/24
}

isolated_on() { nsaccel ns set nsa-red --isolated=on; }
sources_auto() { nsaccel ns set nsa-mac --guard drop --sources auto; }
policy_allow() { nsaccel ns set nsa-blue --policy allow; }

@test "ns set: isolated" {
	with all_confined isolated_off -- ns set nsa-blue --isolated --guard drop
}

@test "ns set: isolated no more" {
	with all_confined isolated_on -- ns set nsa-red --isolated=off
}

@test "ns set: sources" {
	with all_confined sources_auto -- ns set nsa-mac --sources "${ADDR4[mac]},${ADDR6[mac]}"
}

@test "ns set: policy" {
	with all_confined policy_allow -- ns set nsa-blue --policy deny
}

@test "policy add" {
	with all_confined rule_del -- -n nsa-rt policy add --from nsa-mac --to nsa-blue deny
}

@test "policy del" {
	PARTS=yes
	with all_confined rule_back -- -n nsa-rt policy flush
}

limit_del() { nsaccel limit del nsa-blue; }
limit_back() { nsaccel limit set nsa-mac out rate 1gbit; }

@test "limit set" {
	PARTS=yes
	with all_confined limit_del -- limit set nsa-blue in rate 1gbit pps 1000000
}

@test "limit del" {
	PARTS=yes
	with all_confined limit_back -- limit del nsa-mac
}

delivery_tc() { nsaccel -n nsa-rt endpoint set blue --delivery tc; }

@test "endpoint set" {
	with all_confined delivery_tc -- -n nsa-rt endpoint set blue --delivery xdp
}

unbind_blue() { nsaccel -n nsa-rt unbind eth0 vlan 100; }

shared()
{
	all_confined
	share_blue
}

share_blue() { nsaccel -n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0; }

@test "share" {
	with all_confined unshare_blue -- -n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0
}

@test "unshare" {
	with shared share_blue -- -n nsa-rt unshare eth0 netns nsa-blue
}

@test "bind" {
	with all_confined unbind_blue -- -n nsa-rt bind eth0 vlan 100 netns nsa-blue dev vlan0
}

bound()
{
	all_confined
	bind_blue
}

bind_blue() { nsaccel -n nsa-rt bind eth0 vlan 100 netns nsa-blue dev vlan0; }

@test "unbind" {
	with bound bind_blue -- -n nsa-rt unbind eth0 vlan 100
}

# The NIC, an endpoint's host end, its other end, all of it.
DEVICES=("ip -n nsa-rt link del eth0" "ip -n nsa-rt link set eth0 name uplink"
	"ip -n nsa-rt link set eth0 netns nsa-other" "ip -n nsa-rt link del blue"
	"ip -n nsa-rt link set blue name azure" "ip -n nsa-rt link set blue netns nsa-other"
	"ip -n nsa-blue link set eth0 netns nsa-other" "ip netns del nsa-blue")

@test "attach: while devices go, move and change names" {
	events nothing_attached "${DEVICES[@]}" -- -n nsa-rt attach --static eth0
}

# red is isolated, and takes its device elsewhere, with all it had.
MOVED="ip -n nsa-red link set eth0 netns nsa-other && printf '%s\\n' 'addr add 10.2.0.2/24 dev eth0' \
	'link set eth0 up' 'route add default via 10.2.0.1' | ip -n nsa-other -batch -"

@test "attach: while what is confined moves and changes names" {
	events all_confined "$MOVED" "ip -n nsa-rt link set red name rouge" "ip -n nsa-rt link del red" \
		-- -n nsa-rt attach --static eth1
}
