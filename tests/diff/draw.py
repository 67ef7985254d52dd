# SPDX-License-Identifier: GPL-2.0-only
"""A case of a seed."""

import random

import events
import routes
import topology
import traffic
from case import Case, Draft, Step


def case(seed):
    rng = random.Random(seed)
    draft = Draft()
    topology.draw(rng, draft)
    topology.prefixes(draft)
    routes.draw(rng, draft)
    draft.add("nsaccel attached", *topology.attach_commands(draft))
    items = tuple(draft.items)
    steps = [Step(None, tuple(traffic.draw(rng, traffic.view(draft))))]
    for _ in range(rng.randint(3, 6)):
        happened = events.draw(rng, draft)
        steps.append(Step(happened, tuple(traffic.draw(rng, traffic.view(draft)))))
    return Case(seed, tuple(draft.namespaces), tuple(draft.watched), items, tuple(steps))
