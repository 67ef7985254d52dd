#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh: the matrix: steps of tests on other kernels, a VM for each step on each kernel, one after
# the other. What a step printed is kept in a file, so that a run goes on where one before it stopped:
# what has passed isn't repeated as long as the commit and the kernel are the same. TAP; the last line
# is "N passed, N failed, N skipped". Exit 1 if anything failed or is left, 77 where there are no VMs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/common.sh"

readonly ROOT=${here%/tests/vm}
export BUILD=${BUILD:-$ROOT/build}
export NSACCEL=${NSACCEL:-$BUILD/nsaccel}
readonly STATE=${NSACCEL_VM_STATE:-$VM_CACHE/state}

# Cheap ones first, and a step for each folder of tests/unit that has programs. Another name is a topic of
# tests/netns: NAME.bats and NAME_*.bats.
mapfile -t STEPS < <(find "$ROOT/tests/unit" -name 'test_*.c' -printf 'unit-%P\n' | sed 's,/.*,,' | sort -u)
STEPS=(verifier packets pairs foreign drivers-virtio drivers-igb drivers-vmxnet3 drivers-e1000e
	nic-bench policy share isolation diff "${STEPS[@]}")
readonly STEPS
# What has no module on the machine that the project is developed on has to run here.
readonly MUST_RUN='^test_(flowtable|ipvs|hook_list|ebtables)$'
# Debian's 6.1 has no list of netfilter hooks (CONFIG_NETFILTER_NETLINK_HOOK), its 7.x no legacy ebtables
# (CONFIG_BRIDGE_NF_EBTABLES_LEGACY).
readonly LACKING='^(6\.1/test_hook_list|7/test_ebtables)$'

usage()
{
	cat <<-USAGE
	usage: check.sh [--step STEP]... [--left | --again] [SERIES...]
	Runs the tests on kernels ${VM_SERIES[*]}, or those given; what has passed isn't
	run again while commit and kernel are the same.

	  --step STEP   only that: ${STEPS[*]},
	                or a topic of tests/netns: NAME.bats and NAME_*.bats
	  --left        runs nothing, prints what there is and what is left
	  --again       also what has passed

	Results are in $STATE (NSACCEL_VM_STATE), by commit, kernel and step.
	USAGE
}

steps=()
left_only=
again=

