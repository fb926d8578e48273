from __future__ import annotations

import pytest

from tests.api.build import Things, make_things
from tests.conftest import Cast


@pytest.fixture
def things(alpha: Cast) -> Things:
    """One of everything in Alpha."""
    return make_things(alpha)
