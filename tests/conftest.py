"""The fixed cast and the real servers behind every test.

Requests and queries run as the application role, never as a superuser: otherwise row level
security would not be exercised. Two organizations, Alpha and Bravo, stand for the whole run; a
test's own changes are rolled back. Tests that need commits use ``fresh_organization``.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership
from accounts.services import add_member
from aviation.fleet.models import Aircraft
from aviation.tenants.context import tenant_context
from aviation.tenants.models import Organization
from aviation.tenants.services import open_organization
from embedded.bootstrap import bootstrap

PASSWORD = "a quiet runway at dawn"
REDIS_PATIENCE_S = 10
CACHE_TIMEOUTS = ("SOCKET_CONNECT_TIMEOUT", "SOCKET_TIMEOUT")
OWN_CACHE_TIMEOUTS = {
    name: settings.CACHES["default"]["OPTIONS"][name]  # type: ignore[index]
    for name in CACHE_TIMEOUTS
}
"""The product's, in seconds, for tests of a Redis that is away."""

# How long an example takes is a matter of what else the machine does, and no verdict on the code.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files, in random order but for this: those with a slow test first, the largest next.

    Begun last, a slow one would leave the other test processes without work.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -tests[item.path]))


@dataclass(frozen=True)
class Cast:
    """One organization with a member of every role and an aircraft."""

    organization: Organization
    members: dict[str, Membership]
    aircraft: Aircraft

    @property
    def home(self) -> str:
        return f"/o/{self.organization.slug}/"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(worker_id: str) -> None:
    """Every test process has a database, a Redis database and files of its own."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    name = f"dbx_test_{worker_id}{os.environ.get('DBX_TEST_SUFFIX', '')}"
    for alias in settings.DATABASES:
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name
    settings.RATE_LIMIT_PREFIX = f"dbx-test-{number}-limit"
    for alias in settings.CACHES:
        settings.CACHES[alias]["KEY_PREFIX"] = f"dbx-test-{number}-{alias}"
        options = cast("dict[str, object]", settings.CACHES[alias]["OPTIONS"])
        options |= dict.fromkeys(CACHE_TIMEOUTS, REDIS_PATIENCE_S)
        if hasattr(caches._connections, alias):  # type: ignore[attr-defined]  # made before the prefix was known
            del caches[alias]


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_blocker: pytest.FixtureRequest,
    django_db_modify_db_settings: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        name = str(settings.DATABASES["default"]["NAME"])
        bootstrap(os.environ["DBX_TEST_ADMIN_URL"], name, _role_passwords())
        call_command("migrate", verbosity=0)
        yield
        for connection in connections.all():
            connection.close()


def _role_passwords() -> dict[str, str]:
    """The passwords the environment's own addresses carry: bootstrap sets exactly these."""
    names = ("DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_READER_URL")
    urls = [urlsplit(os.environ[name]) for name in names]
    return {unquote(url.username or ""): unquote(url.password or "") for url in urls}


@pytest.fixture(scope="session", autouse=True)
def patient_with_redis() -> Iterator[None]:
    """A busy machine shall not decide what is found in Redis; the product waits for moments only.

    Tests of a Redis that is away bring the product's own patience.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ANSWER_TIMEOUT_S", "CONNECT_TIMEOUT_S"):
            patch.setattr(f"aviation.caching.shared.{name}", REDIS_PATIENCE_S)
        patch.setattr("accounts.api_keys.usage.PATIENCE_S", REDIS_PATIENCE_S)
        yield


@pytest.fixture(scope="session")
def casts(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[str, Cast]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return {slug: make_cast(slug) for slug in ("alpha", "bravo")}


def make_cast(slug: str) -> Cast:
    """Open an organization with a member of each role and one aircraft, committed."""
    existing = _existing(slug)
    if existing is not None:
        return existing
    organization = open_organization(slug=slug, name=slug.title())
    members = {
        role: add_member(
            organization=organization,
            email=f"{role}@{slug}.example.org",
            role=role,
            full_name=f"{slug.title()} {role.title()}",
            password=PASSWORD,
        )
        for role in Role.values
    }
    with tenant_context(organization), transaction.atomic():
        aircraft = Aircraft.objects.create(
            registration=f"{slug.upper()}-1", name=f"{slug.title()} One", aircraft_type="multirotor"
        )
    return Cast(organization, members, aircraft)


def _existing(slug: str) -> Cast | None:
    """The cast of an earlier run against a database that was kept."""
    from aviation.tenants.context import platform_context

    with platform_context(), transaction.atomic():
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            return None
        members = {m.role: m for m in Membership.objects.filter(organization=organization)}
    with tenant_context(organization), transaction.atomic():
        aircraft = Aircraft.objects.get(registration=f"{slug.upper()}-1")
    return Cast(organization, members, aircraft)


@pytest.fixture
def alpha(db: None, casts: dict[str, Cast]) -> Cast:
    return casts["alpha"]


@pytest.fixture
def bravo(db: None, casts: dict[str, Cast]) -> Cast:
    return casts["bravo"]


@pytest.fixture
def in_alpha(alpha: Cast) -> Iterator[Cast]:
    """Alpha, bound for the whole test."""
    with tenant_context(alpha.organization):
        yield alpha


@pytest.fixture
def sign_in(db: None) -> Callable[[Membership], Client]:
    """A browser signed in as a member."""

    def sign_in(membership: Membership) -> Client:
        client = Client()
        client.force_login(membership.user)
        return client

    return sign_in


@pytest.fixture
def manager(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(alpha.members[Role.MANAGER])


@pytest.fixture
def viewer(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    return sign_in(alpha.members[Role.READONLY])


@pytest.fixture
def outsider(bravo: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    """The administrator of the other organization."""
    return sign_in(bravo.members[Role.ADMIN])


@pytest.fixture
def fresh_organization(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[Cast]:
    """An organization of the test's own, really committed; it may write as it likes."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield make_cast(f"fresh-{uuid.uuid4().hex[:12]}")
        for connection in connections.all():
            connection.close()


@pytest.fixture(scope="session")
def sample_logs() -> Path:
    """The folder of real logs; tests that need it skip where it is not there."""
    folder = os.environ.get("DBX_SAMPLE_LOGS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("DBX_SAMPLE_LOGS names no folder with real flight logs")
    return Path(folder)
