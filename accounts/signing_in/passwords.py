"""Proving who one is by e-mail address and password.

What must never happen: a password hashed for a guess beyond the limits, or an answer that tells
whether an address is known. So the limits are asked first, and what is asked, counted and
answered is the same for every address.
"""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest

from accounts.models import User
from accounts.origins import client_address, network_of
from accounts.signing_in.attempts import Allowance, give_back, refill, spend
from accounts.signing_in.devices import known_device
from accounts.signing_in.lengths import LONGEST_PASSWORD
from aviation.audit.events import record_attempt
from aviation.common.errors import DomainError, TooMany

PER_ACCOUNT = Allowance("sign_in.account", burst=5, refill_s=180)
PER_NETWORK = Allowance("sign_in.network", burst=20, refill_s=3)
"""Successes are given back: an office behind one address may all sign in at nine."""
PER_KNOWN_DEVICE = Allowance("sign_in.known_device", burst=5, refill_s=60)
_NOTED = Allowance("sign_in.limited", burst=1, refill_s=60)
"""A flood of refusals is one event a minute for each account or network."""
Counted = tuple[Allowance, str]
"""An allowance, and whose."""
_LONGEST_EMAIL = 254


class SignInRefused(DomainError):
    """Address or password do not match, or the account is closed: nobody is told which."""

    code = "sign_in_refused"
    status = 401

    def __init__(self) -> None:
        super().__init__("This e-mail and password do not match an account here.")


def prove_password(request: HttpRequest, *, email: str, password: str) -> User:
    """The person with this address and password. Raises SignInRefused or TooMany."""
    email = normalized(email)
    counted = _counted(request, email)
    _spend_all(counted, email)
    user = authenticate(request, username=email, password=password[:LONGEST_PASSWORD])
    if not isinstance(user, User):
        raise SignInRefused
    for allowance, whose in counted:
        (give_back if allowance is PER_NETWORK else refill)(allowance, whose)
    return user


def normalized(email: str) -> str:
    """An address as accounts keep it; no text of any kind makes the look-up fail."""
    return email.replace("\0", "").strip().lower()[:_LONGEST_EMAIL]


def _counted(request: HttpRequest, email: str) -> list[Counted]:
    """What this attempt is counted against: a known browser's guesses are its own affair."""
    device = known_device(request, email)
    if device is not None:
        return [(PER_KNOWN_DEVICE, str(device.pk))]
    network = network_of(client_address(request))
    return [(PER_NETWORK, network), (PER_ACCOUNT, email)]


def _spend_all(counted: list[Counted], email: str) -> None:
    for allowance, whose in counted:
        try:
            spend(allowance, whose)
        except TooMany:
            _note_limited(allowance, whose, email)
            raise


def _note_limited(allowance: Allowance, whose: str, email: str) -> None:
    try:
        spend(_NOTED, allowance.name, whose)
    except TooMany:
        return
    details = {"limit": allowance.name, "email": email}
    record_attempt("sign_in.limited", table_name="person", details=details)
