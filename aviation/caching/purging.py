"""Forgetting cached values by hand, by name or by a pattern.

What must never happen: a purge after which somebody is still answered from before it. So a purge
counts up the policy's edition, which every reading compares, in the database; taking the values out
of Redis besides only gives the room back.
"""

from __future__ import annotations

import contextlib

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from aviation.audit.events import record_event
from aviation.caching.asking import Away, ask
from aviation.caching.choices import Invalidation
from aviation.caching.making import memory
from aviation.caching.models import CachePolicy
from aviation.caching.patterns import matches
from aviation.caching.policies import forget_policies, policy_of
from aviation.caching.registry import REGISTRY
from aviation.caching.shared import shared_store
from aviation.common.errors import NotFound, Rejected
from aviation.tenants.context import platform_context, require_organization

LONGEST_PATTERN = 200


def purge_policy(*, name: str, reason: str = "") -> None:
    """Forget all values of the policy, of all organizations: everywhere within a second.

    Whoever calls it has asked whether the person may. Raises NotFound.
    """
    _require(name)
    with platform_context(), transaction.atomic():
        purged = {"edition": F("edition") + 1, "purged_at": timezone.now()}
        CachePolicy.objects.filter(pk=name).update(**purged)
        record_event("cache.purged", table_name="cache_policy", object_id=name, reason=reason)
        transaction.on_commit(lambda: _give_back(name), robust=True)


def forget_matching(policy: str, pattern: str) -> int:
    """Forget the bound organization's values whose key matches; answers how many Redis had.

    ``*`` stands for anything, ``?`` for one byte; a key begins with its sight and a slash. All of
    them go at once; copies in other processes follow within a second. While Redis does not answer,
    the whole policy is purged in its place. Call it when the change is committed.

    Raises NotFound, and Rejected where the policy is not one that is forgotten by pattern.
    """
    room = str(require_organization().id)
    _require(policy)
    if Invalidation.PATTERN not in policy_of(policy).invalidation:
        raise Rejected(f"Values of {policy} are not forgotten by pattern.")
    if len(pattern) > LONGEST_PATTERN:
        raise Rejected(f"A pattern has at most {LONGEST_PATTERN} characters.")
    wanted = pattern.encode()
    memory.forget(lambda place: place[:2] == (policy, room) and matches(wanted, place[2].encode()))
    try:
        return ask(lambda: shared_store().forget(policy, room, pattern))
    except Away:
        purge_policy(name=policy, reason="A pattern had to go, and Redis does not answer.")
        return 0


def _require(name: str) -> None:
    if name not in REGISTRY:
        raise NotFound(f"There is no cache policy {name!r}.")


def _give_back(name: str) -> None:
    forget_policies()
    memory.forget(lambda place: place[0] == name)
    store = shared_store()
    with contextlib.suppress(Away):
        for room in ask(lambda: store.rooms(name)):
            ask(lambda room=room: store.forget(name, room, "*"))  # type: ignore[misc]
