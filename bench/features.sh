# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is switched on around a measurement, by its scenario and contender, and off again. Sourced by run.sh.

# Commands that name the namespace that they are about.
ns_set()
{
	"$NSACCEL" ns set "$(rig_netns "$1")" "${@:2}" || die "ns set $* failed"
}

limit()
{
	"$NSACCEL" limit "$1" "$(rig_netns "$2")" "${@:3}" || die "limit $* failed"
}

# policy_up RULES: the last of them allows what is sent, the others, each with a prefix and a port of its
# own, are about others. Without any, a default elsewhere has packets looked at.
policy_up()
{
	if (($1 == 0)); then
		ns_set mac --policy deny
		return
	fi
	seq $(($1 - 1)) | awk '{
		printf "--from 172.16.%d.%d --to 172.17.%d.0/24 proto udp dport %d deny\n",
			$1 / 250, $1 % 250, $1 % 250, 10000 + $1
	} END { print "--from '"$(rig_netns blue) --to $(rig_netns red)"' proto udp allow" }' |
		nsaccel rt policy load -
}

policy_down()
{
	if (($1 == 0)); then
		ns_set mac --policy allow
	else
		nsaccel rt policy flush
	fi
}

# guard_up off|on: nothing that looks at packets; or a guard that drops, and an empty policy.
guard_up()
{
	if [[ $1 == off ]]; then
		ns_set blue --guard off
	else
		ns_set blue --guard drop
		policy_up 0
	fi
}

guard_down()
{
	ns_set blue --guard pass
	[[ $1 == off ]] || policy_down 0
}

# Limits so wide that nothing meets them.
limit_up()
{
	limit set blue out rate 100gbit pps 100m
	limit set red in rate 100gbit pps 100m
}

limit_down()
{
	limit del blue
	limit del red
}

# The ruleset of most firewalls: by connection. Those of the kernel and of nsaccel meet it alike.
gate_up()
{
	rig_exec rt nft -f - <<-EOF
		table inet bench {
			chain forward {
				type filter hook forward priority 0; policy drop;
				ct state established,related accept
				udp dport 9 accept
			}
		}
	EOF
}

gate_down()
{
	rig_exec rt nft delete table inet bench
}

# What a home router, or a host with containers, translates: masquerade, and a published port.
nat_up()
{
	gate_up
	rig_exec rt nft -f - <<-EOF
		table ip bench-nat {
			chain pre {
				type nat hook prerouting priority dstnat;
				iifname eth0 udp dport 9 dnat to $(rig_addr blue 4)
			}
			chain post {
				type nat hook postrouting priority srcnat;
				oifname eth1 masquerade
			}
		}
	EOF
}

nat_down()
{
	gate_down
	rig_exec rt nft delete table ip bench-nat
}

# Before nsaccel is attached: attached with --static, it doesn't follow the rules.
prepare_rig()
{
	case $1/$2 in
	mac-veth/kernel) rig_shim_up rt eth0 shim mac ;;
	mac-mac/kernel)
		rig_shim_up mr eth0 shim0 ma
		rig_shim_up mr eth1 shim1 mb
		;;
	*/kernel-rpf2) rig_rp_filter 2 ;;
	gate/*) use - && gate_up ;;
	nat-*) use - && nat_up ;;
	esac
}

restore_rig()
{
	case $1/$2 in
	mac-veth/kernel) rig_shim_down rt shim ;;
	mac-mac/kernel)
		rig_shim_down mr shim0
		rig_shim_down mr shim1
		;;
	*/kernel-rpf2) rig_rp_filter 0 ;;
	gate/*) use - && gate_down ;;
	nat-*) use - && nat_down ;;
	esac
}

# Of nsaccel, which is attached.
prepare()
{
	case $1/$2 in
	guard/nsaccel-off) guard_up off ;;
	guard/nsaccel) guard_up on ;;
	limit/nsaccel) limit_up ;;
	policy*/nsaccel-*) policy_up "${2#nsaccel-}" ;;
	esac
}

restore()
{
	case $1/$2 in
	guard/nsaccel-off) guard_down off ;;
	guard/nsaccel) guard_down on ;;
	limit/nsaccel) limit_down ;;
	policy*/nsaccel-*) policy_down "${2#nsaccel-}" ;;
	esac
}
