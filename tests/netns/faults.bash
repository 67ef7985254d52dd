# SPDX-License-Identifier: GPL-2.0-only
# Commands that are killed at a system call, or have one fail (fault.c), and what has to hold then.
#
# A scenario is a world (a function that makes it of the topology), a command, and another that takes
# back what it does. In the world before and after it, known from a run without faults:
#
#   before, after            all that nsaccel has written, pinned, hooked and made, byte for byte
#   before_got, after_got    which probes arrive where
#
#   scenario WORLD BACK -- COMMAND...
#   faults kill error
#
# After each fault: packets arrive as before or as after, and none that arrives neither before nor after, not
# while the command runs either (leak.c); a command that failed has changed nothing, one that was killed
# can be repeated, taken back, followed by a sync, or by the end of all.
#
# FAULTS=all: each of the faults, told of in $FAULTS_DIR, from where an interrupted run goes on with the
# same nsaccel. Otherwise so many of each kind as SAMPLE says, evenly from all.
# shellcheck shell=bash disable=SC2153 # live.bash sets them

SAMPLE=${SAMPLE:-1}
declare -gA SENDERS
# What a scenario has in its world beside nsaccel's.
PREPARED=nothing_attached
# A sync does a part, if it fails, and another the rest; so do limits and rules, of which a part does nothing
# by itself.
PARTS=
EVENT=
ERRORS=(ENOMEM EPERM EBUSY ENOSPC EINTR)
# Whose devices and settings a command could touch.
TOUCHED=(nsa-rt nsa-blue nsa-red)

. "${BASH_SOURCE[0]%/*}/faults_world.bash"

# ---- what must never arrive -----------------------------------------------------------------

LEAK=

