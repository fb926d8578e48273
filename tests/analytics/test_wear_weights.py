"""The weights of the wear score: previewed, put to use as versions, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Membership
from analytics.calculations.wear import WearLevel
from analytics.calculations.wear_weights import NAMES, PUBLISHED
from analytics.models import WearWeights
from analytics.reading.wear import wear_list, weights_in_use
from analytics.wear_weights.services import activate_weights, preview, propose
from aviation.audit.models import AuditEvent
from aviation.common.errors import Conflict, NotAllowed
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from tests.conftest import Cast

HEAVY = replace(PUBLISHED, overdue=Decimal(60))
PAGE = "admin/analytics/wearweights/"


@pytest.fixture
def overdue(alpha: Cast) -> Cast:
    """Alpha's aircraft is overdue: 30 points and HIGH by the published weights."""
    with tenant_context(alpha.organization):
        yesterday = timezone.localdate() - timedelta(days=1)
        Aircraft.objects.filter(pk=alpha.aircraft.pk).update(next_maintenance_on=yesterday)
    return alpha


def put_to_use(cast: Cast, *, role: str = Role.MANAGER, **values: Any) -> WearWeights:
    wanted = {"weights": HEAVY, "replacing": 1} | values
    return activate_weights(membership=cast.members[role], **wanted)


def entered(**values: Any) -> dict[str, str]:
    """The form as a browser sends it: the published weights, but for ``values``."""
    wanted = asdict(PUBLISHED) | {"note": "", "replacing": 1} | values
    return {name: str(value) for name, value in wanted.items()}


# --- the service -----------------------------------------------------------------------------


def test_published_weights_are_version_1_without_a_row(in_alpha: Cast) -> None:
    assert weights_in_use() == (1, PUBLISHED)


def test_new_weights_count_from_then_on(overdue: Cast) -> None:
    with tenant_context(overdue.organization):
        before = wear_list(timezone.now())[0]
        row = put_to_use(overdue, note="Rain season")
        after = wear_list(timezone.now())[0]
        assert (row.number, row.note, row.is_active) == (2, "Rain season", True)
    assert (before.weights_version, before.wear.score, before.wear.level) == (1, 30, "high")
    assert (after.weights_version, after.wear.score, after.wear.level) == (2, 60, "urgent")


def test_versions_are_kept_and_one_is_in_use(in_alpha: Cast) -> None:
    put_to_use(in_alpha)
    put_to_use(in_alpha, weights=PUBLISHED, replacing=2)
    versions = WearWeights.objects.order_by("number")
    assert [(each.number, each.is_active) for each in versions] == [(2, False), (3, True)]
    assert [each.weights for each in versions] == [HEAVY, PUBLISHED]
    assert weights_in_use() == (3, PUBLISHED)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.PILOT, Role.USER, Role.READONLY])
def test_only_managers_put_weights_to_use(role: str, in_alpha: Cast) -> None:
    with pytest.raises(NotAllowed):
        put_to_use(in_alpha, role=role)
    assert not WearWeights.objects.exists()


@pytest.mark.parametrize("replacing", [0, 2, 3])
def test_weights_previewed_against_others_are_refused(replacing: int, in_alpha: Cast) -> None:
    with pytest.raises(Conflict, match="meanwhile"):
        put_to_use(in_alpha, replacing=replacing)


def test_second_of_two_previews_of_the_same_version_is_refused(in_alpha: Cast) -> None:
    put_to_use(in_alpha)
    with pytest.raises(Conflict, match="meanwhile"):
        put_to_use(in_alpha, weights=PUBLISHED, replacing=1)
    assert weights_in_use() == (2, HEAVY)


@pytest.mark.parametrize(
    "change",
    [
        {"motor": Decimal(-1)},
        {"high_from": Decimal(70)},
        {"overdue": Decimal(5)},
        {"urgent_from": Decimal("49.95")},  # 49.9 is shown on either side of it
        {"medium_from": Decimal("15.001")},
    ],
)
def test_senseless_weights_are_refused(change: dict[str, Decimal], in_alpha: Cast) -> None:
    with pytest.raises(ValidationError):
        put_to_use(in_alpha, weights=replace(PUBLISHED, **change))
    with pytest.raises(ValidationError):
        propose(asdict(PUBLISHED) | change)


