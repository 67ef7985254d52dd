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

. as $runs |
def of($name): [$runs[] | select(id == $name)];
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

def row($name): of($name) |
	(if .[0].metric == "pps" then 0 else 2 end) as $digits |
	{metric: .[0].metric, scenario: .[0].scenario, contender: .[0].contender, unit: .[0].unit,
	 median: (map(.value) | median | rounded($digits)), min: (map(.value) | min),
	 max: (map(.value) | max), p99_us: (map(.p99_us | values) | median | rounded(2)),
	 loss: (map(select(.sent) | 1 - .received / .sent) | median | rounded(4)),
	 cpu: (map(select(.cpu_seconds) | .cpu_seconds / .seconds) | median | rounded(2)),
	 x_kernel: ratio($name; "\(.[0].metric)/\(.[0].scenario)/kernel"),
	 x_kernel_by_cpu: cpu_ratio($name; "\(.[0].metric)/\(.[0].scenario)/kernel"),
	 x_direct: ratio($name; "\(.[0].metric)/\(.[0].scenario)/direct"),
	 x_plain: (if .[0].scenario | startswith("policy")
		   then ratio($name; "\(.[0].metric)/\(.[0].scenario)/nsaccel") else null end),
	 runs: length, invalid: (map(.invalid | values) | unique)};

# For a round trip less is better.
def demand($what; $name; $base; $limit):
	ratios($name; $base; .value) as $x |
	select($x != []) |
	($name | startswith("rtt/")) as $less |
	{what: $what, figure: $name, base: $base, ratio: ($x | median | rounded(3)),
	 min: ($x | min | rounded(3)), max: ($x | max | rounded(3)),
	 by_cpu: cpu_ratio($name; $base), limit: $limit,
	 at_most: $less,
	 met: ([of($name)[], of($base)[] | .invalid | values] == [] and
	       (($x | median) as $m | if $less then $m <= $limit else $m >= $limit end))};

{date: $date, kernel: $kernel, cpu: $cpu, cpus: $cpus, nsaccel: $nsaccel, rounds: $rounds,
 seconds: $seconds, frame_size: $size, flows: $flows, family: $family,
 results: [map(select(.round == 1) | id)[] | row(.)],
 demands: [
	demand("NIC -> veth by TC"; "pps/nic-veth/nsaccel"; "pps/nic-veth/kernel"; 1.4),
	demand("NIC -> NIC by XDP"; "pps/nic-nic/nsaccel"; "pps/nic-nic/kernel"; 2.5),
	demand("XDP delivery, kernel to the same sink"; "pps/nic-veth-xdp/nsaccel";
	       "pps/nic-veth-xdp/kernel"; 2.5),
	demand("XDP delivery, kernel to its stack"; "pps/nic-veth-xdp/nsaccel";
	       "pps/nic-veth/kernel"; 2.5),
	demand("veth -> veth TCP, to a direct pair"; "tcp/veth-veth/nsaccel";
	       "tcp/veth-veth/direct"; 1),
	demand("veth -> veth TCP, to the kernel"; "tcp/veth-veth/nsaccel";
	       "tcp/veth-veth/kernel"; 1.15),
	demand("veth -> veth round trip, direct pair"; "rtt/veth-veth/nsaccel";
	       "rtt/veth-veth/direct"; 1),
	demand("guard and empty policy, to neither"; "pps/guard/nsaccel";
	       "pps/guard/nsaccel-off"; 0.9)]}
