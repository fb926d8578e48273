"""What an organization gets with its subscription unless agreed otherwise."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from aviation.tenants.choices import SubscriptionTier

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Allowance:
    """Named like the fields of Organization that hold them."""

    storage_quota_bytes: int
    api_rate_limit_per_minute: int
    telemetry_retention_days: int


ALLOWANCES = {
    SubscriptionTier.FREE: Allowance(5 * GIB, 60, 30),
    SubscriptionTier.STANDARD: Allowance(50 * GIB, 600, 90),
    SubscriptionTier.ENTERPRISE: Allowance(500 * GIB, 6_000, 365),
}


def allowance_of(tier: str) -> dict[str, int]:
    """The tier's allowance as values of fields. Unknown tiers get the smallest."""
    known = {each.value: allowance for each, allowance in ALLOWANCES.items()}
    return asdict(known.get(tier, ALLOWANCES[SubscriptionTier.FREE]))
