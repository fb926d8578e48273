"""Access tokens: signed statements of who a program acts for, good for ten minutes.

What must never happen: a token believed whose algorithm, key or purpose its bearer chose. So the
shape of the token is fixed before anything in it is looked at, the header may say exactly what we
write ourselves, the key comes from our table by its exact name, and the algorithm from here.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from django.conf import settings

from accounts.callers import CredentialRefused
from accounts.models import TokenFamily
from accounts.tokens.keys import find_public_key, find_signer
from accounts.tokens.lifetimes import ACCESS_TOKEN

ALGORITHM = "EdDSA"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's name for the kind
REQUIRED_CLAIMS = ["iss", "aud", "iat", "exp", "jti", "sub", "org", "mbr", "fam", "epoch"]
# Header of at most 150 bytes, claims, and the 64 bytes of an Ed25519 signature.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{20,1200}\.[A-Za-z0-9_-]{86}")
_KID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says; whether it still holds is another question."""

    user_id: uuid.UUID
    organization_id: uuid.UUID
    membership_id: uuid.UUID
    family_id: uuid.UUID
    epoch: int


def issue_access_token(family: TokenFamily, *, now: datetime) -> str:
    """A token for the family's membership, from ``now`` on."""
    signer, membership = find_signer(now=now), family.membership
    claims = {
        "iss": issuer(),
        "aud": audience(),
        "iat": int(now.timestamp()),
        "exp": int((now + ACCESS_TOKEN).timestamp()),
        "jti": uuid.uuid4().hex,
        "sub": str(membership.user_id),
        "org": str(membership.organization_id),
        "mbr": str(membership.pk),
        "fam": str(family.pk),
        "epoch": family.credential_epoch,
    }
    header = {"typ": TOKEN_TYPE, "kid": signer.kid}
    return jwt.encode(claims, signer.private_key, algorithm=ALGORITHM, headers=header)


def read_access_token(presented: str) -> Claims:
    """What the token says, when it is ours and has not expired. Raises CredentialRefused."""
    if not _SHAPE.fullmatch(presented):
        raise CredentialRefused
    try:
        public_key = find_public_key(_kid_of(jwt.get_unverified_header(presented)))
        if public_key is None:
            raise CredentialRefused
        said = jwt.decode(
            presented,
            public_key,
            algorithms=[ALGORITHM],
            issuer=issuer(),
            audience=audience(),
            options={"require": REQUIRED_CLAIMS, "strict_aud": True},
        )
        return _claims(said)
    except (jwt.PyJWTError, ValueError, AttributeError) as error:
        raise CredentialRefused from error


def issuer() -> str:
    base_url: str = settings.BASE_URL
    return base_url


def audience() -> str:
    return f"{settings.BASE_URL}/api/"


def _kid_of(header: dict[str, Any]) -> str:
    """The key's name, from a header that says what ours say and no more."""
    kid = header.get("kid")
    expected = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": kid}
    if header != expected or not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise CredentialRefused
    return kid


def _claims(said: dict[str, Any]) -> Claims:
    return Claims(
        user_id=uuid.UUID(said["sub"]),
        organization_id=uuid.UUID(said["org"]),
        membership_id=uuid.UUID(said["mbr"]),
        family_id=uuid.UUID(said["fam"]),
        epoch=int(said["epoch"]),
    )
