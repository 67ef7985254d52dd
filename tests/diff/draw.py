# SPDX-License-Identifier: GPL-2.0-only
"""A case of a seed."""

import random

import events
import packets
import routes
import streams
import topology
import traffic
from case import Case, Draft, Step

WITH_STREAMS = 0.3  # of the steps


def case(seed):
    rng = random.Random(seed)
    draft = Draft()
    topology.draw(rng, draft)
    topology.prefixes(draft)
    routes.draw(rng, draft)
    draft.add("nsaccel attached", *topology.attach_commands(draft))
    items = tuple(draft.items)
    steps = [step(rng, draft, None)]
    for _ in range(rng.randint(3, 6)):
        steps.append(step(rng, draft, events.draw(rng, draft)))
    return Case(seed, tuple(draft.namespaces), tuple(draft.watched), items, tuple(steps))


def step(rng, draft, event):
    view = traffic.view(draft)
    conversations = streams.draw(rng, view) if rng.random() < WITH_STREAMS else []
    return Step(event, tuple(packets.draw(rng, view)), tuple(conversations))
