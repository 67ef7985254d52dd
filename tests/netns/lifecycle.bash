# SPDX-License-Identifier: GPL-2.0-only
# What lifecycle_*.bats share.
# shellcheck shell=bash

load lib

setup()
{
	topo_up
}

teardown()
{
	topo_down
}

# What status says of a port of nsa-rt, as one JSON object; nothing if it isn't one.
port()
{
	nsaccel -j status | jq -c --arg dev "$1" \
		'.owners[] | select(.netns == "nsa-rt") | .ports[] | select(.dev == $dev)'
}

# objects [OPTION]: "KIND ID PINS" of all maps, programs and links that the kernel has; with -f, where they are pinned.
# shellcheck disable=SC2120 # a suite passes one
objects()
{
	local kind

	for kind in map prog link; do
		bpftool -j "$@" "$kind" show | jq -r --arg kind $kind '.[] | "\($kind) \(.id) \(.pinned // [] | join(" "))"'
	done
}

# None of those whose "KIND ID" the file has is there.
gone()
{
	# shellcheck disable=SC2119
	! objects | grep -qFf <(sed 's/$/ /' "$1")
}

carries()
{
	local before

	before=$(counter nsa-blue 'fwd_.*')
	ping_from blue "${ADDR4[$1]}"
	ping_from blue "${ADDR6[$1]}"
	[[ $(counter nsa-blue 'fwd_.*') -ge $((before + 6)) ]] || fail "blue -> $1 went by the kernel"
}
