"""The key pairs that sign access tokens.

What must never happen: a private key in clear outside the memory of the process that signs, or two
processes that each make a first key.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import SigningKey
from accounts.remembered import Remembered
from accounts.tokens.lifetimes import ACCESS_TOKEN
from aviation.audit.events import record_event
from aviation.common.errors import Unavailable
from aviation.common.sealing import CannotUnseal, seal, unseal

logger = structlog.get_logger("dbx.tokens")

KEPT_S = 5.0
SETTLING = timedelta(seconds=2 * KEPT_S)
"""A new key signs only after this, unless there is no other: by then every process knows it."""
VERIFIES_FOR = ACCESS_TOKEN + SETTLING + timedelta(minutes=1)
"""From when a key is retired to when no token it signed can be valid any more."""
_LOCK = 4_105_501
"""Of all advisory locks, the one that whoever makes a key holds."""


@dataclass(frozen=True, slots=True)
class Signer:
    kid: str
    private_key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Verifier:
    public_key: Ed25519PublicKey
    until: datetime | None
    """When the last token it signed has expired; None: it is not retired."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did, by the keys' names."""

    made: str
    retired: tuple[str, ...]
    removed: tuple[str, ...]


_remembered: Remembered[None, dict[str, Verifier]] = Remembered(kept_s=KEPT_S, most=1)


def purpose_of(kid: str) -> str:
    """What a private key is sealed for."""
    return f"signing key {kid}"


def find_signer(*, now: datetime) -> Signer:
    """The key that signs at ``now``; the first one is made on demand.

    Raises Unavailable when it can't be read, as after the encryption key was lost.
    """
    row = _signing_row(now) or _make_first_key(now)
    try:
        raw = unseal(bytes(row.sealed_private_key), purpose=purpose_of(row.kid))
    except CannotUnseal as error:
        logger.error("signing key cannot be read", kid=row.kid, cause=str(error))
        raise Unavailable("Tokens cannot be issued just now.") from error
    return Signer(row.kid, Ed25519PrivateKey.from_private_bytes(raw))


def find_public_key(kid: str) -> Ed25519PublicKey | None:
    """The key named exactly so, unless it is unknown or its last token has expired.

    All keys are remembered together: a name nobody knows costs no query.
    """
    known = _remembered.get_or_read(None, _read_verifiers)
    if not known:
        forget_keys()
    found = known.get(kid)
    if found is None or (found.until is not None and found.until <= timezone.now()):
        return None
    return found.public_key


def rotate_key(*, at_once: bool = False) -> Rotation:
    """Make a new key and retire the others, which verify until their last token has expired.

    ``at_once`` removes them instead: within KEPT_S their tokens are refused everywhere, and until
    then some processes may refuse the new key's.
    """
    now = timezone.now()
    with transaction.atomic():
        _wait_for_turn()
        past = SigningKey.objects.filter(retired_at__lte=now - VERIFIES_FOR)
        removed = _remove(SigningKey.objects.all() if at_once else past)
        unretired = SigningKey.objects.filter(retired_at=None)
        retired = tuple(unretired.values_list("kid", flat=True))
        unretired.update(retired_at=now)
        made = _make_key()
        record_event("signing_key.rotated", table_name="signing_key", object_id=made.kid)
    return Rotation(made.kid, retired, removed)


def forget_keys() -> None:
    """Read the public keys again when one is next asked for."""
    _remembered.clear()


def _read_verifiers(_all: None) -> dict[str, Verifier]:
    return {key.kid: _verifier(key) for key in SigningKey.objects.all()}


def _verifier(key: SigningKey) -> Verifier:
    public_key = Ed25519PublicKey.from_public_bytes(bytes(key.public_key))
    return Verifier(public_key, key.retired_at and key.retired_at + VERIFIES_FOR)


def _signing_row(now: datetime) -> SigningKey | None:
    """The newest that every process knows, or the oldest while none is so old."""
    newest_first = list(SigningKey.objects.order_by("-created_at"))
    settled = (key for key in newest_first if key.created_at <= now - SETTLING)
    return next(settled, newest_first[-1] if newest_first else None)


def _make_first_key(now: datetime) -> SigningKey:
    with transaction.atomic():
        _wait_for_turn()
        return _signing_row(now) or _make_key()


def _make_key() -> SigningKey:
    kid, private_key = secrets.token_hex(8), Ed25519PrivateKey.generate()
    made = SigningKey.objects.create(
        kid=kid,
        public_key=private_key.public_key().public_bytes_raw(),
        sealed_private_key=seal(private_key.private_bytes_raw(), purpose=purpose_of(kid)),
    )
    forget_keys()
    transaction.on_commit(forget_keys)
    return made


def _remove(keys: QuerySet[SigningKey]) -> tuple[str, ...]:
    kids = tuple(keys.values_list("kid", flat=True))
    keys.delete()
    return kids


def _wait_for_turn() -> None:
    """One process at a time makes keys; the others wait until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