# The probes that arrive neither before nor after are sent all the time, while commands run, too.
leak_start()
{
	local leaf frame
	local -a from=()

	for leaf in "${!SENDERS[@]}"; do
		while read -r frame; do
			[[ " $before_got $after_got " == *:${frame: -2}\ * ]] ||
				echo "${frame/%6e736163000000??/6e736163ff0000${frame: -2}}"
		done <"$BATS_TEST_TMPDIR/probes.$leaf" >"$BATS_TEST_TMPDIR/leak.$leaf"
		[[ ! -s $BATS_TEST_TMPDIR/leak.$leaf ]] || from+=("nsa-$leaf" "$BATS_TEST_TMPDIR/leak.$leaf")
	done
	((${#from[@]})) || return 0
	background "$TOOLS/leak" "$BATS_TEST_TMPDIR/leaked" "${from[@]}" -- "${WATCHED[@]}"
	LEAK=$!
}

leak_stop()
{
	[[ $LEAK ]] || return 0
	kill "$LEAK" 2>/dev/null || true
	wait "$LEAK" 2>/dev/null || true
	LEAK=
}

# What arrived since the last look.
nothing_leaked()
{
	[[ ! -s $BATS_TEST_TMPDIR/leaked ]] || {
		wrong "leaked: $(sort "$BATS_TEST_TMPDIR/leaked" | uniq -c)"
		: >"$BATS_TEST_TMPDIR/leaked"
	}
}

# ---- a scenario -----------------------------------------------------------------------------

scenario()
{
	WORLD=$1
	BACK=$2
	COMMAND=("${@:4}")
	world_up
}

# with WORLD BACK -- ARGUMENTS...: of nsaccel. A whole test.
with()
{
	scenario "$1" "$2" -- "$NSACCEL" "${@:4}"
	faults kill error
}

world_up()
{
	live_topology
	make_probes
	"$PREPARED"
	snapshot "${TOUCHED[@]}" | sort >"$BATS_TEST_TMPDIR/pristine"
	"$WORLD"
	get_to_know
}

world_down()
{
	leak_stop
	witness_stop
	topo_down
}

# Before and after, by a run without a fault.
get_to_know()
{
	before=$(state)
	arrived
	before_got=$GOT
	FAULT_TRACE=$BATS_TEST_TMPDIR/trace LD_PRELOAD=$TOOLS/fault.so "${COMMAND[@]}" >/dev/null
	[[ ! $PARTS ]] || nsaccel sync
	after=$(state)
	arrived
	after_got=$GOT
	[[ $after != "$before" ]] || fail "${COMMAND[*]} changes nothing" || return
	go_back
	leak_start
	wait_until 2 is_state "$before" 2>/dev/null ||
		fail "$BACK: $(diff <(echo "$before") <(state))"
}

go_back()
{
	"$BACK" >/dev/null 2>&1 || true
}

# ---- which faults ---------------------------------------------------------------------------

# "SITE NTH ACTION" lines. Before each change SIGKILL finds another state: between two changes it makes
# no difference where.
list_kill()
{
	awk '$3 == "change" { print $1, $2, "kill" }' "$BATS_TEST_TMPDIR/trace"
}

# At each place that asks the kernel, the errors in turn: commands share most of these places, at each of
# which other ones get another. At each change, also of those that one place makes again and again, no
# memory.
list_error()
{
	awk -v errors="${ERRORS[*]}" '
		BEGIN { count = split(errors, name) }
		$4 !~ /^bpf:/ && $3 != "netlink" && $4 !~ /^send/ { next }
		$2 == 1 { print $1, 1, name[1 + turn++ % count] }
		$3 == "change" && ($2 > 1 || (turn - 1) % count) { print $1, $2, name[1] }' \
		"$BATS_TEST_TMPDIR/trace"
}

# At each place that looks something up in a map, and finds it.
list_lookup()
{
	awk '$2 == 1 && $4 == "bpf:MAP_LOOKUP_ELEM" && $5 == "0" { print $1, $2, "ENOMEM" }' \
		"$BATS_TEST_TMPDIR/trace"
}

fault_lookup()
{
	fault_error "$@"
}

# Some of the lines, evenly from all; with FAULTS=all those that a run before this hasn't done, in an order
# of which any beginning is as good as another.
chosen()
{
	if [[ ${FAULTS:-} == all ]]; then
		shuf --random-source=/dev/zero | grep -vxFf <(grep -v ' WRONG$' "$RESULTS") || true
	else
		awk -v want="$SAMPLE" '{ line[NR] = $0 } END {
			for (i = 0; i < want && i < NR; i++)
				print line[1 + int(i * NR / (want < NR ? want : NR))]
		}'
	fi
}

# ---- faults ---------------------------------------------------------------------------------

# faults KIND...: of these, kill and error, all that are chosen; fails if anything is wrong afterwards.
faults()
{
	local kind
	local -
	set +T

	begin_faults
	for kind; do
		faults_of "$kind" < <("list_$kind" | chosen)
	done
	end_faults
}

begin_faults()
{
	NUMBER=0 WRONGS=0
	RESULTS=${FAULTS_DIR:-$BATS_TEST_TMPDIR}/$(sha256sum "$NSACCEL" | head -c 12)-$BATS_TEST_NAME
	mkdir -p "${RESULTS%/*}"
	touch "$RESULTS"
}

end_faults()
{
	echo "${COMMAND[*]}: $NUMBER faults, $WRONGS of them with wrong ends"
	[[ ! -e $RESULTS.messages ]] || sort "$RESULTS.messages" | uniq -c | sort -rn >"$RESULTS.said"
	((!WRONGS))
}

faults_of()
{
	local site nth action WRONG

	while read -r site nth action; do
		WRONG=
		"fault_$1" "$site" "$nth" "$action" $((NUMBER++)) </dev/null || true
		nothing_leaked || true
		echo "$site $nth $action${WRONG:+ WRONG}" >>"$RESULTS"
		[[ $WRONG ]] || continue
		echo "${COMMAND[*]}: $action at $(call_at "$site" "$nth"): $WRONG" | tee -a "$RESULTS.wrong"
		WRONGS=$((WRONGS + 1))
		[[ $1 != event ]] || continue # has a new world each time
		world_down
		world_up </dev/null
	done
}

call_at()
{
	awk -v site="$1" -v nth="$2" '$1 == site && $2 == nth { print NR, $0 }' \
		"$BATS_TEST_TMPDIR/trace"
}

# wrong WHAT: of the fault at hand.
wrong()
{
	WRONG+="$*; "
	return 1
}

# inject SITE NTH ACTION: into STATUS and MESSAGE; fails if the call never came.
inject()
{
	rm -f "$BATS_TEST_TMPDIR/hit"
	STATUS=0
	{
		FAULT="$1 $2 $3" FAULT_HIT=$BATS_TEST_TMPDIR/hit LD_PRELOAD=$TOOLS/fault.so \
			"${COMMAND[@]}" >/dev/null 2>"$BATS_TEST_TMPDIR/message" || STATUS=$?
	} 2>/dev/null
	MESSAGE=$(<"$BATS_TEST_TMPDIR/message")
	[[ -e $BATS_TEST_TMPDIR/hit ]]
}

# is_now STATE WHAT: what the kernel does later may be seen for a moment.
is_now()
{
	wait_until 1 is_state "$1" 2>/dev/null || wrong "$2: $(diff <(echo "$1") <(state))"
}

# reaches_only GOT WHAT
reaches_only()
{
	arrived || wrong "no witness" || return
	[[ $GOT == "$1" ]] || wrong "$2: $(diff <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$GOT"))"
}

# What arrives both before and after does; what neither does doesn't.
reaches_between()
{
	local probe

	arrived || wrong "no witness" || return
	for probe in $GOT; do
		[[ " $before_got $after_got " == *" $probe "* ]] || wrong "$probe arrives"
	done
	for probe in $before_got; do
		[[ " $after_got " != *" $probe "* || " $GOT " == *" $probe "* ]] ||
			wrong "$probe doesn't arrive"
	done
}

