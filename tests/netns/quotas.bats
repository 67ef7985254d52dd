# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What one namespace can make nsaccel keep, and what its flood costs others.
# shellcheck disable=SC2034 # live.bash uses them

load live

teardown()
{
	live_teardown
}

up()
{
	topo_up
	WATCHED=("${LEAVES[@]/#/nsa-}")
	keep_quiet "${WATCHED[@]}"
	attach eth0 eth1
	MODE=nsaccel
	daemon_start
	settle
}

# addresses NAMESPACE COUNT FORMAT: as many, of its eth0; FORMAT takes two numbers.
addresses()
{
	local i

	for ((i = 0; i < $2; i++)); do
		# shellcheck disable=SC2059
		printf "addr add $3 dev eth0 nodad noprefixroute\n" $((i >> 8)) $((i & 255))
	done | ip -n "nsa-$1" -6 -batch -
}

# host_routes DEVICE: so many, by what endpoints say of themselves.
host_routes()
{
	nsaccel -n nsa-rt -j route show |
		jq --arg d "$1" '[.[] | select(.dev == $d and .origin == "endpoint")] | length'
}

# is_over NAMESPACE WHAT: as recorded; "" nothing.
is_over()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $(nsaccel -j ns show | jq -r --arg ns "$1" '.[] | select(.netns == $ns) | .over_quota // ""') == $2 ]]
}

# over_quota: an address of red's that no route of its own leads to.
over_quota()
{
	local i

	for ((i = 0; i < 20; i++)); do
		nsaccel -n nsa-rt -j route show | jq -e --arg a "$(printf 'fd00:0:2::%x:7/128' $i)" \
			'any(.[]; .dst == $a and .action == "veth")' >/dev/null || break
	done
	printf 'fd00:0:2::%x:7' $i
}

@test "addresses: over its quota only that namespace is slower" {
	local over

	up
	change nsaccel ns set nsa-red --quota 8
	addresses red 20 fd00:0:2:0:%x::%x:7/128
	settle
	wait_until 5 is_over nsa-red 'addresses*'
	(($(host_routes red) <= 8)) || fail "$(nsaccel -n nsa-rt route show)"
	grep -q 'nsa-red has more than its quota of 8: addresses' "$DAEMON_LOG"
	nsaccel -j status | jq -e '[.owners[].notes[] | select(test("nsa-red has more than 8 addresses"))] | length == 1' ||
		fail "$(nsaccel -j status)"
	# It gets what is for it all the same: by the kernel, which finds it, and tells.
	over=$(over_quota)
	probe blue "$over"
	got red 1
	slow 1 pass_no_neigh
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	change nsaccel ns set nsa-red --quota 100
	settle
	wait_until 5 is_over nsa-red ""
	probe blue "$over"
	got red 1
	fast 1
	change nsaccel ns set nsa-red --quota default
	run -0 is_over nsa-red ""
}

@test "next hops: routes by many gateways of one namespace" {
	local i

	up
	change nsaccel ns set nsa-red --quota 5
	for ((i = 0; i < 20; i++)); do
		echo "neigh replace 10.2.0.$((100 + i)) lladdr ${MAC[red]} dev red nud permanent"
		echo "route add 10.50.$i.0/24 via 10.2.0.$((100 + i)) dev red"
	done | ip -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red 'next hops'
	grep -q 'nsa-red has more than its quota of 5: next hops' "$DAEMON_LOG"
	(($(nsaccel -n nsa-rt -j route show | jq '[.[] | select(.dev == "red" and .action == "veth")] | length') <= 10))
	for ((i = 0; i < 20; i++)); do
		probe_frame blue "10.50.$i.1"
	done >"$BATS_TEST_TMPDIR/frames"
	probe_frames blue "20 by as many gateways"
	got red 20
	[[ $(counted 'fwd_.*') -le 5 ]] || fail "$(tally)"
	probe blue 10.0.0.2 fd00::2
	got wire 2
	fast 2
	# With fewer there is room for those that are left.
	for ((i = 0; i < 18; i++)); do
		echo "route del 10.50.$i.0/24"
		echo "neigh del 10.2.0.$((100 + i)) dev red"
	done | ip -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red ""
	settle
	probe blue 10.50.19.1 10.50.18.1
	got red 2
	fast 2
}

