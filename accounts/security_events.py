"""What the audit trail keeps of refused requests and failed sign-ins."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Membership
from aviation.audit.events import record_attempt


def note_refusal(request: HttpRequest, membership: Membership) -> None:
    """A member was told that they may not. The query string is left out, as in the log."""
    record_attempt(
        "access.refused",
        reason=f"{request.method} {request.path}",
        details={"role": membership.role},
    )


@receiver(user_login_failed)
def note_failed_sign_in(credentials: dict[str, Any], **_: Any) -> None:
    """Somebody did not get in. What they typed is kept only if it is an address, as a name."""
    typed = str(credentials.get("username") or credentials.get("email") or "").strip().lower()
    details = {"email": typed} if _is_address(typed) else {}
    record_attempt("sign_in.failed", table_name="person", details=details)


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
