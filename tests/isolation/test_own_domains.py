"""An organization's own host name leads to its pages, any other name nowhere."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from aviation.common.errors import Conflict, NotFound
from aviation.tenants.domains import add_domain, remove_domain
from aviation.tenants.services import suspend_organization
from tests.conftest import Cast, make_cast


@pytest.fixture
def cast(committing: None) -> Cast:
    return make_cast(f"host-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def host(cast: Cast) -> str:
    name = f"{cast.organization.slug}.example.net"
    add_domain(slug=cast.organization.slug, host=name)
    return name


def visit(host: str, path: str = "/", method: str = "get", **headers: str) -> Any:
    return getattr(Client(), method)(path, headers={"host": host, **headers})


def test_own_host_leads_to_the_organizations_pages(cast: Cast, host: str) -> None:
    answer = visit(host, "/flights/?page=2")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{settings.BASE_URL}{cast.home}flights/?page=2"
    assert answer.headers["Cache-Control"] == "no-store"


def test_address_that_names_the_organization_already_is_kept(cast: Cast, host: str) -> None:
    answer = visit(host, f"{cast.home}flights/")
    assert answer.headers["Location"] == f"{settings.BASE_URL}{cast.home}flights/"


@pytest.mark.parametrize("path", ["//evil.example/", "/@evil.example", "/%0d%0aX: y", "/\\evil"])
def test_leading_stays_at_our_address(cast: Cast, host: str, path: str) -> None:
    location = visit(host, path).headers["Location"]
    assert location.startswith(f"{settings.BASE_URL}/o/{cast.organization.slug}/")
    assert "\r" not in location


def test_port_and_case_do_not_matter(host: str) -> None:
    assert visit(f"{host.upper()}:8443").status_code == 302


def test_unknown_host_is_refused(committing: None) -> None:
    answer = visit("unknown.example.net")
    assert answer.status_code == 400
    assert answer.content == b"This address is not known here."


@pytest.mark.parametrize("name", ["", "exa mple", "a" * 300, "\x00", "[::1", "é.example"])
def test_malformed_host_is_refused(committing: None, name: str) -> None:
    assert visit(name or " ").status_code == 400


def test_program_gets_a_problem_document(committing: None) -> None:
    answer = visit("unknown.example.net", "/api/v1/aircraft/")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


def test_form_is_not_carried_along(host: str) -> None:
    assert visit(host, "/sign-in/", "post").status_code == 400


def test_host_of_a_suspended_organization_looks_unknown(cast: Cast, host: str) -> None:
    suspend_organization(slug=cast.organization.slug)
    assert visit(host).content == visit("unknown.example.net").content


def test_removed_host_leads_nowhere(cast: Cast, host: str) -> None:
    call_command("add_domain", cast.organization.slug, host, remove=True, verbosity=0)
    assert visit(host).status_code == 400
    with pytest.raises(NotFound):
        remove_domain(slug=cast.organization.slug, host=host)


def test_host_belongs_to_one_organization(cast: Cast, host: str) -> None:
    with pytest.raises(ValidationError, match="Another organization uses this host name"):
        add_domain(slug=cast.organization.slug, host=host.upper())


def test_one_cannot_remove_anothers_host(host: str, standing: tuple[Cast, Cast]) -> None:
    with pytest.raises(NotFound):
        remove_domain(slug=standing[0].organization.slug, host=host)


def test_our_own_host_cannot_be_taken(cast: Cast) -> None:
    with pytest.raises(Conflict, match="own host name"):
        add_domain(slug=cast.organization.slug, host="localhost")


@pytest.mark.parametrize(
    "name", ["example", "10.0.0.1", "a.example:80", "http://a.example", "*.example", "-a.example"]
)
def test_what_is_no_host_name_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError, match="Give a host name"):
        add_domain(slug=cast.organization.slug, host=name)


def test_trial_adds_nothing(cast: Cast) -> None:
    call_command("add_domain", cast.organization.slug, "dry.example.net", dry_run=True, verbosity=0)
    assert visit("dry.example.net").status_code == 400