# in_map MAP JQ-FILTER: of the map's values.
in_map()
{
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/$1" | jq -r "[.[].formatted.value | $2]"
}

# fdb_of PORT: how many MACs behind it frames are steered by.
fdb_of()
{
	in_map fdb "select(.name == \"$1\")" | jq length
}

# bridge_up: red and blue on a bridge of the owner's.
bridge_up()
{
	ip -n nsa-rt -batch - <<-EOF
		link add br0 type bridge
		link set br0 up
		link set red master br0
		link set blue master br0
	EOF
}

@test "bridge entries: MACs that one namespace has a bridge learn" {
	local i

	up
	bridge_up
	change nsaccel ns set nsa-red --quota 5
	for i in red blue; do
		for ((j = 0; j < 20; j++)); do
			printf 'fdb replace 02:00:00:%s:00:%02x dev %s master static\n' \
				"$([[ $i == red ]] && echo 0a || echo 0b)" $j $i
		done
	done | bridge -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red '*bridge entries'
	grep -q 'nsa-red has more than its quota of 5: bridge entries' "$DAEMON_LOG"
	(($(fdb_of red) == 5 && $(fdb_of blue) >= 20)) || fail "$(fdb_of red) of red's, $(fdb_of blue) of blue's"
	for ((j = 0; j < 20; j++)); do
		printf 'fdb del 02:00:00:0a:00:%02x dev red master\n' $j
	done | bridge -n nsa-rt -batch -
	settle
	wait_until 5 is_over nsa-red ""
}

# key_of SLOT: words of bpftool's, in KEY.
key_of()
{
	read -r -a KEY <<<"key hex $(printf '%02x %02x 0 0' $(($1 & 255)) $(($1 >> 8)))"
}

slot_of()
{
	nsaccel -j ns show | jq --arg ns "$1" '.[] | select(.netns == $ns) | .slot'
}

# flows_of NAMESPACE: that count for it.
flows_of()
{
	local KEY

	key_of "$(slot_of "$1")"
	bpftool -j map lookup pinned "$BPFFS/nsaccel/v9/flow_use" "${KEY[@]}" | jq .formatted.value.count
}

@test "flows: who opens many has none of others' pushed out" {
	up
	change in_ns nsa-rt nft -f - <<-EOF
		table inet t {
			chain forward {
				type filter hook forward priority 0
				ct state established,related accept
				ip saddr 10.1.0.0/16 accept
				ip saddr 10.2.0.0/16 accept
			}
		}
	EOF
	change nsaccel ns set nsa-blue --quota 2 --guard off
	flows blue 10.0.0.2 60
	got wire 60
	slow 60 pass_firewall
	(($(flows_of nsa-blue) <= 16)) || fail "$(flows_of nsa-blue) flows"
	wait_until 5 is_over nsa-blue '*flows*'
	grep -q 'nsa-blue has more than its quota of 2: .*flows' "$DAEMON_LOG"
	nsaccel -j status | jq -e '[.owners[].notes[] | select(test("nsa-blue has more than 2 .*flows"))] | length == 1'
	is_over nsa-red ""
	# Another's are kept as ever; and all go by themselves.
	flows red 10.0.0.2 60
	(($(flows_of nsa-red) > 16)) || fail "$(flows_of nsa-red) flows"
	wait_until 10 has_no_flows nsa-red
	wait_until 10 has_no_flows nsa-blue
}

has_no_flows()
{
	(($(flows_of "$1") == 0))
}

# macvlans NAMESPACE COUNT: that it makes of its own one, whose lower is the owner's.
macvlans()
{
	local i

	for ((i = 0; i < $2; i++)); do
		echo "link add link eth0 name m$i type macvlan mode bridge"
		echo "link set m$i up"
	done | ip -n "$1" -batch -
}

