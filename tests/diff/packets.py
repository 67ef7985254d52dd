# SPDX-License-Identifier: GPL-2.0-only
"""Draws the frames of a batch: ordinary flows, interleaved, with odd packets between them."""

from functools import lru_cache

import conversations
import odd_control
import odd_fragments
import odd_ip
import odd_l4
import odd_link
from places import Places
from view import Send

ORDINARY = 0.7  # of the frames: what the fast path is made for, so that it carries most of them
AT_ONCE = 4     # flows that are interleaved

# Kinds of odd packets: weight, generator, may it change the kernel's state.
ODD = tuple((weight, function, False) for odd in (odd_ip, odd_fragments, odd_l4)
            for weight, function in odd.ODD) + odd_control.ODD + odd_link.ODD


@lru_cache(maxsize=None)
def weights(kinds):
    total, sums = 0, []
    for kind in kinds:
        total += kind[0]
        sums.append(total)
    return sums


def pick(rng, kinds):
    return rng.choices(kinds, cum_weights=weights(kinds))[0]


def start_ordinary(places):
    talk = places.talk()
    return pick(places.rng, conversations.KINDS)[1](talk) if talk else None


def start_odd(places):
    """Generator of the same tuples as those of conversations, and of settles."""
    talk = places.talk()
    if not talk:
        return
    _, function, settles = pick(places.rng, ODD)
    for frame, what in function(talk):
        yield talk, frame, what, None, settles


def append(places, talk, frame, what, virtio=None, settles=False):
    sender = talk.near.sender
    places.sends.append(Send(sender.namespace, sender.device, frame, virtio, what, settles))


def draw(rng, view, count=80):
    """So many frames, or a few more. The same seed and view give the same."""
    places = Places(rng, view)
    if not places.talk():
        return []
    flows, odd = [], 0
    while len(places.sends) < count:
        if odd < (1 - ORDINARY) * len(places.sends):
            for drawn in start_odd(places):
                append(places, *drawn)
                odd += 1
            continue
        while len(flows) < AT_ONCE:
            flows.append(start_ordinary(places))
        flow = rng.choice(flows)
        drawn = next(flow, None)
        if drawn:
            append(places, *drawn)
        else:
            flows.remove(flow)
    return places.sends
