"""From a presented key to its caller, without a query for keys seen a moment ago.

What must never happen: a key that acts when its digest is not proved, after its end, or for
somebody who no longer belongs to the organization. Every refusal looks the same from outside.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from accounts.api_keys.digests import digest_of, is_digest_of
from accounts.api_keys.facts import KeyFacts, facts_of, forget
from accounts.api_keys.format import KeyText, parse
from accounts.api_keys.usage import note_use
from accounts.callers import Caller, CallerKind, CredentialRefused
from accounts.models import ApiKey
from aviation.tenants.context import coming_from, current_origin, platform_context

logger = structlog.get_logger("dbx.api_keys")


def find_key_caller(presented: str, *, address: str) -> Caller:
    """Who the key acts for. ``address`` is the client's; empty where there is none.

    Raises CredentialRefused.
    """
    key = parse(presented)
    if key is None:
        raise CredentialRefused
    facts = facts_of(key.key_id)
    if facts is None or not is_digest_of(key, facts.digest, facts.pepper_number):
        raise CredentialRefused
    if (cause := _obstacle(facts, address)) is not None:
        logger.warning("API key refused", key=facts.key_id, cause=cause)
        raise CredentialRefused
    _renew_digest(key, facts)
    membership = facts.own_membership()
    note_use(facts.key_id, membership.organization_id, address)
    return Caller(CallerKind.API_KEY, membership, facts.key_id, facts.rate_limit_per_minute)


def _obstacle(facts: KeyFacts, address: str) -> str | None:
    """Why the right secret does not open anything, for the log; None: it does."""
    if not facts.is_open:
        return "revoked, or its owner or organization is no longer active"
    if facts.expires_at is not None and facts.expires_at <= timezone.now():
        return "expired"
    if facts.networks and not _is_within(facts, address):
        return "from a network it is not allowed for"
    return None


def _is_within(facts: KeyFacts, address: str) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in facts.networks)


def _renew_digest(key: KeyText, facts: KeyFacts) -> None:
    """Keep the secret under the current pepper, now that it is at hand: a pepper can retire.

    A digest that cannot be written is written the next time; the request goes on.
    """
    if facts.pepper_number == settings.API_KEY_PEPPERS.current_number:
        return
    digest, number = digest_of(key)
    origin = replace(current_origin(), request_id="", work="renewing an API key's digest")
    try:
        with platform_context(), coming_from(origin), transaction.atomic():
            ApiKey.objects.filter(key_id=facts.key_id, pepper_number=facts.pepper_number).update(
                digest=digest, pepper_number=number
            )
    except Error as error:
        logger.warning("digest not renewed", key=facts.key_id, cause=str(error))
    forget(facts.key_id)
