# SPDX-License-Identifier: GPL-2.0-only
"""Policy rules, and the tables that they lead to."""

import routes
from case import OWNER, Command, Item

TABLES = (100, 101, "main")
SELECTORS = ("from", "from", "to", "iif", "oif", "fwmark", "tos", "tos", "dport", "sport", "sport", "not", "ipproto",
             "uidrange")


def draw(rng, draft):
    if rng.random() < 0.35:
        for _ in range(rng.randint(1, 3)):
            draft.items.append(add(rng, draft))
        if rng.random() < 0.6:
            draft.items.append(by_ports(rng, draft))
        if rng.random() < 0.5:
            draft.items.append(by_tos(rng, draft))
        for tool, version in (("ip", 4), ("ip6", 6)):
            if rng.random() < 0.85:
                hop = routes.hop(rng, draft, version)
                draft.add(f"table 100 (IPv{version}) has a way out",
                          Command(OWNER, tool, f"route replace default {hop} table 100"))


def event(rng, draft):
    known = draft.facts.setdefault("rules", [])
    if rng.random() < 0.05:
        return local_moves(rng)
    if known and rng.random() < 0.5:
        tool, words = known.pop(rng.randrange(len(known)))
        return Item(f"rule {words} goes", (Command(OWNER, tool, f"rule del {words}"),))
    return add(rng, draft)


def local_moves(rng):
    """Table local is asked after others, or again before them."""
    tool = rng.choice(("ip", "ip6"))
    before, after = rng.choice(((0, 32000), (32000, 0)))
    return Item(f"the rule for table local ({tool}) moves to {after}",
                (Command(OWNER, tool, f"rule add pref {after} lookup local"),
                 Command(OWNER, tool, f"rule del pref {before} lookup local")))


def add(rng, draft):
    version = rng.choice((4, 4, 6))
    tool = "ip" if version == 4 else "ip6"
    words = f"{selector(rng, draft, version)} pref {rng.randint(1, 200) * 100 + rng.randint(0, 3)} " \
            f"{action(rng)}"
    draft.facts.setdefault("rules", []).append((tool, words))
    return Item(f"rule (IPv{version}) {words}", (Command(OWNER, tool, f"rule add {words}"),))


def by_ports(rng, draft):
    """Some ports go another way."""
    words = f"{ports(rng, draft, rng.choice(('sport', 'dport')))} pref {rng.randint(50, 90)} lookup 100"
    draft.facts.setdefault("rules", []).append(("ip", words))
    return Item(f"rule (IPv4) {words}", (Command(OWNER, "ip", f"rule add {words}"),))


def by_tos(rng, draft):
    """Packets with a TOS go another way; those without it are known a way, too."""
    tos = rng.choice((0x10, 0x08, 0x04))
    for link in rng.choices(draft.own_links(), k=3):
        draft.aim(net=f"{link.own4()}/32", tos=tos)
    words = f"tos {tos:#04x} pref {rng.randint(30, 49)} lookup 100"
    draft.facts.setdefault("rules", []).append(("ip", words))
    return Item(f"rule (IPv4) {words}", (Command(OWNER, "ip", f"rule add {words}"),))


def ports(rng, draft, kind):
    low = rng.choice((53, 80, 4000, 7000))
    draft.aim(ports=(low, 0) if kind == "sport" else (0, low))
    return f"ipproto udp {kind} {low}-{low + rng.choice((0, 1000, 30000))}"


def selector(rng, draft, version):
    link = rng.choice(draft.links)
    kind = rng.choice(SELECTORS)
    net = f"{link.net4}.0/24" if version == 4 else f"{link.net6}::/64"
    if kind == "from":
        draft.aim(source=net)
        return f"from {net}"
    if kind == "to":
        prefixes = [text for text in draft.prefixes if (":" in text) == (version == 6) and text != "default"]
        draft.aim(net=(prefix := rng.choice(prefixes)))
        return f"to {prefix}"
    if kind == "iif":
        draft.aim(near=link.leaf)
        return f"iif {link.l3}"
    if kind == "oif":
        return f"oif {link.l3}"
    if kind == "fwmark":
        return f"fwmark {rng.choice((1, '0x10/0xf0', 0))}"
    if kind == "tos":
        draft.aim(tos=(tos := rng.choice((0x10, 0x08, 0x04))))
        return f"tos {tos:#04x}"
    if kind in ("dport", "sport"):
        return ports(rng, draft, kind)
    if kind == "not":
        return f"not from {net}"
    if kind == "ipproto":
        return f"ipproto {rng.choice(('udp', 'tcp', 'icmp'))}"
    return "uidrange 0-0"


def action(rng):
    kind = rng.random()
    if kind < 0.6:
        return f"lookup {rng.choice(TABLES)}"
    if kind < 0.75:
        return f"lookup {rng.choice(TABLES)} suppress_prefixlength {rng.choice((0, 16, 24))}"
    return rng.choice(("blackhole", "unreachable", "prohibit", "lookup 102", "lookup default"))
