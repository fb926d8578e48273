"""Codes of an authenticator app: which one belongs to which moment (RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from django_otp.oath import hotp

STEP_S = 30
DIGITS = 6
TOLERANCE_STEPS = 1
"""A phone's clock may be this many steps early or late."""
SECRET_BYTES = 20
ISSUER = "DBX Aviation"


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def step_at(now: float) -> int:
    """The number of the 30 s step that holds ``now``, in seconds since 1970."""
    return int(now) // STEP_S


def code_of(secret: bytes, step: int) -> str:
    return f"{hotp(secret, step, digits=DIGITS):0{DIGITS}d}"


def find_step(secret: bytes, code: str, *, now: float, newer_than: int = 0) -> int | None:
    """The step whose code this is, within the tolerance and after ``newer_than``."""
    here = step_at(now)
    near = range(here - TOLERANCE_STEPS, here + TOLERANCE_STEPS + 1)
    matching = [
        step for step in near if hmac.compare_digest(code_of(secret, step).encode(), code.encode())
    ]
    return next((step for step in matching if step > newer_than), None)


def looks_like_code(text: str) -> bool:
    """Whether this could be an app's code: six digits, spaces taken out."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def secret_text(secret: bytes) -> str:
    """The secret as apps take it when it is typed: base32."""
    return base64.b32encode(secret).decode()


def setup_uri(secret: bytes, account: str) -> str:
    """What the QR code says: the secret, whose it is and where it is for."""
    parameters = {
        "secret": secret_text(secret),
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_S,
    }
    label = quote(f"{ISSUER}:{account}", safe="")
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"
