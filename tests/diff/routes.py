# SPDX-License-Identifier: GPL-2.0-only
"""Routes of the owner: their kinds, and what becomes of them."""

import ipaddress
import re

from case import OWNER, Command, Item, ip
from view import Prefix

PREFIXES4 = [f"10.{100 + i}.{j}.0/{24 + k}" for i in range(6) for j, k in ((0, 0), (0, 1), (64, 2))] + \
    ["10.100.0.0/14", "172.16.0.0/12", "192.0.2.1/32", "10.101.0.7/32", "default"]
PREFIXES6 = [f"fd10:{i}::/{length}" for i in range(6) for length in (48, 64, 128)] + \
    ["2001:db8:1::/48", "fd10::/16", "default"]
COVERED = {4: ("10.100.0.0/24", "10.102.64.0/26", "10.101.0.7/32"), 6: ("fd10:1::/64", "fd10:2::/128")}
FOR_SOME = "fd12::/64"
TYPES = ("blackhole", "unreachable", "prohibit", "throw", "local")


def draw(rng, draft):
    for _ in range(rng.randint(2, 8)):
        draft.items.append(route(rng, draft, "replace"))
    if rng.random() < 0.25:
        draft.items.append(route(rng, draft, "replace", "default", 4))
    if rng.random() < 0.5:
        draft.items.append(rival(rng, draft))
    if rng.random() < 0.3:
        draft.items.append(covering(rng, draft))
    if rng.random() < 0.2:
        draft.items.append(for_some(rng, draft))


def event(rng, draft):
    if rng.random() < 0.08 and (item := object_event(rng, draft)):
        return item
    known = draft.facts.setdefault("routes", {})
    if known and rng.random() < 0.5:
        tool, text = rng.choice(sorted(known))
        if rng.random() < 0.4:
            draft.aim(net=known.pop((tool, text)))
            return Item(f"route {text} goes", (Command(OWNER, tool, f"route del {text}"),))
        return rng.choice((rival, another))(rng, draft)
    return route(rng, draft, "replace")


def another(rng, draft):
    """In place of one of the same prefix, unless it is of another metric or TOS."""
    (tool, _), prefix = rng.choice(sorted(draft.facts["routes"].items()))
    return route(rng, draft, "replace", prefix, 6 if tool == "ip6" else 4)


def rival(rng, draft):
    """Beside one of the same prefix: which of them counts goes by metric, TOS and order."""
    (tool, text), prefix = rng.choice(sorted(draft.facts["routes"].items()))
    version = 6 if tool == "ip6" else 4
    words = f"{prefix} {hop(rng, draft, version)}"
    if prefix == "default":     # of several with one metric the kernel takes one whose gateway answers
        words += f" metric {draft.number() + 200}"
    elif rng.random() < 0.8:
        words += f" metric {rng.choice((1, 5, 100, 1024, 2000))}"
    if version == 4 and rng.random() < 0.4:
        words += f" tos {rng.choice(('0x10', '0x08'))}"
    if "table" in text:
        words += " table " + text.split("table ")[1]
    draft.facts["routes"][tool, words] = prefix
    draft.aim(net=prefix)
    verb = rng.choice(("append", "prepend", "add"))
    return Item(f"route {words}, by {verb}", (Command(OWNER, tool, f"route {verb} {words}"),))


def covering(rng, draft):
    """A local prefix, which hides a route of table main for a part of it. Of IPv4 it does so once there has been a rule:
    until then the tables are one."""
    version = rng.choice((4, 6, 6))
    net = ipaddress.ip_network(rng.choice(COVERED[version]))
    wider = net.supernet(rng.choice((1, 2, 8)))     # the links' own prefixes stay
    tool, device = ("ip6", "lo") if version == 6 else ("ip", rng.choice(draft.own_links()).l3)
    draft.facts["routes"][tool, f"local {wider}"] = draft.facts["routes"][tool, str(net)] = str(net)
    for _ in range(4):
        draft.aim(net=str(net))
    return Item(f"route local {wider}, over one for {net}",
                (Command(OWNER, tool, "rule add pref 9 lookup main"), Command(OWNER, tool, "rule del pref 9"),
                 Command(OWNER, tool, f"route replace {net} {hop(rng, draft, version)}"),
                 Command(OWNER, tool, f"route replace local {wider} dev {device}")))


def for_some(rng, draft):
    """An IPv6 route for packets of some sources. Those of others have none."""
    draft.prefixes[FOR_SOME] = Prefix(FOR_SOME, "source")
    for _ in range(2):
        draft.aim(net=FOR_SOME)
    words = f"{FOR_SOME} from {rng.choice(draft.links).net6}::/64 {hop(rng, draft, 6)}"
    return Item(f"route {words}", (Command(OWNER, "ip6", f"route replace {words}"),))


