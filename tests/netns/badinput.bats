# SPDX-License-Identifier: GPL-2.0-only
# bats file_tags=long
# What can't be done: one clear message, the right exit code, and nothing half done.

load lib

setup()
{
	topo_up
}

teardown()
{
	topo_down
}

# refused STATUS TEXT ARGUMENTS...: the same in text (one message, on stderr) and in JSON.
refused()
{
	local want=$1 text=$2 out

	shift 2
	run --separate-stderr inside nsaccel "$@"
	[[ $status =~ ^($want)$ ]] || fail "exit $status, not $want: nsaccel $*: $output $stderr" || return
	[[ -z $output ]] || fail "nsaccel $*: on stdout: $output" || return
	# shellcheck disable=SC2154
	[[ $stderr == *"$text"* ]] || fail "nsaccel $*: not '$text' but: $stderr" || return
	[[ $(grep -c . <<<"$stderr") -le 2 ]] || fail "nsaccel $*: more than a message: $stderr" || return
	run --separate-stderr inside nsaccel -j "$@"
	[[ $status =~ ^($want)$ ]] || fail "exit $status, not $want: nsaccel -j $*" || return
	jq -e '(keys == ["error"]) and (.error | length > 0)' >/dev/null <<<"$output" ||
		fail "nsaccel -j $*: not one JSON error: $output" || return
	[[ $output == *"$text"* ]] || fail "nsaccel -j $*: not '$text' but: $output" || return
	[[ -z $stderr ]] || fail "nsaccel -j $*: on stderr: $stderr"
}

# inside nsaccel ARGUMENTS...: in the namespace INSIDE, if there's one.
inside()
{
	if [[ ${INSIDE:-} ]]; then
		in_ns "$INSIDE" "$NSACCEL" "${@:2}"
	else
		"$@"
	fi
}

untouched()
{
	no_trace nsa-rt "${LEAVES[@]/#/nsa-}"
}

@test "unknown device" {
	refused 3 nosuch0 -n nsa-rt attach nosuch0
	refused 3 nosuch0 -n nsa-rt detach nosuch0
	refused 3 nosuch0 -n nsa-rt endpoint set nosuch0 --delivery xdp
	untouched
}

@test "unknown namespace, process, file" {
	refused 3 nsa-nosuch -n nsa-nosuch attach eth0
	refused 3 999999999 -n 999999999 attach eth0
	refused 3 /nonexistent -n /nonexistent attach eth0
	refused '1|2|3' /dev/null -n /dev/null attach eth0
	untouched
}

@test "detach of what is not attached" {
	refused 3 eth0 -n nsa-rt detach eth0
	attach eth0
	refused 2 eth1 -n nsa-rt detach eth1
	refused 2 blue -n nsa-rt detach blue
}

@test "loopback, and a device that is no Ethernet" {
	refused 6 lo -n nsa-rt attach lo
	untouched
}

@test "a bond's member" {
	ip -n nsa-rt link add bond0 type bond 2>/dev/null || skip "no bonding in this kernel"
	ip -n nsa-rt link set red down
	ip -n nsa-rt link set red master bond0
	refused 2 bond -n nsa-rt attach red
	untouched
}

@test "somebody else's XDP program is there" {
	foreign_load
	foreign_xdp nsa-rt eth0 foreign_pass
	refused '2|6' XDP -n nsa-rt attach eth0 --mode native
	[[ $(hooks nsa-rt) == "eth0 xdp 1" ]]
	# By TC the two get on with each other.
	nsaccel -n nsa-rt attach --static eth0
	ping_from wire "${ADDR4[blue]}"
	[[ $(counter nsa-rt fwd_veth) == 3 && $(foreign_seen) -ge 3 ]]
	nsaccel -n nsa-rt detach eth0
	[[ $(hooks nsa-rt) == "eth0 xdp 1" ]]
}

