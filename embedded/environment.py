"""What the surrounding environment asks for, and the one our processes get.

Whoever sets DATABASE_URL or REDIS_URL brings that server along, and none is started for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded import backups
from embedded.bootstrap import APP, OWNER, READER
from embedded.errors import EmbeddedError
from embedded.folders import Area, var_folder
from embedded.postgres import THROW_AWAY, TRIAL, Postgres
from embedded.postgres_files import locate
from embedded.redis import Redis
from embedded.secret_file import SIGNING_KEY, SUPERUSER
from embedded.servers import Servers

RUN_SETTINGS, TEST_SETTINGS = "config.settings.dev", "config.settings.test"


@dataclass(frozen=True)
class Wishes:
    """What the surrounding environment asks for; empty text stands for nothing."""

    var: Path
    database_url: str = ""
    owner_url: str = ""
    redis_url: str = ""
    postgres_programs: str = ""
    redis_program: str = ""
    port: str = ""
    backs_up: bool = False


def read_wishes(surroundings: Mapping[str, str]) -> Wishes:
    """Read the variables that concern us.

    Raises EmbeddedError when only half of a database is named.
    """
    wishes = Wishes(
        var=var_folder(surroundings.get("DBX_VAR", "")),
        database_url=surroundings.get("DATABASE_URL", ""),
        owner_url=surroundings.get("DATABASE_OWNER_URL", ""),
        redis_url=surroundings.get("REDIS_URL", ""),
        postgres_programs=surroundings.get("DBX_POSTGRES_BIN", ""),
        redis_program=surroundings.get("DBX_REDIS_BIN", ""),
        port=surroundings.get("DBX_PORT", ""),
        backs_up=surroundings.get("DBX_BACKUP", "") == "1",
    )
    if bool(wishes.database_url) != bool(wishes.owner_url):
        raise EmbeddedError(
            "Set both DATABASE_URL (role dbx_app) and DATABASE_OWNER_URL (role dbx_owner), or"
            " neither: pages run as the one, migrations as the other."
        )
    return wishes


def run_servers(wishes: Wishes, secrets: Mapping[str, str]) -> Servers:
    """Return the servers of the running product that nobody else brings along."""
    postgres = redis = None
    if not wishes.database_url:
        files = locate(wishes.var, named_programs=wishes.postgres_programs)
        settings = backups.archive_settings(files, wishes.var) if wishes.backs_up else {}
        postgres = Postgres(files, secrets, Area(wishes.var), settings)
    if not wishes.redis_url:
        redis = Redis(Area(wishes.var), wishes.redis_program)
    return Servers(postgres, redis)


def test_servers(
    wishes: Wishes, folder: str, secrets: Mapping[str, str], durable: bool
) -> tuple[Postgres, Redis]:
    """Return servers of a test run's own, whatever servers the surroundings name."""
    area = Area(wishes.var / folder)
    files = locate(wishes.var, folder, wishes.postgres_programs)
    postgres = Postgres(files, secrets, area, TRIAL if durable else {**TRIAL, **THROW_AWAY})
    return postgres, Redis(area, wishes.redis_program, durable)


def run_variables(
    surroundings: Mapping[str, str], servers: Servers, secrets: Mapping[str, str], var: Path
) -> dict[str, str]:
    """Return the variables of the running product; what is set outside stays."""
    ours = {
        "DJANGO_SETTINGS_MODULE": RUN_SETTINGS,
        "DBX_SECRET_KEY": secrets[SIGNING_KEY],
        **_addresses(servers.postgres, servers.redis),
    }
    given = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL", "REDIS_URL")
    kept = {name: value for name in (*ours, *given) if (value := surroundings.get(name))}
    return {**ours, **kept, "DBX_VAR": str(var)}


def test_variables(
    postgres: Postgres, redis: Redis, secrets: Mapping[str, str], folder: Path
) -> dict[str, str]:
    """Return the variables of a test run; nothing set outside can lead it to real data."""
    return {
        "DJANGO_SETTINGS_MODULE": TEST_SETTINGS,
        "DBX_SECRET_KEY": secrets[SIGNING_KEY],
        "DBX_VAR": str(folder),
        "DBX_TEST_ADMIN_URL": postgres.url(SUPERUSER, "postgres"),
        **_addresses(postgres, redis),
    }


def operator_variables(wishes: Wishes, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return what only commands of a person get: how to take backups, when that is on."""
    if not wishes.backs_up or wishes.database_url:
        return {}
    files = locate(wishes.var, named_programs=wishes.postgres_programs)
    postgres = Postgres(files, secrets, Area(wishes.var))
    return backups.operator_variables(postgres, wishes.var)


def with_our_programs(surroundings: Mapping[str, str]) -> dict[str, str]:
    """Return the surroundings with the programs of our own Python environment first."""
    ours = str(Path(sys.executable).parent)
    path = f"{ours}{os.pathsep}{surroundings.get('PATH', os.defpath)}"
    return {**surroundings, "PATH": path}


def _addresses(postgres: Postgres | None, redis: Redis | None) -> dict[str, str]:
    addresses = {}
    if postgres:
        addresses["DATABASE_URL"] = postgres.url(APP)
        addresses["DATABASE_OWNER_URL"] = postgres.url(OWNER)
        addresses["DATABASE_READER_URL"] = postgres.url(READER)
        addresses["DBX_BACKUP_FOLDER"] = str(backups.backup_folder(postgres.files))
    if redis:
        addresses["REDIS_URL"] = redis.url
    return addresses
