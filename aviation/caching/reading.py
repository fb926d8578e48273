"""Answering from memory where that is as true as asking the database.

What must never happen: a value older than the reader's own change, one organization's value in
another's hands, or a request that fails or waits long because Redis does.
"""

from __future__ import annotations

import hashlib
import pickle
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

from aviation.caching.asking import Away
from aviation.caching.counting import counts
from aviation.caching.entries import Entry, Wanted
from aviation.caching.generations import generation_for
from aviation.caching.making import find, make_once
from aviation.caching.policies import policy_of
from aviation.tenants.context import NoOrganization, bound_organization

Value = TypeVar("Value")

INSTALLATION = "installation"
"""The room of what belongs to no organization."""
LONGEST_KEY = 200


def cached(
    policy: str,
    key: str,
    make: Callable[[], Value],
    *,
    sight: str = "",
    topics: Sequence[str] | None = None,
) -> Value:
    """What ``make`` answers, or what it answered before if that is still true.

    The answer is the bound organization's; ``sight`` sets apart those who are shown different
    things under one key, such as ``member:<id>``. ``topics`` are what the value is made from,
    where that is not all that the policy is about. The value must survive pickling; each caller
    gets a copy of its own.
    """
    organization = bound_organization()
    organization_id = organization.id if organization else None
    return cached_for(organization_id, policy, key, make, sight=sight, topics=topics)


def cached_for(
    organization_id: uuid.UUID | None,
    policy: str,
    key: str,
    make: Callable[[], Value],
    *,
    sight: str = "",
    topics: Sequence[str] | None = None,
) -> Value:
    """The same for the organization that is bound, or one that need not be bound to make it."""
    wanted = want_for(organization_id, policy, key, sight=sight, topics=topics)
    if wanted is None:
        return make()
    entry = answer(wanted, lambda: pickle.dumps(make(), pickle.HIGHEST_PROTOCOL))
    value: Value = pickle.loads(entry.body)  # noqa: S301 - signed by us, or never left the process
    return value


def want_for(
    organization_id: uuid.UUID | None,
    policy: str,
    key: str,
    *,
    sight: str = "",
    topics: Sequence[str] | None = None,
) -> Wanted | None:
    """What to look for, as of now; None where nothing may be answered from memory.

    That is so where the policy is off, and in a transaction that has changed a topic itself: the
    number of its generation is not its alone. Raises NoOrganization where the value is made from
    an organization's topics, and none is named.
    """
    known = policy_of(policy)
    if not known.is_on:
        return None
    room = str(organization_id) if organization_id else INSTALLATION
    made_from = known.topics if topics is None else tuple(topics)
    number = 0
    if made_from:
        if organization_id is None:
            raise NoOrganization(f"Values of {policy} are an organization's, and none is bound.")
        generation = generation_for(organization_id, made_from)
        if generation.is_own:
            counts.add(policy, room, alone=1)
            return None
        number = generation.number
    return Wanted(known, room, _bounded(f"{sight}/{key}"), number, made_from)


def answer(wanted: Wanted, make: Callable[[], bytes]) -> Entry:
    """The kept entry, or one made of the bytes that ``make`` answers now."""
    policy, room, is_away = wanted.policy.name, wanted.room, False
    try:
        found = find(wanted)
    except Away:
        found, is_away = None, True
        counts.add(policy, room, away=1)
    is_made = False
    if found is None:
        found, is_made = make_once(wanted, make, is_away=is_away)
    took_us = round(found.took_s * 1_000_000)
    if is_made:
        counts.add(policy, room, misses=1, made_us=took_us)
    else:
        counts.add(policy, room, hits=1, saved_us=took_us)
    return found


def _bounded(key: str) -> str:
    """A long key keeps its beginning, for patterns, and has a digest for the rest."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 65]}~{hashlib.sha256(key.encode()).hexdigest()}"