@test "somebody else's tc filters on the NIC: they see every packet, unless told to go past" {
	local seen

	foreign_load
	in_ns nsa-rt tc qdisc add dev eth0 clsact
	in_ns nsa-rt tc filter add dev eth0 ingress prio 7 bpf da object-pinned \
		"$BPFFS/foreign/foreign_tc"
	attach eth0
	seen=$(foreign_seen)
	ping_from wire "${ADDR4[blue]}"
	[[ $(counter nsa-rt pass_firewall) == 3 && $(counter nsa-rt 'fwd_.*') == 0 ]]
	[[ $(foreign_seen) -ge $((seen + 3)) ]]
	nsaccel -n nsa-rt attach --static eth0 --firewall bypass
	ping_from wire "${ADDR4[blue]}"
	[[ $(counter nsa-rt fwd_veth) == 3 ]]
	nsaccel -n nsa-rt attach --static eth0 --firewall gate
	ping_from wire "${ADDR4[blue]}"
	[[ $(counter nsa-rt fwd_veth) == 3 && $(counter nsa-rt pass_firewall) == 6 ]]
	nsaccel -n nsa-rt detach eth0
	[[ $(hooks nsa-rt) == "eth0 clsact" ]]
}

@test "a firewall in the owner decides; bypassed only if told to" {
	local rule='ip daddr 10.1.0.2 udp dport 7001 drop' note

	serve blue
	in_ns nsa-rt nft add table inet filter
	in_ns nsa-rt nft add chain inet filter forward '{ type filter hook forward priority 0; }'
	in_ns nsa-rt nft add rule inet filter forward "$rule"
	attach eth0
	note=$(nsaccel -j status | jq -r '.owners[0].notes[]')
	[[ $note == *"nft chain inet filter/forward"* && $note != *"goes past"* ]]
	run ! send_udp wire blue 4 1500
	[[ $(stat -c %s "$(udp_file blue)") == 0 ]]
	[[ $(counter nsa-rt pass_firewall) -gt 0 && $(counter nsa-rt fwd_veth) == 0 ]]
	# What the rules let through in both directions is admitted, and arrives.
	send_tcp wire blue 4 4000000
	[[ $(counter nsa-rt fwd_veth) -gt 0 && $(counter nsa-blue fwd_nic) -gt 0 ]]

	nsaccel -n nsa-rt attach --static eth0 --firewall bypass
	note=$(nsaccel -j status | jq -r '.owners[0].notes[]')
	[[ $note == *"goes past"*"nft chain inet filter/forward"* ]]
	send_udp wire blue 4 1500
	# The choice stays until it is made anew.
	attach eth0
	send_udp wire blue 4 1500
	nsaccel -n nsa-rt attach --static eth0 --firewall gate
	run ! send_udp wire blue 4 1500
	nsaccel -n nsa-rt detach eth0
	untouched
}

@test "no capability, and only some" {
	run capsh --drop=all -- -c "'$NSACCEL' -n nsa-rt attach --static eth0"
	[[ $status == 5 ]] || fail "exit $status: $output"
	[[ $output == *CAP_* || $output == *root* ]] || fail "$output"
	run capsh --drop=cap_bpf,cap_sys_admin -- -c "'$NSACCEL' -n nsa-rt attach --static eth0"
	[[ $status == 5 ]] || fail "exit $status: $output"
	run capsh --drop=cap_net_admin -- -c "'$NSACCEL' -n nsa-rt attach --static eth0"
	[[ $status == 5 ]] || fail "exit $status: $output"
	run -5 setpriv --reuid 65534 --regid 65534 --clear-groups "$NSACCEL" -j attach --static eth0
	jq -e .error <<<"$output"
	untouched
}

@test "no bpffs" {
	# Covered, not unmounted: who knows what is below.
	run unshare --mount bash -c "mount -t tmpfs none $BPFFS; '$NSACCEL' -n nsa-rt attach --static eth0"
	[[ $status =~ ^(2|3|6)$ ]] || fail "exit $status: $output"
	[[ $output == *$BPFFS* && $output == *mount* ]] || fail "$output"
	refused '2|3|6' "$BATS_TEST_TMPDIR" --bpffs "$BATS_TEST_TMPDIR" -n nsa-rt attach eth0
	refused '2|3|6' /nonexistent --bpffs /nonexistent -n nsa-rt attach eth0
	untouched
}

