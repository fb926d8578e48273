"""What the members page shows."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Invitation, Membership, TotpDevice, UserSession
from aviation.tenants.models import Organization

SEARCH_CHARACTERS = 100


def members_of(organization: Organization, search: str = "") -> QuerySet[Membership]:
    """Current members by name, each with ``has_second_step`` and ``last_seen_at`` (or None)."""
    apps = TotpDevice.objects.filter(user=OuterRef("user"), confirmed_at__isnull=False)
    browsers = UserSession.objects.filter(user=OuterRef("user")).order_by("-last_seen_at")
    members = (
        Membership.objects.current()
        .filter(organization=organization)
        .select_related("user")
        .annotate(
            has_second_step=Exists(apps),
            last_seen_at=Greatest(
                Subquery(browsers.values("last_seen_at")[:1]), "user__last_login"
            ),
        )
        .order_by("user__full_name", "user__email")
    )
    words = search[:SEARCH_CHARACTERS].replace("\x00", "").strip()
    if not words:
        return members
    return members.filter(Q(user__full_name__icontains=words) | Q(user__email__icontains=words))


def unsettled_invitations(organization: Organization) -> QuerySet[Invitation]:
    """Neither accepted nor withdrawn, newest first; some may have run out."""
    found = Invitation.objects.filter(
        organization=organization, accepted_at=None, withdrawn_at=None
    )
    return found.select_related("invited_by").order_by("-created_at")


def count_open(organization: Organization) -> int:
    return unsettled_invitations(organization).filter(expires_at__gt=timezone.now()).count()
