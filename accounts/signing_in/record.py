"""django-axes as the record of sign-ins: who got in, who did not, from where.

Its own handler would keep what was typed into the form, append to one row without end, and ask
for the failures so far, which only a lockout needs.
"""

from __future__ import annotations

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessFailureLog
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest


class SignInRecord(AxesDatabaseHandler):  # type: ignore[misc]
    """Successes and sign-outs as django-axes keeps them; failures without the form's content."""

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        if request is None:
            return
        seen = _client(request) | {"username": str(credentials.get("username") or "")[:255]}
        circumstances = _circumstances(request)
        with transaction.atomic():
            AccessFailureLog.objects.create(**seen, **circumstances)
            row, is_new = AccessAttempt.objects.get_or_create(
                **seen, defaults=circumstances | {"failures_since_start": 1}
            )
            if not is_new:
                AccessAttempt.objects.filter(pk=row.pk).update(
                    failures_since_start=F("failures_since_start") + 1,
                    attempt_time=request.axes_attempt_time,  # type: ignore[attr-defined]
                )


def _client(request: Any) -> dict[str, Any]:
    """As django-axes has read it from the request."""
    return {
        "ip_address": request.axes_ip_address or None,
        "user_agent": request.axes_user_agent,
    }


def _circumstances(request: Any) -> dict[str, Any]:
    return {"http_accept": request.axes_http_accept, "path_info": request.axes_path_info}
