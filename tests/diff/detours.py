# SPDX-License-Identifier: GPL-2.0-only
"""A prefix with two routes. The owner ignores the better one while its device has no carrier."""

from case import OWNER, Command, Item, ip, sysctl

PREFIXES = {4: "10.110.0.0/24", 6: "fd11::/64"}


def draw(rng, draft):
    # The neighbours of others go with the carrier, and what waits for them arrives whenever they answer.
    pairs = [link for link in draft.own_links() if link.kind in ("veth", "wire") and link.permanent]
    if rng.random() >= 0.25 or len(pairs) < 2:
        return
    first, second = rng.sample(pairs, 2)
    version = rng.choice((4, 6))
    tool, prefix = "ip" if version == 4 else "ip6", PREFIXES[version]
    ways = [f"route replace {prefix} via {link.own4() if version == 4 else link.own6()} dev {link.l3} metric {metric}"
            for link, metric in ((first, 5), (second, 100))]
    draft.facts["detour"] = first, prefix
    draft.add(f"{prefix} by {first.port}, and by {second.port} while that has no carrier",
              sysctl(OWNER, f"net.ipv{version}.conf.{first.l3}.ignore_routes_with_linkdown=1"),
              *(Command(OWNER, tool, way) for way in ways), polled=True)


def event(rng, draft):
    if "detour" not in draft.facts:
        return None
    link, prefix = draft.facts["detour"]
    where = link.leaf, link.device
    downs = draft.facts.setdefault("down", set())
    draft.aim(net=prefix)
    downs.symmetric_difference_update({where})
    verb = "down" if where in downs else "up"
    return Item(f"{link.device} of {link.leaf} {verb}", (ip(link.leaf, f"link set {link.device} {verb}"),))
