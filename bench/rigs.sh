# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Routers beside rig.sh's, each made when a measurement first needs it, and left as it is from then on:
#   switch  sw bridges nic (its wire: sw0 in w0), pa and pb (to the containers ba and bb)
#   macs    mr has macvlans of ma and mc on eth0, of mb on eth1
#   table   tN, or t6-N, has N routes by eth1, and none by eth0; its wires: tN in w0 and w1
#   chain   h1 to h9 in a row, each router's "out" the next one's "in"; the wire: h0 in w0
# Sourced by run.sh.

declare -A RIGS=()
RIG_TABLES=0

# rig_need NAME [ARGUMENT...]
rig_need()
{
	[[ ! ${RIGS[$*]-} ]] || return 0
	RIGS[$*]=1
	"rig_${1}_up" "${@:2}"
}

rig_switch_up()
{
	local port

	HOST+=([sw0]='1 10' [nic]='2 10' [ba]='3 10' [pa]='4 10' [bb]='5 10' [pb]='6 10' [br0]='7 10')
	rig_new_netns sw ba bb
	ip -n "$RIG_PREFIX"sw link add br0 address "$(rig_mac br0)" type bridge mcast_snooping 0 \
		stp_state 0 forward_delay 0
	rig_configure sw br0 br0
	rig_link sw nic nic w0 sw0 sw0
	rig_link sw pa pa ba eth0 ba
	rig_link sw pb pb bb eth0 bb
	rig_configure w0 sw0 sw0
	rig_configure ba eth0 ba
	rig_configure bb eth0 bb
	for port in nic/sw0 pa/ba pb/bb; do
		ip -n "$RIG_PREFIX"sw link set "${port%/*}" master br0 up
		rig_exec sw bridge fdb replace "$(rig_mac "${port#*/}")" dev "${port%/*}" master static
		wait_forwarding "${port%/*}"
	done
	rig_know ba eth0 bb
	rig_know bb eth0 ba
	rig_know sw br0 ba
	rig_know sw br0 bb
	rig_gro on sw/nic sw/pa
}

# wait_forwarding PORT: of the bridge.
wait_forwarding()
{
	local tries

	for ((tries = 0; tries < 500; tries++)); do
		! rig_exec sw bridge link show dev "$1" | grep -q 'state forwarding' || return 0
		read -r -t 0.01 <> <(:) || true
	done
	die "the bridge's port $1 doesn't come up"
}

rig_macs_up()
{
	HOST+=([m0]='1 20' [meth0]='2 20' [ma]='3 20' [mc]='4 20' [m1]='1 21' [meth1]='2 21' [mb]='3 21' [shim0]='5 20' [shim1]='4 21')
	rig_new_router mr
	rig_new_netns ma mb mc
	rig_pair mr eth0 meth0 w0 m0 m0
	rig_pair mr eth1 meth1 w1 m1 m1
	rig_macvlan mr eth0 ma eth0 ma
	rig_macvlan mr eth0 mc eth0 mc
	rig_macvlan mr eth1 mb eth0 mb
	rig_know mr eth0 ma
	rig_know mr eth0 mc
	rig_know mr eth1 mb
	rig_know ma eth0 meth0
	rig_know ma eth0 shim0
	rig_know mb eth0 meth1
	rig_gateway ma meth0
	rig_gateway mb meth1
	rig_gro on mr/eth0
}

readonly CHAIN=8

rig_chain_up()
{
	local i net

	HOST+=([far]='1 200')
	for ((i = 0; i <= CHAIN; i++)); do
		net=$((101 + i))
		HOST+=([out$i]="1 $net" [in$((i + 1))]="2 $net")
		rig_new_router "h$((i + 1))"
	done
	rig_pair w0 h0 out0 h1 in in1
	for ((i = 1; i <= CHAIN; i++)); do
		rig_pair "h$i" out "out$i" "h$((i + 1))" in "in$((i + 1))"
		rig_gateway "h$i" "in$((i + 1))"
	done
	rig_gro on h1/in
}

# rig_table ROUTES: the name of the router with so many of the family.
rig_table()
{
	if [[ $FAMILY == 6 ]]; then
		echo "t6-$1"
	else
		echo "t$1"
	fi
}

# rig_table_up ROUTER ROUTES: and $OUT/ROUTER.destinations.
rig_table_up()
{
	local net=$((30 + 2 * RIG_TABLES++))

	HOST+=(["$1-w0"]="1 $net" ["$1-eth0"]="2 $net" ["$1-w1"]="1 $((net + 1))" ["$1-eth1"]="2 $((net + 1))")
	rig_new_router "$1"
	rig_pair "$1" eth0 "$1-eth0" w0 "$1" "$1-w0"
	rig_pair "$1" eth1 "$1-eth1" w1 "$1" "$1-w1"
	# The far end, too: XDP sends to no veth whose peer has neither GRO nor XDP, which comes later.
	rig_gro on "$1/eth0" "w1/$1"
	"$OUT/prefixes" "$FAMILY" "$2" "$(rig_addr "$1-w1")" "$OUT/$1.destinations" |
		ip -n "$RIG_PREFIX$1" "-$FAMILY" -batch -
}
