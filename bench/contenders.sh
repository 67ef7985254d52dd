# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who forwards: nsaccel, which stays attached while the next measurement wants it as it is, and others, which come and
# go with their measurement. Sourced by run.sh.
# shellcheck disable=SC2154 # paths.sh and run.sh set them

ATTACHED=-

# nsaccel NS ARGUMENT...
nsaccel()
{
	"$NSACCEL" -n "$(rig_netns "$1")" "${@:2}" || die "nsaccel -n $1 ${*:2} failed"
}

# way NAME: what it attaches: a namespace, a device, options, on a line each.
way()
{
	local i

	case $1 in
	tc) echo "rt eth0 --mode tc" ;;
	nics:*) printf "${1#*:} %s --mode tc\n" eth0 eth1 ;;
	auto) echo "rt eth0 --mode auto" ;;
	native:*) printf "${1#*:} %s --mode native\n" eth0 eth1 ;;
	xdp) echo "rt eth0 --mode native --delivery xdp" ;;
	switch) echo "sw nic --mode tc" ;;
	chain-*)
		for ((i = 1; i <= ${1#chain-}; i++)); do
			echo "h$i in --mode tc"
		done
		;;
	*) die "$1: no such way to attach" ;;
	esac
}

# use WAY: as little change as leads there. WAY "-": nothing of nsaccel is left.
use()
{
	local ns dev options

	[[ $1 != "$ATTACHED" ]] || return 0
	if [[ $ATTACHED != - ]]; then
		for ns in $(way "$ATTACHED" | cut -d' ' -f1 | sort -u); do
			nsaccel "$ns" detach --all
		done
		diff <(echo "$SETTINGS") <(rig_settings) >&2 || die "detach left these settings changed"
	fi
	ATTACHED=$1
	[[ $1 != - ]] || return 0
	while read -r ns dev options; do
		# shellcheck disable=SC2086 # a list of words
		nsaccel "$ns" -q attach --static "$dev" $options </dev/null
	done < <(way "$1")
}

# ways_of_floor: the path's hops, and for sockets the way back, of one hop.
ways_of_floor()
{
	local ns in out rest

	printf '%s\n' "${hops[@]}"
	[[ ${metric%6} != pps && ${metric%6} != cpu ]] || return 0
	read -r ns in out rest <<<"${hops[0]}"
	echo "$ns $out $in $from $from_via"
}

# floor_up MECHANISM / floor_down MECHANISM: a static program at each hop of the path.
floor_up()
{
	local ns in out next self

	while read -r ns in out next self; do
		# shellcheck disable=SC2046 # two words, or none
		rig_exec "$ns" "$OUT/floor" attach "$in" "$1" "$out" \
			$([[ ! $self ]] || echo "$(rig_mac "$next") $(rig_mac "$self")") </dev/null
	done < <(ways_of_floor)
	# The stack takes XDP frames by NAPI, which GRO brings.
	[[ $1 != xdp || $to_hook == xdp ]] || rig_gro on "$to_ns/$to_dev"
}

floor_down()
{
	local ns in rest

	while read -r ns in rest; do
		rig_exec "$ns" "$OUT/floor" detach "$in" "$1" </dev/null
	done < <(ways_of_floor)
	[[ $1 != xdp || $to_hook == xdp ]] || rig_gro_as_it_was "$to_ns/$to_dev"
}

rig_gro_as_it_was()
{
	[[ " ${RIG_NICS[*]} " == *" $1 "* ]] || rig_gro off "$1"
}

# xdp_forward load|unload: between the devices of the path's hop. Prints why it failed.
xdp_forward()
{
	local ns in out rest

	read -r ns in out rest <<<"${hops[0]}"
	rig_exec "$ns" "$XDP_FORWARD" "$1" "$in" "$out" >"$OUT/xdp-forward.log" 2>&1 || {
		echo "xdp-forward $1: $(tail -n 1 "$OUT/xdp-forward.log")"
		return 77
	}
}

# forward_up CONTENDER / forward_down CONTENDER: those that aren't nsaccel, nor the kernel as it is. Prints why it can't,
# and returns 77 then.
forward_up()
{
	case $1 in
	floor-*) floor_up "${1#floor-}" ;;
	xdp-forward*)
		[[ -x ${XDP_FORWARD-} ]] || {
			echo "no xdp-forward (see bench/xdp-tools.sh)"
			return 77
		}
		xdp_forward load || return
		[[ $to_hook == xdp ]] || rig_gro on "$to_ns/$to_dev"
		;;
	esac
}

forward_down()
{
	case $1 in
	floor-*) floor_down "${1#floor-}" ;;
	xdp-forward*)
		xdp_forward unload
		[[ $to_hook == xdp ]] || rig_gro_as_it_was "$to_ns/$to_dev"
		;;
	esac
}
