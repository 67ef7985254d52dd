# SPDX-License-Identifier: GPL-2.0-only
# The results as blocks of data for plots.gnuplot: of $plot. "?" stands for what wasn't measured.

def of($metric; $scenario; $contender):
	[.results[] | select(.metric == $metric and .scenario == $scenario and .contender == $contender and .invalid == [])][0];
def shown: . // "?";
def mpps: if . == null then "?" else . / 1e6 end;

# Ratios to the kernel: nsaccel with its least and greatest, xdp-forward, and the floor of nsaccel's mechanism.
def path($metric; $scenario; $name): . as $all |
	of($metric; $scenario; "nsaccel") as $own | select($own) |
	["\"\($name)\"", ($own.x_kernel | shown), ($own.x_kernel_range[0]? | shown), ($own.x_kernel_range[1]? | shown),
	 ($all | of($metric; $scenario; "xdp-forward").x_kernel | shown),
	 (if $own.x_floor then $own.x_kernel / $own.x_floor else "?" end)];

def paths:
	path("pps"; "nic-nic"; "NIC to NIC"), path("pps"; "nic-veth-xdp"; "NIC to XDP"),
	path("pps"; "nic-veth"; "NIC to veth"), path("pps"; "veth-veth"; "veth to veth"),
	path("pps"; "veth-nic"; "veth to NIC"), path("pps"; "mac-veth"; "macvlan to veth"),
	path("pps"; "mac-mac"; "macvlan to macvlan"), path("pps"; "port-port"; "bridge"),
	path("pps6"; "nic-nic"; "NIC to NIC, IPv6"), path("pps6"; "veth-veth"; "veth to veth, IPv6");

# Mpps of several contenders, by the number in the scenario's name.
def series($prefix; $contenders): . as $all |
	[.results[] | select(.metric == "pps" and (.scenario | startswith($prefix))) |
	 .scenario[($prefix | length):] | tonumber] | unique[] |
	. as $n | [$n] + [$contenders[] as $c | $all | of("pps"; "\($prefix)\($n)"; $c).median | mpps];

def policies:
	[0, 1, 100, 10000][] as $n | select(of("pps"; "policy"; "nsaccel-\($n)")) | ["\"\($n) rules\"", (of("pps"; "policy"; "nsaccel-\($n)").x_floor | shown),
				      (of("pps"; "policy-new"; "nsaccel-\($n)").x_floor | shown)];

if $plot == "paths" then paths
elif $plot == "tables" then series("table-"; ["kernel", "nsaccel-tc", "nsaccel", "xdp-forward"])
elif $plot == "chains" then series("chain-"; ["kernel", "nsaccel", "floor-peer"])
else policies end | join(" ")
