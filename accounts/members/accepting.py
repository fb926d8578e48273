"""Becoming a member by a mailed link.

The link proves the mailbox, so whoever follows it has a verified address. It works once: one
conditional UPDATE claims it, in the transaction that makes the member.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from accounts.members.secrets import digest_of
from accounts.models import Invitation, Membership, User
from accounts.services import admit, create_person
from aviation.audit.events import record_event
from aviation.common.errors import Conflict, NotFound
from aviation.tenants.choices import OrganizationStatus
from aviation.tenants.context import acting_as, platform_context, tenant_context

NO_LONGER = "This invitation no longer works."


def find_invitation(secret: str) -> Invitation:
    """The open invitation behind a link. Raises NotFound, whatever became of it."""
    with platform_context(), transaction.atomic():
        found = Invitation.objects.select_related("organization", "invited_by")
        invitation = found.filter(secret_digest=digest_of(secret)).first()
    if invitation is None or not invitation.is_open:
        raise NotFound(NO_LONGER)
    is_standing = invitation.organization.status == OrganizationStatus.ACTIVE
    if not is_standing or not invitation.invited_by.is_active:
        raise NotFound(NO_LONGER)
    return invitation


def accept_as(*, user: User, invitation: Invitation) -> Membership:
    """Make the invited person a member. Raises NotFound for anybody else and for a used link."""
    if user.email != invitation.email:
        raise NotFound(NO_LONGER)
    with _claimed(invitation), acting_as(user.pk):
        return _join(invitation, user)


def accept_as_new_person(*, invitation: Invitation, full_name: str, password: str) -> Membership:
    """Make an account for the invited address, and a member of it.

    Raises ValidationError for a weak password, Conflict when the address has an account by now,
    and NotFound for a used link.
    """
    with _claimed(invitation):
        if has_account(invitation):
            raise Conflict("This address has an account by now. Sign in to accept.")
        user = create_person(email=invitation.email, full_name=full_name, password=password)
        with acting_as(user.pk):
            return _join(invitation, user)


def has_account(invitation: Invitation) -> bool:
    return User.objects.filter(email=invitation.email).exists()


@contextmanager
def _claimed(invitation: Invitation) -> Iterator[None]:
    """A transaction for the organization in which the link is used up; undone if it fails."""
    with tenant_context(invitation.organization), transaction.atomic():
        now = timezone.now()
        is_ours = Invitation.objects.filter(
            pk=invitation.pk,
            secret_digest=bytes(invitation.secret_digest),
            accepted_at=None,
            withdrawn_at=None,
            expires_at__gt=now,
        ).update(accepted_at=now)
        if not is_ours:
            raise NotFound(NO_LONGER)
        yield


def _join(invitation: Invitation, user: User) -> Membership:
    if user.email_verified_at is None:
        user.email_verified_at = timezone.now()
        user.save(update_fields=["email_verified_at"])
    membership = admit(organization=invitation.organization, user=user, role=invitation.role)
    record_event("invitation.accepted", table_name="invitation", object_id=invitation.pk)
    return membership
