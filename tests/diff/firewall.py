# SPDX-License-Identifier: GPL-2.0-only
"""Rule sets of nft and iptables, address translation, and connection tracking. None that counts packets or
picks them at random: which of a flow's packets such rules see isn't kept."""

from case import OWNER, Command, Item

MATCHES = ("udp dport 53", "udp dport 7000-7002", "tcp dport 80", "tcp dport 7000", "ip protocol icmp",
           "icmp type echo-request", "icmpv6 type echo-request", "ip dscp cs1", "ip ecn ce", "ip ttl 64",
           "ip6 hoplimit 64", "meta length 100-500", "meta l4proto udp", "meta pkttype host",
           "ct state invalid", "ct state new", "ct state established", "ct direction reply",
           "tcp flags syn", "tcp flags & (fin|rst) != 0", "ip frag-off & 0x4000 != 0", "ip id 7",
           "meta mark 1", "fib saddr . iif oif missing", "@th,16,16 53", "@nh,8,8 0x10",
           "ip saddr 10.1.0.0/24", "ip6 saddr fd00:1::/64", "udp length 100-200", "ip length 60")
ACTIONS = ("drop", "drop", "accept", "counter", "meta mark set 1", "ct mark set 1", "ip dscp set cs2",
           "ip ttl set 10", "ip6 hoplimit set 10", "meta priority set 0x10002", "return", "reject",
           "tcp option maxseg size set 1200")
LIVES = ("ip ttl set 10", "ip6 hoplimit set 10")
NAT = ('chain post { type nat hook postrouting priority 100; oifname "{0}" masquerade; }',
       'chain post {{ type nat hook postrouting priority 100; oifname "{0}" snat ip to {1}; }}',
       "chain pre {{ type nat hook prerouting priority -100; udp dport 7001 dnat ip to {2}; }}",
       "chain pre {{ type nat hook prerouting priority -100; tcp dport 80 dnat ip to {2}:8080; }}")
IPTABLES = ("-p udp --dport 53 -j DROP", "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
            "-p tcp --syn -j REJECT", "-m mark --mark 1 -j DROP", "-i {0} -j ACCEPT", "-o {0} -p icmp -j DROP",
            "-m length --length 100:300 -j DROP", "-m dscp --dscp 8 -j DROP", "-m ttl --ttl-eq 64 -j ACCEPT",
            "-m addrtype --src-type UNICAST -j ACCEPT", "-s 10.1.0.0/24 -j DROP",
            "-m multiport -p udp --dports 53,80 -j DROP")
# Else the owner doesn't believe its neighbours. nsaccel has it ask on: what waits for one is then dropped at
# other times, also after the table has gone.
DISCOVERY = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; "


def draw(rng, draft):
    if rng.random() < 0.3:
        for _ in range(rng.choice((1, 1, 2))):
            draft.items.append(event(rng, draft))


def event(rng, draft):
    draft.firewall = True
    known = draft.facts.setdefault("firewall", {})
    if known and rng.random() < 0.5:
        name = rng.choice(sorted(known))
        return Item(f"firewall: {name} goes", known.pop(name))
    return rng.choice((filters, filters, filters, nat, netdev, on_bridge, legacy, flush, no_track))(
        rng, draft, known)


def rule(rng, draft):
    actions = ACTIONS if routes_once(draft) else [action for action in ACTIONS if action not in LIVES]
    return " ".join([rng.choice(MATCHES) for _ in range(rng.choice((0, 1, 1, 1, 2)))] + [rng.choice(actions)])


def routes_once(draft):
    """No other namespace routes: packets can't loop between two, for ever if a rule restores their TTL."""
    return all(link.owner == OWNER for link in draft.links)


def chain(rng, hook, rules):
    priority = rng.choice((0, 0, -150, -300, 10))
    return f"chain {hook} {{ type filter hook {hook} priority {priority}; policy accept; {rules} }}"


def filters(rng, draft, known):
    name = f"f{rng.randint(0, 2)}"
    hook = rng.choice(("forward", "forward", "forward", "prerouting", "postrouting", "input"))
    rules = " ".join(rule(rng, draft) + ";" for _ in range(rng.randint(1, 4)))
    if hook in ("prerouting", "input"):
        rules = DISCOVERY + rules
    if rng.random() < 0.5:
        rules = "ct state established,related accept; " + rules
    return table(known, "inet", name, chain(rng, hook, rules))


def table(known, family, name, body):
    """One rule set in place of what was there by that name."""
    known[f"{family} {name}"] = (nft(f"delete table {family} {name}"),)
    return Item(f"nft table {family} {name}: {body}",
                (nft(f"add table {family} {name}\ndelete table {family} {name}\n"
                     f"table {family} {name} {{\n{body}\n}}"),))


def nft(text):
    return Command(OWNER, "nft", text)


def nat(rng, draft, known):
    link = rng.choice(draft.links)
    pattern = rng.choice(NAT)
    body = pattern.replace("{{", "{").replace("}}", "}").replace("{0}", link.l3) \
        .replace("{1}", link.gateway4).replace("{2}", rng.choice(draft.links).own4())
    return table(known, "ip", "n", body)


def netdev(rng, draft, known):
    port = rng.choice([link.port for link in draft.links if link.owner == OWNER])
    body = f'chain i {{ type filter hook ingress device "{port}" priority 0; {rule(rng, draft)}; }}'
    return table(known, "netdev", "d", body)


def on_bridge(rng, draft, known):
    return table(known, "bridge", "b", chain(rng, "forward", rule(rng, draft) + ";"))


def no_track(rng, draft, known):
    return table(known, "inet", "raw", "chain prerouting { type filter hook prerouting priority -300; "
                                       f"{rng.choice(MATCHES)} notrack; }}")


def legacy(rng, draft, known):
    tool = rng.choice(("iptables-legacy", "iptables-nft"))
    words = rng.choice(IPTABLES).format(rng.choice(draft.links).l3)
    known[f"{tool} {words}"] = (Command(OWNER, tool, f"-w -D FORWARD {words}"),)
    return Item(f"{tool} {words}", (Command(OWNER, tool, f"-w -A FORWARD {words}"),), polled=True)


def flush(rng, draft, known):
    return Item("conntrack forgets", (Command(OWNER, "conntrack", "-F"),))
