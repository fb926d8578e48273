"""Encrypting again, under the current key, what was sealed under an older one.

Each value is replaced by a statement of its own that holds only while the value is still the one
that was read. So the work may be killed at any moment and begun again, people may set up a second
step meanwhile, and a value that cannot be read is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from accounts.models import SigningKey, TotpDevice
from accounts.tokens.keys import purpose_of as purpose_of_signing_key
from aviation.audit.events import record_event
from aviation.common.sealing import CannotUnseal, is_sealed_with_current_key, seal, unseal

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SealedKind:
    """One column of sealed values, and what each is sealed for."""

    name: str
    model: type[models.Model]
    field: str
    purpose_of: Callable[[Any], str]


KINDS: tuple[SealedKind, ...] = (
    SealedKind(
        "authenticator apps", TotpDevice, "sealed_secret", lambda app: f"totp:{app.user_id}"
    ),
    SealedKind(
        "token signing keys",
        SigningKey,
        "sealed_private_key",
        lambda key: purpose_of_signing_key(key.kid),
    ),
)


@dataclass(slots=True)
class Tally:
    """Of one kind: how many values are sealed how."""

    name: str
    current: int = 0
    older: int = 0
    unreadable: int = 0
    resealed: int = 0


def reseal(kind: SealedKind, *, apply: bool) -> Tally:
    """Count the kind's values and, if told so, seal the older ones again."""
    tally = Tally(kind.name)
    for row in _rows(kind):
        sealed = bytes(getattr(row, kind.field))
        secret = _read(sealed, kind.purpose_of(row))
        if secret is None:
            tally.unreadable += 1
        elif is_sealed_with_current_key(sealed):
            tally.current += 1
        else:
            tally.older += 1
            if apply and _replace(kind, row, sealed, secret):
                tally.resealed += 1
    if tally.resealed:
        _note(tally)
    return tally


def _rows(kind: SealedKind) -> Iterator[models.Model]:
    """All rows in the order of their keys, some at a time, outside a transaction."""
    ordered = kind.model._default_manager.order_by("pk")
    found = list(ordered[:_ROWS_AT_ONCE])
    while found:
        yield from found
        found = list(ordered.filter(pk__gt=found[-1].pk)[:_ROWS_AT_ONCE])


def _read(sealed: bytes, purpose: str) -> bytes | None:
    try:
        return unseal(sealed, purpose=purpose)
    except CannotUnseal:
        return None


def _replace(kind: SealedKind, row: models.Model, sealed: bytes, secret: bytes) -> bool:
    unchanged = kind.model._default_manager.filter(pk=row.pk, **{kind.field: sealed})
    anew = seal(secret, purpose=kind.purpose_of(row))
    return unchanged.update(**{kind.field: anew}) == 1


def _note(tally: Tally) -> None:
    with transaction.atomic():
        record_event("secrets.resealed", details={"kind": tally.name, "count": str(tally.resealed)})
