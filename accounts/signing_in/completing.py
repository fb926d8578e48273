"""Signing a person in, once everything that was to be proved is proved."""

from __future__ import annotations

from dataclasses import dataclass

from axes.models import AccessLog
from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.mail import send_mail_later
from accounts.models import KnownDevice, User, UserSession
from accounts.origins import client_address, network_of
from accounts.sessions.recent import note_proof
from accounts.sessions.store import digest_of
from accounts.signing_in.describing import describe_device
from accounts.signing_in.devices import known_device, remember_device
from accounts.signing_in.places import place_in_words
from aviation.audit.events import record_event
from aviation.tenants.context import acting_as

SIGN_INS_LOOKED_AT = 100
"""How many of the latest tell which networks a person signs in from."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a person signs in from, seen before this sign-in counts as known."""

    address: str
    device: str
    known: KnownDevice | None
    is_first: bool
    is_new_network: bool

    @property
    def is_worth_a_notice(self) -> bool:
        """Nobody needs to be told of the first time: it is how the account begins."""
        return not self.is_first and (self.known is None or self.is_new_network)


def complete_sign_in(request: HttpRequest, user: User) -> None:
    """Open the person's session, note where from, and tell them when it is from elsewhere."""
    arrival = _arrival(request, user)
    with acting_as(user.pk), transaction.atomic():
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        note_proof(request)
        request.session.save()
        _describe_session(request, arrival)
        remember_device(request, user, arrival.known)
        record_event(
            "sign_in.succeeded",
            table_name="person",
            object_id=user.pk,
            details={"device": arrival.device},
        )
        if arrival.is_worth_a_notice:
            _send_notice(user, arrival)


def _arrival(request: HttpRequest, user: User) -> Arrival:
    address = client_address(request)
    return Arrival(
        address=address,
        device=describe_device(request),
        known=known_device(request, user.email),
        is_first=user.last_login is None,
        is_new_network=network_of(address) not in _known_networks(user),
    )


def _known_networks(user: User) -> set[str]:
    addresses = AccessLog.objects.filter(username=user.email).order_by("-attempt_time")
    latest = addresses.values_list("ip_address", flat=True)[:SIGN_INS_LOOKED_AT]
    return {network_of(address or "") for address in latest}


def _describe_session(request: HttpRequest, arrival: Arrival) -> None:
    UserSession.objects.filter(session_key=digest_of(request.session.session_key or "")).update(
        device=arrival.device,
        first_address=arrival.address or None,
        last_address=arrival.address or None,
    )


def _send_notice(user: User, arrival: Arrival) -> None:
    context = {
        "name": user.get_short_name(),
        "device": arrival.device or "an unknown browser",
        "place": place_in_words(arrival.address),
        "at": f"{timezone.now():%d %B %Y, %H:%M} UTC",
    }
    send_mail_later(to=user.email, template="new_sign_in", context=context)
