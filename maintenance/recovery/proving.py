"""Who sits at the terminal: proved as on the site, by password and second step.

What must never happen: somebody who asks or approves in another's name, which would make two
people out of one. Guesses count against the same limits as those on the site.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from accounts.models import User
from accounts.second_step.services import (
    current_memberships,
    has_second_step,
    second_step_is_due,
    verify_second_step,
)
from accounts.signing_in.passwords import prove_password
from aviation.common.errors import NotAllowed
from maintenance.recovery.asking import require_staff

Ask = Callable[[str], str]
"""Shows a word or two and answers what was typed, unseen."""


def proved_person(email: str, ask: Ask) -> User:
    """The person of the platform's staff with this address.

    Raises SignInRefused, TooMany, or NotAllowed.
    """
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    person = prove_password(request, email=email, password=ask(f"Password of {email}: "))
    require_staff(person)
    if second_step_is_due(person, current_memberships(person)):
        raise NotAllowed("Set up your second step on the site first.")
    if has_second_step(person) and not verify_second_step(person, ask("Code: ")):
        raise NotAllowed("This code is not valid, or was used before.")
    return person
