"""Managers decide in the fleet admin who gets the summary by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from analytics.models import SummarySubscription
from analytics.reports.subscribing import subscribe
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

LIST = "admin/analytics/summarysubscription/"


@pytest.fixture
def of_analyst(alpha: Cast) -> SummarySubscription:
    member = alpha.members[Role.ANALYST]
    with tenant_context(alpha.organization):
        return subscribe(
            actor=member, member=member, rhythm="weekly", at=datetime(2026, 4, 24, tzinfo=UTC)
        )


def now(subscription: SummarySubscription, cast: Cast) -> SummarySubscription:
    with tenant_context(cast.organization):
        return SummarySubscription.objects.get(pk=subscription.pk)


def test_manager_adds_one_for_another_member(alpha: Cast, manager: Client) -> None:
    member = alpha.members[Role.READONLY]
    values = {"member": str(member.pk), "rhythm": "monthly"}
    assert manager.post(f"{alpha.home}{LIST}add/", values).status_code == 302
    with tenant_context(alpha.organization):
        made = SummarySubscription.objects.get()
    assert (made.member_id, made.rhythm, made.is_active) == (member.pk, "monthly", True)
    assert made.last_sent_for is not None


def test_member_who_may_not_see_the_figures_is_refused_with_the_reason(
    alpha: Cast, manager: Client
) -> None:
    values = {"member": str(alpha.members[Role.PILOT].pk), "rhythm": "weekly"}
    response = manager.post(f"{alpha.home}{LIST}add/", values, follow=True)
    assert b"may not see these figures" in response.content
    with tenant_context(alpha.organization):
        assert not SummarySubscription.objects.exists()


def test_member_of_another_organization_is_none(alpha: Cast, bravo: Cast, manager: Client) -> None:
    values = {"member": str(bravo.members[Role.READONLY].pk), "rhythm": "weekly"}
    response = manager.post(f"{alpha.home}{LIST}add/", values)
    assert response.status_code == 200
    assert b"Select a valid choice" in response.content


def test_manager_switches_off_and_on_again(
    alpha: Cast, manager: Client, of_analyst: SummarySubscription
) -> None:
    place = f"{alpha.home}{LIST}{of_analyst.pk}/change/"
    assert manager.post(place, {}).status_code == 302
    assert not now(of_analyst, alpha).is_active
    assert manager.post(place, {"is_active": "on"}).status_code == 302
    again = now(of_analyst, alpha)
    assert again.is_active
    assert again.last_sent_for is not None
    assert again.last_sent_for > date(2026, 4, 20), "not what was due while it was off"


def test_whose_and_how_often_cannot_be_changed(
    alpha: Cast, manager: Client, of_analyst: SummarySubscription
) -> None:
    values = {
        "member": str(alpha.members[Role.READONLY].pk),
        "rhythm": "monthly",
        "is_active": "on",
    }
    manager.post(f"{alpha.home}{LIST}{of_analyst.pk}/change/", values)
    same = now(of_analyst, alpha)
    assert (same.member_id, same.rhythm) == (alpha.members[Role.ANALYST].pk, "weekly")


def test_left_over_one_is_shown_and_sent_again(
    alpha: Cast, manager: Client, of_analyst: SummarySubscription
) -> None:
    with tenant_context(alpha.organization):
        SummarySubscription.objects.update(claimed_for=date(2026, 4, 20), refusals=8)
    assert b"Left over" in manager.get(f"{alpha.home}{LIST}").content
    action = {"action": "send_again", "_selected_action": str(of_analyst.pk)}
    response = manager.post(f"{alpha.home}{LIST}", action, follow=True)
    assert b"1 will go out" in response.content
    assert now(of_analyst, alpha).claimed_for is None
    response = manager.post(f"{alpha.home}{LIST}", action, follow=True)
    assert b"Nothing was left unsent" in response.content


def test_analyst_sees_only_own_and_changes_nothing(
    alpha: Cast,
    of_analyst: SummarySubscription,
    sign_in: Callable[[Membership], Client],
) -> None:
    with tenant_context(alpha.organization):
        member = alpha.members[Role.MANAGER]
        of_manager = subscribe(
            actor=member, member=member, rhythm="weekly", at=datetime(2026, 4, 24, tzinfo=UTC)
        )
    analyst = sign_in(alpha.members[Role.ANALYST])
    page = analyst.get(f"{alpha.home}{LIST}").content.decode()
    assert str(of_analyst.pk) in page
    assert str(of_manager.pk) not in page
    assert analyst.get(f"{alpha.home}{LIST}add/").status_code == 403
    assert analyst.post(f"{alpha.home}{LIST}{of_analyst.pk}/change/", {}).status_code == 403
    assert now(of_analyst, alpha).is_active


def test_nobody_deletes_the_record_of_what_was_sent(
    alpha: Cast, manager: Client, of_analyst: SummarySubscription
) -> None:
    place = f"{alpha.home}{LIST}{of_analyst.pk}/delete/"
    assert manager.post(place, {"post": "yes"}).status_code == 403


def test_outsider_finds_nothing(
    alpha: Cast, outsider: Client, of_analyst: SummarySubscription
) -> None:
    assert outsider.get(f"{alpha.home}{LIST}").status_code == 404
    assert outsider.get(f"/o/bravo/{LIST}{of_analyst.pk}/change/").status_code in {302, 404}
