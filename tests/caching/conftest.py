from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from aviation.caching.making import memory
from aviation.caching.models import CachePolicy
from aviation.caching.policies import forget_policies
from aviation.tenants.context import platform_context
from tests.accounts.conftest import own_redis
from tests.audit.conftest import by_hand
from tests.isolation.conftest import committing, pgbouncer, pooled

__all__ = ["by_hand", "committing", "own_redis", "pgbouncer", "pooled"]

KeptAs = Callable[..., None]


@pytest.fixture
def kept_as(committing: None) -> Iterator[KeptAs]:
    """Change a policy, really committed; undone at the end."""
    with platform_context(), transaction.atomic():
        before = list(CachePolicy.objects.all())

    def change(name: str, **values: object) -> None:
        with platform_context(), transaction.atomic():
            CachePolicy.objects.filter(pk=name).update(**values)
        forget_policies()

    yield change
    with platform_context(), transaction.atomic():
        for policy in before:
            policy.save()
    forget_policies()


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What this process kept for itself is no other test's."""
    yield
    memory.forget(lambda _place: True)
