# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# A command that is killed at any system call, or whose calls fail, leaves nothing half done and opens
# nothing: a sample of what "make check-faults" tries (tests/faults).
# shellcheck disable=SC2034,SC2153,SC2154 # faults.bash sets or uses them

load live
load faults

teardown()
{
	live_teardown
}

@test "attach" {
	with nothing_attached detach_all -- -n nsa-rt attach --static eth0
}

@test "detach: the last NIC" {
	with all_confined all_confined -- -n nsa-rt detach --force eth0
}

@test "detach, killed among the pins: any command ends it, and an attach begins anew" {
	local site nth

	scenario all_confined all_confined -- "$NSACCEL" detach --all --force
	read -r site nth < <(awk '$4 == "remove" { print $1, $2 }' "$BATS_TEST_TMPDIR/trace" | sed -n 40p)
	inject "$site" "$nth" kill
	nsaccel ns set nsa-red --isolated 2>/dev/null || true # nothing is attached
	is_clean
	all_confined
	inject "$site" "$nth" kill
	all_confined
	is_state "$before" || fail "$(diff <(echo "$before") <(state))"
}

@test "detach, killed when the NIC had become an endpoint's port: the next one does the rest" {
	local site nth

	scenario both_attached attach_eth1 -- "$NSACCEL" -n nsa-rt detach eth1
	read -r site nth < <(awk '$4 == "bpf:LINK_UPDATE" { print $1, $2; exit }' "$BATS_TEST_TMPDIR/trace")
	inject "$site" "$nth" kill
	fails 2 "endpoint's port" "${COMMAND[@]}"
	is_state "$after" || fail "$(diff <(echo "$after") <(state))"
}

@test "attach, killed before a namespace with maps of its own is registered: the next command takes them" {
	local site nth

	scenario all_confined detach_eth1 -- "$NSACCEL" -n nsa-rt attach --static eth1
	read -r site nth < <(awk '$4 == "bpf:OBJ_PIN" { pinned = 1 }
		pinned && $4 == "bpf:MAP_UPDATE_ELEM" { print $1, $2; exit }' "$BATS_TEST_TMPDIR/trace")
	inject "$site" "$nth" kill
	! is_state "$before" || fail "killed too early"
	nsaccel -n nsa-rt detach eth1 || true
	is_state "$before" || fail "$(diff <(echo "$before") <(state))"
}

# The first message that changes something makes the veth.
@test "share: an answer of the kernel's that can't be read undoes nothing" {
	local site nth

	scenario all_confined unshare_blue -- \
		"$NSACCEL" -n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0
	read -r site nth < <(awk '$3 == "change" && $4 == "send" { sent = 1 }
		sent && $4 == "recvmsg" { print $1, $2; exit }' "$BATS_TEST_TMPDIR/trace")
	inject "$site" "$nth" ENOBUFS
	[[ $STATUS == 0 ]] || fail "$MESSAGE"
	is_state "$after" || fail "$(diff <(echo "$after") <(state))"
}

@test "ns set" {
	with all_confined isolated_off -- ns set nsa-blue --isolated --guard drop
}

@test "policy flush: a port that couldn't be changed at first isn't left to the kernel" {
	local site nth

	PARTS=yes
	scenario all_confined rule_back -- "$NSACCEL" -n nsa-rt policy flush
	read -r site nth < <(awk '$4 == "bpf:MAP_UPDATE_ELEM" { print $1, $2 }' \
		"$BATS_TEST_TMPDIR/trace" | tail -1)
	inject "$site" "$nth" ENOMEM
	arrived
	[[ $STATUS == 0 && $GOT == "$after_got" ]] || fail "exit $STATUS: $GOT, not $after_got"
}

@test "what can't be looked up isn't taken for what isn't there" {
	scenario all_confined rule_del -- \
		"$NSACCEL" -n nsa-rt policy add --from nsa-mac --to nsa-blue deny
	SAMPLE=8 faults lookup
}

@test "share" {
	with all_confined unshare_blue -- \
		-n nsa-rt share eth0 netns nsa-blue address 10.0.0.50/24 dev nic0
}