@test "another bpffs" {
	mkdir "$BATS_TEST_TMPDIR/bpf"
	mount -t bpf bpf "$BATS_TEST_TMPDIR/bpf"
	nsaccel --bpffs "$BATS_TEST_TMPDIR/bpf" -n nsa-rt attach --static eth0
	[[ -d $BATS_TEST_TMPDIR/bpf/nsaccel/v9 && ! -e $BPFFS/nsaccel ]]
	ping_from wire "${ADDR4[blue]}"
	nsaccel --bpffs "$BATS_TEST_TMPDIR/bpf" -n nsa-rt detach eth0
	umount "$BATS_TEST_TMPDIR/bpf"
	untouched
}

@test "pins of another ABI" {
	local value

	attach eth0
	value=$(bpftool -j map lookup pinned "$BPFFS/nsaccel/v9/meta" key 0 0 0 0 |
		jq -r '.value | map(ltrimstr("0x")) | join(" ")')
	# shellcheck disable=SC2086
	bpftool map update pinned "$BPFFS/nsaccel/v9/meta" key 0 0 0 0 value hex 63 ${value#* }
	refused '2|6' ABI -n nsa-rt attach eth1
	refused '2|6' ABI status
	refused '2|6' ABI -n nsa-blue route add 10.50.0.0/24 blackhole
	# Nothing was changed by them, and it goes on.
	ping_from wire "${ADDR4[blue]}"
	[[ $(hooks nsa-rt | grep -c eth1) == 1 ]]
	# shellcheck disable=SC2086
	bpftool map update pinned "$BPFFS/nsaccel/v9/meta" key 0 0 0 0 value hex $value
	nsaccel -n nsa-rt detach eth0
	untouched
}

@test "pins of the version before" {
	mkdir -p "$BPFFS/nsaccel/v6"
	refused '2|6' "rm -r $BPFFS/nsaccel/v6" -n nsa-rt attach eth0
	refused '2|6' "$BPFFS/nsaccel/v6" status
	[[ -d $BPFFS/nsaccel/v6 && ! -e $BPFFS/nsaccel/v9 && -z $(hooks nsa-rt) ]]
	rmdir "$BPFFS/nsaccel/v6"
	attach eth0
	nsaccel -n nsa-rt detach eth0
	untouched
}

@test "a pin that is not one of nsaccel's maps" {
	mkdir -p "$BPFFS/nsaccel/v9"
	bpftool map create "$BPFFS/nsaccel/v9/meta" type array key 4 value 64 entries 1 name other
	refused '2|6' "$BPFFS/nsaccel" -n nsa-rt attach eth0
	[[ -z $(hooks nsa-rt) ]]
}

@test "prefixes that are none" {
	local prefix

	attach eth0
	refused 1 10.0.0.1/24 -n nsa-blue route add 10.0.0.1/24 blackhole
	refused 1 fd00::1/64 -n nsa-blue route add fd00::1/64 blackhole
	for prefix in 10.0.0.0/33 fd00::/129 10.0.0/24 10.0.0.0/ 10.0.0.0/-1 10.0.0.0/8x /8 \
		300.0.0.0/8 fd00:::/64 10.0.0.0/4294967304 ''; do
		refused 1 '' -n nsa-blue route add "$prefix" blackhole
	done
	nsaccel -j -n nsa-blue route show | jq -e 'map(select(.origin == "static")) == []'
}

@test "next hops that are none" {
	attach eth0
	refused 1 '' -n nsa-blue route add 10.50.0.0/24
	refused 1 '' -n nsa-blue route add 10.50.0.0/24 via
	refused 1 nowhere -n nsa-blue route add 10.50.0.0/24 via nowhere
	refused '1|2' famil -n nsa-blue route add 10.50.0.0/24 via fd00::2
	refused '2|3' 203.0.113.1 -n nsa-blue route add 10.50.0.0/24 via 203.0.113.1
	refused 3 nosuch0 -n nsa-blue route add 10.50.0.0/24 dev nosuch0
	refused 3 nsa-nosuch -n nsa-blue route add 10.50.0.0/24 netns nsa-nosuch
	refused 1 teleport -n nsa-blue route add 10.50.0.0/24 teleport
	refused 1 extra -n nsa-blue route add 10.50.0.0/24 blackhole extra
	nsaccel -j -n nsa-blue route show | jq -e 'map(select(.origin == "static")) == []'
}

@test "routes of a namespace that nsaccel does not know, and with nothing attached" {
	refused 3 '' -n nsa-blue route add 10.50.0.0/24 blackhole
	refused 3 nsa-nosuch -n nsa-nosuch route add 10.50.0.0/24 blackhole
	attach eth0
	refused 3 nsa-nosuch -n nsa-nosuch route show
	refused 3 10.50.0.0/24 -n nsa-blue route del 10.50.0.0/24
	refused 1 elsewhere -n nsa-blue route get elsewhere
}

@test "shares of what isn't there, or isn't to be shared" {
	local a=(address 10.0.0.5/24)

	rt_refused '2|3' "not attached" share eth0 netns nsa-blue "${a[@]}"
	attach eth0
	rt_refused 3 nosuch0 share nosuch0 netns nsa-blue "${a[@]}"
	rt_refused 3 nsa-nosuch share eth0 netns nsa-nosuch "${a[@]}"
	rt_refused '2|3' "not attached" share eth1 netns nsa-blue "${a[@]}"
	rt_refused '2|3' "not attached" bind blue vlan 5 netns nsa-red
	rt_refused '2' "own already" share eth0 netns nsa-rt "${a[@]}"
	rt_refused 2 "already; dev NAME" share eth0 netns nsa-blue "${a[@]}"
	rt_refused 2 "too long" share eth0 netns nsa-blue "${a[@]}" dev 0123456789abcdef
	rt_refused 2 "address of namespace" share eth0 netns nsa-blue address 10.0.0.1/24 dev x
	rt_refused '2|3' "not shared so" unshare eth0 netns nsa-blue
	rt_refused '2|3' "not shared so" unbind eth0 vlan 5
	[[ $(nsaccel -j share show) == "[]" ]]
	nsaccel -n nsa-rt detach eth0
	untouched
}

# In the owner, where these commands have to be run.
rt_refused()
{
	local -x INSIDE=nsa-rt

	refused "$@"
}

@test "a namespace that has gone" {
	ns_add nsa-green
	ip link add green netns nsa-rt type veth peer name eth0 netns nsa-green
	ip -n nsa-rt link set green up
	ip -n nsa-green link set eth0 up
	attach eth0
	nsaccel -n nsa-green route add 10.50.0.0/24 blackhole
	ip netns del nsa-green
	refused 3 nsa-green -n nsa-green route add 10.51.0.0/24 blackhole
	nsaccel -j status | jq -e . >/dev/null
	nsaccel -j ns show | jq -e . >/dev/null
	nsaccel -n nsa-rt detach eth0
	untouched
}

@test "ns set: what can't be" {
	refused 3 attach ns set nsa-blue --isolated
	refused 3 attach limit set nsa-blue out pps 1
	attach eth0
	refused 3 nsa-nosuch ns set nsa-nosuch --isolated
	refused 1 'one namespace' ns set --isolated
	refused 1 'one namespace' -n nsa-blue ns set nsa-blue --isolated
	refused 1 'nothing to set' ns set nsa-blue
	refused 1 maybe ns set nsa-blue --isolated=maybe
	refused 1 maybe ns set nsa-blue --guard maybe
	refused 1 maybe ns set nsa-blue --on-miss maybe
	refused 1 10.1.0.1/24 ns set nsa-blue --sources 10.1.0.2,10.1.0.1/24
	refused 1 auto ns set nsa-blue --sources ''
	refused 1 'ns set' attach eth0 --isolated
	refused 1 --force -n nsa-rt attach eth0 --force
	# The owner itself, and what shares a wire with others.
	refused 6 'routes for others' ns set nsa-rt --isolated
	refused 6 'routes for others' ns set nsa-rt --guard drop
	refused 6 'routes for others' ns set nsa-rt --on-miss drop
	refused 6 macvlan ns set nsa-mac --isolated
	run -0 nsaccel ns set nsa-mac --guard drop
	# Nothing was set by any of them.
	nsaccel -j ns show | jq -e 'all(.isolated == false and .on_miss == "pass" and .sources == null) and
		(map(select(.guard != "pass")) | map(.netns) == ["nsa-mac"])' || fail "$(nsaccel -j ns show)"
}

@test "limit: what can't be" {
	attach eth0
	refused 3 nsa-nosuch limit set nsa-nosuch out rate 1mbit
	refused 3 nsa-nosuch limit del nsa-nosuch
	refused 1 sideways limit set nsa-blue sideways rate 1mbit
	refused 1 fast limit set nsa-blue out rate fast
	refused 1 999 limit set nsa-blue out rate 999
	refused 1 1mb limit set nsa-blue out rate 1mb
	refused 1 -5 limit set nsa-blue out rate -- -5
	refused 1 'wants a value' limit set nsa-blue out rate 1mbit pps
	refused 1 'burst goes with rate' limit set nsa-blue out pps 5 burst 1kb
	refused 1 color limit set nsa-blue out color blue
	refused 1 'first word' -n nsa-blue limit set nsa-blue out rate 1mbit
	refused 1 teleport limit teleport
	refused 6 'routes for others' limit set nsa-rt out rate 1mbit
	[[ $(nsaccel -j limit show) == '[]' ]]
	# What isn't there is deleted all the same.
	run -0 nsaccel limit del nsa-blue in
	# The smallest, and the largest there is.
	run -0 nsaccel limit set nsa-blue out rate 1kbit burst 900000g
	run -0 nsaccel limit set nsa-blue in rate 1000tbit pps 1000000m
	ping_from blue "${ADDR4[wire]}"
	[[ $(nsaccel -j limit show | jq length) == 2 ]]
	nsaccel limit del nsa-blue
	[[ $(nsaccel -j limit show) == '[]' ]]
}

@test "command lines that are none" {
	refused 1 attach -n nsa-rt attach
	run -1 nsaccel -n nsa-rt
	refused 1 frobnicate frobnicate
	refused 1 frobnicate route frobnicate
	refused 1 --frobnicate --frobnicate status
	refused 1 warp -n nsa-rt attach eth0 --mode warp
	refused 1 pigeon -n nsa-rt attach eth0 --delivery pigeon
	refused 1 '' -n nsa-rt attach eth0 --mode
	refused 1 "one device" -n nsa-rt attach eth0 eth1
	refused 1 sometimes --color sometimes status
	refused 1 --delivery -n nsa-rt endpoint set blue
	refused '1|3' '' -n nsa-rt attach a-name-that-is-longer-than-any-device
	refused 1 '' status --netns
	untouched
}

@test "help and version" {
	run -0 nsaccel --help
	[[ $output == *attach* && $output == *route* ]]
	run -0 nsaccel -h
	run -0 nsaccel --version
	[[ $output == *"$(cat "$ROOT/VERSION")"* ]]
	# Nothing that works prints on stderr.
	run --separate-stderr nsaccel status
	[[ $status == 0 && -z $stderr ]]
}

@test "rules of a policy" {
	local rule

	refused 3 "attach DEV comes first" -n nsa-rt policy add deny
	attach eth0
	refused 3 nsa-blue -n nsa-blue policy add deny
	refused 1 'is an unknown word' -n nsa-rt policy add prot tcp deny
	refused 1 'is no protocol' -n nsa-rt policy add proto tpc deny
	refused 1 'is no protocol' -n nsa-rt policy add proto 256 deny
	refused 1 'allow or deny?' -n nsa-rt policy add proto tcp
	refused 1 'comes after another verdict' -n nsa-rt policy add deny allow
	refused 1 'wants a value' -n nsa-rt policy add deny proto
	refused 1 'comes twice' -n nsa-rt policy add proto tcp proto udp deny
	for rule in 65536 80- x80 90-80 80-70000 http ''; do
		refused 1 "no port" -n nsa-rt policy add proto tcp dport "$rule" deny
	done
	refused 1 'has no ports' -n nsa-rt policy add proto icmp dport 80 deny
	refused 1 'not 0 to 4294967295' -n nsa-rt policy add pref 4294967296 deny
	refused 1 'beyond its length' -n nsa-rt policy add --from 10.0.0.1/8 deny
	refused 1 'not 0 to 32' -n nsa-rt policy add --from 10.0.0.0/33 deny
	refused 1 'different families' -n nsa-rt policy add --from 10.0.0.0/8 --to fd00::/8 deny
	refused 1 'neither a prefix nor a namespace' -n nsa-rt policy add --from netns: deny
	refused 3 nsa-nosuch -n nsa-rt policy add --from nsa-nosuch deny
	refused 3 10.0.0.1 -n nsa-rt policy add --from netns:10.0.0.1 deny
	refused 3 'no rule 5' -n nsa-rt policy del 5
	refused 3 'no such rule' -n nsa-rt policy del proto tcp deny
	refused 1 'wants a rule' -n nsa-rt policy del
	refused 1 'wants a file' -n nsa-rt policy load
	refused 3 /nonexistent -n nsa-rt policy load /nonexistent
	refused '2|3' /proc -n nsa-rt policy load /proc
	refused 1 'unknown word' -n nsa-rt policy flush x
	refused 1 'unknown word' -n nsa-rt policy x
	refused 1 '--from' -n nsa-rt policy show --from nsa-blue
	refused 1 '--from' -n nsa-rt route show --from nsa-blue
	refused 1 'is not allow or deny' ns set nsa-blue --policy maybe
	nsaccel -n nsa-rt policy add pref 4294967295 deny
	refused 2 'no pref is left' -n nsa-rt policy add allow
	[[ $(nsaccel -n nsa-rt policy save) == "pref 4294967295 deny" ]]
	printf 'proto tcp deny\nproto \0udp deny\n' >"$BATS_TEST_TMPDIR/zero"
	refused '1|2' "$BATS_TEST_TMPDIR/zero" -n nsa-rt policy load "$BATS_TEST_TMPDIR/zero"
	nsaccel -n nsa-rt policy flush
	nsaccel detach --all
	untouched
}

@test "garbage command lines: an exit code of ours and one message, never a crash" {
	local words n status out line
	local -a argv

	words=(attach detach route ns limit endpoint status stats add del replace show get flush set -n -j -p
		--netns --json --mode native tc xdp --delivery via dev netns blackhole pass eth0 nosuch
		10.0.0.0/8 fd00::/16 10.0.0.1 ::1 '' - -- --all= -x 0 -1 99999999999 /proc/1 $'\xff\xfe' '%s%n'
		"$(printf 'a%.0s' {1..300})" '../..' nsa-blue nsa-nosuch from iif --color always in out rate pps 1mbit --isolated
		--isolated=off --guard --sources --on-miss drop --force policy load --from --to proto dport pref allow deny)
	RANDOM=4711
	for ((n = 0; n < 300; n++)); do
		argv=()
		for ((line = RANDOM % 6; line >= 0; line--)); do
			argv+=("${words[RANDOM % ${#words[@]}]}")
		done
		status=0
		out=$(nsaccel "${argv[@]}" 2>&1 </dev/null) || status=$?
		((status <= 6)) || fail "exit $status: $(printf '%q ' "${argv[@]}"): $out"
		((status == 0)) || [[ -n $out ]] || fail "silent: $(printf '%q ' "${argv[@]}")"
	done
}

@test "next hops are given back: no slow leak towards a full map" {
	local n used

	attach eth0
	used=$(nexthops_used)
	for n in {1..8}; do
		nsaccel -n nsa-blue route add "10.50.$n.0/24" via "${ADDR4[wire]}"
		nsaccel -n nsa-blue route replace "10.50.$n.0/24" blackhole
		nsaccel -n nsa-blue route del "10.50.$n.0/24"
	done
	attach eth0
	[[ $(nexthops_used) == "$used" ]]
}

nexthops_used()
{
	bpftool -j map dump pinned "$BPFFS/nsaccel/v9/nexthops" |
		jq '[.[] | (.formatted // .).value | select(.generation != 0)] | length'
}
