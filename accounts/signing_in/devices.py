"""Browsers a person has signed in from, known again by a secret in a cookie.

A known browser has an allowance of its own, so that guesses made elsewhere do not lock it out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import KnownDevice, User

KEPT_FOR = timedelta(days=180)
_SECRET_BYTES = 32
_LONGEST_SECRET = 64
_NEW_COOKIE = "_known_device_cookie"


def known_device(request: HttpRequest, email: str) -> KnownDevice | None:
    """The device of the person with this address, if the browser holds its secret."""
    secret = request.COOKIES.get(cookie_name(email), "")
    if not secret or len(secret) > _LONGEST_SECRET:
        return None
    return KnownDevice.objects.filter(
        secret_digest=_digest(secret),
        user__email=email,
        last_seen_at__gt=timezone.now() - KEPT_FOR,
    ).first()


def remember_device(request: HttpRequest, user: User, device: KnownDevice | None) -> None:
    """Note that the person signed in from here; a browser not known yet gets its secret."""
    now = timezone.now()
    if device is not None:
        KnownDevice.objects.filter(pk=device.pk).update(last_seen_at=now)
        secret = request.COOKIES[cookie_name(user.email)]
    else:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        KnownDevice.objects.create(user=user, secret_digest=_digest(secret), last_seen_at=now)
    setattr(request, _NEW_COOKIE, (cookie_name(user.email), secret))


def cookie_name(email: str) -> str:
    """One cookie a person: people who share a browser do not push each other's out."""
    tag = salted_hmac("accounts.known_device", email, algorithm="sha256").hexdigest()[:12]
    prefix = "__Host-" if settings.SESSION_COOKIE_SECURE else ""
    return f"{prefix}device-{tag}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


class KnownDeviceMiddleware:
    """Hands out the cookie of a browser that has just been signed in from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        cookie = getattr(request, _NEW_COOKIE, None)
        if cookie is not None:
            name, secret = cookie
            response.set_cookie(
                name,
                secret,
                max_age=KEPT_FOR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
