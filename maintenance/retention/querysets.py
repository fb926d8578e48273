from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from accounts.roles import Action, Resource
from maintenance.retention.choices import BatchState

if TYPE_CHECKING:
    from maintenance.retention.models import (  # noqa: F401 - named in strings below
        DeletionCertificate,
        LegalHold,
        RecycledBatch,
        RetentionPolicy,
    )


def _may_see(membership: Membership) -> bool:
    return membership.may(Action.VIEW, Resource.MEMBER)


class PolicyQuerySet(models.QuerySet["RetentionPolicy"]):
    def visible_to(self, membership: Membership) -> PolicyQuerySet:
        if not _may_see(membership):
            return self.none()
        return self.filter(organization=membership.organization_id)


class HoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, membership: Membership) -> HoldQuerySet:
        if not _may_see(membership):
            return self.none()
        return self.filter(organization=membership.organization_id)

    def standing(self, at: datetime) -> HoldQuerySet:
        """Those not lifted, their last day not over."""
        return self.filter(Q(until=None) | Q(until__gte=at.date()), lifted_at=None)


class BatchQuerySet(models.QuerySet["RecycledBatch"]):
    def visible_to(self, membership: Membership) -> BatchQuerySet:
        if not _may_see(membership):
            return self.none()
        return self.filter(organization=membership.organization_id)

    def interrupted(self) -> BatchQuerySet:
        """What a run that ended in the middle left."""
        middle = (BatchState.COPYING, BatchState.RESTORING, BatchState.REMOVING)
        left = Q(state__in=(BatchState.RECYCLED, BatchState.RESTORED), has_sources=True)
        return self.filter(Q(state__in=middle) | left)

    def removable(self, at: datetime) -> BatchQuerySet:
        """Those whose grace period is over."""
        return self.filter(state=BatchState.RECYCLED, remove_after__lte=at)

    def with_file(self, sha256: str) -> BatchQuerySet:
        """Those that took a file of this content along."""
        return self.filter(files__contains=[{"sha256": sha256}])

    def in_archive(self) -> BatchQuerySet:
        return self.filter(state__in=(BatchState.RECYCLED, BatchState.RESTORING))

    def deleted(self) -> BatchQuerySet:
        """Those that are gone for good, or going."""
        return self.filter(state__in=(BatchState.REMOVING, BatchState.REMOVED))

    def kept_back(self, at: datetime) -> BatchQuerySet:
        """Those that were restored lately and are not due again yet."""
        return self.filter(state=BatchState.RESTORED, kept_until__gt=at)


class CertificateQuerySet(models.QuerySet["DeletionCertificate"]):
    def visible_to(self, membership: Membership) -> CertificateQuerySet:
        if not _may_see(membership):
            return self.none()
        return self.filter(organization_id=membership.organization_id)
