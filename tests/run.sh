#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test suites and counts their results.
# usage: run.sh [SUITE...]      default: all of $SUITES
#
# Each test program runs in a sandbox: mount, network and PID namespaces of its own with an empty
# /run and an empty bpffs, so that nothing it does reaches the machine or another program, and all
# of it is gone afterwards. A program that passes must have cleaned up even so. Programs of all
# suites run side by side, those of the end-to-end tests first, the longest at the head. They wait
# as much as they compute: so many at once as there are CPUs, and as many again.
#
# A program speaks TAP, or is one test as a whole: exit status 0 passed, 77 skipped. It is stopped
# when it has printed nothing for TEST_TIMEOUT: how long all of it takes depends on the machine.
# Environment: BUILD, NSACCEL (set by make), TEST_TIMEOUT (seconds), JOBS, V=1 (all output).
set -u -o pipefail

SUITES=(unit prog verifier netns golden model diff lint) # and, by name: long fuzz adversary faults stress
FUZZ_SECONDS=10 # per fuzzer; "make fuzz" gives them more

# list_SUITE: prints a suite's test programs, one command per line.
list_unit() { cmocka_tests unit; }
list_prog() { cmocka_tests prog; }
list_verifier() { existing tests/verifier/run.sh; }
# But for those tagged "long", a suite of its own.
# shellcheck disable=SC2046 # names of files
list_netns() { TAGS='!long' bats_files $(grep -L '^# bats file_tags=long' tests/netns/*.bats); }
# shellcheck disable=SC2046
list_long() { TAGS=long bats_files $(grep -l '^# bats .*_tags=long' tests/netns/*.bats); }
list_diff() { echo "$PWD/tests/diff/run.py --seed 40003 --count 10 --least 3 --seconds 40"; }
list_golden() { bats_files tests/golden/*.bats; }
list_model() { existing tests/model/run.sh; }
list_lint() { existing scripts/lint.sh; }
list_adversary() { bats_files tests/netns/adversary_*.bats; }
# A program for each command, so that they run side by side.
list_faults()
{
	local name
	sed -n 's/^@test "\(.*\)" {$/\1/p' tests/faults/faults.bats | while read -r name; do
		echo "bats --formatter tap --print-output-on-failure -f ^${name// /.}$ tests/faults/faults.bats"
	done
}
list_stress() { echo "$BUILD/tests/prog/test_stress"; }
list_fuzz()
{
	local source
	for source in $(existing tests/fuzz/fuzz_*.c); do
		echo "tests/fuzz/run.sh $BUILD/${source%.c} $FUZZ_SECONDS"
	done
}

cmocka_tests()
{
	local source
	for source in $(existing tests/"$1"/test_*.c tests/"$1"/*/test_*.c); do
		echo "$BUILD/${source%.c}"
	done
}

# The longest first. TAGS: only tests with these.
bats_files()
{
	local file
	for file in $(existing "$@" | xargs -r ls -S); do
		echo "bats --formatter tap --print-output-on-failure ${TAGS:+--filter-tags $TAGS} $file"
	done
}

existing()
{
	local file
	for file; do
		[ ! -e "$file" ] || echo "$file"
	done
}

# What is left in the sandbox. libxdp's own directory stays, and is its lock: only what is in there counts.
leftovers()
{
	local self=$BASHPID

	find /run/netns -mindepth 1 -printf 'namespace %f\n'
	find /sys/fs/bpf -mindepth 1 ! -name '*.debug' ! -path /sys/fs/bpf/xdp -printf 'pin %p\n'
	ps -e --no-headers -o pid,ppid,stat,args | awk -v self="$self" '
		$1 != 1 && $1 != self && $2 != self && $3 !~ /^Z/ { print "process " $0 }'
}

# The inner half of the sandbox, PID 1 of its namespace: what dies with it dies for good.
inside_sandbox()
{
	trap 'exit 130' INT TERM
	if ! { mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lock &&
		mount -t bpf bpf /sys/fs/bpf && ip link set lo up; }; then
		echo "not ok can't set up the sandbox (it takes root)"
		return 1
	fi
	"$@" &
	wait $!
	local rc=$? left
	[ $rc -eq 0 ] || return $rc

	# Helpers whose parent has ended, as a sanitizer's symbolizer, get a second to follow it.
	for _ in {1..10}; do
		left=$(leftovers)
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	printf 'not ok leaves nothing behind\n%s\n' "$(sed 's/^/# /' <<<"$left")"
	return 1
}

