# SPDX-License-Identifier: GPL-2.0-only
["metric", "scenario", "contender", "unit", "median", "min", "max", "p99_us", "p999_us", "loss", "cpu",
 "x_kernel", "x_kernel_by_cpu", "x_floor", "x_direct", "runs", "valid", "skipped"],
(.results[] | [.metric, .scenario, .contender, .unit, .median, .min, .max, .p99_us, .p999_us, .loss, .cpu,
	       .x_kernel, .x_kernel_by_cpu, .x_floor, .x_direct, .runs, (.invalid == []), .skipped]) | @csv
