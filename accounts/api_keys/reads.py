"""Keys as pages show them, and what each was used for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import DateTimeField, Max, QuerySet, Subquery
from django.db.models import OuterRef as Outer
from django.utils import timezone

from accounts.api_keys.usage import waiting_uses
from accounts.models import ApiKey, ApiKeyUsage, Membership
from accounts.roles import Action, Resource

SHOWN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """Requests of one day, UTC, and their part of the busiest day's, 0 to 100."""

    day: date
    requests: int
    percent: float


def keys_visible_to(membership: Membership) -> QuerySet[ApiKey]:
    """The organization's keys with their owner and ``last_used_at``, for those who may see them."""
    keys = ApiKey.objects.filter(organization_id=membership.organization_id)
    if not membership.may(Action.VIEW, Resource.API_KEY):
        return keys.none()
    uses = ApiKeyUsage.objects.filter(key=Outer("pk")).order_by().values("key")
    newest = Subquery(uses.annotate(at=Max("last_used_at")).values("at"), DateTimeField())
    return keys.select_related("owner__user").annotate(last_used_at=newest)


def state_of(key: ApiKey) -> tuple[str, str]:
    """One word for where the key is in its life, and the tag that shows it."""
    if key.revoked_at is not None:
        return "Revoked", "unknown"
    if not key.is_live:
        return "Ended", "unknown"
    if key.owner.ended_at is not None or not key.owner.user.is_active:
        return "Owner left", "warning"
    return ("Being replaced", "warning") if key.replaced_by_id else ("Live", "ok")


def days_of(key: ApiKey, *, now: datetime | None = None) -> list[Day]:
    """Requests a day of the last thirty days, oldest first, days without any included."""
    today = (now or timezone.now()).astimezone(UTC).date()
    first = today - timedelta(days=SHOWN_DAYS - 1)
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    counted: Counter[date] = Counter()
    for hour, requests in key.usage.filter(hour__gte=begins).values_list("hour", "requests"):
        counted[hour.astimezone(UTC).date()] += requests
    for epoch_s, requests in waiting_uses(key.key_id).items():
        counted[datetime.fromtimestamp(epoch_s, tz=UTC).date()] += requests
    days = [first + timedelta(days=number) for number in range(SHOWN_DAYS)]
    most = max((counted[day] for day in days), default=0)
    return [Day(day, counted[day], 100 * counted[day] / most if most else 0.0) for day in days]
