#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs what is missing of Debian 12's packages. Silent if nothing is.
# usage: deps.sh [build|test|clang19|bench]...    default: build and test
set -eu

# To build and install.
build="make gcc libc6-dev pkg-config clang llvm bpftool
	libbpf-dev libxdp-dev libelf-dev zlib1g-dev libmnl-dev libjansson-dev libsystemd-dev"
# For make check, demo, bench, fuzz, lint and analyze.
test="libcmocka-dev bats jq iproute2 ethtool iputils-ping iperf3 nftables procps tcpdump socat
	xdp-tools util-linux libclang-rt-dev
	spin bird2 conntrack podman crun netavark iptables busybox-static ipvsadm ebtables wireguard-tools
	clang-format clang-tidy cppcheck shellcheck mandoc
	python3 python3-scapy"
# For make bench-report.
bench="gnuplot-nox"
# For make check-clang19.
clang19="clang-19 llvm-19"

wanted=
for set in "${@:-all}"; do
	case $set in
	all) wanted="$wanted $build $test" ;;
	build) wanted="$wanted $build" ;;
	test) wanted="$wanted $test" ;;
	clang19) wanted="$wanted $clang19" ;;
	bench) wanted="$wanted $bench" ;;
	*) echo "usage: $0 [build|test|clang19|bench]..." >&2; exit 1 ;;
	esac
done

command -v dpkg-query >/dev/null || {
	echo "deps: not Debian; please install the likes of: $wanted" >&2
	exit 1
}
missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

[ "$(id -u)" = 0 ] || {
	echo "deps: not root; please run: apt-get install$missing" >&2
	exit 1
}
echo "  DEPS   $missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
	apt-get update -q
	# shellcheck disable=SC2086 # a list of words
	apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 $missing
} >"$log" 2>&1 || {
	cat "$log" >&2
	exit 1
}
