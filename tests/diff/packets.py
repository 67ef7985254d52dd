# SPDX-License-Identifier: GPL-2.0-only
"""Draws the frames of a batch: ordinary flows, interleaved, with odd packets between them."""

from dataclasses import replace
from functools import lru_cache

import conversations
import odd_control
import odd_fragments
import odd_ip
import odd_l4
import odd_link
import pointed
import repeated
from places import Places
from view import Send

ORDINARY = 0.7      # of the frames: what the fast path is made for, so that it carries most of them
AT_ONCE = 4         # flows that are interleaved
CHANGING = 0.7      # of the batches have frames that may change what the kernel knows
POINTED = 0.15      # of the frames are those that an item of the configuration is about
REMEMBERED = 0.3    # of those are followed by others of the same addresses: the second in turn is what a cache remembers
REPEATED = 0.15     # of the frames are as one before the latest event, where there was one
SWITCHED = 0.06     # of the frames are for a bridge to send on, where there is one

# (weight, generator)
ODD = odd_ip.ODD + odd_fragments.ODD + odd_l4.ODD + odd_control.ODD + odd_link.ODD


@lru_cache(maxsize=None)
def weights(kinds):
    total, sums = 0, []
    for kind in kinds:
        total += kind[0]
        sums.append(total)
    return sums


def pick(rng, kinds):
    return rng.choices(kinds, cum_weights=weights(kinds))[0][1]


def append(places, talk, frame, what, virtio=None, settles=False):
    sender = talk.near.sender
    places.sends.append(Send(sender.namespace, sender.device, frame, virtio, what, settles))


def append_odd(places, kinds, settles=False):
    """One odd thing, which may be several frames; how many."""
    draw_kind = pick(places.rng, kinds)
    return append_all(places, draw_kind, places.talk(4 if draw_kind in odd_ip.OF_IPV4 else None), settles)


def append_all(places, draw_kind, talk, settles=False):
    before = len(places.sends)
    for frame, what in draw_kind(talk):
        append(places, talk, frame, what, None, settles)
    return len(places.sends) - before


def append_pointed(places):
    aims = places.view.aims
    aim = aims[-1] if places.rng.random() < 0.4 else places.rng.choice(aims)
    talk = places.aimed(aim)
    if talk:
        append_all(places, lambda talk: pointed.frames_of(talk, aim), talk)
        append_alike(places)


def append_alike(places):
    last = places.sends[-1]
    if places.rng.random() < REMEMBERED and repeated.is_for_one(last.frame):
        places.sends += [repeated.send_again(last, places.view.ports[0], places.body(24),
                                             'UDP between the addresses of the packet before it') for _ in range(2)]


def append_repeated(places):
    before = places.view.before
    if places.view.aims and places.rng.random() < 0.5:
        before = repeated.about(before, places.rng.choice(places.view.aims[-3:])) or before
    places.sends.append(repeated.send_again(places.rng.choice(before), places.view.ports[0], places.body(24)))


def append_changes(places):
    """A few that change what the kernel knows. It is followed after the last, and after each that moves a
    MAC, by which the next one might be switched."""
    odd = 0
    for _ in range(places.rng.randint(1, 4)):
        if places.rng.random() < 0.3 and (talk := places.switched()):
            odd += append_all(places, odd_link.stolen_mac, talk, True)
        elif places.rng.random() < 0.3:
            odd += append_odd(places, odd_link.CHANGES, True)
        else:
            odd += append_odd(places, odd_control.CHANGES)
    if odd:
        places.sends[-1] = replace(places.sends[-1], settles=True)
    return odd


def draw(rng, view, count=150):
    """So many frames, or a few more. The same seed and view give the same."""
    places = Places(rng, view)
    if not places.talk():
        return []
    flows, odd = [], 0
    change_at = rng.randrange(count) if rng.random() < CHANGING else count
    while len(places.sends) < count:
        kind = rng.random()
        if len(places.sends) >= change_at:
            change_at = count
            odd += append_changes(places)
        elif kind < POINTED and view.aims:
            append_pointed(places)
        elif POINTED < kind < POINTED + REPEATED and view.before:
            append_repeated(places)
        elif kind > 1 - SWITCHED and (talk := places.switched()):
            append_all(places, odd_link.switched, talk)
        elif odd < (1 - ORDINARY) * len(places.sends):
            odd += append_odd(places, ODD)
        else:
            append_ordinary(places, flows)
    return places.sends


def append_ordinary(places, flows):
    """A packet of one of the flows, of which the done ones are replaced."""
    while len(flows) < AT_ONCE:
        flows.append(pick(places.rng, conversations.KINDS)(places.talk()))
    flow = places.rng.choice(flows)
    drawn = next(flow, None)
    if drawn:
        append(places, *drawn)
    else:
        flows.remove(flow)
