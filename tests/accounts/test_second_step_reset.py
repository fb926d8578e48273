"""Resetting somebody's second step: by another administrator or the platform's staff, on record."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership, User
from accounts.second_step.resetting import reset_by_platform_staff, reset_for_member
from accounts.second_step.services import has_second_step, verify_second_step
from accounts.services import add_member
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed, NotFound
from aviation.tenants.context import acting_as, platform_context, tenant_context
from tests.accounts.second_steps import App, person_of, set_up_app
from tests.conftest import Cast


@pytest.fixture
def member(alpha: Cast) -> Membership:
    """Alpha's manager, who has a second step."""
    return fresh_membership(alpha, Role.MANAGER)


@pytest.fixture
def app(member: Membership) -> App:
    return set_up_app(member.user)


@pytest.fixture
def admin(alpha: Cast) -> Membership:
    return fresh_membership(alpha, Role.ADMIN)


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_user("staff@example.org", "x", is_staff=True)


def fresh_membership(cast: Cast, role: Role) -> Membership:
    with platform_context():
        return Membership.objects.select_related("user", "organization").get(
            pk=cast.members[role].pk
        )


def reset(member: Membership, by: Membership) -> None:
    with tenant_context(by.organization), acting_as(by.user_id), transaction.atomic():
        reset_for_member(member, by=by)


def test_administrator_resets_another_member(
    member: Membership, app: App, admin: Membership
) -> None:
    reset(member, admin)
    assert not has_second_step(member.user)
    assert verify_second_step(member.user, app.code()) is None
    assert verify_second_step(member.user, app.recovery_codes[0]) is None


def test_reset_is_an_event_of_the_organization_that_names_both(
    member: Membership, app: App, admin: Membership
) -> None:
    reset(member, admin)
    with tenant_context(admin.organization):
        event = AuditEvent.objects.filter(action="second_step.reset").latest("id")
    assert event.object_id == str(member.user_id)
    assert event.after == {"person": str(member.user_id), "by": str(admin.user_id)}
    assert event.actor_id == admin.user_id


def test_reset_signs_the_person_out(member: Membership, app: App, admin: Membership) -> None:
    browser = Client()
    browser.force_login(member.user)
    assert browser.get("/account/second-step/").status_code == 200
    reset(member, admin)
    assert browser.get("/account/second-step/").status_code == 302


def test_person_is_told_of_the_reset(
    member: Membership, app: App, admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        "accounts.second_step.notices.send_mail_later", lambda *, to, **_: told.append(to)
    )
    reset(member, admin)
    assert told == [member.user.email]


@pytest.mark.parametrize("role", [each for each in Role if each != Role.ADMIN])
def test_nobody_but_an_administrator_resets(
    alpha: Cast, member: Membership, app: App, role: Role
) -> None:
    with pytest.raises(NotAllowed):
        reset(member, fresh_membership(alpha, role))
    assert has_second_step(member.user)


def test_other_organization_cannot_reset(bravo: Cast, member: Membership, app: App) -> None:
    with pytest.raises(NotFound):
        reset(member, fresh_membership(bravo, Role.ADMIN))
    assert has_second_step(member.user)


def test_administrator_cannot_reset_themselves(admin: Membership) -> None:
    set_up_app(admin.user)
    with pytest.raises(NotAllowed):
        reset(admin, admin)
    assert has_second_step(admin.user)


def test_administrator_cannot_reset_who_manages_another_organization(
    bravo: Cast, member: Membership, app: App, admin: Membership
) -> None:
    add_member(organization=bravo.organization, email=member.user.email, role=Role.ADMIN)
    with pytest.raises(NotAllowed):
        reset(member, admin)
    assert has_second_step(member.user)


def test_administrator_cannot_reset_platform_staff(
    member: Membership, app: App, admin: Membership
) -> None:
    member.user.is_staff = True
    with pytest.raises(NotAllowed):
        reset(member, admin)


def test_nothing_to_reset_is_said_so(member: Membership, admin: Membership) -> None:
    with pytest.raises(Conflict):
        reset(member, admin)


def test_platform_staff_reset_anybody_and_say_why(alpha: Cast, staff: User) -> None:
    person = person_of(alpha, Role.ADMIN)
    set_up_app(person)
    reset_by_platform_staff(person, by=staff, reason="Phone lost, seen in person.")
    assert not has_second_step(person)
    with platform_context():
        event = AuditEvent.objects.filter(action="second_step.reset").latest("id")
    assert event.after == {"person": str(person.pk), "by": str(staff.pk)}
    assert event.reason == "Phone lost, seen in person."


def test_who_is_no_platform_staff_cannot_reset_as_such(alpha: Cast) -> None:
    person = person_of(alpha, Role.PILOT)
    set_up_app(person)
    with pytest.raises(NotAllowed):
        reset_by_platform_staff(person, by=person_of(alpha, Role.ADMIN), reason="")
    assert has_second_step(person)
