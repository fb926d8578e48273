"""Who asks does not approve, an approval lasts a day, and it is of one plan to the byte (R13)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from aviation.common.errors import Conflict, NotAllowed, NotFound, Rejected
from aviation.tenants.context import platform_context
from maintenance.recovery.approving import (
    RecoveryRefused,
    approve,
    require_approval,
    require_same_plan,
)
from maintenance.recovery.asking import found, withdraw
from maintenance.recovery.choices import RecoveryState
from maintenance.recovery.models import RecoveryRequest
from tests.conftest import Cast
from tests.maintenance.recovery.people import MOMENT, ask, events, planned, staff

DAY = timedelta(hours=24)


@pytest.fixture
def author(db: None) -> User:
    return staff("author")


@pytest.fixture
def second(db: None) -> User:
    return staff("second")


@pytest.fixture
def asked(author: User, alpha: Cast) -> RecoveryRequest:
    return planned(ask(author, "alpha"))


def give_approval(asked: RecoveryRequest, person: User, **more: object) -> RecoveryRequest:
    values = {"plan_sha256": asked.plan_sha256, "has_proved": True} | more
    return approve(request_id=asked.pk, actor=person, **values)  # type: ignore[arg-type]


def set_column(asked: RecoveryRequest, assignment: str, *values: object) -> None:
    """As somebody might who has the application's rights."""
    with platform_context(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE maintenance_recoveryrequest SET {assignment} WHERE id = %s",
            [*values, asked.pk],
        )


def test_second_person_approves_and_it_may_run(asked: RecoveryRequest, second: User) -> None:
    approved = give_approval(asked, second)
    assert approved.state == RecoveryState.APPROVED
    require_approval(found(asked.pk))
    require_same_plan(approved, asked.plan)
    (event,) = events(asked, "recovery.approved")
    assert event.actor_id == second.pk
    assert event.after == {"plan_sha256": asked.plan_sha256}


def test_author_cannot_approve(asked: RecoveryRequest, author: User) -> None:
    """R13, 1 of 3"""
    with pytest.raises(RecoveryRefused, match="cannot approve"):
        give_approval(asked, author)
    assert found(asked.pk).state == RecoveryState.PLANNED
    (event,) = events(asked, "recovery.refused")
    assert event.after["why"] == "own_request"
    with pytest.raises(Conflict):
        require_approval(found(asked.pk))


def test_approval_of_a_day_ago_does_not_run(asked: RecoveryRequest, second: User) -> None:
    """R13, 2 of 3"""
    at = datetime.now(UTC)
    approved = give_approval(asked, second, at=at)
    require_approval(approved, at=at + DAY - timedelta(seconds=1))
    with pytest.raises(RecoveryRefused, match="older than 24 hours"):
        require_approval(approved, at=at + DAY)
    (event,) = events(asked, "recovery.refused")
    assert event.after["why"] == "approval_old"


def test_plan_changed_by_a_byte_does_not_run(asked: RecoveryRequest, second: User) -> None:
    """R13, 3 of 3: what it would do is something else by now."""
    approved = give_approval(asked, second)
    changed = approved.plan.replace("100", "101", 1)
    with pytest.raises(RecoveryRefused, match="approval is void"):
        require_same_plan(approved, changed)
    held = found(asked.pk)
    assert (held.state, held.approved_by) == (RecoveryState.VOID, None)
    (event,) = events(asked, "recovery.refused")
    assert event.after["why"] == "plan_changed"
    with pytest.raises(Conflict):
        require_approval(held)


def test_kept_plan_changed_by_a_byte_does_not_run(asked: RecoveryRequest, second: User) -> None:
    """R13, 3 of 3: somebody changed the plan where it is kept, past the database's rules."""
    approved = give_approval(asked, second)
    approved.plan = approved.plan.replace("100", "101", 1)
    with pytest.raises(RecoveryRefused, match="changed after"):
        require_approval(approved)
    assert [event.after["why"] for event in events(asked, "recovery.refused")] == ["plan_changed"]


def test_plan_read_before_it_was_made_anew_is_not_approved(
    asked: RecoveryRequest, second: User
) -> None:
    with pytest.raises(RecoveryRefused, match="no longer the one you read"):
        give_approval(asked, second, plan_sha256="0" * 64)


def test_without_a_fresh_proof_nobody_approves(asked: RecoveryRequest, second: User) -> None:
    with pytest.raises(NotAllowed, match="anew"):
        give_approval(asked, second, has_proved=False)


def test_member_of_an_organization_neither_asks_nor_approves(
    asked: RecoveryRequest, alpha: Cast
) -> None:
    administrator = alpha.members["admin"].user
    with pytest.raises(NotAllowed):
        ask(administrator, "alpha")
    with pytest.raises(NotAllowed):
        give_approval(asked, administrator)


@pytest.mark.parametrize(
    ("constraint", "assignment", "values"),
    [
        ("recovery_approved_by_another", "state = 'approved', approved_at = now(),"
         " approved_sha256 = plan_sha256, approved_by_id = requested_by_id", ()),
        ("recovery_way", "state = 'running'", ()),
        ("recovery_way", "state = 'done'", ()),
        ("recovery_stays_as_asked", "target_at = now()", ()),
        ("recovery_digest_true", "plan = plan || ' '", ()),
        ("recovery_runs_what_was_approved", "state = 'approved'", ()),
    ],
)  # fmt: skip
def test_database_refuses_what_no_code_should_do(
    asked: RecoveryRequest, constraint: str, assignment: str, values: tuple[object, ...]
) -> None:
    with pytest.raises(IntegrityError) as refusal:
        set_column(asked, assignment, *values)
    assert refusal.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_database_refuses_to_change_an_approved_plan(asked: RecoveryRequest, second: User) -> None:
    give_approval(asked, second)
    with pytest.raises(IntegrityError) as refusal:
        set_column(asked, "state = 'void', plan = plan || ' '")
    assert refusal.value.__cause__.diag.constraint_name == "recovery_plan_unchanged"  # type: ignore[union-attr]


def test_database_refuses_to_begin_on_an_old_approval(asked: RecoveryRequest, second: User) -> None:
    """R13: even where the code would not look."""
    give_approval(asked, second, at=datetime.now(UTC) - DAY)
    with pytest.raises(IntegrityError) as refusal:
        set_column(asked, "state = 'running'")
    assert refusal.value.__cause__.diag.constraint_name == "recovery_approval_fresh"  # type: ignore[union-attr]


def test_request_says_why_and_names_what_exists(author: User, alpha: Cast) -> None:
    with pytest.raises(Rejected, match="reason"):
        ask(author, "alpha", reason="so")
    with pytest.raises(Rejected, match="has passed"):
        ask(author, "alpha", at=MOMENT)
    with pytest.raises(NotFound):
        ask(author, "nobody")
    with pytest.raises(Rejected, match="small letters"):
        ask(author, "alpha", kind="table", table_name="x; drop")


def test_request_and_its_withdrawal_are_on_record(asked: RecoveryRequest, author: User) -> None:
    assert len(events(asked, "recovery.requested")) == 1
    assert withdraw(request_id=asked.pk, actor=author).state == RecoveryState.WITHDRAWN
    assert len(events(asked, "recovery.withdrawn")) == 1
    assert len(events(asked, "update")) == 2
