# SPDX-License-Identifier: GPL-2.0-only
"""Settings of the owner's that its forwarding goes by."""

from case import OWNER, Item, sysctl

# arp_ignore isn't 8: a leaf would find the owner only as it asks, which with nsaccel it needn't.
# name with {} for a device, "all" or "default" -> values, the kernel's own first
BY_DEVICE = {
    "net.ipv4.conf.{}.forwarding": (1, 0),
    "net.ipv4.conf.{}.rp_filter": (0, 1, 2),
    "net.ipv4.conf.{}.accept_local": (0, 1),
    "net.ipv4.conf.{}.route_localnet": (0, 1),
    "net.ipv4.conf.{}.accept_source_route": (0, 1),
    "net.ipv4.conf.{}.src_valid_mark": (0, 1),
    "net.ipv4.conf.{}.send_redirects": (1, 0),
    "net.ipv4.conf.{}.secure_redirects": (1, 0),
    "net.ipv4.conf.{}.accept_redirects": (0, 1),
    "net.ipv4.conf.{}.arp_ignore": (0, 1, 2),
    "net.ipv4.conf.{}.arp_announce": (0, 1, 2),
    "net.ipv4.conf.{}.arp_filter": (0, 1),
    "net.ipv4.conf.{}.arp_accept": (0, 1),
    "net.ipv4.conf.{}.proxy_arp": (0, 1),
    "net.ipv4.conf.{}.proxy_arp_pvlan": (0, 1),
    "net.ipv4.conf.{}.bc_forwarding": (0, 1),
    "net.ipv4.conf.{}.disable_xfrm": (0, 1),
    "net.ipv4.conf.{}.disable_policy": (0, 1),
    "net.ipv4.conf.{}.drop_unicast_in_l2_multicast": (0, 1),
    "net.ipv4.conf.{}.ignore_routes_with_linkdown": (0, 1),
    "net.ipv4.conf.{}.promote_secondaries": (0, 1),
    "net.ipv6.conf.{}.forwarding": (1, 0),
    "net.ipv6.conf.{}.disable_ipv6": (0, 1),
    "net.ipv6.conf.{}.accept_redirects": (0, 1),
    "net.ipv6.conf.{}.accept_source_route": (0, 1),
    "net.ipv6.conf.{}.proxy_ndp": (0, 1),
    "net.ipv6.conf.{}.ignore_routes_with_linkdown": (0, 1),
    "net.ipv6.conf.{}.seg6_enabled": (0, 1),
    "net.ipv6.conf.{}.ndisc_notify": (0, 1),
    "net.ipv6.conf.{}.drop_unsolicited_na": (0, 1),
    "net.ipv6.conf.{}.mtu": (1500, 1280, 1400),
    "net.ipv6.conf.{}.drop_unicast_in_l2_multicast": (0, 1),
    "net.ipv6.conf.{}.force_forwarding": (0, 1),
}
GLOBAL = {
    "net.ipv4.ip_forward": (1, 1, 0),
    "net.ipv4.ip_forward_use_pmtu": (0, 1),
    "net.ipv4.ip_forward_update_priority": (1, 0),
    "net.ipv4.ip_early_demux": (1, 0),
    "net.ipv4.ip_default_ttl": (64, 10),
    "net.ipv4.icmp_echo_ignore_all": (0, 1),
    "net.ipv4.icmp_errors_use_inbound_ifaddr": (0, 1),
    "net.ipv4.fib_multipath_hash_policy": (0, 1, 2),
    "net.ipv4.fib_multipath_use_neigh": (0, 1),
    "net.ipv4.fwmark_reflect": (0, 1),
    "net.ipv4.nexthop_compat_mode": (1, 0),
    "net.ipv4.raw_l3mdev_accept": (1, 0),
    "net.ipv6.fib_multipath_hash_policy": (0, 1, 2),
    "net.ipv6.icmp.echo_ignore_all": (0, 1),
    "net.ipv6.fwmark_reflect": (0, 1),
    "net.ipv6.route.skip_notify_on_dev_down": (0, 1),
    "net.ipv6.anycast_src_echo_reply": (0, 1),
    "net.ipv6.flowlabel_reflect": (0, 1),
}
# Settings that decide about most packets of a device: (name, (the kernel's own value, another))
DECISIVE = (
    ("net.ipv4.conf.{}.forwarding", (1, 0)),
    ("net.ipv4.conf.{}.forwarding", (1, 0)),
    ("net.ipv4.conf.{}.rp_filter", (0, 1)),
    ("net.ipv4.conf.{}.rp_filter", (0, 2)),
    ("net.ipv4.conf.{}.accept_local", (0, 1)),
    ("net.ipv6.conf.{}.disable_ipv6", (0, 1)),
    ("net.ipv6.conf.{}.mtu", (1500, 1280)),
    ("net.ipv6.conf.all.forwarding", (1, 0)),
)
OWN_FACTOR = 0.7            # of the changes go back to what the kernel has by itself


def draw(rng, draft):
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        draft.items.append(event(rng, draft))


def event(rng, draft):
    if rng.random() < 0.4:
        return decisive(rng, draft)
    if rng.random() < 0.75:
        name = rng.choice(sorted(BY_DEVICE))
        values = BY_DEVICE[name]
        where = rng.choice(("all", "default", *(link.l3 for link in draft.links if link.owner == OWNER)))
        if where == "all" and ("forwarding" in name or "disable_ipv6" in name) and rng.random() < 0.6:
            where = rng.choice(draft.links).l3
        name = name.format(where)
    else:
        name = rng.choice(sorted(GLOBAL))
        values = GLOBAL[name]
    changed = draft.facts.setdefault("sysctls", {})
    return setting(draft, name, values[0] if name in changed and rng.random() < OWN_FACTOR else rng.choice(values))


def decisive(rng, draft):
    """Changes a setting, or restores it if it was changed before."""
    name, (own, other) = rng.choice(DECISIVE)
    link = rng.choice([link for link in draft.links if link.owner == OWNER])
    others = [one for one in draft.links if one is not link]
    for way in ({"near": link.leaf}, {"far": link.leaf}):
        draft.aim(**way, mtu=other if name.endswith("mtu") else 0)
    if name.endswith(("rp_filter", "accept_local")) and others:
        draft.aim(near=link.leaf, source=f"{rng.choice(others).net4}.0/24")
    name = name.format(link.l3)
    return setting(draft, name, other if draft.facts.setdefault("sysctls", {}).get(name, own) == own else own)


def setting(draft, name, value):
    draft.facts["sysctls"][name] = value
    text = f"{name}={value}"
    return Item(f"sysctl {text}", (sysctl(OWNER, text),), polled=True)
