"""Which organization and which person the running code acts for, and where the work comes from.

Held in context variables, not on a connection: every thread starts with none, ``sync_to_async``
and tasks carry their own, and leaving a context restores exactly what was there. The database
backend reads them when a transaction's first cursor is opened and binds the transaction to them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

import structlog


class OrganizationLike(Protocol):
    """An Organization, or whatever else knows these three."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def slug(self) -> str: ...
    @property
    def schema_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class BoundOrganization:
    """The organization bound now, reduced to what binding needs."""

    id: uuid.UUID
    slug: str
    schema_name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the work comes from, for the audit trail. Without one it is done by hand."""

    address: str = ""
    """The client's IP address; empty when unknown."""
    request_id: str = ""
    work: str = ""
    """Name of the task or command."""


NO_ORIGIN = Origin()


class NoOrganization(RuntimeError):
    """Code that works for an organization ran without one: a fault of ours, never a person's."""


_organization: ContextVar[BoundOrganization | None] = ContextVar("organization", default=None)
_user_id: ContextVar[uuid.UUID | None] = ContextVar("user_id", default=None)
_is_platform: ContextVar[bool] = ContextVar("is_platform", default=False)
_origin: ContextVar[Origin] = ContextVar("origin", default=NO_ORIGIN)


def bound_organization() -> BoundOrganization | None:
    return _organization.get()


def require_organization() -> BoundOrganization:
    """The organization bound now. Raises NoOrganization when there is none."""
    organization = _organization.get()
    if organization is None:
        raise NoOrganization("This work needs a bound organization.")
    return organization


def acting_user_id() -> uuid.UUID | None:
    return _user_id.get()


def current_origin() -> Origin:
    return _origin.get()


def is_platform_work() -> bool:
    """Whether the code acts for the installation itself, across organizations."""
    return _is_platform.get()


@contextmanager
def tenant_context(organization: OrganizationLike) -> Iterator[BoundOrganization]:
    """Bind ``organization`` for the block. Queries inside need a transaction."""
    bound = BoundOrganization(organization.id, organization.slug, organization.schema_name)
    token = _organization.set(bound)
    try:
        with structlog.contextvars.bound_contextvars(organization=bound.slug):
            yield bound
    finally:
        _organization.reset(token)


@contextmanager
def acting_as(user_id: uuid.UUID | None) -> Iterator[None]:
    """Name the person for the block; the audit trail and the shared tables' policies read it."""
    token = _user_id.set(user_id)
    try:
        with structlog.contextvars.bound_contextvars(user=str(user_id) if user_id else None):
            yield
    finally:
        _user_id.reset(token)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Name the request, task or command for the block; the audit trail records it."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


@contextmanager
def platform_context() -> Iterator[None]:
    """Act for the installation itself: no organization bound, all organizations listed.

    For operator commands, the scheduler and platform staff only; organizations' own tables stay
    out of reach until one of them is bound.
    """
    organization, platform = _organization.set(None), _is_platform.set(True)
    try:
        yield
    finally:
        _is_platform.reset(platform)
        _organization.reset(organization)
