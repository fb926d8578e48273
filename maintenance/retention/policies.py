"""Which rule holds for the bound organization and a kind of data, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Membership
from accounts.roles import Action, Resource
from aviation.common.errors import NotAllowed, Rejected
from aviation.tenants.context import require_organization
from maintenance.retention.bounds import GRACE_DAYS, KEPT_FOR_EVER, why_not
from maintenance.retention.choices import DataKind
from maintenance.retention.models import RetentionDefault, RetentionPolicy


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a kind. ``keep_days`` None: for ever."""

    kind: DataKind
    keep_days: int | None
    grace_days: int
    is_own: bool
    """Whether the organization has set it; else it is the installation's default."""

    def limit(self, at: datetime) -> datetime | None:
        """What is older is due; None when nothing ever is."""
        if self.keep_days is None or self.kind in KEPT_FOR_EVER:
            return None
        return at - timedelta(days=self.keep_days)


def rules_in_force() -> list[Rule]:
    """One for each kind, for the bound organization. Inside a transaction."""
    own = {each.kind: each for each in RetentionPolicy.objects.filter(
        organization=require_organization().id)}  # fmt: skip
    usual = {each.kind: each for each in RetentionDefault.objects.all()}
    rules = []
    for kind in DataKind:
        row = own.get(kind) or usual.get(kind)
        keep_days = row.keep_days if row else None
        grace_days = row.grace_days if row else GRACE_DAYS
        rules.append(Rule(kind, keep_days, grace_days, kind in own))
    return rules


def rule_for(kind: DataKind) -> Rule:
    return next(rule for rule in rules_in_force() if rule.kind == kind)


@transaction.atomic
def set_policy(
    *, membership: Membership, kind: DataKind, keep_days: int | None, grace_days: int = GRACE_DAYS
) -> RetentionPolicy:
    """Set the organization's own rule. Raises NotAllowed, or Rejected outside the bounds."""
    require_admin(membership)
    reason = why_not(kind, keep_days, grace_days)
    if reason:
        raise Rejected(reason)
    policy, _ = RetentionPolicy.objects.update_or_create(
        organization_id=membership.organization_id,
        kind=kind,
        defaults={"keep_days": keep_days, "grace_days": grace_days},
    )
    return policy


def require_admin(membership: Membership) -> None:
    """What is kept is for those to say who may change the members."""
    if not membership.may(Action.CHANGE, Resource.MEMBER):
        raise NotAllowed(f"Your role, {membership.role_label}, does not permit this.")
