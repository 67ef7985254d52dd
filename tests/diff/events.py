# SPDX-License-Identifier: GPL-2.0-only
"""What happens between packets."""

import addresses
import bridges
import commands
import detours
import devices
import firewall
import gateways
import neighbours
import qdiscs
import routes
import rules
import sysctls
import uppers

# (how often, what draws one; it may find nothing to do)
KINDS = (
    (8, routes.event),
    (6, devices.event),
    (3, addresses.event),
    (3, rules.event),
    (3, neighbours.event),
    (3, sysctls.event),
    (3, firewall.event),
    (5, bridges.event),
    (6, detours.event),
    (8, gateways.event),
    (1, qdiscs.event),
    (1, uppers.event),
    (2, commands.event),
)
WITHOUT_DAEMON = 0.05


def draw(rng, draft):
    kinds = [kind for kind in KINDS if draft.settled or kind[1] is not firewall.event]
    item = None
    while not item:
        item = rng.choices(kinds, [weight for weight, _ in kinds])[0][1](rng, draft)
    if rng.random() < WITHOUT_DAEMON:
        item = commands.without_daemon(rng, draft, item)
    return item