# start_program NUMBER COMMAND...: its output is in the file log.NUMBER, then its status in rc.NUMBER,
# and the CPU time that it took, in milliseconds, in cpu.NUMBER.
start_program()
{
	local number=$1 TIMEFORMAT='%3U %3S'
	shift
	{
		{
			time {
				unshare --mount --net --pid --fork --kill-child --mount-proc \
					tests/run.sh --inside "$@" >"$work/log.$number" 2>&1 </dev/null &
				echo $! >"$work/pid.$number"
				wait $!
				rc=$?
			}
		} 2>"$work/time.$number"
		tail -1 "$work/time.$number" | tr -d . | awk '{ print $1 + $2 }' >"$work/cpu.$number"
		echo $rc >"$work/rc.$number"
	} &
}

# watch_programs: ends those that have printed nothing for too long.
watch_programs()
{
	local started log last now
	while sleep 5; do
		for started in "$work"/pid.*; do
			log=${started/pid./log.}
			if [ ! -e "$log" ] || [ -e "${started/pid./rc.}" ]; then continue; fi
			last=$(stat -c %Y "$log")
			printf -v now '%(%s)T' -1
			[ $((now - last)) -lt "$TEST_TIMEOUT" ] || kill -KILL "$(cat "$started")"
		done
	done
}

stop_programs()
{
	local file
	for file in "$work"/pid.*; do
		[ ! -e "$file" ] || [ -e "${file/pid./rc.}" ] || kill -KILL "$(cat "$file")"
	done 2>/dev/null
	wait
}

