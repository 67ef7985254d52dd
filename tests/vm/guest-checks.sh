# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the guest-*.sh share: results, what nsaccel says, traffic, the machine's state. Sourced by them.
#
# One "ok - ..." or "not ok - ..." line per check, "# ..." lines for people; check.sh numbers them. An
# exec takes 40 ms and more in a guest: hence few of them, and traffic as one program.

# shellcheck disable=SC2154 # set by who sources this
. "$here/guest-rig.sh"

readonly PAYLOAD=200000 # traffic's, each way
readonly FORWARDED_MAX=4 # while a neighbour that a link reset has lost is found again
readonly BPFFS=/sys/fs/bpf
readonly LOG=/tmp/check.log

# ---- checks ---------------------------------------------------------------------------------

# check TEXT FUNCTION...: in this shell, for what it may set. errexit is off in there.
check()
{
	local text=$1

	shift
	if "$@" > "$LOG" 2>&1; then
		echo "ok - $text"
		return
	fi
	echo "not ok - $text"
	tail -n 40 "$LOG" | sed 's/^/#   /'
}

# What the check that ended the script had to say.
at_exit()
{
	[[ $? -eq 0 ]] || sed 's/^/#   /' "$LOG"
}

skip()
{
	echo "ok - $1 # SKIP $2"
}

say()
{
	echo "$*"
	return 1
}

# begin [macvlan]: the topology, and how the machine is before anything is done.
# shellcheck disable=SC2120
begin()
{
	trap at_exit EXIT
	: > "$LOG"
	owner=none
	echo "# $(uname -r)"
	check "$NSACCEL is built" test -x "$NSACCEL"
	make_rig "$@"
	state > /tmp/state.before
}

# ---- what nsaccel says ----------------------------------------------------------------------

nsaccel()
{
	timeout 300 "$NSACCEL" "$@"
}

# tells FILTER: what a jq filter makes of the status.
tells()
{
	nsaccel -j status | jq -r "$1"
}

# read_counters ARRAY: key netns/hook/reason, value bytes.
read_counters()
{
	local -n into=$1
	local key bytes

	into=()
	while IFS=$'\t' read -r key bytes; do
		# shellcheck disable=SC2004,SC2034 # a key, not arithmetic
		into[$key]=$bytes
	done < <(nsaccel -j stats show | jq -r '.[] | "\(.netns)/\(.hook)/\(.reason)\t\(.bytes)"')
}

# read_forwarded VARIABLE: the packets that this namespace's own IP has forwarded so far.
read_forwarded()
{
	local -n total=$1
	local words name value

	total=0
	while read -ra words; do
		# "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams"
		[[ ${words[0]} != Ip: || ${words[6]} = Forw* ]] || total=${words[6]}
	done < /proc/net/snmp
	while read -r name value; do
		[[ $name != Ip6OutForwDatagrams ]] || total=$((total + value))
	done < /proc/net/snmp6
}

# ---- traffic --------------------------------------------------------------------------------

exchange()
{
	"$TRAFFIC" exchange "$1" "${address[$1/$3]}" "$2" "${address[$2/$3]}"
}