# endpoints_on DEVICE: how many there are.
endpoints_on()
{
	nsaccel -j endpoint show | jq --arg dev "$1" '[.[] | select(.port == $dev)] | length'
}

close_unknown()
{
	in_map ports 'select(.name == "eth0") | .close_unknown' | jq '.[0]'
}

@test "endpoints: macvlans of one namespace" {
	local before

	up
	before=$(endpoints_on eth0)
	change nsaccel ns set nsa-mac --quota 4
	macvlans nsa-mac 12
	settle
	wait_until 5 is_over nsa-mac '*macvlans'
	grep -q 'nsa-mac has more than its quota of 4: macvlans' "$DAEMON_LOG"
	(($(endpoints_on eth0) == before + 3)) || fail "$before, then $(endpoints_on eth0)"
	# The first has its place, and so has whoever comes after the crowd.
	probe blue "${ADDR4[mac]}"
	got mac 1
	fast 1
	ns_add nsa-late
	ip -n nsa-rt link add link eth0 name late netns nsa-late type macvlan mode bridge
	settle
	(($(endpoints_on eth0) == before + 4)) || fail "$before, then $(endpoints_on eth0)"
	# With a policy who has no place is closed: else he would be taken for the owner.
	[[ $(close_unknown) == 0 ]]
	change nsaccel ns set nsa-red --policy deny
	[[ $(close_unknown) == 2 ]]
	change nsaccel ns set nsa-mac --quota default
	is_over nsa-mac ""
	[[ $(close_unknown) == 0 ]]
	(($(endpoints_on eth0) == before + 13))
}

# A tenant, in a user namespace of its own, with two network namespaces: NESTED, their processes.
tenant_up()
{
	local file=$BATS_TEST_TMPDIR/nested

	# shellcheck disable=SC2016 # the other shell's
	background unshare --user --map-root-user bash -c 'for i in 1 2; do
		unshare --net sleep infinity & echo $!
	done; wait' >"$file"
	wait_until 5 has_lines 2 "$file"
	mapfile -t NESTED <"$file"
	wait_until 5 is_nested "${NESTED[0]}"
	wait_until 5 is_nested "${NESTED[1]}"
	ip netns attach nsa-t0 "${NESTED[0]}"
	ip netns attach nsa-t1 "${NESTED[1]}"
}

has_lines()
{
	(($(wc -l <"$2") == $1))
}

is_nested()
{
	[[ $(<"/proc/$1/comm") == sleep ]] # by then it is where it stays
}

@test "endpoints: one tenant's, in as many namespaces as he likes" {
	local NESTED=() before i ns

	up
	tenant_up
	before=$(endpoints_on eth0)
	for ns in nsa-t0 nsa-t1; do
		for i in 1 2 3; do
			ip -n nsa-rt link add link eth0 name "${ns#nsa-}-$i" netns "$ns" type macvlan mode bridge
		done
	done
	settle
	(($(endpoints_on eth0) == before + 6)) || fail "$before, then $(endpoints_on eth0)"
	change nsaccel ns set nsa-t0 --quota 4
	(($(endpoints_on eth0) == before + 4)) || fail "$before, then $(endpoints_on eth0)"
	change nsaccel ns set nsa-t1 --quota 5
	(($(endpoints_on eth0) == before + 5)) || fail "$before, then $(endpoints_on eth0)"
	kill "${NESTED[@]}"
}

@test "without the owner's table the guard verifies nothing, and nothing passes" {
	local KEY

	up
	change nsaccel ns set nsa-red --guard drop
	change nsaccel ns set nsa-blue --guard off
	# Of the port's own source its record knows; any other is looked up.
	probe red 10.0.0.2,src=10.2.0.77 fd00::2,src=fd00:0:2::77
	got wire 2
	fast 2
	key_of "$(slot_of nsa-rt)"
	bpftool map delete pinned "$BPFFS/nsaccel/v9/tables" "${KEY[@]}"
	for element in 00 02; do
		bpftool map update pinned "$BPFFS/nsaccel/v9/config_seq" key hex "$element" 00 00 00 value hex 00 00 01 00 00 00 00 00
	done
	probe red 10.0.0.2,src=10.2.0.77 fd00::2,src=fd00:0:2::77
	got
	slow 2 drop_guard_source
	probe blue 10.0.0.2
	got wire 1
	slow 1 pass_no_route
	kill -HUP "$DAEMON"
	wait_until 10 has_table
	settle
	probe red 10.0.0.2,src=10.2.0.77 fd00::2,src=fd00:0:2::77
	got wire 2
	fast 2
}