# evaluate LOG EXIT-STATUS NAME: prints "passed failed skipped" on the first line, then what a
# person should read: each failure with everything around it, each skip.
evaluate()
{
	awk -v rc="$2" -v name="$3" -v limit="$TEST_TIMEOUT" '
	function fail(why) { count["failed"]++; text = text "not ok " why "\n" }
	{ block = block $0 "\n"; all = all $0 "\n" }
	/^1\.\.[0-9]+/ { planned += substr($0, 4) }
	/^(not )?ok / {
		current = /^ok / ? "passed" : "failed"
		if (/^ok .*# skip/ || /^not ok [0-9]+ # SKIP/) current = "skipped"
		count[current]++
		# What comes before a failure belongs to it, and the comments after it too.
		if (current == "failed") text = text block
		if (current == "skipped") text = text $0 "\n"
		block = ""
	}
	/^#/ && current == "failed" { text = text $0 "\n"; block = "" }
	END {
		seen = count["passed"] + count["failed"] + count["skipped"]
		if (rc == 137) fail("stopped: it said nothing for " limit " s\n" all)
		else if (seen < planned) fail("only " seen " of " planned " tests ran, exit status " rc "\n" all)
		else if (rc == 77 && !seen) { count["skipped"]++; text = text all }
		else if (rc && !count["failed"]) fail("exit status " rc "\n" all)
		else if (!seen) count["passed"]++
		printf "%d %d %d\n", count["passed"], count["failed"], count["skipped"]
		if (text != "") printf "%s:\n%s", name, text
	}' "$1"
}

# run_programs: all of them, so many at once; a suite's results are printed when they are there and
# those of the suites before it are.
run_programs()
{
	local number=0 command words
	local -a left=("${suites[@]}")

	for command in "${programs[@]}"; do
		if [ "$number" -ge "$JOBS" ]; then
			wait -n
			report_finished
		fi
		read -ra words <<<"$command"
		start_program $((number += 1)) "${words[@]}"
	done
	while [ ${#left[@]} -gt 0 ]; do
		wait -n
		[ $? -ne 127 ] || return # none is left, and not all have told how it ended
		report_finished || return
	done
}

# Takes the suites that it has reported from "left".
report_finished()
{
	while [ ${#left[@]} -gt 0 ] && finished "${left[0]}"; do
		report "${left[0]}" || return
		left=("${left[@]:1}")
	done
}

# numbers SUITE: of its programs.
numbers()
{
	local number
	for number in "${!programs[@]}"; do
		[ "${suite_of[number]}" != "$1" ] || echo $((number + 1))
	done
}

finished()
{
	local number
	for number in $(numbers "$1"); do
		[ -e "$work/rc.$number" ] || return
	done
}

# evaluate_program NUMBER: into the file "report".
evaluate_program()
{
	local command=${programs[$1 - 1]}
	evaluate "$work/log.$1" "$(cat "$work/rc.$1")" "${command//"$PWD/"/}" >"$work/report"
}

report()
{
	local suite=$1 counts=(0 0 0) cpu=0 number p f s
	for number in $(numbers "$suite"); do
		evaluate_program "$number" || return
		read -r p f s <"$work/report"
		counts=($((counts[0] + p)) $((counts[1] + f)) $((counts[2] + s)))
		[ "$f" -eq 0 ] || again+=("$number $p $f $s")
		cpu=$((cpu + $(cat "$work/cpu.$number")))
		sed 1d "$work/report"
		[ "${V:-}" != 1 ] || cat "$work/log.$number"
	done
	printf '%-10s %s, %d s of CPU time\n' "$suite" "$(summary "${counts[@]}")" $((cpu / 1000))
	total=($((total[0] + counts[0])) $((total[1] + counts[1])) $((total[2] + counts[2])))
}

# Programs with failures run once more, when nothing runs beside them: what fails then counts. That it
# took two runs is printed.
run_failed_again()
{
	local entry number command words p f s
	for entry in "${again[@]}"; do
		read -r number p f s <<<"$entry"
		total=($((total[0] - p)) $((total[1] - f)) $((total[2] - s)))
		command=${programs[number - 1]}
		rm -f "$work"/{rc,pid}."$number"
		read -ra words <<<"$command"
		start_program "$number" "${words[@]}"
		wait
		evaluate_program "$number" || return
		read -r p f s <"$work/report"
		sed 1d "$work/report"
		echo "again, alone: ${command//"$PWD/"/}: $(summary "$p" "$f" "$s")"
		total=($((total[0] + p)) $((total[1] + f)) $((total[2] + s)))
	done
}

# summary PASSED FAILED SKIPPED
summary()
{
	echo "$1 passed, $2 failed$([ "$3" -eq 0 ] || echo ", $3 skipped")"
}

main()
{
	local suite
	[ "$(id -u)" = 0 ] || {
		echo "${0##*/}: the tests make namespaces and load BPF programs: run them as root" >&2
		return 1
	}
	[ $# -gt 0 ] || set -- "${SUITES[@]}"
	for suite; do
		declare -F "list_$suite" >/dev/null || {
			echo "${0##*/}: no suite '$suite'; there are: ${SUITES[*]}" >&2
			return 1
		}
	done
	work=$(mktemp -d)
	watch_programs >/dev/null 2>&1 &
	local watcher=$!
	disown
	# shellcheck disable=SC2064
	trap "kill $watcher; stop_programs; rm -rf '$work'" EXIT
	trap 'exit 130' INT TERM
	export TMPDIR=$work
	suites=("$@")
	list_programs "$@"
	run_programs || return
	run_failed_again || return
	echo "$SECONDS s"
	summary "${total[@]}"
	[ "${total[1]}" -eq 0 ] && [ "${total[0]}" -gt 0 ]
}

# list_programs SUITE...: into programs and suite_of, which suite's each is; the end-to-end tests first.
list_programs()
{
	local suite command
	for suite in $(printf '%s\n' "$@" | grep -x netns) $(printf '%s\n' "$@" | grep -vx netns); do
		while read -r command; do
			programs+=("$command")
			suite_of+=("$suite")
		done < <("list_$suite")
	done
}

cd "$(dirname "$0")/.." || exit
export BUILD=${BUILD:-$PWD/build} CMOCKA_MESSAGE_OUTPUT=TAP
export NSACCEL=${NSACCEL:-$BUILD/nsaccel} TEST_TIMEOUT=${TEST_TIMEOUT:-900}
JOBS=${JOBS:-$((2 * $(nproc)))}
total=(0 0 0) programs=() suite_of=() suites=() again=()
if [ "${1:-}" = --inside ]; then
	shift
	inside_sandbox "$@"
else
	main "$@"
fi
