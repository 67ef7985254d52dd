# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# attach and detach are killed: the next one finishes.

load lifecycle

# duration COMMAND...: in microseconds.
duration()
{
	local start=${EPOCHREALTIME/[.,]/}

	"$@" >&2
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

@test "SIGKILL at any moment of attach: the next attach or detach finishes" {
	local all n

	snapshot nsa-rt nsa-blue >"$BATS_TEST_TMPDIR/before"
	all=$(duration attach --static eth0)
	nsaccel -n nsa-rt detach eth0
	for n in {1..15}; do
		kill_after $((all * n / 15)) "$NSACCEL" -n nsa-rt attach --static eth0
		# Half attached or not, what is sent arrives.
		ping_from blue "${ADDR4[wire]}" -c 1
		ping_from wire "${ADDR6[red]}" -c 1
		nsaccel -j status | jq -e . >/dev/null
		if ((n % 2)); then
			attach eth0
			carries wire
		fi
		nsaccel -n nsa-rt detach eth0 || [[ $? == 3 ]]
		no_trace nsa-rt || fail "killed at $n/15 of an attach"
	done
	snapshot nsa-rt nsa-blue >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "SIGKILL at any moment of detach: the next attach or detach finishes" {
	local all n

	attach eth0
	all=$(duration nsaccel -n nsa-rt detach eth0)
	for n in {1..15}; do
		attach eth0
		kill_after $((all * n / 15)) "$NSACCEL" -n nsa-rt detach eth0
		ping_from blue "${ADDR4[wire]}" -c 1
		nsaccel -j status | jq -e . >/dev/null
		if ((n % 2)); then
			attach eth0
			carries wire
		fi
		nsaccel -n nsa-rt detach eth0 || [[ $? == 3 ]]
		no_trace nsa-rt || fail "killed at $n/15 of a detach"
	done
}

@test "SIGKILL of the attach of a second NIC spares the first" {
	local all n

	attach eth0
	all=$(duration attach --static eth1)
	for n in {1..5}; do
		# If the attach got nowhere, it still is what the first one found: an endpoint's port.
		nsaccel -n nsa-rt detach eth1 || [[ $? == 2 ]]
		kill_after $((all * n / 5)) "$NSACCEL" -n nsa-rt attach --static eth1
		carries wire
	done
	attach eth1
	nsaccel -n nsa-rt detach eth0
	nsaccel -n nsa-rt detach eth1
	no_trace nsa-rt
}
