"""Every role, every resource, every act: the permissions written out once more, by hand."""

from __future__ import annotations

import itertools
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.choices import Role
from accounts.members.permissions_page import permissions_page
from accounts.roles import PERMISSIONS, Action, Resource, is_allowed

LETTERS = {"V": Action.VIEW, "A": Action.ADD, "C": Action.CHANGE, "D": Action.DELETE}
ROLES = ("admin", "manager", "analyst", "pilot", "user", "readonly")
TABLE = """
organization  VC   V    V    V    V    V
member        VAC  V    -    -    -    -
api_key       VACD VACD -    -    -    -
aircraft      VACD VAC  V    V    V    V
flight        VACD VACD V    VAC  VAC  V
flight_log    VACD VACD VAC  VAC  VAC  V
telemetry     VA   VA   V    VA   VA   V
analysis      VA   VA   VA   V    V    V
analytics     VC   VC   V    -    V    V
admin_site    V    V    V    -    -    -
audit         V    V    -    -    -    -
"""
ROWS = {
    name: dict(zip(ROLES, acts, strict=True))
    for name, *acts in map(str.split, TABLE.split("\n")[1:-1])
}


def test_table_names_every_role_and_resource() -> None:
    assert set(ROLES) == set(Role.values)
    assert set(ROWS) == set(Resource)


@pytest.mark.parametrize(
    ("role", "resource", "letter"), list(itertools.product(ROLES, ROWS, LETTERS))
)
def test_role_may_what_the_table_says_and_no_more(role: str, resource: str, letter: str) -> None:
    allowed = is_allowed(role, LETTERS[letter], Resource(resource))
    assert allowed == (letter in ROWS[resource][role])


@pytest.mark.parametrize("role", ["", "owner", "ADMIN"])
def test_unknown_role_may_nothing(role: str) -> None:
    assert not any(is_allowed(role, action, resource) for resource, action in PERMISSIONS)


def test_documentation_shows_the_tables_the_code_asks() -> None:
    """Rewrite it with: python manage.py roles --markdown > docs/roles.md"""
    assert Path(settings.ROOT, "docs", "roles.md").read_text() == permissions_page()


def test_command_writes_the_page_and_the_plain_list() -> None:
    page, plain = StringIO(), StringIO()
    call_command("roles", markdown=True, stdout=page)
    call_command("roles", stdout=plain)
    assert page.getvalue() == permissions_page()
    assert "Pilot\n  organization   view\n" in plain.getvalue()
