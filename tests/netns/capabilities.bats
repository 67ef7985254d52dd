# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# Which capabilities each command needs, as docs/security.md says: with those and no others it does its
# work, without one of them it says so and changes nothing.

load lib

CHANGES=(net_admin sys_admin bpf perfmon)

setup()
{
	topo_up
}

teardown()
{
	topo_down
}

# with CAPABILITIES COMMAND...: as root, but for all other capabilities; they are words.
with()
{
	local list=-all caps=$1 cap

	shift
	for cap in $caps; do
		list+=,+$cap
	done
	setpriv --bounding-set="$list" --inh-caps=-all --no-new-privs -- "$@"
}

# without CAPABILITY COMMAND...
without()
{
	local cap kept=()

	for cap in "${CHANGES[@]}"; do
		[[ $cap == "$1" ]] || kept+=("$cap")
	done
	shift
	with "${kept[*]}" "$@"
}

# Of another user, who has none.
as_nobody()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all -- "$@"
}

state()
{
	"$TOOLS/state"
	find "$BPFFS" -path '*/nsaccel/*' | sort
	hooks nsa-rt
}

follows()
{
	nsaccel -n nsa-rt status >/dev/null
}

@test "what changes anything takes four" {
	local words

	while read -ra words; do
		with "${CHANGES[*]}" "$NSACCEL" "${words[@]}"
	done <<-END
		-n nsa-rt attach --static eth0
		-n nsa-rt sync
		-n nsa-rt check
		-n nsa-blue route add 10.7.0.0/24 netns nsa-red
		-n nsa-blue route del 10.7.0.0/24
		ns set nsa-red --guard drop
		limit set nsa-red out rate 10mbit
		-n nsa-rt policy add --from nsa-blue --to nsa-red allow
		-n nsa-rt policy flush
		-n nsa-rt share eth0 netns nsa-mac address 10.0.0.50/24 dev nic0
		-n nsa-rt unshare eth0 netns nsa-mac
		-n nsa-rt detach --force eth0
	END
	[[ ! -e $BPFFS/nsaccel ]]
}

@test "one of them missing: said, and nothing is changed" {
	local cap before

	nsaccel -n nsa-rt attach --static eth0
	before=$(state)
	for cap in "${CHANGES[@]}"; do
		fails 5 "CAP_${cap^^} is missing" without "$cap" "$NSACCEL" -n nsa-rt attach --static eth1
		fails 5 "CAP_${cap^^} is missing" without "$cap" "$NSACCEL" -n nsa-rt detach eth0
		fails 5 "CAP_${cap^^} is missing" without "$cap" "$NSACCEL" ns set nsa-red --guard drop
		fails 5 "CAP_${cap^^} is missing" without "$cap" "$NSACCEL" daemon
	done
	diff <(echo "$before") <(state)
}

@test "the daemon takes one more, to hear of all namespaces" {
	nsaccel -n nsa-rt attach --static eth0
	fails 5 CAP_NET_BROADCAST with "${CHANGES[*]}" "$NSACCEL" daemon
	with "${CHANGES[*]} net_broadcast" "$NSACCEL" -n nsa-rt attach eth1
	wait_until 5 follows
	with "${CHANGES[*]} net_broadcast" "$NSACCEL" -n nsa-rt detach --all
}

@test "to look takes one" {
	local words

	nsaccel -n nsa-rt attach --static eth0
	while read -ra words; do
		with sys_admin "$NSACCEL" "${words[@]}" >/dev/null
	done <<-END
		-n nsa-rt status
		-n nsa-rt route show
		stats
		endpoint show
		ns show
		-n nsa-rt policy show
		route get 10.2.0.2 --netns nsa-blue
	END
}

@test "another user without any gets nowhere" {
	local words

	nsaccel -n nsa-rt attach --static eth0
	while read -ra words; do
		fails '[35]' '' as_nobody "$NSACCEL" "${words[@]}"
	done <<-END
		-n nsa-rt status
		-n nsa-rt route show
		stats
		-n nsa-rt detach eth0
		daemon
	END
	fails 2 "Permission denied" as_nobody ls /run/nsaccel
	fails 255 "" as_nobody bpftool map dump pinned "$BPFFS/nsaccel/v9/ports"
}
