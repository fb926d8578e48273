"""Suspended, resumed, renamed: who gets in, and under which address."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client

from accounts.choices import Role
from aviation.common.errors import Conflict, NotFound
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from aviation.tenants.lookup import active_organizations, find_active, find_organization
from aviation.tenants.models import Organization
from aviation.tenants.services import (
    rename_organization,
    resume_organization,
    set_time_zone,
    suspend_organization,
)
from aviation.tenants.time_zones import known_time_zones
from tests.conftest import Cast, make_cast

API = "/api/v1/aircraft/"


@pytest.fixture
def cast(committing: None) -> Cast:
    return make_cast(f"life-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Signed in before anything happens to the organization."""
    client = Client()
    client.force_login(cast.members[Role.ADMIN].user)
    return client


def is_in(browser: Client, address: str) -> bool:
    return browser.get(address).status_code == 200


def test_member_of_an_active_organization_gets_in(browser: Client, cast: Cast) -> None:
    assert is_in(browser, cast.home)
    assert is_in(browser, API)


def test_suspension_refuses_pages_and_programs_at_once(browser: Client, cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    assert browser.get(cast.home).status_code == 404
    assert browser.get(API).status_code == 403


def test_suspended_organization_looks_like_none(browser: Client, cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    suspended, missing = browser.get(cast.home), browser.get("/o/never-was/")
    token = rb'value="[A-Za-z0-9]{64}"'  # against forged forms, new each time
    assert re.sub(token, b"", suspended.content) == re.sub(token, b"", missing.content)
    assert suspended.headers.keys() == missing.headers.keys()


def test_suspension_stops_queued_work(cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    with pytest.raises(NotFound):
        find_active(cast.organization.id)
    assert cast.organization not in active_organizations()


def test_signing_in_offers_no_suspended_organization(cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    client = Client()
    client.force_login(cast.members[Role.PILOT].user)
    assert f'href="{cast.home}"' not in client.get("/").content.decode()


def test_signing_in_offers_an_active_organization(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.members[Role.PILOT].user)
    assert client.get("/").headers["Location"] == cast.home


def test_resumed_organization_lets_in_again(browser: Client, cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    resume_organization(slug=cast.organization.slug)
    assert is_in(browser, cast.home)


def test_nothing_is_suspended_twice(cast: Cast) -> None:
    suspend_organization(slug=cast.organization.slug)
    with pytest.raises(Conflict, match="is suspended"):
        suspend_organization(slug=cast.organization.slug)


def test_active_organization_cannot_be_resumed(cast: Cast) -> None:
    with pytest.raises(Conflict, match="is active"):
        resume_organization(slug=cast.organization.slug)


def test_renamed_organization_answers_at_its_new_address_only(browser: Client, cast: Cast) -> None:
    new = f"new-{uuid.uuid4().hex[:12]}"
    call_command("rename_organization", cast.organization.slug, new_slug=new, verbosity=0)
    assert is_in(browser, f"/o/{new}/")
    assert browser.get(cast.home).status_code == 404


def test_renaming_leaves_schema_and_data_alone(cast: Cast) -> None:
    new = f"new-{uuid.uuid4().hex[:12]}"
    renamed = rename_organization(slug=cast.organization.slug, new_slug=new, new_name="New")
    assert renamed.schema_name == cast.organization.schema_name
    assert renamed.name == "New"
    from django.db import transaction

    with tenant_context(renamed), transaction.atomic():
        assert Aircraft.objects.get() == cast.aircraft


def test_code_of_another_organization_is_refused(cast: Cast, standing: tuple[Cast, Cast]) -> None:
    with pytest.raises(ValidationError, match="with this code already"):
        rename_organization(
            slug=cast.organization.slug, new_slug=standing[0].organization.slug.upper().lower()
        )


@pytest.mark.parametrize("code", ["Ab", "a", "1abc", "a_b", "-ab", "ab-", "x" * 41, "a/b"])
def test_bad_code_is_refused(cast: Cast, code: str) -> None:
    with pytest.raises(ValidationError):
        rename_organization(slug=cast.organization.slug, new_slug=code)


def test_renaming_without_anything_new_is_refused(cast: Cast) -> None:
    with pytest.raises(CommandError, match="Say what to change"):
        call_command("rename_organization", cast.organization.slug)


def test_trial_renaming_changes_nothing(cast: Cast) -> None:
    call_command(
        "rename_organization", cast.organization.slug, new_slug="other", dry_run=True, verbosity=0
    )
    assert find_active(cast.organization.id).slug == cast.organization.slug


def test_unknown_organization_cannot_be_renamed(committing: None) -> None:
    with pytest.raises(NotFound):
        rename_organization(slug="never-was", new_name="x")


def test_application_cannot_make_or_remove_organizations(cast: Cast) -> None:
    """Only the owner's connection can: the web process has none."""
    from django.db import ProgrammingError, transaction

    from aviation.tenants.context import platform_context

    with platform_context():
        with pytest.raises(ProgrammingError), transaction.atomic():
            Organization.objects.create(slug="sneaked-in", name="Sneaked in")
        with pytest.raises(ProgrammingError), transaction.atomic():
            Organization.objects.filter(pk=cast.organization.pk)._raw_delete("default")


def test_time_zone_is_set_by_command(cast: Cast) -> None:
    slug = cast.organization.slug
    assert cast.organization.time_zone == "UTC"
    call_command("set_time_zone", slug, "Asia/Kathmandu", "--dry-run", verbosity=0)
    assert find_organization(slug).time_zone == "UTC"
    call_command("set_time_zone", slug, "Asia/Kathmandu", verbosity=0)
    assert find_organization(slug).zone.key == "Asia/Kathmandu"


@pytest.mark.parametrize("name", ["", "Zurich", "europe/zurich", "UTC+2", "localtime", "../etc"])
def test_unknown_time_zone_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError, match=r"Give a time zone|cannot be blank"):
        set_time_zone(slug=cast.organization.slug, time_zone=name)


def test_database_knows_every_time_zone_that_can_be_chosen(committing: None) -> None:
    """Otherwise an organization's figures could never be made."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        assert set(known_time_zones()) <= {row[0] for row in cursor.fetchall()}
