# SPDX-License-Identifier: GPL-2.0-only
"""A case as a bash script that runs by itself and prints what differs."""

import inspect
import re
import shlex

import compare
import world
from view import MAGIC

HEAD = '''#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# %(what)s
# usage, as root: NSACCEL=PATH %(name)s
[ -n "${INSIDE:-}" ] || INSIDE=1 exec unshare --mount --net --pid --fork --kill-child --mount-proc bash "$0"
NSACCEL=${NSACCEL:-build/nsaccel}
mount -t tmpfs tmpfs /run && mkdir -p /run/netns && mount -t bpf bpf /sys/fs/bpf && ip link set lo up
tmp=/run/diff && mkdir $tmp
export BRIDGED="%(bridged)s"    # who announces itself there, for the bridge to know
cat >$tmp/witness.py <<'PYTHON'
%(witness)s
PYTHON
cat >$tmp/tap.py <<'PYTHON'
%(tap)s
PYTHON

# within NAMESPACE COMMAND...: in that of the twin T: k, the kernel alone, or n, with nsaccel.
within()
{
	local ns=$1
	shift
	nsenter --net="/run/netns/$T-$ns" -- "$@"
}

# The daemon has followed, and the kernel has told of all carriers.
settle()
{
	sleep 1.2
	[ "$T" = k ] || until "$NSACCEL" check; do sleep 0.1; done
}

start_daemon()
{
	"$NSACCEL" daemon >/dev/null 2>&1 &
	daemon=$!
}

stop_daemon()
{
	kill "-$1" "$daemon"
	wait "$daemon"
}

# tap NAME DEVICE: one whose other end "send" uses.
tap()
{
	/usr/bin/python3 $tmp/tap.py "/run/netns/$T-rt" "$tmp/$T-$1" "$2" &
	until [ -e "$tmp/$T-$1" ]; do sleep 0.1; done
}

gone()
{
	while within "$1" ip link show dev "$2" >/dev/null 2>&1; do sleep 0.1; done
}

# Frames from stdin; what arrives where is added to $T.
send()
{
	/usr/bin/python3 $tmp/witness.py "$T" %(watched)s >>"$tmp/$T"
}

play()
{
	for ns in %(namespaces)s; do
		ip netns add "$T-$ns"
	done
'''

TAIL = '''}

start_daemon
for T in k n; do
	play
done
"$NSACCEL" stats
kill $daemon
echo "--- what arrives: kernel alone (-), with nsaccel (+)"
diff -U0 $tmp/k $tmp/n
kill %% 2>/dev/null
'''

TAP = '''
import ctypes, fcntl, os, socket, struct, sys
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 2, 0x1000, 0x4000
%s
ctypes.CDLL(None).setns(os.open(sys.argv[1], os.O_RDONLY), 0x40000000)
tap = Tap(sys.argv[3])
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[2])
server.listen()
while True:
    socket.send_fds(server.accept()[0], [b"tap"], [tap.fd])
'''

WITNESS = '''
import ctypes, fcntl, os, select, socket, struct, sys
MAGIC = %r
SOL_PACKET, PACKET_VNET_HDR, ETH_P_ALL, CAPTURE_BYTES = 263, 15, 3, 32 << 20
%s
%s
def main(twin, *watched):
    libc, home, sockets = ctypes.CDLL(None), os.open("/proc/self/ns/net", os.O_RDONLY), {}
    for name, device in {tuple(place.split("/")) for place in watched}:
        if os.path.exists(f"/run/diff/{twin}-{name}"):
            client = socket.socket(socket.AF_UNIX)
            client.connect(f"/run/diff/{twin}-{name}")
            sockets[name] = Tap(device, socket.recv_fds(client, 10, 1)[1][0])
            continue
        if name in sockets or not os.path.exists(f"/run/netns/{twin}-{name}"):
            continue
        libc.setns(os.open(f"/run/netns/{twin}-{name}", os.O_RDONLY), 0x40000000)
        sockets[name] = packet_socket()
    libc.setns(home, 0x40000000)
    for name, device in [place.split("/") for place in os.environ.get("BRIDGED", "").split()]:
        if name in sockets:
            try:
                found = fcntl.ioctl(sockets[name], 0x8927, device.encode().ljust(40, b"\\0"))  # SIOCGIFHWADDR
                frame = b"\\xff" * 6 + found[18:24] + b"\\x88\\xb5announcement"
                sockets[name].sendto(bytes(10) + frame.ljust(72, b"\\0"), (device, 0))
            except OSError:
                pass
    names, found = {sock.fileno(): name for name, sock in sockets.items()}, []
    for line in sys.stdin:
        name, device, header, frame = line.split()
        try:
            sockets[name].sendto(bytes.fromhex(header + frame), (device, 0))
        except OSError as error:
            found.append(f"{name} {device} {error}")
    while ready := select.select(list(sockets.values()), [], [], 0.5)[0]:
        for sock in ready:
            try:
                data, address = sock.recvfrom(70000)
            except OSError:
                continue
            name = names[sock.fileno()]
            one = seen(name, address[0], address[2], data)
            if one and f"{name}/{address[0]}" in watched:
                found.append(f"{name} {address[0]} type {address[2]} {one.offload.hex()} {one.frame.hex()}")
    print(*sorted(found), "--", sep="\\n")

main(*sys.argv[1:])
'''


