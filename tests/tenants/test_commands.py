"""``manage.py list_organizations`` and ``suspend_organization``, as an operator types them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import platform_context
from aviation.tenants.models import Organization
from tests.conftest import Cast


def run(command: str, *arguments: str) -> str:
    told = StringIO()
    call_command(command, *arguments, stdout=told)
    return told.getvalue()


def status(cast: Cast) -> str:
    with platform_context():
        return Organization.objects.get(pk=cast.organization.pk).status


def test_organizations_are_listed_with_code_status_and_name(alpha: Cast, bravo: Cast) -> None:
    lines = [line.split() for line in run("list_organizations").splitlines()]
    assert ["alpha", "Active", "Alpha"] in lines
    assert ["bravo", "Active", "Bravo"] in lines


def test_organizations_are_listed_for_programs(alpha: Cast, bravo: Cast) -> None:
    run("suspend_organization", "bravo")
    listed = {each["slug"]: each for each in json.loads(run("list_organizations", "--json"))}
    assert listed["alpha"] == {
        "slug": "alpha",
        "name": "Alpha",
        "status": "active",
        "schema": alpha.organization.schema_name,
        "opened_at": alpha.organization.created_at.isoformat(),
    }
    assert listed["bravo"]["status"] == "suspended"


def test_empty_installation_says_how_to_open_an_organization(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Organization.objects, "all", Organization.objects.none)
    assert "manage.py open_organization" in run("list_organizations")
    assert json.loads(run("list_organizations", "--json")) == []


def test_suspension_and_return_are_told_and_done(alpha: Cast) -> None:
    told = run("suspend_organization", "alpha")
    assert told == "Alpha is suspended; nobody gets in, its data is kept.\n"
    assert status(alpha) == OrganizationStatus.SUSPENDED
    assert run("suspend_organization", "alpha", "--resume") == "Alpha is open again.\n"
    assert status(alpha) == OrganizationStatus.ACTIVE


def test_dry_run_changes_nothing(alpha: Cast) -> None:
    told = run("suspend_organization", "alpha", "--dry-run")
    assert told == "Alpha would be suspended; nobody gets in, its data is kept.\n"
    assert status(alpha) == OrganizationStatus.ACTIVE


@pytest.mark.parametrize("extra", [[], ["--dry-run"]])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "There is no organization 'nobody'."),
        (["alpha", "--resume"], "Alpha is active."),
    ],
)
def test_what_cannot_be_done_ends_in_words_and_a_bad_exit_code(
    arguments: list[str], told: str, extra: list[str], alpha: Cast
) -> None:
    with pytest.raises(CommandError, match=told) as failure:
        run("suspend_organization", *arguments, *extra)
    assert failure.value.returncode == 1


def test_organization_is_not_suspended_twice(alpha: Cast) -> None:
    run("suspend_organization", "alpha")
    with pytest.raises(CommandError, match="Alpha is suspended"):
        run("suspend_organization", "alpha")
