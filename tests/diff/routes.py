# SPDX-License-Identifier: GPL-2.0-only
"""Routes of the owner: their kinds, and what becomes of them."""

from case import OWNER, Item, ip
from view import Prefix

PREFIXES4 = [f"10.{100 + i}.{j}.0/{24 + k}" for i in range(6) for j, k in ((0, 0), (0, 1), (64, 2))] + \
    ["10.100.0.0/14", "172.16.0.0/12", "192.0.2.1/32", "10.101.0.7/32", "default"]
PREFIXES6 = [f"fd10:{i}::/{length}" for i in range(6) for length in (48, 64, 128)] + \
    ["2001:db8:1::/48", "fd10::/16", "default"]


def draw(rng, draft):
    for _ in range(rng.randint(2, 8)):
        item = route(rng, draft, "replace")
        draft.items.append(item)


def event(rng, draft):
    known = draft.facts.setdefault("routes", {})
    if known and rng.random() < 0.5:
        prefix = rng.choice(sorted(known))
        if rng.random() < 0.5:
            text = known.pop(prefix)
            return Item(f"route {prefix} goes", (ip(OWNER, f"route del {text}"),))
        return route(rng, draft, "replace", prefix)
    return route(rng, draft, "replace")


def route(rng, draft, verb, prefix=None):
    prefix = prefix or rng.choice(PREFIXES4 if rng.random() < 0.6 else PREFIXES6)
    version = 6 if ":" in prefix or (prefix == "default" and rng.random() < 0.5) else 4
    kind, words = target(rng, draft, version)
    words += options(rng, version)
    known = draft.facts.setdefault("routes", {})
    known[prefix] = prefix
    draft.prefixes[prefix] = Prefix(prefix, kind)
    text = f"{prefix} {words}" if kind in ("via", "link", "multipath") else f"{kind} {prefix} {words}"
    known[prefix] = ("" if kind in ("via", "link", "multipath") else kind + " ") + prefix
    return Item(f"route {text}", (ip(OWNER, f"route {verb} {text}"),))


def options(rng, version):
    words = ""
    if rng.random() < 0.15:
        words += f" metric {rng.choice((0, 5, 100, 1024))}"
    if rng.random() < 0.15:
        words += f" mtu {rng.choice((1300, 1280, 1400, 'lock 1300'))}"
    return words


def target(rng, draft, version):
    kind = rng.choices(("via", "link", "multipath", "blackhole", "unreachable", "prohibit"),
                       (8, 2, 2, 1, 1, 1))[0]
    if kind == "via":
        return kind, hop(rng, draft, version)
    if kind == "link":
        return kind, f"dev {rng.choice(draft.links).l3}"
    if kind == "multipath":
        hops = [f"nexthop {hop(rng, draft, version)} weight {rng.choice((1, 1, 3))}"
                for _ in range(rng.choice((2, 2, 3)))]
        return kind, " ".join(hops)
    return kind, ""


def hop(rng, draft, version):
    link = rng.choice(draft.links)
    address = link.own4() if version == 4 else link.own6()
    return f"via {address} dev {link.port}"
