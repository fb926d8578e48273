"""Adding people to organizations, and closing and opening their accounts."""

from __future__ import annotations

import uuid

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Membership, User
from accounts.sessions.ending import end_everything
from aviation.audit.events import record_event
from aviation.common.errors import Conflict
from aviation.tenants.context import acting_as, platform_context
from aviation.tenants.models import Organization


@transaction.atomic
def add_member(
    *,
    organization: Organization,
    email: str,
    role: str,
    full_name: str = "",
    password: str | None = None,
    actor_id: uuid.UUID | None = None,
) -> Membership:
    """Make ``email`` a member; a new person gets an account, without a usable password if none.

    Raises Conflict when the person belongs to the organization already.
    """
    with platform_context(), acting_as(actor_id):
        user = User.objects.filter(email=email.lower()).first()
        if user is None:
            user = create_person(email=email, full_name=full_name, password=password)
        return admit(organization=organization, user=user, role=role)


def admit(*, organization: Organization, user: User, role: str) -> Membership:
    """Make the person a member; somebody who left gets their former membership back.

    Raises Conflict for somebody who belongs to the organization now.
    """
    former = Membership.objects.select_for_update().filter(organization=organization, user=user)
    membership = former.first() or Membership(organization=organization, user=user)
    is_new = membership._state.adding
    if not is_new and membership.ended_at is None:
        raise Conflict(f"{user.email} belongs to {organization.name} already.")
    membership.role, membership.ended_at = role, None
    membership.clean_fields(exclude=["organization", "user"])
    membership.save(force_insert=is_new)
    return membership


def create_person(*, email: str, full_name: str, password: str | None) -> User:
    """Make an account. Raises ValidationError for a bad address or a weak password."""
    user = User(email=email.lower(), full_name=full_name)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save(force_insert=True)
    return user


@transaction.atomic
def disable_person(*, user: User, actor: User) -> None:
    """Close an account and end all that acts for it. Raises Conflict for one's own."""
    if user == actor:
        raise Conflict("You cannot disable your own account.")
    _set_active(user, False)
    end_everything(user, because="disabled")


@transaction.atomic
def enable_person(*, user: User) -> None:
    """Let the person sign in again, anew on every device."""
    _set_active(user, True)


def _set_active(user: User, is_active: bool) -> None:
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    action = "person.enabled" if is_active else "person.disabled"
    record_event(action, table_name="person", object_id=user.pk)
