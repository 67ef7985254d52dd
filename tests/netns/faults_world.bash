# SPDX-License-Identifier: GPL-2.0-only
# Worlds for the scenarios of faults.bash, and what is compared before and after a fault.
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # faults.bash and live.bash set and use them

# ---- worlds ---------------------------------------------------------------------------------

nothing_attached()
{
	:
}

# Some are confined: red sends by its own routes only, and has none; blue may not go to the second wire;
# nobody takes others' addresses. One route is told.
all_confined()
{
	attach eth0
	nsaccel ns set nsa-red --isolated
	nsaccel ns set nsa-mac --guard drop
	nsaccel -n nsa-rt policy add --from nsa-blue --to 10.0.1.0/24 deny
	nsaccel -n nsa-blue route add 10.50.0.0/24 via "${ADDR4[wire]}"
	nsaccel limit set nsa-mac out rate 1gbit
	nsaccel sync
}

detach_eth1()
{
	nsaccel -n nsa-rt detach eth1
}

attach_eth1()
{
	nsaccel -n nsa-rt attach --static eth1
}

both_attached()
{
	all_confined
	attach_eth1
}

detach_all()
{
	nsaccel detach --all --force
}

isolated_off()
{
	nsaccel ns set nsa-blue --isolated=off --guard pass
}

rule_del()
{
	nsaccel -n nsa-rt policy del --from nsa-mac --to nsa-blue deny
	nsaccel sync
}

rule_back()
{
	nsaccel -n nsa-rt policy add --from nsa-blue --to 10.0.1.0/24 deny
	nsaccel sync
}

unshare_blue()
{
	nsaccel -n nsa-rt unshare eth0 netns nsa-blue
}

# ---- what is compared -----------------------------------------------------------------------

# All that nsaccel could have changed, but for what counts.
everything()
{
	"$TOOLS/state" -n 13
	find "$BPFFS/nsaccel" 2>/dev/null | sort
	hooks nsa-rt
	printf '%s\n' "link show" "addr show" "neigh show nud permanent" |
		ip -br -n nsa-rt -batch - | sort
	"$TOOLS/offloads" "${TOUCHED[@]}"
}

# The same without what is different each time a device is made: its MAC, its index in names of pins, and
# the number that a host end of share's has for a name.
state()
{
	local made

	made=$(ip -n nsa-rt -o link show | awk -F '[: @]+' '$1 > 13 {
		match($0, /ether [0-9a-f:]+/)
		mac = substr($0, RSTART + 6, RLENGTH - 6)
		print "s/" mac "/MAC/g"
		gsub(":", "", mac)
		print "s/" mac "/MAC/g; s,/" $1 "\\>,/INDEX,g"
	}')
	everything | tr -s " " | sed -e "s/\(@eth0\|@if[0-9]*\)\>/@/g; s/\<nsa[0-9]\>/nsaN/g
		s/6e73613[0-9]/6e73614e/g; $made" | sort
}

is_state()
{
	[[ $(state) == "$1" ]]
}

# A frame of each probe, by who sends it, into files; their names are what arrived() prints.
make_probes()
{
	local leaf

	rm -f "$BATS_TEST_TMPDIR"/probes.*
	BATCHES=() SENDERS=() PROBES=0
	add_probe red "${ADDR4[wire]}" # isolated
	add_probe red "${ADDR6[wire]}"
	add_probe wire "${ADDR4[red]}"
	add_probe blue "${ADDR4[red]}"
	add_probe blue "${ADDR4[wire2]}" # by the policy
	add_probe mac "${ADDR4[blue]},src=${ADDR4[mac3]}" # the guard
	add_probe blue "${ADDR4[wire]}"
	add_probe blue "${ADDR6[wire]}"
	add_probe blue 10.50.0.7
	add_probe wire "${ADDR4[blue]}"
	add_probe wire "${ADDR6[blue]}"
	add_probe wire2 "${ADDR4[blue]}"
	for leaf in "${!SENDERS[@]}"; do
		BATCHES+=("send nsa-$leaf/eth0 probes.$leaf")
	done
}

add_probe()
{
	local HEX

	put_probe_frame "$1" "$2"
	echo "$HEX" >>"$BATS_TEST_TMPDIR/probes.$1"
	SENDERS[$1]=1
	PROBES=$((PROBES + 1))
}

# ICMP errors, which quote, don't count: IPv4's protocol, IPv6's next header.
is_error()
{
	[[ ${1:24:4}${1:46:2} == 080001 || ${1:24:4}${1:40:2} == 86dd3a ]]
}

# Into GOT: "NAMESPACE:PROBE" of each probe that arrived, sorted.
arrived()
{
	local ns frame

	# What a sender has lost after an event sends nothing.
	witness "watch ${WATCHED[*]}" "${BATCHES[@]}" 2>/dev/null || [[ $EVENT ]] || return
	GOT=
	while read -r ns frame; do
		if [[ $frame =~ 6e736163000000(..)$ ]] && ! is_error "$frame"; then
			GOT+=" $ns:${BASH_REMATCH[1]}"
		fi
	done <"$BATS_TEST_TMPDIR/received"
}
