# SPDX-License-Identifier: GPL-2.0-only
# One measurement, from what its tool printed and how far the two forwarding paths' counters went.
# A figure counts only if the path it is about carried the packets.

def unit: {pps: "pps", tcp: "bit/s", tcp8: "bit/s", rtt: "us", first: "us", conn: "1/s",
	   cpu: "s/M"}[$metric | rtrimstr("6")];
def counted: unit == "pps" or unit == "s/M";

def value:
	if unit == "pps" then .received_pps
	elif unit == "bit/s" then .bits_per_second | round
	elif unit == "1/s" then .per_second
	elif unit == "s/M" then .cpu_seconds / .received * 1e6
	else .median_us end;

def fast_share:
	if $fast + $kernel == 0 then 0 else $fast / ($fast + $kernel) end;

# Routed by the kernel; its bridge has no such counter.
def routed: ($contender | startswith("kernel")) and $scenario != "port-port";

# Behind a firewall gate, some packets of each flow go the kernel's way every second.
def fast_enough: if $scenario == "gate" then 0.95 else 0.99 end;

def invalid:
	if .skipped then null
	elif (value // 0) <= 0 then "nothing arrived"
	elif ($contender | startswith("nsaccel")) and fast_share < fast_enough then
		"nsaccel carried \($fast), the kernel forwarded \($kernel)"
	elif ($contender | startswith("nsaccel")) and counted and $fast < fast_enough * .received then
		"nsaccel carried \($fast) of \(.received)"
	elif routed and counted and $kernel < 0.99 * .received then
		"the kernel forwarded \($kernel) of \(.received)"
	elif routed and $kernel == 0 then "the kernel forwarded nothing"
	elif (($contender | test("^(nsaccel|kernel)")) | not) and
		$fast + $kernel > ([100, 0.01 * (.received // 0)] | max) then "it was routed"
	elif unit == "s/M" and .sent_pps < 0.9 * $cpu_rate then
		"\(.sent_pps) packets/s sent, not \($cpu_rate)"
	else null end;

{round: $round, metric: $metric, scenario: $scenario, contender: $contender,
 value: (if .skipped then null else value end), unit: unit,
 invalid: invalid, fast_path: $fast, kernel_path: $kernel} + .
