# SPDX-License-Identifier: GPL-2.0-only
# completion/nsaccel, asked as bash asks it.

load lib

setup_file()
{
	ip netns add nsa-blue
	ip netns add nsa-red
	ip -n nsa-blue link add v0 type veth peer name v1
	ip link add nsa-here type veth peer name v9
}

teardown_file()
{
	ip link del nsa-here
	ip netns del nsa-blue
	ip netns del nsa-red
}

setup()
{
	# shellcheck source=../../completion/nsaccel
	source "$BATS_TEST_DIRNAME/../../completion/nsaccel"
	COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
}

# says LINE WORD...: what is offered after LINE, in any order.
says()
{
	local COMP_LINE=$1 COMP_POINT=${#1}
	local -a COMPREPLY

	_nsaccel
	diff <(printf '%s\n' "${@:2}" | sort) <(printf '%s\n' "${COMPREPLY[@]}" | sort)
}

@test "commands and verbs" {
	says "nsaccel " attach detach status route ns limit policy endpoint share unshare bind unbind \
		stats sync check daemon monitor help
	says "nsaccel st" status stats
	says "nsaccel -j --color never sta" status stats
	says "nsaccel route " add del replace show flush get
	says "nsaccel -n x route re" replace
	says "nsaccel ns " show set
	says "nsaccel stats s" show
	says "nsaccel endpoint " show set
	says "nsaccel status " ""
	says "nsaccel daemon " ""
	says "nsaccel s" status stats sync share
}

@test "routes" {
	says "nsaccel route add " default
	says "nsaccel route add 10.0.0.0/8 " via dev netns blackhole unreachable prohibit pass
	says "nsaccel route replace fd00::/64 p" prohibit pass
	says "nsaccel route add 10.0.0.0/8 netns nsa-" nsa-blue nsa-red
	says "nsaccel route add 10.0.0.0/8 dev nsa-" nsa-here
	says "nsaccel route add 10.0.0.0/8 via " ""
	says "nsaccel route get 10.0.0.1 " from iif
	says "nsaccel route get 10.0.0.1 from 10.0.0.2 i" iif
	says "nsaccel route get 10.0.0.1 iif nsa-" nsa-here
	says "nsaccel route get fd00::1 from " ""
}

@test "shared NICs" {
	says "nsaccel share nsa-" nsa-here
	says "nsaccel share s" show
	says "nsaccel share nsa-here " netns address vlan dev
	says "nsaccel share nsa-here netns nsa-b" nsa-blue
	says "nsaccel share nsa-here netns nsa-blue a" address
	says "nsaccel share nsa-here netns nsa-blue address " ""
	says "nsaccel share nsa-here vlan " ""
	says "nsaccel share nsa-here vlan 5 d" dev
	says "nsaccel unshare nsa-here " netns address vlan
	says "nsaccel bind nsa-here vlan 5 netns nsa-r" nsa-red
	says "nsaccel bind -n nsa-blue nsa-" ""
	says "nsaccel unbind nsa-here " vlan
}

@test "isolation and limits" {
	says "nsaccel ns set nsa-" nsa-blue nsa-red
	says "nsaccel ns show " ""
	says "nsaccel ns set de" dev
	says "nsaccel ns set x --isolated=" on off
	says "nsaccel ns set x --gua" --guard
	says "nsaccel ns show --gua" ""
	says "nsaccel ns set x --guard " off pass drop
	says "nsaccel ns set x --sources " auto
	says "nsaccel ns set x --on-miss d" drop
	says "nsaccel ns set --guard drop nsa-r" nsa-red
	says "nsaccel limit " set del show
	says "nsaccel limit del nsa-" nsa-blue nsa-red
	says "nsaccel limit set nsa-blue " in out
	says "nsaccel limit set nsa-blue out " rate burst pps pps-burst
	says "nsaccel limit set nsa-blue out rate " ""
	says "nsaccel limit set nsa-blue out rate 1gbit p" pps pps-burst
	says "nsaccel limit show " ""
	says "nsaccel detach --f" --force
}

@test "rules of a policy" {
	says "nsaccel policy " add del flush load save show
	says "nsaccel policy s" save show
	says "nsaccel policy add " proto dport pref allow deny
	says "nsaccel policy add --from nsa-r" nsa-red
	says "nsaccel policy add --to=nsa-b" nsa-blue
	says "nsaccel policy add --from nsa-red --t" --to
	says "nsaccel policy add proto u" udp udplite
	says "nsaccel policy del proto tcp d" dport deny
	says "nsaccel policy add dport " ""
	says "nsaccel policy load /proc/sys/ne" /proc/sys/net
	says "nsaccel policy show " ""
}

@test "options" {
	says "nsaccel --net" --netns
	says "nsaccel attach --m" --mode
	says "nsaccel --f" ""
	says "nsaccel monitor --t" --timestamp
	says "nsaccel check --t" ""
	says "nsaccel attach --s" --static
	says "nsaccel daemon --u" --until-detached
	says "nsaccel attach x --firewall " gate bypass
	says "nsaccel detach --a" --all
	says "nsaccel endpoint set --d" --debug --delivery
	says "nsaccel attach x --mode " auto native tc
	says "nsaccel attach x --mode=n" native
	says "nsaccel attach x --delivery " tc xdp
	says "nsaccel attach x --firewall " gate bypass
	says "nsaccel monitor --t" --timestamp
	says "nsaccel check --t" ""
	says "nsaccel --color a" auto always
	says "nsaccel --bpffs /proc/sys/ne" /proc/sys/net
	COMP_WORDBREAKS=$' \t\n'
	says "nsaccel attach x --mode=n" --mode=native
}

@test "namespaces and devices" {
	says "nsaccel -n " nsa-blue nsa-red
	says "nsaccel --netns nsa-r" nsa-red
	says "nsaccel --netns=nsa-r" nsa-red
	says "nsaccel -jn nsa-b" nsa-blue
	says "nsaccel -n /run/netns/nsa-b" /run/netns/nsa-blue
	says "nsaccel attach nsa-" nsa-here
	says "nsaccel attach -n nsa-blue " v0 v1
	says "nsaccel -n nsa-none detach " ""
	says "nsaccel endpoint set nsa-h" nsa-here
}

@test "amid a line" {
	local COMP_LINE="nsaccel rou add" COMP_POINT=11
	local -a COMPREPLY

	_nsaccel
	[[ ${COMPREPLY[*]} == route ]]
}
