"""The fleet manager sees when figures were made, and that they could not be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from analytics.models import ViewRefresh
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

TITLE = "Figures not refreshed"


def fail(cast: Cast) -> None:
    with tenant_context(cast.organization), transaction.atomic():
        ViewRefresh.objects.filter(view="analytics_dailyanalyses").update(
            failed_at=timezone.now(), failures=2, error="division by zero"
        )


def card_of(client: Client, cast: Cast) -> tuple[int, bool]:
    cards = {card.title: card for card in client.get(f"{cast.home}admin/").context["cards"]}
    return cards[TITLE].count, cards[TITLE].is_worrying


def test_first_page_worries_about_a_failure(manager: Client, alpha: Cast) -> None:
    assert card_of(manager, alpha) == (0, False)
    fail(alpha)
    assert card_of(manager, alpha) == (1, True)


def test_list_and_page_tell_age_and_reason(manager: Client, alpha: Cast) -> None:
    fail(alpha)
    place = f"{alpha.home}admin/analytics/viewrefresh/"
    listed = manager.get(place).content.decode()
    assert "Risk by day" in listed
    assert "Failed" in listed
    page = manager.get(f"{place}analytics_5Fdailyanalyses/change/").content.decode()
    assert "division by zero" in page


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.ANALYST])
def test_nobody_writes_it(role: str, alpha: Cast, sign_in: Callable[[Membership], Client]) -> None:
    client = sign_in(alpha.members[role])
    place = f"{alpha.home}admin/analytics/viewrefresh/"
    for way in ("add/", "analytics_5Fdailyanalyses/delete/"):
        assert client.get(place + way).status_code == 403
    answer = client.post(f"{place}analytics_5Fdailyanalyses/change/", {"error": "none"})
    assert answer.status_code == 403


def test_other_organizations_failure_is_not_shown(
    manager: Client, alpha: Cast, bravo: Cast
) -> None:
    fail(bravo)
    assert card_of(manager, alpha) == (0, False)
