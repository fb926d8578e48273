"""What a data directory says about itself, read without any program of PostgreSQL."""

from __future__ import annotations

import struct
from pathlib import Path

from aviation.common.errors import DomainError


class NoCluster(DomainError):
    """The folder is no data directory of PostgreSQL."""

    code = "no_cluster"


def system_identifier(data: Path) -> int:
    """The number initdb gave the cluster: the first 8 bytes of its control file."""
    try:
        with (data / "global" / "pg_control").open("rb") as file:
            return int(struct.unpack("=Q", file.read(8))[0])
    except (OSError, struct.error) as error:
        raise NoCluster(f"{data} is no data directory of PostgreSQL: {error}.") from error
