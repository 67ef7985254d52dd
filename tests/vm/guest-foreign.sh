#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-foreign.sh [GROUP...]: what nsaccel doesn't follow, beside it: it has to leave those packets to the kernel,
# counted, and what comes of them has to be what the kernel alone makes of them, which each group of
# tests looks at first. Run in a VM by check.sh.
#
#   wire-virtio eth0 --- virtio  \           / blue --- eth0 blue
#   wire-igb eth0 ------ igb      } owner   {
#   wire-vmxnet3 eth0 -- vmxnet3 /           \ green -- eth0 green
#
# Each device that isn't followed leads to a namespace of its own, of that name.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/guest-checks.sh"
. "$here/guest-foreign-devices.sh"
. "$here/guest-foreign-vrf.sh"
. "$here/guest-foreign-netfilter.sh"

# ---- what is expected -------------------------------------------------------------------------

# sum_of ARRAY PREFIX: into SUM.
sum_of()
{
	local -n counters=$1
	local key

	SUM=0
	for key in "${!counters[@]}"; do
		[[ $key != "$2"* ]] || SUM=$((SUM + ${counters[$key]}))
	done
}

# grown PREFIX: by how many bytes the counters of that name have, into GROWN. Of "before" and "after".
grown()
{
	local SUM first

	sum_of before "$1"
	first=$SUM
	sum_of after "$1"
	GROWN=$((SUM - first))
}

# counts FROM TO FAMILY COUNTER...: an exchange of which each of those has seen the payload. What was counted is in
# the caller's "before" and "after".
counts()
{
	local from=$1 to=$2 family=$3 counter GROWN r=0

	shift 3
	read_counters before
	exchange "$from" "$to" "$family" || r=1
	read_counters after
	for counter; do
		grown "$counter"
		((GROWN >= PAYLOAD)) || { r=1; echo "$counter: $GROWN bytes"; }
	done
	return "$r"
}

# passes FROM TO FAMILY NETNS/HOOK/REASON...: an exchange of which those counters have seen the payload,
# and next to nothing of which has taken the fast path where they count. A reason may be a beginning.
passes()
{
	local way=("${@:1:3}") counter GROWN r=0
	local -A before=() after=()

	shift 3
	set -- "${@/#owner/$owner}"
	counts "${way[@]}" "$@" || r=1
	for counter; do
		grown "${counter%/*}/fwd_"
		((GROWN < PAYLOAD / 10)) || r=1
	done
	[[ $r -eq 0 ]] && return
	echo "expected $PAYLOAD bytes in each of: $*; nsaccel counted:"
	for counter in "${!after[@]}"; do
		((${after[$counter]} == ${before[$counter]-0})) ||
			echo "  $counter $((${after[$counter]} - ${before[$counter]-0}))"
	done
	return 1
}

# everything_counted FROM TO FAMILY NETNS/HOOK...: arrives, and each of those has seen the payload,
# whatever became of it.
everything_counted()
{
	local way=("${@:1:3}")
	local -A before=() after=()

	shift 3
	counts "${way[@]}" "${@/#owner/$owner}"
}

# arrives_not FROM TO
arrives_not()
{
	local r=0

	"$TRAFFIC" arrives "$1" "${address[$1/4]}" "$2" "${address[$2/4]}" || r=$?
	[[ $r -eq 3 || $r -eq 1 ]] || say "arrives: $r"
}

attach()
{
	nsaccel attach "$@" && owner=$(tells '.owners[0].netns')
}

refuses()
{
	local status=0

	nsaccel attach "$1" || status=$?
	[[ $status -ne 0 ]]
}

# end_group TEXT: nsaccel goes; the kernel alone again.
end_group()
{
	check "$1: detach" nsaccel detach --all
	check "$1: nothing is left" gone
}

# new_state: what is to be found again when nsaccel has gone.
new_state()
{
	state > /tmp/state.before
}

# far_end NETNS DEVICE IPV4 IPV6 [VIA4 VIA6]: a namespace's side: its device up, with addresses and ways out.
far_end()
{
	local ns=$1 dev=$2

	address[$ns/4]=${3%/*}
	address[$ns/6]=${4%/*}
	ip -n "$ns" -batch - <<- EOF
		link set lo up
		address add $3 dev $dev
		address add $4 dev $dev nodad
		link set $dev up
		route add 0.0.0.0/0 ${5:+via $5} dev $dev
		route add ::/0 ${6:+via $6} dev $dev
	EOF
}

near_end()
{
	ip -batch - <<- EOF
		address add $2 dev $1
		address add $3 dev $1 nodad
		link set $1 up
	EOF
}

# ---- groups -----------------------------------------------------------------------------------

# main [GROUP...]
main()
{
	local group

	# shellcheck disable=SC2119
	begin
	[[ $# -gt 0 ]] || set -- devices bond_later vrf flowtable ipvs
	for group; do
		"test_$group"
	done
	echo "# done"
}

main "$@"