# carried BEFORE AFTER COUNTER: has it grown by the payload? COUNTER*2: by both directions'.
carried()
{
	local -n first=$1 last=$2
	local counter=${3%\**} times=1

	[[ $3 != *\** ]] || times=${3##*\*}
	((${last[$counter]-0} - ${first[$counter]-0} >= times * PAYLOAD))
}

# fast FROM TO FAMILY COUNTER...: an exchange of which each counter has seen the payload, and the owner's own
# forwarding next to nothing. In the first one neighbours may be found, which the daemon has to follow.
fast()
{
	is_fast "$@" || { followed && is_fast "$@"; }
}

is_fast()
{
	local from=$1 to=$2 family=$3 counter forwarded_before forwarded r=0
	local -A before=() after=()

	shift 3
	set -- "${@/#owner/$owner}"
	read_counters before
	read_forwarded forwarded_before
	exchange "$from" "$to" "$family" || r=1
	read_forwarded forwarded
	read_counters after
	for counter; do
		carried before after "$counter" || r=1
	done
	((forwarded - forwarded_before <= FORWARDED_MAX)) || r=1
	[[ $r -eq 0 ]] && return
	echo "expected $PAYLOAD bytes in each of: $*"
	echo "the kernel forwarded $((forwarded - forwarded_before)) packets; nsaccel counted:"
	for counter in "${!after[@]}"; do
		((${after[$counter]} == ${before[$counter]-0})) ||
			echo "  $counter $((${after[$counter]} - ${before[$counter]-0}))"
	done
	return 1
}

# both TEXT FUNCTION FROM TO ARGUMENT...: a check for each family.
both()
{
	local text=$1 function=$2 from=$3 to=$4 family

	shift 4
	for family in 4 6; do
		check "$text, IPv$family" "$function" "$from" "$to" "$family" "$@"
	done
}

# ---- streams, under which something happens ---------------------------------------------------

streams=()

stream()
{
	local from=$1 to=$2

	rm -f "/tmp/progress.${#streams[@]}"
	"$TRAFFIC" stream "$from" "${address[$from/4]}" "$to" "${address[$to/4]}" \
		"/tmp/progress.${#streams[@]}" > "/tmp/stream.${#streams[@]}" 2>&1 &
	streams+=($!)
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || say "in vain waited for: $*" || return
		read -rt 0.3 -u "$nap" || true
	done
}
exec {nap}<> <(:)

# progress STREAM: the chunks that came back so far, in PROGRESS.
progress()
{
	PROGRESS=0
	[[ ! -s /tmp/progress.$1 ]] || read -r PROGRESS < "/tmp/progress.$1"
	PROGRESS=$((10#$PROGRESS))
}

is_past()
{
	progress "$1"
	((PROGRESS > $2))
}

# Every stream goes on. TCP may wait a while after a link was away: the kernel's alone would, too.
streams_go_on()
{
	local i PROGRESS=0

	for i in "${!streams[@]}"; do
		progress "$i"
		wait_until 120 is_past "$i" $((PROGRESS + 3)) || {
			cat "/tmp/stream.$i"
			return 1
		}
	done
}

stop_streams()
{
	local i pid r=0

	kill "${streams[@]}" || r=1
	for i in "${!streams[@]}"; do
		pid=${streams[$i]}
		wait "$pid" || { r=1; cat "/tmp/stream.$i"; }
	done
	streams=()
	return "$r"
}

# ---- what takes a while -----------------------------------------------------------------------

# followed: the daemon has. If what changed asks for other programs, an emulated machine takes half a
# minute to load them, and all else waits for that.
followed()
{
	wait_until 300 nsaccel check
}

# gone: the kernel frees what was detached when nobody can be in it any more.
gone()
{
	wait_until 60 same_state
}

# ---- the machine's state --------------------------------------------------------------------

# What nsaccel may change and must put back: programs, links, pins, qdiscs, settings.
state()
{
	local dev ns

	bpftool prog show | sed -n 's/^[0-9]*: //p' | awk '{ print "program", $1, $3 }' | sort
	bpftool -j link show | jq -r '"links \(length)"'
	find "$BPFFS" -mindepth 1 ! -path "$BPFFS/xdp" | sort # libxdp leaves its directory
	# Without indexes: a device that came again has another.
	ip -o link show | awk -F': ' '{
		match($0, / xdp[a-z]* /)
		print $2, substr($0, RSTART, RLENGTH), $3 ~ /PROMISC/, $3 ~ /ALLMULTI/
	}' | sort
	ip neigh show | { grep -o 'dev .* managed' || true; } | sort
	tc qdisc show | grep -E 'clsact|ingress' || true
	for ns in "${namespaces[@]}"; do
		nsenter --net="/run/netns/$ns" ethtool -k eth0 | sed "s/^/$ns: /"
	done
	for dev in "${nics[@]}" "${veths[@]}"; do
		ethtool -k "$dev" | sed "s/^/$dev: /"
	done
	ps -C nsaccel -o args= || true
}

same_state()
{
	state > /tmp/state.now
	diff /tmp/state.before /tmp/state.now
}

# That the comparison sees what attach does.
changed_state()
{
	! same_state
}

# ---- ports ----------------------------------------------------------------------------------

# The port's line: xdp, tc, has a reason.
port()
{
	tells ".owners[].ports[] | select(.dev == \"$1\") | \"\(.xdp) \(.tc) \(.reason != null and
		.reason != \"\")\""
}

native_port()
{
	local line

	line=$(port "$1")
	[[ $line = @(link|dispatcher)" $tc_kind false" ]] || say "xdp, tc, reason: $line"
}

fallback_port()
{
	local line

	line=$(port "$1")
	[[ $line = "none $tc_kind true" ]] || say "xdp, tc, reason: $line"
}

# hook_between FROM TO: which one carries packets between these NICs.
hook_between()
{
	if is_native "$1" && is_native "$2"; then
		echo xdp
	else
		echo tc_ingress
	fi
}
