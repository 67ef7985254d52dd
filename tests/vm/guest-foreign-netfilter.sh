# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # guest-checks.sh sets them
# Groups of guest-foreign.sh: a flowtable, and IPVS. Sourced by it.

make_flowtable()
{
	nft -f - <<- EOF
		table inet f {
			flowtable ft {
				hook ingress priority 0
				devices = { virtio, blue, green }
			}
			chain forward {
				type filter hook forward priority 0
				meta l4proto tcp flow add @ft
				ct state invalid drop
			}
		}
	EOF
}

# The kernel's own fast path has flows.
offloads()
{
	local r=0

	stream wire-virtio blue
	streams_go_on || r=1
	conntrack -L 2> /dev/null | grep OFFLOAD || r=1
	stop_streams || r=1
	return "$r"
}

status_says()
{
	local text

	text=$(nsaccel status)
	[[ $text = *"$1"* ]] || say "$text"
}

flowtable_reaches()
{
	both "$1: wire-virtio <-> blue" exchange wire-virtio blue
	both "$1: blue <-> green" exchange blue green
}

test_flowtable()
{
	check "a flowtable" make_flowtable
	new_state
	flowtable_reaches "flowtable, kernel"
	check "flowtable: the kernel offloads by it" offloads
	check "attach virtio" attach virtio
	check "flowtable: status tells" status_says flowtable
	both "flowtable: wire-virtio <-> blue" everything_counted wire-virtio blue \
		owner/tc_ingress/ blue/tc_ingress/
	both "flowtable: blue <-> green" everything_counted blue green blue/tc_ingress/ \
		green/tc_ingress/
	end_group "flowtable"
	flowtable_reaches "flowtable, kernel again"
	check "flowtable: it goes" nft flush ruleset
}

readonly SERVICE=10.99.0.1 SERVICE_PORT=7000

# By NAT: what blue answers has to get the service's address on its way out.
make_ipvs()
{
	ip address add "$SERVICE/32" dev lo
	ipvsadm -A -t "$SERVICE:$SERVICE_PORT" -s rr
	ipvsadm -a -t "$SERVICE:$SERVICE_PORT" -r "${address[blue/4]}:$SERVICE_PORT" -m
}

remove_ipvs()
{
	ipvsadm -C
	ip address del "$SERVICE/32" dev lo
}

serves()
{
	"$TRAFFIC" service "$1" "${address[$1/4]}" blue "${address[blue/4]}" "$SERVICE_PORT" "$SERVICE"
}

test_ipvs()
{
	check "IPVS" make_ipvs
	new_state
	check "IPVS, kernel: from wire-virtio" serves wire-virtio
	check "IPVS, kernel: from green" serves green
	check "attach virtio" attach virtio
	check "IPVS: status tells" status_says IPVS
	check "IPVS: from wire-virtio" serves wire-virtio
	check "IPVS: from green" serves green
	both "IPVS: wire-virtio <-> blue" everything_counted wire-virtio blue \
		owner/tc_ingress/ blue/tc_ingress/
	check "IPVS: goes while attached" remove_ipvs
	both "IPVS has gone: wire-virtio <-> blue" exchange wire-virtio blue
	check "IPVS: comes while attached" make_ipvs
	check "IPVS made later: from wire-virtio" wait_served wire-virtio
	end_group "IPVS"
	check "IPVS: it goes" remove_ipvs
}

# IPVS tells nobody: what was made a moment ago is followed within a second.
wait_served()
{
	read -rt 3 -u "$nap" || true
	serves "$1"
}