@pytest.mark.parametrize(
    "change",
    [
        {"motor": -1},
        {"motor": 1_001},
        {"urgent_from": 30},
        {"medium_from": 0},
        {"due_in_7_days": 31},
        {"number": 1},
        {"number": 3},  # beside the one in use
    ],
    ids=str,
)
def test_database_refuses_what_the_service_would(change: dict[str, int], in_alpha: Cast) -> None:
    put_to_use(in_alpha)
    row = WearWeights(
        **asdict(PUBLISHED)
        | {"number": 3, "is_active": "number" in change}
        | {"created_by": in_alpha.members[Role.MANAGER]}
        | change
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_author_is_of_the_same_organization(in_alpha: Cast, bravo: Cast) -> None:
    stranger = bravo.members[Role.MANAGER]
    with pytest.raises(ValidationError), transaction.atomic():
        activate_weights(membership=stranger, weights=HEAVY, replacing=1)
    row = WearWeights(number=2, created_by_id=stranger.pk, **asdict(HEAVY))
    with pytest.raises(DatabaseError, match="organization"), transaction.atomic():
        row.save(force_insert=True)


def test_new_version_is_on_record(in_alpha: Cast) -> None:
    put_to_use(in_alpha, note="Rain season")
    put_to_use(in_alpha, weights=PUBLISHED, replacing=2)
    events = AuditEvent.objects.filter(table_name="wear_weights").order_by("id")
    told = [(each.object_id, each.action, each.after.get("is_active")) for each in events]
    assert told == [("2", "insert", True), ("2", "update", False), ("3", "insert", True)]
    assert events[0].after["overdue"] == 60


def test_other_organization_s_weights_stay_theirs(alpha: Cast, bravo: Cast) -> None:
    with tenant_context(alpha.organization):
        put_to_use(alpha)
    with tenant_context(bravo.organization):
        assert weights_in_use() == (1, PUBLISHED)


def test_preview_shows_old_and_new_and_changes_nothing(overdue: Cast) -> None:
    with tenant_context(overdue.organization):
        Aircraft.objects.create(registration="CALM")
        Aircraft.objects.create(registration="OLD", status="retired")
        lines = preview(HEAVY, timezone.now())
        assert weights_in_use() == (1, PUBLISHED)
    shown = [
        (each.aircraft.registration, each.old_score, each.new_score, each.old_level, each.new_level)
        for each in lines
    ]
    assert shown == [
        ("ALPHA-1", 30, 60, WearLevel.HIGH, WearLevel.URGENT),
        ("CALM", 0, 0, WearLevel.LOW, WearLevel.LOW),
    ]
    assert [each.is_other_level for each in lines] == [True, False]


# --- the admin -------------------------------------------------------------------------------


def test_form_begins_with_the_weights_in_use(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        put_to_use(alpha)
    page = manager.get(f"{alpha.home}{PAGE}add/")
    assert page.context["form"]["overdue"].value() == Decimal(60)
    assert page.context["form"]["replacing"].value() == 2


def test_posting_shows_the_preview_and_saves_nothing(overdue: Cast, manager: Client) -> None:
    page = manager.post(f"{overdue.home}{PAGE}add/", entered(overdue=60, note="Rain <season>"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "ALPHA-1" in text
    assert "URGENT (changed)" in text
    assert "Rain &lt;season&gt;" in text
    with tenant_context(overdue.organization):
        assert not WearWeights.objects.exists()


def test_confirming_puts_them_to_use(overdue: Cast, manager: Client) -> None:
    shown = manager.post(f"{overdue.home}{PAGE}add/", entered(overdue=60, note="Rain season"))
    form = shown.context["form"]
    again = {field.name: str(field.value()) for field in form} | {"_confirm": "1"}
    answer = manager.post(f"{overdue.home}{PAGE}add/", again, follow=True)
    assert "Version 2 is in use from now on." in answer.content.decode()
    with tenant_context(overdue.organization):
        number, weights = weights_in_use()
        row = WearWeights.objects.get()
    assert (number, weights, row.note) == (2, HEAVY, "Rain season")
    assert row.created_by_id == overdue.members[Role.MANAGER].pk


def test_going_back_from_the_preview_keeps_what_was_entered(alpha: Cast, manager: Client) -> None:
    page = manager.post(f"{alpha.home}{PAGE}add/", entered(overdue=60) | {"_edit": "1"})
    assert page.context["form"]["overdue"].value() == "60"
    assert "Preview on the fleet" in page.content.decode()


def test_confirming_an_old_preview_is_refused_with_a_message(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        put_to_use(alpha)
    body = entered(overdue=40, replacing=1) | {"_confirm": "1"}
    page = manager.post(f"{alpha.home}{PAGE}add/", body, follow=True)
    assert "other weights to use meanwhile" in page.content.decode()
    with tenant_context(alpha.organization):
        assert weights_in_use() == (2, HEAVY)


@pytest.mark.parametrize("button", ["", "_confirm"])
@pytest.mark.parametrize(
    "values",
    [
        {"motor": "-1"},
        {"motor": "much"},
        {"motor": ""},
        {"motor": "1e400"},
        {"motor": "NaN"},
        {"battery": "0.12345"},
        {"battery": "1001"},
        {"high_from": "60"},
        {"overdue": "3"},
        {"replacing": "x"},
        {"note": "n" * 301},
        {"note": "a\x00b"},
    ],
    ids=str,
)
def test_bad_values_come_back_with_the_form(
    values: dict[str, str], button: str, alpha: Cast, manager: Client
) -> None:
    page = manager.post(f"{alpha.home}{PAGE}add/", entered(**values) | {button: "1"})
    assert page.status_code == 200
    assert "Please correct the errors below." in page.content.decode()
    with tenant_context(alpha.organization):
        assert not WearWeights.objects.exists()


@pytest.mark.parametrize("role", Role.values)
def test_role_decides_who_sees_and_who_adds(
    role: str, alpha: Cast, sign_in: Callable[[Membership], Client]
) -> None:
    client = sign_in(alpha.members[role])
    sees = role in (Role.ADMIN, Role.MANAGER, Role.ANALYST)
    adds = role in (Role.ADMIN, Role.MANAGER)
    assert client.get(f"{alpha.home}{PAGE}").status_code == (200 if sees else 403)
    assert client.get(f"{alpha.home}{PAGE}add/").status_code == (200 if adds else 403)
    confirmed = client.post(f"{alpha.home}{PAGE}add/", entered(overdue=60) | {"_confirm": "1"})
    assert confirmed.status_code == (302 if adds else 403)
    with tenant_context(alpha.organization):
        assert WearWeights.objects.exists() == adds


def test_outsider_reaches_none_of_it(alpha: Cast, outsider: Client) -> None:
    for page in (PAGE, f"{PAGE}add/", f"{PAGE}2/change/"):
        assert outsider.get(alpha.home + page).status_code == 404


def test_version_is_looked_at_and_never_changed(alpha: Cast, manager: Client) -> None:
    with tenant_context(alpha.organization):
        put_to_use(alpha, note="Rain season")
    page = f"{alpha.home}{PAGE}2/change/"
    assert "Rain season" in manager.get(page).content.decode()
    assert "Rain season" in manager.get(alpha.home + PAGE).content.decode()
    assert manager.post(page, entered(overdue=99)).status_code == 403
    assert manager.post(f"{alpha.home}{PAGE}2/delete/", {"post": "yes"}).status_code == 403
    with tenant_context(alpha.organization):
        assert [each.weights for each in WearWeights.objects.all()] == [HEAVY]


def test_every_weight_has_a_field(alpha: Cast, manager: Client) -> None:
    page = manager.get(f"{alpha.home}{PAGE}add/")
    shown = [field.name for _, fields in page.context["form"].groups for field in fields]
    assert shown == list(NAMES)


def test_list_without_versions_says_what_is_in_use(alpha: Cast, manager: Client) -> None:
    text = manager.get(alpha.home + PAGE).content.decode()
    assert "Version 1 is the published one" in text
