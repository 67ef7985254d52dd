# SPDX-License-Identifier: GPL-2.0-only
"""What happens between packets."""

import devices
import routes

# (how often, what draws one; it may find nothing to do)
KINDS = (
    (6, routes.event),
    (2, devices.event),
)


def draw(rng, draft):
    weights = [weight for weight, _ in KINDS]
    for _ in range(10):
        item = rng.choices(KINDS, weights)[0][1](rng, draft)
        if item:
            return item
    return routes.event(rng, draft)
