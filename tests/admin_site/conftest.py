from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import Membership, User
from tests.api.build import Things, make_things
from tests.conftest import Cast


@pytest.fixture
def things(alpha: Cast) -> Things:
    """One of everything in Alpha."""
    return make_things(alpha)


@pytest.fixture
def theirs(bravo: Cast) -> Things:
    """One of everything in Bravo."""
    return make_things(bravo)


@pytest.fixture
def admin(alpha: Cast, sign_in: Callable[[Membership], Client]) -> Client:
    """Alpha's administrator."""
    return sign_in(alpha.members[Role.ADMIN])


@pytest.fixture
def staff(db: None) -> Client:
    """One of those who run the installation; a member of nothing."""
    client = Client()
    client.force_login(User.objects.create_superuser("staff@example.org", "a long enough one"))
    return client
