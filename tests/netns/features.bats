# SPDX-License-Identifier: GPL-2.0-only
# Programs have the stages of what their owner uses, and get those of what it begins to use before it is used.

load live

setup()
{
	topo_up
}

teardown()
{
	daemon_stop
	topo_down
}

# is_loaded FEATURE...: these are loaded, and no others
is_loaded()
{
	local -A bits=([share]=1 [macvlan]=2 [bridge]=4 [gate]=8 [policy]=16)
	local feature want=0 got

	for feature; do
		((want |= bits[$feature]))
	done
	got=$(bpftool -j map dump pinned "$BPFFS/nsaccel/v9/owners" |
		jq '.[].formatted.value | select(.cookie > 0) | .features')
	[[ $got == "$want" ]] || fail "features $got, not $want"
}

# Bytes of the only owner's program.
size_of()
{
	bpftool -j prog show pinned "$BPFFS"/nsaccel/v9/programs/*/"$1" | jq .bytes_xlated
}

@test "a feature is loaded at its first use, and stays" {
	local small

	attach eth0
	is_loaded macvlan
	small=$(size_of tc_ingress)
	daemon_start
	rt link add br0 up type bridge
	rt link set blue master br0
	is_loaded macvlan bridge
	rt link set blue nomaster
	is_loaded macvlan bridge
	[[ ! -e $BPFFS/nsaccel/v9/flows ]] # 40 MiB
	in_ns nsa-rt nft "add table inet t; add chain inet t c { type filter hook forward priority 0; ct state new accept; }"
	settle
	is_loaded macvlan bridge gate
	[[ -e $BPFFS/nsaccel/v9/flows ]]
	nsaccel -n nsa-rt policy add --from nsa-red deny
	is_loaded macvlan bridge gate policy
	nsaccel -n nsa-rt share eth0 netns nsa-red address 10.0.0.50/24 dev nic0
	is_loaded macvlan bridge gate policy share
	((2 * $(size_of tc_ingress) > 3 * small))
	daemon_stop
	nsaccel -n nsa-rt detach --all
	attach eth0
	is_loaded macvlan gate
}

@test "no packet is lost while a feature is loaded" {
	attach eth0
	daemon_start
	in_ns nsa-wire ping -q -c 400 -i 0.01 "${ADDR4[blue]}" >"$BATS_TEST_TMPDIR/ping" &
	in_ns nsa-rt nft "add table inet t; add chain inet t c { type filter hook forward priority 0; ct state new accept; }"
	settle
	nsaccel -n nsa-rt policy add --from nsa-red --to nsa-wire deny
	is_loaded macvlan gate policy
	wait $!
	grep -q ' 400 received' "$BATS_TEST_TMPDIR/ping" || fail "$(cat "$BATS_TEST_TMPDIR/ping")"
}
