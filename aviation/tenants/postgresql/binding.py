"""What a transaction is bound to, and the one SQL text that binds it.

What must never happen: a setting that outlives its transaction. Behind a pooler the next client
would inherit it. So everything is SET LOCAL, and nothing here is ever sent outside a transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import lru_cache

from psycopg import sql

from aviation.tenants.context import (
    NO_ORIGIN,
    Origin,
    acting_user_id,
    bound_organization,
    current_origin,
    is_platform_work,
)
from aviation.tenants.limits import TimeLimits, current_limits

NO_LIMITS = TimeLimits()


@dataclass(frozen=True, slots=True)
class Binding:
    """The settings of one transaction."""

    schema_name: str = ""
    organization_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    is_platform: bool = False
    limits: TimeLimits = NO_LIMITS
    origin: Origin = NO_ORIGIN

    def as_sql(self) -> bytes:
        """SET LOCAL statements, sent in one round trip.

        ``pg_temp`` is named last so that a temporary table never stands in for a real one.
        """
        return _as_sql(replace(self, origin=NO_ORIGIN)) + b"; " + _origin_as_sql(self.origin)


@lru_cache(maxsize=2_048)
def _as_sql(binding: Binding) -> bytes:
    """Composed once for all requests of a person in an organization."""
    schemas = [binding.schema_name, "public"] if binding.schema_name else ["public"]
    path = sql.SQL(", ").join([sql.Identifier(name) for name in [*schemas, "pg_temp"]])
    statements = [
        sql.SQL("SET LOCAL search_path = {}").format(path),
        _setting("app.current_org_id", binding.organization_id),
        _setting("app.current_user_id", binding.user_id),
        _setting("app.platform", "on" if binding.is_platform else None),
        *_limits(binding.limits),
    ]
    return sql.SQL("; ").join(statements).as_bytes(None)


@lru_cache(maxsize=256)
def _origin_as_sql(origin: Origin) -> bytes:
    """Composed once per request: its few transactions share it."""
    statements = [
        _setting("app.client_address", origin.address),
        _setting("app.request_id", origin.request_id),
        _setting("app.work", origin.work),
    ]
    return sql.SQL("; ").join(statements).as_bytes(None)


def _setting(name: str, value: object) -> sql.Composed:
    literal = sql.Literal("" if value is None else str(value))
    return sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), literal)


def _limits(limits: TimeLimits) -> list[sql.Composed]:
    seconds = {"statement_timeout": limits.statement_s, "lock_timeout": limits.lock_s}
    return [
        _setting(name, f"{round(value * 1_000)}ms")
        for name, value in seconds.items()
        if value is not None
    ]


def wanted_binding(usual_limits: TimeLimits = NO_LIMITS) -> Binding:
    """What the running code's context asks for."""
    organization, limits = bound_organization(), current_limits(usual_limits)
    if organization is None:
        return Binding(
            user_id=acting_user_id(),
            is_platform=is_platform_work(),
            limits=limits,
            origin=current_origin(),
        )
    return Binding(
        organization.schema_name,
        organization.id,
        user_id=acting_user_id(),
        limits=limits,
        origin=current_origin(),
    )
