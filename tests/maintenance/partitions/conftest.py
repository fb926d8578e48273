"""An organization whose partitions may be spoiled: nothing of it is left for other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aviation.tenants.closing import _remove_rows
from tests.conftest import Cast


@pytest.fixture
def spoilt(fresh_organization: Cast) -> Iterator[Cast]:
    yield fresh_organization
    _remove_rows(fresh_organization.organization)
