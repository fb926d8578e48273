"""Adding people and giving them roles."""

from __future__ import annotations

import uuid

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Membership, User
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
        if Membership.objects.filter(organization=organization, user=user).exists():
            raise Conflict(f"{user.email} belongs to {organization.name} already.")
        membership = Membership(organization=organization, user=user, role=role)
        membership.full_clean(exclude=["organization", "user"])
        membership.save(force_insert=True)
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