def witness():
    module = re.sub(r"from view import .*\n", "", inspect.getsource(compare))
    module = module[module.index("from collections"):]
    return (WITNESS % (MAGIC, module, inspect.getsource(world.packet_socket) +
                       inspect.getsource(world.Tap))).strip()


def of(case, what, name="this script"):
    lines = [HEAD % {"what": what.replace("\n", "\n# "), "name": name, "bridged": " ".join("/".join(place) for place in case.bridged), "witness": witness(),
                     "tap": (TAP % inspect.getsource(world.Tap)).strip(),
                     "namespaces": " ".join(case.namespaces),
                     "watched": " ".join(f"{place[0]}/{place[1]}" for place in case.watched)}]
    for item in case.items:
        lines += commented(item)
    lines.append("\tsettle\n")
    for step in case.steps:
        if step.event:
            lines += commented(step.event)
            lines.append("\tsettle\n")
        if step.sends:
            lines.append("\tsend <<'FRAMES'\n")
            lines += [f"{send.namespace} {send.device} {header(send)} {send.frame.hex()}\n"
                      for send in step.sends]
            lines.append("FRAMES\n")
        lines += [f"\t# not in this script, a conversation: {stream}\n" for stream in step.streams]
    return "".join(lines) + TAIL


def header(send):
    return (world.virtio_bytes(send.virtio) if send.virtio else bytes(10)).hex()


def commented(item):
    lines = [f"\t# {item.what}\n"]
    commands = list(item.commands)
    while commands:
        first = commands[0]
        same = [command for command in commands
                if (command.namespace, command.tool) == (first.namespace, first.tool)]
        if commands[:len(same)] != same:
            same = [first]
        commands = commands[len(same):]
        lines += run(first, same)
    return lines


def run(first, commands):
    """The lines for commands of one tool in one namespace."""
    condition = {"nsaccel": '[ "$T" = k ] || ', "relay": '[ "$T" = n ] || ',
                 "instead": '[ "$T" = n ] || '}.get(first.tool, "")
    argv = world.TOOLS[first.tool]
    texts = [re.sub(r"@(\w+)@", r"$T-\1", re.sub(r"([\\$`])", r"\\\1", command.text))
             for command in commands]
    if argv:
        return [f"\t{condition}within {first.namespace} {' '.join(argv)} <<COMMANDS\n",
                *(text + "\n" for text in texts), "COMMANDS\n"]
    if first.tool in OWN:
        return ["\t" + OWN[first.tool](first.namespace, *command.text.split()) + "\n" for command in commands]
    program = {"nsaccel": '"$NSACCEL"', "sysctl": "sysctl -qw"}.get(first.tool, first.tool)
    return [f"\t{condition}within {first.namespace} {program} {words(text)}\n" for text in texts]


OWN = {
    "daemon": lambda _, verb, *how: f'[ "$T" = k ] || {verb}_daemon {" ".join(how)}',
    "netns": lambda _, verb, name: f"ip netns {verb} $T-{name}",
    "gone": lambda namespace, device: f"gone {namespace} {device}",
    "noticed": lambda *_: "sleep 1.2",
    "tap": lambda _, name, device: f"tap {name} {device}",
}


def words(text):
    return " ".join(word if "$T-" in word else shlex.quote(word) for word in text.split())
