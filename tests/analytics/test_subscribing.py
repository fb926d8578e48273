"""Who may ask for the summary by mail, for whom, and what begins with it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.choices import Role
from accounts.models import Membership
from accounts.roles import PERMISSIONS, Action, Resource
from analytics.models import SummarySubscription
from analytics.reports.subscribing import send_left_over, subscribe, unsubscribe
from aviation.audit.models import AuditEvent
from aviation.common.errors import NotAllowed, Rejected
from tests.conftest import Cast

AT = datetime(2026, 4, 24, 12, tzinfo=UTC)
SEEING = PERMISSIONS[Resource.ANALYTICS, Action.VIEW]


def ask(
    cast: Cast, actor: str, member: str | None = None, rhythm: str = "weekly"
) -> SummarySubscription:
    members = cast.members
    return subscribe(actor=members[actor], member=members[member or actor], rhythm=rhythm, at=AT)


@pytest.mark.parametrize("role", Role.values)
def test_member_subscribes_where_the_role_sees_the_figures(in_alpha: Cast, role: str) -> None:
    if role in SEEING:
        assert ask(in_alpha, role).is_active
        return
    with pytest.raises(NotAllowed):
        ask(in_alpha, role)
    assert not SummarySubscription.objects.exists()


@pytest.mark.parametrize("role", Role.values)
def test_managers_alone_decide_for_others(in_alpha: Cast, role: str) -> None:
    other = Role.ANALYST if role == Role.READONLY else Role.READONLY
    if role in (Role.ADMIN, Role.MANAGER):
        assert ask(in_alpha, role, other).member == in_alpha.members[other]
        return
    with pytest.raises(NotAllowed):
        ask(in_alpha, role, other)


def test_nobody_subscribes_a_member_who_may_not_see_the_figures(in_alpha: Cast) -> None:
    with pytest.raises(NotAllowed, match="may not see these figures"):
        ask(in_alpha, Role.MANAGER, Role.PILOT)


def test_former_member_is_not_subscribed(in_alpha: Cast) -> None:
    gone = in_alpha.members[Role.ANALYST]
    gone.ended_at = AT
    with pytest.raises(NotAllowed):
        subscribe(actor=in_alpha.members[Role.MANAGER], member=gone, rhythm="weekly", at=AT)
    gone.ended_at = None


def test_visitor_cannot_subscribe(in_alpha: Cast) -> None:
    visitor = Membership(id=None, organization=in_alpha.organization, role=Role.READONLY)
    with pytest.raises(NotAllowed):
        subscribe(actor=visitor, member=visitor, rhythm="weekly", at=AT)


def test_rhythm_must_be_one(in_alpha: Cast) -> None:
    with pytest.raises(Rejected):
        ask(in_alpha, Role.MANAGER, rhythm="hourly")


def test_what_was_due_before_is_not_sent(in_alpha: Cast) -> None:
    """On Friday 24 April: the week from the 13th and the month of March are past."""
    assert ask(in_alpha, Role.MANAGER).last_sent_for == date(2026, 4, 13)
    assert ask(in_alpha, Role.MANAGER, rhythm="monthly").last_sent_for == date(2026, 3, 1)


def test_asking_twice_is_asking_once(in_alpha: Cast) -> None:
    first = ask(in_alpha, Role.MANAGER)
    SummarySubscription.objects.update(last_sent_for=date(2026, 1, 5))
    again = ask(in_alpha, Role.MANAGER)
    assert (again.pk, again.last_sent_for) == (first.pk, date(2026, 1, 5))


def test_asking_anew_begins_anew(in_alpha: Cast) -> None:
    subscription = ask(in_alpha, Role.MANAGER)
    unsubscribe(actor=in_alpha.members[Role.MANAGER], subscription=subscription)
    old = date(2026, 1, 5)
    SummarySubscription.objects.update(last_sent_for=old, claimed_for=old, refusals=3)
    again = ask(in_alpha, Role.MANAGER)
    again.refresh_from_db()
    assert (again.pk, again.is_active, again.last_sent_for) == (
        subscription.pk,
        True,
        date(2026, 4, 13),
    )
    assert (again.claimed_for, again.refusals) == (None, 0)


def test_member_stops_own_and_not_anothers(in_alpha: Cast) -> None:
    own, others = ask(in_alpha, Role.READONLY), ask(in_alpha, Role.ANALYST)
    actor = in_alpha.members[Role.READONLY]
    unsubscribe(actor=actor, subscription=own)
    with pytest.raises(NotAllowed):
        unsubscribe(actor=actor, subscription=others)
    assert list(SummarySubscription.objects.filter(is_active=True)) == [others]


def test_members_see_their_own_and_managers_everybodys(in_alpha: Cast) -> None:
    own, others = ask(in_alpha, Role.READONLY), ask(in_alpha, Role.ANALYST)

    def seen(role: str) -> set[SummarySubscription]:
        return set(SummarySubscription.objects.visible_to(in_alpha.members[role]))

    assert seen(Role.READONLY) == {own}
    assert seen(Role.MANAGER) == {own, others}
    assert seen(Role.PILOT) == set()


def test_only_what_was_left_over_is_sent_again(in_alpha: Cast) -> None:
    subscription, manager = ask(in_alpha, Role.ANALYST), in_alpha.members[Role.MANAGER]
    with pytest.raises(Rejected):
        send_left_over(actor=manager, subscription=subscription)
    subscription.claimed_for = date(2026, 4, 20)
    send_left_over(actor=manager, subscription=subscription)
    subscription.refresh_from_db()
    assert (subscription.claimed_for, subscription.is_left_over) == (None, False)


def test_database_keeps_one_row_a_member_and_rhythm(in_alpha: Cast) -> None:
    member = in_alpha.members[Role.ANALYST]
    ask(in_alpha, Role.ANALYST)
    with pytest.raises(IntegrityError), transaction.atomic():
        SummarySubscription.objects.create(member=member, rhythm="weekly")
    with pytest.raises(IntegrityError), transaction.atomic():
        SummarySubscription.objects.create(member=member, rhythm="hourly")


def test_subscribing_and_stopping_are_on_record(in_alpha: Cast) -> None:
    subscription = ask(in_alpha, Role.ANALYST)
    unsubscribe(actor=in_alpha.members[Role.ANALYST], subscription=subscription)
    events = AuditEvent.objects.filter(table_name="summary_by_mail", object_id=str(subscription.pk))
    assert [event.action for event in events.order_by("id")] == ["insert", "update"]
