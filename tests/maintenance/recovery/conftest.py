from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.maintenance.recovery.installations import Installation, installation


@pytest.fixture(scope="module")
def place(django_db_setup: None, django_db_blocker: Any) -> Iterator[Installation]:
    """One installation for the tests of a file, which commit what they do."""
    with django_db_blocker.unblock(), installation() as made:
        yield made
