# SPDX-License-Identifier: GPL-2.0-only
def left($n): tostring | . + " " * ($n - length);
def right($n): tostring | " " * ($n - length) + .;
def fixed($n): . * pow(10; $n) | round | tostring |
	("0" * ($n + 1 - length) + .) | .[:-$n] + "." + .[-$n:];
def shown($n): if . == null then "-" else fixed($n) end;
def value($unit): if . == null then "-"
	elif $unit == "pps" then . / 1e6 | fixed(3)
	elif $unit == "bit/s" then . / 1e9 | fixed(2)
	elif $unit == "1/s" then . / 1e3 | fixed(2)
	elif $unit == "s/M" then fixed(3)
	else fixed(2) end;
def unit: {pps: "Mpps", "bit/s": "Gbit/s", us: "us", "1/s": "k/s", "s/M": "s/Mpkt"}[.];

"Linux \(.kernel), \(.cpus) x \(.cpu), \(if .nsaccel == "" then "no nsaccel" else .nsaccel end), commit \(.commit)",
"\(.frame_size)-byte frames, \(.flows) flows, \(.rounds) rounds of \(.seconds) s, medians",
"",
("metric" | left(7)) + ("scenario" | left(22)) + ("contender" | left(18)) +
 ("x kernel" | right(8)) + ("by cpu" | right(8)) + ("x floor" | right(8)) + ("x direct" | right(9)) +
 ("x plain" | right(8)) + ("median" | right(9)) + ("min" | right(8)) + ("max" | right(8)) + " unit   " +
 ("p99 us" | right(8)) + ("p99.9 us" | right(9)) + ("loss" | right(6)) + ("cpu" | right(6)),
(.results[] | .unit as $u |
 (.metric | left(7)) + (.scenario | left(22)) + (.contender | left(18)) +
 if .skipped then "can't run: \(.skipped)" else
 (.x_kernel | shown(2) | right(8)) + (.x_kernel_by_cpu | shown(2) | right(8)) + (.x_floor | shown(2) | right(8)) +
 (.x_direct | shown(2) | right(9)) + (.x_plain | shown(2) | right(8)) +
 (.median | value($u) | right(9)) + (.min | value($u) | right(8)) +
 (.max | value($u) | right(8)) + " " + ($u | unit | left(7)) +
 (.p99_us | shown(1) | right(8)) + (.p999_us | shown(1) | right(9)) + (.loss | shown(2) | right(6)) + (.cpu | shown(2) | right(6)) +
 (if .invalid == [] then "" else "  INVALID: " + .invalid[0] end) end),
if .demands == [] then empty else "", "demanded of nsaccel:" end,
(.demands[] | (if .met then "  met    " else "  SHORT  " end) + (.what | left(43)) +
 "x " + (.ratio | fixed(2)) + " (" + (.min | fixed(2)) + " to " + (.max | fixed(2)) +
 (if .by_cpu then ", by cpu \(.by_cpu | fixed(2))" else "" end) + ")" +
 (if .at_most then ", at most " else ", at least " end) + (.limit | fixed(2)))