fault_error()
{
	inject "$@" || STATUS=0 # it went another way, and had no fault
	if [[ $STATUS == 0 ]]; then
		is_done || is_now "$after" "done in spite of it ($MESSAGE)"
		reaches_only "$after_got" "done ($MESSAGE)"
		go_back
		is_now "$before" "taken back"
		return
	fi
	echo "$STATUS $3 ${MESSAGE//$'\n'/ / }" >>"$RESULTS.messages"
	[[ $STATUS =~ ^[2-6]$ ]] || wrong "exit $STATUS"
	[[ $MESSAGE == "nsaccel: "??????????????* ]] || wrong "message: $MESSAGE"
	if [[ $PARTS ]]; then
		reaches_between
		repeated
		return
	fi
	is_now "$before" "failed ($MESSAGE)"
	reaches_only "$before_got" "failed ($MESSAGE)"
}

# Where something couldn't be read, the careful value stands until the next look.
is_done()
{
	is_state "$after" || {
		reaches_only "$after_got" "done with care ($MESSAGE)"
		nsaccel sync >/dev/null 2>&1
		is_state "$after"
	}
}

# Each of four things may come next.
fault_kill()
{
	local next=(repeated taken_back synced ended)

	! inject "$@" || [[ $STATUS == 137 ]] || wrong "exit $STATUS, not killed"
	reaches_between
	nsaccel -j status >/dev/null 2>&1 || wrong "status fails"
	"${next[$4 % 4]}"
}

repeated()
{
	"${COMMAND[@]}" >/dev/null 2>&1 || true # it may have been done
	[[ ! $PARTS ]] || nsaccel sync
	is_now "$after" "repeated"
	reaches_only "$after_got" "repeated"
	taken_back
}

taken_back()
{
	go_back
	is_now "$before" "taken back"
	reaches_only "$before_got" "taken back"
}

synced()
{
	nsaccel sync >/dev/null 2>&1 || wrong "sync fails"
	[[ $PARTS ]] || is_state "$before" || is_now "$after" "synced"
	reaches_between
	taken_back
}

ended()
{
	leak_stop
	nsaccel detach --all --force >/dev/null || wrong "detach --all fails"
	is_clean
	"$WORLD" || wrong "it can't be set up again"
	get_to_know
}

# Nothing is left: hooks, pins, files, devices, settings, neighbours.
is_clean()
{
	local left

	wait_until 2 no_trace nsa-rt "${LEAVES[@]/#/nsa-}" 2>/dev/null || wrong "$(no_trace nsa-rt 2>&1)"
	snapshot "${TOUCHED[@]}" | sort >"$BATS_TEST_TMPDIR/now"
	left=$(diff "$BATS_TEST_TMPDIR/pristine" "$BATS_TEST_TMPDIR/now") || wrong "left: $left"
}

# ---- events ---------------------------------------------------------------------------------

# events WORLD EVENT... -- ARGUMENTS...: of nsaccel. At each step of the command the device changes: each
# event is a shell command. A whole test, which needs no state to compare with: packets go as they do when
# the event comes before the command, or after it; nsaccel's view is the kernel's, and it can be ended.
events()
{
	local -a events=()
	local -
	set +T

	WORLD=$1
	shift
	while [[ $1 != -- ]]; do
		events+=("$1")
		shift
	done
	COMMAND=("$NSACCEL" "${@:2}")
	begin_faults
	for EVENT in "${events[@]}"; do
		event_known
		faults_of event < <(list_event | chosen)
		world_down
	done
	end_faults
}

event_world()
{
	world_down
	live_topology
	ns_add nsa-other
	make_probes
	"$WORLD" >/dev/null
}

# What arrives where after the event, however the command ends.
event_known()
{
	event_world
	FAULT_TRACE=$BATS_TEST_TMPDIR/trace LD_PRELOAD=$TOOLS/fault.so "${COMMAND[@]}" >/dev/null
	sh -c "$EVENT"
	nsaccel sync
	arrived
	after_got=$GOT
	event_world
	sh -c "$EVENT"
	"${COMMAND[@]}" >/dev/null 2>&1 || true
	arrived
	before_got=$GOT
}

# Before each change, and before each question for the kernel, once for each place that asks.
list_event()
{
	awk -v event="$EVENT" '$2 == 1 && ($3 == "change" || $4 ~ /^send/ || $4 == "bpf:PROG_QUERY") {
		print $1, $2, "!" event
	}' "$BATS_TEST_TMPDIR/trace"
}

fault_event()
{
	event_world
	inject "$@" || return 0
	[[ $STATUS =~ ^[02346]$ ]] || wrong "exit $STATUS"
	[[ $STATUS == 0 || $MESSAGE == "nsaccel: "??????????????* ]] || wrong "message: $MESSAGE"
	reaches_between
	nsaccel sync >/dev/null || wrong "sync fails"
	[[ -z $(nsaccel check 2>&1) ]] || wrong "not in step: $(nsaccel check 2>&1)"
	reaches_between
	detach_all >/dev/null || wrong "detach --all fails"
	wait_until 2 no_trace nsa-rt nsa-other "${LEAVES[@]/#/nsa-}" 2>/dev/null ||
		wrong "$(no_trace nsa-rt nsa-other 2>&1)"
}
