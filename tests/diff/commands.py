# SPDX-License-Identifier: GPL-2.0-only
"""nsaccel's own commands that must not change what becomes of packets, and the daemon's end.

No policies: with one in force, what can't be judged is dropped, however little its rules say: headers that are
cut short, and from behind bridges and of macvlans what the kernel would have to route for them.
"""

from case import OWNER, Command, Item


def draw(rng, draft):
    for _ in range(rng.choice((0, 0, 1, 2))):
        draft.last.append((item := own(rng, draft)).what and (item.what, item.commands))


def event(rng, draft):
    return own(rng, draft)


def own(rng, draft):
    leaf = "@" + rng.choice([link.leaf for link in draft.links if link.kind != "tap"]) + "@"
    attached = [link.port for link in draft.links if link.attached and link.owner == OWNER]
    port = rng.choice(attached)
    rate = rng.choice(("rate 100gbit burst 100000000", "pps 100000000 pps-burst 100000000"))
    lines = rng.choice((
        (f"ns set {leaf} --guard {rng.choice(('off', 'pass'))}",),
        (f"ns set {leaf} --quota {rng.choice((1024, 'default'))}",),
        (f"ns set {leaf} --on-miss pass",),
        (f"limit set {leaf} {rng.choice(('in', 'out'))} {rate}",),
        (f"limit del {leaf}",),
        ("sync",),
        (f"attach {port} --mode tc",),
        (f"detach {port}", f"attach {port}"),
        (f"attach {port} --firewall gate",),
        ("detach --all --force", *(f"attach {port}" for port in attached)),
        (f"endpoint set {leaf.strip('@')} --delivery tc",),
    ))
    return Item(f"nsaccel {'; '.join(lines)}", tuple(Command(OWNER, "nsaccel", line) for line in lines))


def without_daemon(rng, draft, other):
    """The daemon ends, something happens, another one starts."""
    signal = rng.choice(("KILL", "TERM"))
    return Item(f"the daemon ends by SIG{signal}; {other.what}; another starts",
                (Command(OWNER, "daemon", f"stop {signal}"), *other.commands,
                 Command(OWNER, "daemon", "start")), polled=other.polled)