def route(rng, draft, verb, prefix=None, version=None):
    prefix = prefix or rng.choice(PREFIXES4 if rng.random() < 0.6 else PREFIXES6)
    version = version or (6 if ":" in prefix or (prefix == "default" and rng.random() < 0.5) else 4)
    if rng.random() < 0.12:
        return by_object(rng, draft, verb, prefix, version)
    kind, words = target(rng, draft, version)
    if kind == "local" and prefix == "default":     # tunnels would end in themselves, more or less often
        kind, words = "blackhole", ""
    if kind != "multipath":
        words += options(rng, draft, version, kind)
    return made(rng, draft, verb, prefix, version, kind, words)


def made(rng, draft, verb, prefix, version, kind, words, before=()):
    where = rng.choices(("", " table 100", " table 101", " table default", " table local"), (20, 2, 2, 1, 1))[0]
    text = " ".join(((kind + " ") if kind in TYPES else "").split() + [prefix + where, *words.split()])
    tool = "ip" if version == 4 else "ip6"
    known = draft.facts.setdefault("routes", {})
    known[tool, (kind + " " if kind in TYPES else "") + prefix + where] = prefix
    mtu = re.search(r"mtu (?:lock )?(\d+)", words)
    draft.prefixes[prefix] = Prefix(prefix, kind, int(mtu[1]) if mtu else 0)
    if source := re.search(r"from (\S+)", words):
        draft.aim(net=prefix, source=source[1])
    draft.aim(net=prefix, mtu=draft.prefixes[prefix].mtu)
    return Item(f"route {text}", (*before, Command(OWNER, tool, f"route {verb} {text}")))


def options(rng, draft, version, kind):
    words = ""
    if rng.random() < 0.15:
        words += f" metric {rng.choice((0, 5, 100, 1024))}"
    if rng.random() < 0.15:
        words += f" mtu {rng.choice((1300, 1280, 1400, 'lock 1300', 'lock 0'))}"
    if version == 4 and rng.random() < 0.08:
        words += f" tos {rng.choice(('0x10', '0x08'))}"
    if version == 6 and rng.random() < 0.15:
        words += f" from {rng.choice(draft.links).net6}::/64"
    if version == 6 and rng.random() < 0.05:
        words += f" pref {rng.choice(('low', 'high'))}"
    if rng.random() < 0.05:
        words += f" src {rng.choice(draft.links).gateway4 if version == 4 else rng.choice(draft.links).gateway6}"
    if rng.random() < 0.05:
        words += f" realm {rng.randint(1, 9)}" if version == 4 else " expires 600"
    if rng.random() < 0.05:
        words += " advmss 1000 hoplimit 7"
    return words


def target(rng, draft, version):
    kind = rng.choices(("via", "link", "multipath", "onlink", *TYPES), (8, 2, 2, 1, 1, 1, 1, 0.5, 0.5))[0]
    if kind == "via":
        return kind, hop(rng, draft, version)
    if kind == "onlink":
        return "via", hop(rng, draft, version) + " onlink"
    if kind == "link":
        return kind, f"dev {rng.choice(draft.own_links()).l3}"
    if kind == "multipath":
        hops = [f"nexthop {hop(rng, draft, version)} weight {rng.choice((1, 1, 3))}"
                for _ in range(rng.choice((2, 2, 3)))]
        return kind, " ".join(hops)
    return kind, f"dev {'lo' if version == 6 else rng.choice(draft.own_links()).l3}" if kind == "local" else ""


def hop(rng, draft, version):
    link = rng.choice(draft.own_links())
    address = link.own4() if version == 4 else link.own6()
    return f"via {address} dev {link.l3}"


def by_object(rng, draft, verb, prefix, version):
    """By a nexthop object, or a group of them."""
    objects = draft.facts.setdefault("nexthops", {4: [], 6: []})[version]
    before = []
    if not objects or rng.random() < 0.4:
        number = draft.number() + 100
        if len(objects) >= 2 and rng.random() < 0.4:
            members = "/".join(str(one) for one in rng.sample(objects, 2))
            before = [ip(OWNER, f"nexthop replace id {number} group {members}")]
        else:
            words = rng.choice((hop(rng, draft, version), hop(rng, draft, version), "blackhole"))
            tool = "ip6" if version == 6 else "ip"
            before = [Command(OWNER, tool, f"nexthop replace id {number} {words}")]
            objects.append(number)
    else:
        number = rng.choice(objects)
    return made(rng, draft, verb, prefix, version, "via", f"nhid {number}", before)


def object_event(rng, draft):
    """A nexthop object changes under its routes, or goes with them."""
    known = draft.facts.setdefault("nexthops", {4: [], 6: []})
    version = rng.choice((4, 6))
    if not known[version]:
        return None
    number = rng.choice(known[version])
    tool = "ip6" if version == 6 else "ip"
    if rng.random() < 0.3:
        known[version].remove(number)
        return Item(f"nexthop {number} goes", (ip(OWNER, f"nexthop del id {number}"),))
    words = rng.choice((hop(rng, draft, version), hop(rng, draft, version), "blackhole"))
    return Item(f"nexthop {number}: {words}", (Command(OWNER, tool, f"nexthop replace id {number} {words}"),))
