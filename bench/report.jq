# SPDX-License-Identifier: GPL-2.0-only
# All runs of a bench (slurped) -> medians, ratios, and how they stand to the project's demands.
# A ratio is the median of the rounds' own ratios: within a round the two runs were neighbours, so
# what slows the machine down for a while touches both.

def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def rounded($digits): if . == null then null
	else . * pow(10; $digits) | round / pow(10; $digits) end;
def id: "\(.metric)/\(.scenario)/\(.contender)";

# CPU time without the generator's, which a drop at the first device has.
def net($runs): if .unit != "s/M" or .scenario == "ceiling" then .
	else .round as $round |
	     [$runs[] | select(.metric == "cpu" and .scenario == "ceiling" and .round == $round)][0] as $generator |
	     if $generator and .value then .value -= $generator.value else . end end;

. as $all | map(net($all)) | . as $runs |
(map({key: id, value: true}) | from_entries) as $measured |
def of($name): [$runs[] | select(id == $name and .skipped == null)];
def ratios($name; $base; figure):
	(of($base) | map({key: "\(.round)", value: figure}) | from_entries) as $b |
	[of($name)[] | select((figure // 0) > 0 and ($b["\(.round)"] // 0) > 0) |
	 figure / $b["\(.round)"]];
def ratio($name; $base): ratios($name; $base; .value) | median | rounded(3);
# Of packet rates only: the same per second of CPU time that the generator got. On an idle machine
# no other than the plain ratio; on a busy one a hint at what that would be.
def cpu_ratio($name; $base):
	ratios($name; $base; if .cpu_seconds then .received / .cpu_seconds else null end) |
	median | rounded(3);

# The other contender of the same scenario. What a feature costs is measured between two containers.
def beside($contender):
	"\(.metric)/\(.scenario)/\($contender)" as $own |
	if $measured[$own] then $own
	elif .scenario | test("^(guard|limit|policy|gate)") then "\(.metric)/veth-veth/\($contender)"
	else $own end;

# The static program that sends packets on in the way of this one.
def floor_of:
	if .scenario == "nic-veth-xdp" then "xdp"
	elif (.scenario | test("^(nic-nic|table)")) and (.contender | test("^(nsaccel|xdp-forward)$")) then "xdp"
	elif .contender == "xdp-forward" then "xdp"
	elif .scenario | test("^(nic-nic|table|veth-nic)") then "out"
	elif .scenario == "mac-veth" then "egress-out"
	elif .scenario == "mac-mac" then "egress-in"
	else "peer" end | "floor-\(.)";

def row($name):
	(of($name) + [$runs[] | select(id == $name)][:1]) as $all | of($name) | $all[0] as $one |
	({pps: 0, "1/s": 0, "s/M": 3}[$one.unit] // 2) as $digits |
	{metric: $one.metric, scenario: $one.scenario, contender: $one.contender, unit: $one.unit,
	 skipped: (if . == [] then $one.skipped else null end),
	 median: (map(.value) | median | rounded($digits)), min: (map(.value) | min),
	 max: (map(.value) | max), p99_us: (map(.p99_us | values) | median | rounded(2)),
	 p999_us: (map(.p999_us | values) | median | rounded(2)),
	 loss: (map(select(.sent) | 1 - .received / .sent) | median | rounded(4)),
	 cpu: (map(select(.cpu_seconds) | .cpu_seconds / .seconds) | median | rounded(2)),
	 x_kernel: ratio($name; $one | beside("kernel")),
	 x_kernel_range: ($one | beside("kernel") as $base | ratios($name; $base; .value) |
			  if . == [] then null else [min, max | rounded(3)] end),
	 x_kernel_by_cpu: cpu_ratio($name; $one | beside("kernel")),
	 x_floor: (if $one.contender | startswith("floor") then null
		   else ratio($name; $one | . as $r | beside($r | floor_of)) end),
	 x_direct: ratio($name; $one | beside("direct")),
	 x_plain: (if $one.scenario | startswith("policy")
		   then ratio($name; $one | beside("nsaccel")) else null end),
	 runs: length, invalid: (map(.invalid | values) | unique)};

# Of a time, less is better.
def demand($what; $name; $base; $limit):
	ratios($name; $base; .value) as $x |
	select($x != []) |
	($name | test("^(rtt|first|cpu)/")) as $less |
	{what: $what, figure: $name, base: $base, ratio: ($x | median | rounded(3)),
	 min: ($x | min | rounded(3)), max: ($x | max | rounded(3)),
	 by_cpu: cpu_ratio($name; $base), limit: $limit,
	 at_most: $less,
	 met: ([of($name)[], of($base)[] | .invalid | values] == [] and
	       (($x | median) as $m | if $less then $m <= $limit else $m >= $limit end))};

{date: $date, commit: $commit, command: $command, kernel: $kernel, cpu: $cpu, cpus: $cpus,
 mitigations: ($mitigations | split("\n")), nsaccel: $nsaccel, rounds: $rounds,
 seconds: $seconds, frame_size: $size, flows: $flows,
 results: [map(select(.round == 1) | id)[] | row(.)],
 demands: [
	demand("TC NIC -> veth, of its floor"; "pps/nic-veth/nsaccel"; "pps/nic-veth/floor-peer"; 0.92),
	demand("TC veth -> veth, of its floor"; "pps/veth-veth/nsaccel"; "pps/veth-veth/floor-peer"; 0.92),
	demand("TC veth -> NIC, of its floor"; "pps/veth-nic/nsaccel"; "pps/veth-nic/floor-out"; 0.92),
	demand("guard drop, of the floor"; "pps/guard/nsaccel"; "pps/veth-veth/floor-peer"; 0.85),
	demand("policy of 10,000 rules, of the floor"; "pps/policy/nsaccel-10000";
	       "pps/veth-veth/floor-peer"; 0.85),
	demand("limits, of the floor"; "pps/limit/nsaccel"; "pps/veth-veth/floor-peer"; 0.85),
	demand("NIC -> veth, XDP and TC, to the kernel"; "pps/nic-veth/nsaccel-auto"; "pps/nic-veth/kernel"; 1.35),
	demand("XDP NIC -> NIC, of its floor"; "pps/nic-nic/nsaccel"; "pps/nic-nic/floor-xdp"; 0.9),
	demand("XDP NIC -> NIC, to xdp-forward"; "pps/nic-nic/nsaccel"; "pps/nic-nic/xdp-forward"; 1.35),
	demand("XDP to a consumer, of its floor"; "pps/nic-veth-xdp/nsaccel";
	       "pps/nic-veth-xdp/floor-xdp"; 0.9),
	demand("XDP to a consumer, to xdp-forward"; "pps/nic-veth-xdp/nsaccel";
	       "pps/nic-veth-xdp/xdp-forward"; 1.35),
	demand("macvlan -> veth, to the kernel"; "pps/mac-veth/nsaccel"; "pps/mac-veth/kernel"; 1.3),
	demand("full table, TC, to the kernel"; "pps/table-1000000/nsaccel-tc"; "pps/table-1000000/kernel"; 2),
	demand("full table, XDP, to the kernel"; "pps/table-1000000/nsaccel"; "pps/table-1000000/kernel"; 4),
	demand("CPU per Mpps, NIC -> veth, to the kernel"; "cpu/nic-veth/nsaccel"; "cpu/nic-veth/kernel"; 0.75),
	demand("connections/s, veth -> veth, to the kernel"; "conn/veth-veth/nsaccel"; "conn/veth-veth/kernel"; 1.1),
	demand("round trip, to the kernel"; "rtt/veth-veth/nsaccel"; "rtt/veth-veth/kernel"; 1)]}
