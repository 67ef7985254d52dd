#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2119 # arguments are optional
#
# A container runtime starts and stops N containers on its own bridge, with its own firewall rules,
# and nobody tells nsaccel: each container becomes an endpoint, its neighbour on the bridge and the
# world behind eth0 reach it by the fast path, and nothing of it is left afterwards.
# usage: podman.sh [CONTAINERS]     default: 50; exit status 77: podman doesn't run here
#
# The owner is the sandbox's own namespace, as on a machine. No images: busybox's tree is the root.
set -euo pipefail

# shellcheck source=tests/scale/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
sandbox "$@"
[[ ${1:-} != --inside ]] || shift
COUNT=${1:-50}
SUBNET=10.88.0.0/16

skip()
{
	echo "SKIP: $*"
	exit 77
}

# podman_ready: its files in the sandbox. Where cgroup v1 and v2 are both mounted, crun wants to see
# only the one.
podman_ready()
{
	local applet

	command -v podman >/dev/null || skip "no podman"
	! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
	mkdir -p "$WORK"/{root/{bin,proc,sys,dev,etc,tmp,run},storage,config}
	cp "$(command -v busybox)" "$WORK/root/bin/busybox" || skip "no busybox"
	for applet in sh sleep ping nc ip; do
		ln -sf busybox "$WORK/root/bin/$applet"
	done
	cat >"$WORK/config/containers.conf" <<-END
		[containers]
		default_ulimits = []
		[engine]
		runtime = "crun"
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		[network]
		network_backend = "netavark"
		network_config_dir = "$WORK/config/networks"
	END
	export CONTAINERS_CONF=$WORK/config/containers.conf
}

# pod WORDS...: podman with storage of its own.
pod()
{
	podman --root "$WORK/storage" --runroot "$WORK/run" --tmpdir "$WORK/tmp" \
		--storage-driver vfs "$@"
}

# container_start N
container_start()
{
	pod run -d --name "c$1" --network podman --cgroups=disabled \
		--ulimit nofile=20000:20000 --ulimit nproc=1000:1000 \
		--rootfs "$WORK/root" sleep 1000000 >"$WORK/podman.log" 2>&1
}

container_address()
{
	pod inspect -f '{{.NetworkSettings.Networks.podman.IPAddress}}' "c$1"
}

container_exec()
{
	local pid

	pid=$(pod inspect -f '{{.State.Pid}}' "c$1")
	nsenter --net="/proc/$pid/ns/net" "${@:2}"
}

endpoints()
{
	nsaccel -j endpoint show | jq length
}

has_endpoints()
{
	[[ $(endpoints) == "$1" ]]
}

# fast REASON: so far.
fast()
{
	nsaccel -j stats show | jq --arg reason "^($1)\$" \
		'[.[] | select(.reason | test($reason)) | .packets] | add // 0'
}

# serve N: a TCP server in a container.
serve()
{
	local pid

	pid=$(pod inspect -f '{{.State.Pid}}' "c$1")
	nsenter --net="/proc/$pid/ns/net" socat -u TCP4-LISTEN:7000,fork,reuseaddr /dev/null &
	SERVER=$!
	wait_until 10 listening "$1"
}

listening()
{
	[[ $(container_exec "$1" ss -Hltn 'sport = :7000') ]]
}

# transfer ADDRESS REASON COMMAND...: bytes to a container, from wherever COMMAND runs them. True:
# many were counted as that. Neighbours and flows have to be known first, so it may take several.
transfer()
{
	local address=$1 reason=$2 before

	shift 2
	before=$(fast "$reason")
	head -c 2000000 /dev/zero | "$@" socat -u - "TCP4:$address:7000" || die "$address: not reached"
	(($(fast "$reason") > before + 20))
}

# tested N: container N, from the wire, from the one before it on the bridge, and its way out.
tested()
{
	local address

	address=$(container_address "$1")
	serve "$1"
	wait_until 10 transfer "$address" 'fwd_(veth|nic)' in_ns nsa-wire
	(($1 == 1)) || wait_until 10 transfer "$address" fwd_bridge container_exec $(($1 - 1))
	container_exec "$1" ping -n -q -c 1 -W 2 10.0.0.2 >/dev/null || die "c$1: no way out"
	kill "$SERVER"
	wait "$SERVER" 2>/dev/null || true
}

# The wire, on this namespace's own eth0.
wire_up()
{
	ip netns add nsa-wire
	ip link add name eth0 type veth peer name eth0 netns nsa-wire
	ip addr add 10.0.0.1/24 dev eth0
	ip link set eth0 up
	ip -n nsa-wire addr add 10.0.0.2/24 dev eth0
	ip -n nsa-wire link set eth0 up
	ip -n nsa-wire route add $SUBNET via 10.0.0.1
	sysctl -qw net.ipv4.ip_forward=1
}

podman_ready
wire_up
nsaccel attach --static eth0
daemon_start
container_start 1 || skip "podman can't run a container here: $(tail -n 3 "$WORK/podman.log")"
for ((i = 1; i <= COUNT; i++)); do
	((i == 1)) || container_start $i || die "podman: $(cat "$WORK/podman.log")"
	wait_until 10 has_endpoints $i
	wait_until 10 in_step
	tested $i
done
say "$COUNT containers started, each reached by the fast path"
for ((i = 1; i <= COUNT; i++)); do
	pod rm -f -t 0 "c$i" >"$WORK/podman.log" 2>&1 || die "podman: $(cat "$WORK/podman.log")"
	wait_until 10 has_endpoints $((COUNT - i))
done
wait_until 10 in_step
say "all stopped, no endpoint is left"
daemon_stop
nsaccel detach --all
[[ -z $(find /sys/fs/bpf -mindepth 1 ! -name '*.debug') ]] || die "detach leaves pins"
say "ok"
