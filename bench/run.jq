# SPDX-License-Identifier: GPL-2.0-only
# One measurement, from what its tool printed and how far the two forwarding paths' counters went.
# A figure counts only if the path it is about carried the packets.

def value:
	if $metric == "pps" then .received_pps
	elif $metric == "tcp" then .bits_per_second | round
	else .median_us end;

def fast_share:
	if $fast + $kernel == 0 then 0 else $fast / ($fast + $kernel) end;

def invalid:
	if (value // 0) <= 0 then "nothing arrived"
	elif ($contender | startswith("nsaccel")) and fast_share < 0.99 then
		"nsaccel carried \($fast), the kernel forwarded \($kernel)"
	elif ($contender | startswith("nsaccel")) and $metric == "pps" and $fast < 0.99 * .received then
		"nsaccel carried \($fast) of \(.received)"
	elif ($contender | startswith("kernel")) and $metric == "pps" and $kernel < 0.99 * .received then
		"the kernel forwarded \($kernel) of \(.received)"
	elif ($contender | startswith("kernel")) and $kernel == 0 then "the kernel forwarded nothing"
	elif $contender == "direct" and $fast + $kernel > 100 then "it was routed"
	else null end;

{round: $round, metric: $metric, scenario: $scenario, contender: $contender,
 value: value, unit: {pps: "pps", tcp: "bit/s", rtt: "us"}[$metric],
 invalid: invalid, fast_path: $fast, kernel_path: $kernel} + .