parse_options()
{
	while [[ ${1-} = -* ]]; do
		case $1 in
		--step) steps+=("$2"); shift ;;
		--left) left_only=1 ;;
		--again) again=1 ;;
		-h | --help) usage; exit 0 ;;
		*) usage >&2; exit 2 ;;
		esac
		shift
	done
	[[ ${#steps[@]} -gt 0 ]] || steps=("${STEPS[@]}")
	series_list=("$@")
	[[ $# -gt 0 ]] || series_list=("${VM_SERIES[@]}")
}

# ---- steps ----------------------------------------------------------------------------------

# set_step STEP: which NICs its VM has (the order is that of the wires' numbers), how many seconds it
# may take, what runs in there.
set_step()
{
	local files

	memory=1024
	models=()
	case $1 in
	verifier)
		command="modprobe nf_conntrack && tests/verifier/run.sh"
		timeout=3600
		;;
	packets)
		command="tests/vm/guest-programs.sh prog"
		timeout=5400
		;;
	unit-*)
		command="tests/vm/guest-programs.sh unit ${1#unit-}"
		timeout=7200
		;;
	diff)
		command="tests/diff/run.py --seed 1 --count 6 --as-drawn --verbose --findings /tmp/check-diff"
		timeout=7200
		memory=2048
		;;
	pairs)
		models=(virtio igb vmxnet3 e1000e)
		command=tests/vm/guest-pairs.sh
		timeout=7200
		;;
	foreign)
		models=(virtio igb vmxnet3)
		command=tests/vm/guest-foreign.sh
		timeout=7200
		;;
	drivers-*)
		models=("${1#drivers-}" virtio)
		[[ $1 != drivers-virtio ]] || models=(virtio igb)
		command=tests/vm/guest-drivers.sh
		timeout=7200
		;;
	nic-bench)
		models=(virtio igb)
		command=tests/vm/guest-nic-bench.sh
		timeout=3600
		;;
	*)
		mapfile -t files < <(cd "$ROOT" && find tests/netns -name "$1.bats" -o -name "$1_*.bats" | sort)
		[[ ${#files[@]} -gt 0 ]] || die "no step $1; see --help"
		command="tests/vm/guest-programs.sh ${files[*]}"
		timeout=14400
		memory=2048
		;;
	esac
}

run_vm()
{
	local model wire=0 nics=()

	for model in "${models[@]}"; do
		wire=$((wire + 1))
		nics+=(--nic "$model:$wire" --nic "$model:$wire")
	done
	"$here/run.sh" --timeout "$timeout" --memory "$memory" "${nics[@]}" "$series" \
		"BUILD=$BUILD NSACCEL=$NSACCEL NICS='${models[*]}' $command" 2>&1
}

# ---- results --------------------------------------------------------------------------------

# tap LINE: as "ok - TEXT" or "not ok - TEXT", without a number, into TAP. Status 1: it is no result.
tap()
{
	local name

	[[ $1 =~ ^(not )?ok(\ [0-9]+)?(\ -)?\ (.*)$ ]] || return
	TAP="${BASH_REMATCH[1]}ok - ${BASH_REMATCH[4]}"
	# cmocka's way of saying that it skipped one.
	[[ ! $TAP =~ ^not\ ok\ -\ \#\ SKIP\ (.*)$ ]] || TAP="ok - ${BASH_REMATCH[1]} # SKIP"
	TAP=${TAP/\# skip/\# SKIP} # bats and tests/verifier write it so
	[[ $TAP =~ ^ok\ -\ (.*)\ \#\ SKIP ]] || return 0
	name=${BASH_REMATCH[1]}
	[[ ! $name =~ $MUST_RUN || $series/$name =~ $LACKING ]] ||
		TAP="not ok - $name, which has to run here, was skipped"
}

# take_results: a VM's output, line by line.
take_results()
{
	local line TAP

	while IFS= read -r line; do
		if tap "$line"; then
			echo "$TAP"
		elif [[ ! $line =~ ^[0-9]+\.\.[0-9]+$ ]]; then
			echo "# ${line#\# }"
		fi
	done
}

# count FILE...: adds to passed, failed, skipped.
count()
{
	local line

	while IFS= read -r line; do
		case $line in
		"not ok"*) failed=$((failed + 1)) ;;
		"ok"*" # SKIP"*) skipped=$((skipped + 1)) ;;
		"ok"*) passed=$((passed + 1)) ;;
		esac
	done < <(cat "$@")
}

summary()
{
	echo "$passed passed, $failed failed$([[ $skipped -eq 0 ]] || echo ", $skipped skipped")"
}

# run_step: into FILE.part while it runs, and FILE.failed or FILE, if all passed.
run_step()
{
	local file=$1 status=0 started=$SECONDS

	run_vm | take_results | tee "$file.part" || status=${PIPESTATUS[0]}
	# Status, timeouts and taint of the guest's kernel are a result, too.
	if [[ $status -eq 0 ]]; then
		echo "ok - the guest ended well, its kernel untainted"
	else
		echo "not ok - the guest ended well, its kernel untainted (status $status)"
	fi | tee -a "$file.part"
	echo "# $step on $(< "$(kernel_dir "$series")/release"), commit $commit:" \
		"$((SECONDS - started)) s, ended $(date -u '+%F %T')" | tee -a "$file.part"
	rm -f "$file" "$file.failed"
	if grep -q '^not ok' "$file.part"; then
		mv "$file.part" "$file.failed"
	else
		mv "$file.part" "$file"
	fi
}

# check_step: what it printed, now or in an earlier run.
check_step()
{
	local file

	file=$STATE/$commit/$(< "$(kernel_dir "$series")/release")/$step
	mkdir -p "${file%/*}"
	set_step "$step"
	if [[ ! $left_only && ($again || ! -e $file) ]]; then
		echo "# $series: $step"
		run_step "$file"
	fi
	if [[ -e $file ]]; then
		count "$file"
	else
		left+=("$series/$step")
		[[ ! -e $file.failed ]] || count "$file.failed"
	fi
}

# Which tree this is: its commit, and if it isn't that, what differs.
commit_of_tree()
{
	local commit difference

	commit=$(git -C "$ROOT" rev-parse --short=12 HEAD 2> /dev/null) || commit=none
	difference=$(git -C "$ROOT" diff HEAD 2> /dev/null | sha1sum)
	[[ $difference = da39a3ee5e6b* ]] || commit+=-${difference:0:8} # sha1 of nothing
	echo "$commit"
}

main()
{
	local series step before
	local passed=0 failed=0 skipped=0

	parse_options "$@"
	"$here/setup.sh"
	cd "$ROOT"
	[[ -x $BUILD/tests/vm/traffic ]] || die "no $BUILD/tests/vm/traffic; make tests builds it"
	commit=$(commit_of_tree)
	left=()
	for series in "${series_list[@]}"; do
		before="$passed $failed $skipped"
		for step in "${steps[@]}"; do
			check_step
		done
		# shellcheck disable=SC2086 # three numbers
		series_summary $before
	done
	[[ ${#left[@]} -eq 0 ]] || echo "# left, or failed: ${left[*]}"
	summary
	[[ $failed -eq 0 && ${#left[@]} -eq 0 ]]
}

# series_summary PASSED FAILED SKIPPED: less what there was before it.
series_summary()
{
	passed=$((passed - $1)) failed=$((failed - $2)) skipped=$((skipped - $3)) summary |
		sed "s/^/# $series, commit $commit: /"
}

main "$@"
