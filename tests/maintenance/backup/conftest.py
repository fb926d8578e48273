from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.maintenance.backup.clusters import Cluster, end, make_cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One archiving server for the tests of a file; those that break the store make their own."""
    made = make_cluster()
    yield made
    end(made)