has_table()
{
	bpftool map lookup pinned "$BPFFS/nsaccel/v9/tables" "${KEY[@]}" >/dev/null
}

# cpu: ms that the daemon has used.
cpu()
{
	awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$DAEMON/stat"
}

# cost: ms of CPU time that 40 changes in the owner take.
cost()
{
	local i before

	before=$(cpu)
	for ((i = 0; i < 40; i++)); do
		ip -n nsa-rt link set eth0 alias "a$i"
		ip -n nsa-rt route replace 198.51.100.1/32 via 10.1.0.2 metric $((i + 1))
		wait_until 10 in_table $((i + 1))
		ip -n nsa-rt route del 198.51.100.1/32
	done
	echo $(($(cpu) - before))
}

in_table()
{
	nsaccel -n nsa-rt -j route show | jq -e 'any(.[]; .dst == "198.51.100.1/32")' >/dev/null
}

@test "ten times as many addresses of one cost others no more" {
	local few many

	up
	addresses red 1000 fd77::%x:%x:1/128
	settle
	few=$(cost)
	addresses red 10000 fd78::%x:%x:1/128
	settle
	many=$(cost)
	echo "# $few ms with 1000 addresses, $many with 11000" >&3
	((many < 3 * few + 200)) || fail "$few ms, then $many"
}

# followed NET: ms till the daemon has followed a route of the owner's, at worst of ten times. By the daemon's own
# word: a command would read the bridge's entries, too.
followed()
{
	local i start worst=0 took told=$BATS_TEST_TMPDIR/told.$1

	background "$NSACCEL" -j monitor >"$told"
	wait_until 10 tells_of "$1.0"
	for ((i = 1; i <= 10; i++)); do
		start=${EPOCHREALTIME/[.,]/}
		ip -n nsa-rt route add "$1.$i/32" via 10.0.0.2
		wait_until 20 grep -q "$1.$i/32" "$told" || return
		took=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
		((worst >= took)) || worst=$took
	done
	echo $worst
}

# tells_of ADDRESS: the daemon does, to whoever listens.
tells_of()
{
	ip -n nsa-rt route replace "$1/32" via 10.0.0.2
	ip -n nsa-rt route del "$1/32"
	grep -q "$1/32" "$told"
}

@test "source MACs by the thousand, and others' changes are followed" {
	local flooder worst KNOWN=${KNOWN:-200000}

	up
	bridge_up
	settle
	background "$TOOLS/mischief" learn nsa-red/eth0 "$KNOWN" "${RATE:-1000}" >"$BATS_TEST_TMPDIR/ready"
	flooder=$!
	wait_until 30 grep -q ready "$BATS_TEST_TMPDIR/ready"
	wait_until 10 is_over nsa-red '*bridge entries'
	worst=$(followed 198.51.100)
	echo "# $worst ms at worst while they are learnt" >&3
	((worst < 3000)) || fail "$worst ms"
	(($(fdb_of red) == 256)) || fail "$(fdb_of red) of red's"
	kill "$flooder"
	# More news than a socket has room for.
	ip -n nsa-red link set eth0 down
	worst=$(followed 203.0.113)
	echo "# $worst ms at worst while they go" >&3
	((worst < 3000)) || fail "$worst ms"
	settle
	(($(fdb_of red) == 0)) || fail "$(fdb_of red) of red's"
	ip -n nsa-red link set eth0 up
	wait_until 10 is_over nsa-red ""
}
