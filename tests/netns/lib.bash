# SPDX-License-Identifier: GPL-2.0-only
# What the end-to-end suites share: topologies, traffic, captures, counters.
#
#   nsa-wire eth0 --- eth0 \           / blue --- eth0 nsa-blue
#                           } nsa-rt {
#   nsa-wire2 eth0 -- eth1 /           \ red ---- eth0 nsa-red
#
#   nsa-mac, nsa-mac3: macvlans (bridge mode) on nsa-rt's eth0; nsa-mac2: on its eth1.
#
# nsa-rt is the owner. The same addresses, MACs and ifindexes every time, so that dumps can be
# compared. Needs root; everything lives in namespaces of its own (bats_process.bash) and dies with them.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
NSACCEL=${NSACCEL:-$ROOT/build/nsaccel}
# Small tools for what Debian 12's don't know; "make tests" builds them.
TOOLS=${BUILD:-$ROOT/build}/tests/netns
BPFFS=/sys/fs/bpf

. "${BASH_SOURCE[0]%/*}/bats_process.bash"
. "${BASH_SOURCE[0]%/*}/frames.bash"

# ---- small things ---------------------------------------------------------------------------

fail()
{
	printf '%s\n' "$*" >&2
	return 1
}

# Runs a command in a namespace. Not "ip netns exec": that remounts /sys and hides the pins.
in_ns()
{
	local ns=$1

	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

nsaccel()
{
	"$NSACCEL" "$@"
}

# fails STATUS TEXT COMMAND...: with that exit status (a regular expression) and that in its output.
fails()
{
	local want=$1 text=$2

	shift 2
	run "$@"
	# shellcheck disable=SC2154 # bats sets them
	[[ $status =~ ^($want)$ ]] || fail "exit $status, not $want: $*: $output" || return
	# shellcheck disable=SC2154
	[[ $output == *"$text"* ]] || fail "not '$text' from $*, but: $output"
}

# wait_until SECONDS COMMAND...: polls; fails when the time is over. So many seconds on a good machine
# with nothing else to do: a loaded or a slow one gets PATIENCE times as many.
PATIENCE=${PATIENCE:-5}

wait_until()
{
	local end=$((${EPOCHREALTIME/[.,]/} + PATIENCE * $1 * 1000000))

	shift
	until "$@"; do
		((${EPOCHREALTIME/[.,]/} < end)) || fail "in vain waited for: $*" || return
		nap
	done
}

# Between two looks at what is to happen: a read from where nothing ever comes, which starts no process.
nap()
{
	read -rt 0.05 -u "$NAP" || true
}
exec {NAP}<> <(:) # here, since it sets $!

# A child that must not outlive the shell that started it, nor hold bats' fd 3.
background()
{
	setpriv --pdeathsig KILL -- "$@" 3>&- &
}

# kill_after MICROSECONDS COMMAND...: SIGKILL after that time. It returns when nothing is left of the
# process: the kernel may give back its lock before it closes the rest.
kill_after()
{
	local pid delay

	printf -v delay '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
	shift
	"$@" 3>&- &
	pid=$!
	read -rt "$delay" -u "$NAP" || true
	kill -KILL $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
}

# What commands and the daemon lock.
lock_file()
{
	echo "/run/nsaccel/bpffs-$(mountpoint -d "$BPFFS").lock"
}

sysctl_in()
{
	local ns=$1

	shift
	in_ns "$ns" sysctl -qw "$@"
}

# Does what lines of "NAMESPACE WORDS" say: one ip(8) for all words of a namespace.
ip_in_each()
{
	# shellcheck disable=SC2016
	awk '
		{ ip = "exec ip -n " $1 " -batch -"; all[ip]; sub(/^[^ ]+ /, ""); print | ip }
		END { for (ip in all) if (close(ip)) failed = 1; exit failed }'
}

# ---- topology -------------------------------------------------------------------------------

declare -grA ADDR4=([rt]=10.0.0.1 [wire]=10.0.0.2 [wire2]=10.0.1.2 [blue]=10.1.0.2 [red]=10.2.0.2
	[mac]=10.0.0.10 [mac2]=10.0.1.10 [mac3]=10.0.0.11)
declare -grA ADDR6=([rt]=fd00::1 [wire]=fd00::2 [wire2]=fd00:0:0:1::2 [blue]=fd00:0:1::2
	[red]=fd00:0:2::2 [mac]=fd00::10 [mac2]=fd00:0:0:1::10 [mac3]=fd00::11)
declare -grA GW4=([wire]=10.0.0.1 [wire2]=10.0.1.1 [blue]=10.1.0.1 [red]=10.2.0.1
	[mac]=10.0.0.1 [mac2]=10.0.1.1 [mac3]=10.0.0.1)
declare -grA GW6=([wire]=fd00::1 [wire2]=fd00:0:0:1::1 [blue]=fd00:0:1::1 [red]=fd00:0:2::1
	[mac]=fd00::1 [mac2]=fd00:0:0:1::1 [mac3]=fd00::1)
# The router's device towards each; for a macvlan its lower.
declare -grA PORT=([wire]=eth0 [wire2]=eth1 [blue]=blue [red]=red [mac]=eth0 [mac2]=eth1 [mac3]=eth0)
# shellcheck disable=SC2034 # for suites
declare -grA KIND=([rt]=host [wire]=nic [wire2]=nic [blue]=veth [red]=veth
	[mac]=macvlan [mac2]=macvlan [mac3]=macvlan)
declare -grA RT_MAC=([eth0]=02:00:00:00:00:01 [eth1]=02:00:00:00:01:01
	[blue]=02:00:00:01:00:01 [red]=02:00:00:02:00:01)
declare -grA MAC=([wire]=02:00:00:00:00:02 [wire2]=02:00:00:00:01:02 [blue]=02:00:00:01:00:02
	[red]=02:00:00:02:00:02 [mac]=02:00:00:00:00:10 [mac2]=02:00:00:00:01:10
	[mac3]=02:00:00:00:00:11)
declare -gra LEAVES=(wire wire2 blue red mac mac2 mac3)

ns_add()
{
	printf 'netns add %s\n' "$@" | ip -batch -
	# Deterministic: no address detection, no answer to redirects, no source checks.
	"$TOOLS/settings" "$@" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
}

# topo_up [MTU [static|learn]]: builds it all, routes and neighbours included.
topo_up()
{
	local mtu=${1:-1500} neigh=${2:-static} leaf port

	ns_add nsa-rt "${LEAVES[@]/#/nsa-}"
	"$TOOLS/settings" nsa-rt net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0
	{
		local index=10
		for leaf in wire wire2 blue red; do
			port=${PORT[$leaf]}
			echo "link add $port netns nsa-rt index $index address ${RT_MAC[$port]}" \
				"mtu $mtu type veth peer name eth0 netns nsa-$leaf index 2" \
				"address ${MAC[$leaf]} mtu $mtu"
			((++index))
		done
	} | ip -batch -
	{
		for leaf in wire wire2 blue red; do
			port=${PORT[$leaf]}
			echo "addr add ${GW4[$leaf]}/24 dev $port"
			echo "addr add ${GW6[$leaf]}/64 dev $port nodad"
			echo "link set $port up"
		done
		echo "link set lo up"
		for leaf in mac mac2 mac3; do
			echo "link add link ${PORT[$leaf]} name eth0 netns nsa-$leaf index 2" \
				"address ${MAC[$leaf]} mtu $mtu type macvlan mode bridge"
		done
		[[ $neigh == learn ]] || for leaf in "${LEAVES[@]}"; do
			leaf_known "$leaf"
		done
	} | ip -n nsa-rt -batch -
	for leaf in "${LEAVES[@]}"; do
		leaf_alone "$leaf" "$neigh"
	done | ip_in_each
	wait_until 5 ports_up
	[[ $neigh == learn ]] && topo_learn
	return 0
}

# leaf_up LEAF static|learn: addresses, default routes, and neighbours on both sides.
leaf_up()
{
	leaf_alone "$@" | ip_in_each
	[[ $2 == learn ]] || leaf_known "$1" | ip -n nsa-rt -batch -
}

# For ip(8) in the router: the leaf as its neighbour.
leaf_known()
{
	local port=${PORT[$1]}

	echo "neigh replace ${ADDR4[$1]} lladdr ${MAC[$1]} dev $port nud permanent"
	echo "neigh replace ${ADDR6[$1]} lladdr ${MAC[$1]} dev $port nud permanent"
}

# For ip_in_each: the leaf's own side of it.
leaf_alone()
{
	local leaf=$1 port=${PORT[$1]}
	local -a lines

	lines=("link set lo up" "addr add ${ADDR4[$leaf]}/24 dev eth0" "addr add ${ADDR6[$leaf]}/64 dev eth0 nodad"
		"link set eth0 up" "route add default via ${GW4[$leaf]}" "route add default via ${GW6[$leaf]}")
	[[ $2 == learn ]] ||
		lines+=("neigh replace ${GW4[$leaf]} lladdr ${RT_MAC[$port]} dev eth0 nud permanent"
			"neigh replace ${GW6[$leaf]} lladdr ${RT_MAC[$port]} dev eth0 nud permanent")
	printf "nsa-$leaf %s\n" "${lines[@]}"
}

ports_up()
{
	[[ $(ip -n nsa-rt -br link show up) == *\ UP\ *\ UP\ *\ UP\ *\ UP\ * ]]
}

# The router resolves what stands on its wires, so that the tables can know it at attach.
topo_learn()
{
	local leaf

	for leaf in wire wire2 blue red; do
		ping_from rt "${ADDR4[$leaf]}" -c 1
		ping_from rt "${ADDR6[$leaf]}" -c 1
	done
}

# Whatever a test leaves goes: processes that serve, namespaces, pins.
topo_down()
{
	local -a namespaces

	serve_stop
	namespaces=(/run/netns/*)
	[[ ! -e ${namespaces[0]} ]] || printf 'netns del %s\n' "${namespaces[@]##*/}" | ip -force -batch -
	rm -rf "${BPFFS:?}"/{nsaccel,foreign}
}

attach()
{
	local dev

	for dev in "$@"; do
		nsaccel -n nsa-rt attach --static "$dev"
	done
}

# ---- traffic --------------------------------------------------------------------------------

TCP_PORT=7000
UDP_PORT=7001
declare -ga SERVERS=()

# addr LEAF 4|6
addr()
{
	if [[ $2 == 4 ]]; then echo "${ADDR4[$1]}"; else echo "${ADDR6[$1]}"; fi
}

# ping_from LEAF ADDRESS [ping's options]: three quick ones unless told.
ping_from()
{
	local leaf=$1 to=$2

	shift 2
	in_ns "nsa-$leaf" ping -n -q -c 3 -i 0.01 -W 2 "$@" "$to"
}

# serve LEAF...: a TCP server that answers with the SHA-256 of what it got, and a UDP sink.
serve()
{
	local leaf

	for leaf in "$@"; do
		background nsenter --net="/run/netns/nsa-$leaf" -- socat -t 10 \
			"TCP6-LISTEN:$TCP_PORT,ipv6only=0,fork,reuseaddr" EXEC:sha256sum
		SERVERS+=($!)
		: >"$(udp_file "$leaf")"
		background nsenter --net="/run/netns/nsa-$leaf" -- socat -u -b 65536 \
			"UDP6-RECV:$UDP_PORT,ipv6only=0" "OPEN:$(udp_file "$leaf"),append"
		SERVERS+=($!)
	done
	for leaf in "$@"; do
		wait_until 5 serving "$leaf"
	done
}

serving()
{
	[[ $(in_ns "nsa-$1" ss -Hltun "( sport = :$TCP_PORT or sport = :$UDP_PORT )" | wc -l) -ge 2 ]]
}

serve_stop()
{
	((${#SERVERS[@]})) && kill "${SERVERS[@]}" 2>/dev/null
	((${#SERVERS[@]})) && wait "${SERVERS[@]}" 2>/dev/null
	SERVERS=()
	return 0
}

udp_file()
{
	echo "$BATS_TEST_TMPDIR/udp.$1"
}

payload()
{
	head -c "$1" /dev/urandom >"$BATS_TEST_TMPDIR/payload"
}

payload_hash()
{
	sha256sum <"$BATS_TEST_TMPDIR/payload"
}

# send_tcp FROM TO 4|6 [BYTES]: random bytes arrive whole, and the answer too.
send_tcp()
{
	local got

	payload "${4:-400000}"
	got=$(in_ns "nsa-$1" timeout 60 socat -t 30 - \
		"TCP$3:[$(addr "$2" "$3")]:$TCP_PORT,connect-timeout=30" <"$BATS_TEST_TMPDIR/payload" |
		cat) || true
	[[ $got == "$(payload_hash)" ]] || fail "TCP $1 -> $2, IPv$3: payload differs: '$got'"
}

# send_udp FROM TO 4|6 MTU: some 60 kB in datagrams that fill the MTU.
send_udp()
{
	local size=$(($4 - ($3 == 4 ? 28 : 48))) file
	local count=$((60000 / size))

	file=$(udp_file "$2")
	payload $((count * size))
	: >"$file"
	in_ns "nsa-$1" socat -u -b "$size" "OPEN:$BATS_TEST_TMPDIR/payload" \
		"UDP$3:[$(addr "$2" "$3")]:$UDP_PORT"
	wait_until 3 has_size "$file" $((count * size)) ||
		fail "UDP $1 -> $2, IPv$3: $(stat -c %s "$file") of $((count * size)) bytes" || return
	[[ $(sha256sum <"$file") == "$(payload_hash)" ]] || fail "UDP $1 -> $2, IPv$3: payload differs"
}

has_size()
{
	[[ $(stat -c %s "$1") -ge $2 ]]
}

# exchange FROM TO MTU: ping, TCP and UDP, IPv4 and IPv6.
exchange()
{
	local family

	serve "$2"
	for family in 4 6; do
		ping_from "$1" "$(addr "$2" $family)"
		send_tcp "$1" "$2" $family
		send_udp "$1" "$2" $family "$3"
	done
}

# ---- counters -------------------------------------------------------------------------------

stats()
{
	nsaccel -j stats show
}

# counter NAMESPACE-REGEX REASON-REGEX [HOOK-REGEX]: packets from such namespaces, summed. Not with jq, which
# takes longer to start than all the rest.
counter()
{
	local entry sum=0
	local want='"netns":"'"$1"'".*"hook":"('"${3:-.*}"')".*"reason":"('"$2"')","packets":([0-9]+)'
	local -a all
	local -
	set +T

	IFS='}' read -ra all <<<"$(stats)"
	for entry in "${all[@]}"; do
		[[ ! $entry =~ $want ]] || sum=$((sum + ${BASH_REMATCH[-1]}))
	done
	echo "$sum"
}

# Packets that the owner's own stack has forwarded, IPv4 and IPv6.
kernel_forwards()
{
	# shellcheck disable=SC2016
	in_ns "${1:-nsa-rt}" awk '
		/^Ip: [0-9]/ { n += $7 }
		$1 == "Ip6OutForwDatagrams" { n += $2 }
		END { print n }' /proc/net/snmp /proc/net/snmp6
}

# ---- what is attached, what is left ---------------------------------------------------------

# foreign_load: somebody else's programs, pinned beside nsaccel's: foreign_pass, _drop, _tc.
foreign_load()
{
	bpftool prog loadall "$TOOLS/foreign.bpf.o" "$BPFFS/foreign" pinmaps "$BPFFS/foreign"
}

# foreign_xdp NAMESPACE DEVICE PROGRAM
foreign_xdp()
{
	in_ns "$1" ip link set dev "$2" xdp pinned "$BPFFS/foreign/$3"
}

# foreign_seen: packets that they have counted.
foreign_seen()
{
	bpftool -j map lookup pinned "$BPFFS/foreign/seen" key 0 0 0 0 | jq .formatted.value
}

# hooks NAMESPACE: "DEVICE xdp|tcx_ingress|tcx_egress COUNT", clsact qdiscs, and filters of nsaccel at their egress.
hooks()
{
	"$TOOLS/hooks" "$1"
}

# Everything that an attach could change in a namespace, in a form to compare.
snapshot()
{
	local ns

	for ns in "$@"; do
		echo "== $ns"
		hooks "$ns"
		# shellcheck disable=SC2016
		in_ns "$ns" sh -ec '
			printf "%s\n" "link" "addr" "route show table all" "neigh show nud permanent" |
				ip -d -o -batch -
			ip -d neigh show | grep -o "^.* managed" || true
			for dev in $(ip -br link | cut -d" " -f1 | cut -d@ -f1); do
				ethtool -k "$dev"
				ethtool -l "$dev" 2>/dev/null || true
			done
			grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf |
				grep -v stable_secret | sort'
	done
}

# no_trace NAMESPACE...: neither hooks nor pins.
no_trace()
{
	local ns left

	for ns in "$@"; do
		left=$(hooks "$ns")
		[[ -z $left ]] || fail "left in $ns: $left" || return
	done
	# The two .debug files are the kernel's own.
	left=$(find "$BPFFS" -mindepth 1 -not -name '*.debug')
	[[ -z $left ]] || fail "left in $BPFFS: $left"
}
