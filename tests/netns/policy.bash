# SPDX-License-Identifier: GPL-2.0-only
# What policy_*.bats share.
# shellcheck shell=bash

load lib

setup()
{
	topo_up
	attach eth0 eth1
}

teardown()
{
	topo_down
}

policy()
{
	nsaccel -n nsa-rt policy "$@"
}

rules()
{
	policy save
}

# hears FROM TO 4|6: an echo is answered.
hears()
{
	ping_from "$1" "$(addr "$2" "$3")" -c 2 -W 2 >/dev/null
}

# deaf FROM TO 4|6: the policy has dropped the echo request, or its answer.
deaf()
{
	local before

	before=$(dropped)
	! ping_from "$1" "$(addr "$2" "$3")" -c 1 -W 0.3 >/dev/null || fail "$1 hears $2" || return
	[[ $(dropped) -gt $before ]] || fail "$1 doesn't hear $2, but not by the policy"
}

dropped()
{
	counter '[^"]*' drop_policy
}

# field NUMBER NAME: of the rule that is shown at that place.
field()
{
	policy show -j | jq -r ".[0].rules[$1].$2"
}

conns()
{
	bpftool -j map dump pinned "$BPFFS"/nsaccel/v*/conns | jq length
}
