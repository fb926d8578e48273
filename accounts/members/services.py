"""Changing what members may do, and ending memberships.

What must never happen: an organization without an administrator, somebody who gives more than
they may do themselves, or a former member whose programs or invitations still open the door.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import ApiKey, Invitation, Membership, TokenFamily
from accounts.roles import PERMISSIONS, Action, Resource
from aviation.common.errors import Conflict, NotAllowed
from aviation.tenants.models import Organization


@transaction.atomic
def change_role(*, actor: Membership, member: Membership, role: str) -> Membership:
    """Give the member another role. Raises NotAllowed, or Conflict for the last administrator."""
    actor, member = _settle(actor, member)
    require_may_give(actor, role)
    if role == member.role:
        return member
    _keep_an_administrator(member)
    member.role = role
    member.save(update_fields=["role"])
    if not member.may(Action.ADD, Resource.MEMBER):
        _withdraw_invitations(member)
    return member


@transaction.atomic
def end_membership(*, actor: Membership, member: Membership) -> Membership:
    """End the membership with its keys, tokens and invitations. Raises as ``change_role``."""
    actor, member = _settle(actor, member)
    _keep_an_administrator(member)
    now = timezone.now()
    member.ended_at = now
    member.save(update_fields=["ended_at"])
    ApiKey.objects.filter(owner=member, revoked_at=None).update(revoked_at=now)
    TokenFamily.objects.filter(membership=member, revoked_at=None).update(
        revoked_at=now, revoked_because="membership_ended"
    )
    _withdraw_invitations(member)
    return member


def require(actor: Membership, action: Action) -> None:
    """Raises NotAllowed unless the actor may do ``action`` to members."""
    if not actor.may(action, Resource.MEMBER):
        raise NotAllowed("Only an administrator may do this.")


def may_give(actor: Membership, role: str) -> bool:
    """Whether the role permits nothing that the actor's own does not."""
    return all(actor.role in roles for roles in PERMISSIONS.values() if role in roles)


def require_may_give(actor: Membership, role: str) -> None:
    """Raises NotAllowed for a role above the actor's own, or for one that is none."""
    if role not in Role.values or not may_give(actor, role):
        raise NotAllowed("You cannot give a role that may do more than your own.")


def roles_to_give(actor: Membership) -> list[tuple[str, str]]:
    """Roles with their names, as a form offers them."""
    return [(role, label) for role, label in Role.choices if may_give(actor, role)]


def lock_members(organization: Organization) -> None:
    """Let changes of an organization's members happen one after the other."""
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=organization.pk)


def _settle(actor: Membership, member: Membership) -> tuple[Membership, Membership]:
    """Both as they are now that nobody else can change them. Raises NotAllowed or Conflict."""
    lock_members(actor.organization)
    require(_as_it_is(actor), Action.CHANGE)
    member = Membership.objects.select_related("user").get(
        pk=member.pk, organization=actor.organization
    )
    if member.ended_at is not None:
        raise Conflict(f"{member} is no longer a member.")
    if not may_give(actor, member.role):
        raise NotAllowed("This member may do more than you.")
    return actor, member


def _as_it_is(actor: Membership) -> Membership:
    """The actor's role by now. A visit of the platform's staff is no row and stays as it is."""
    if not actor._state.adding:
        actor.refresh_from_db(fields=["role", "ended_at"])
    return actor


def _keep_an_administrator(member: Membership) -> None:
    if member.role != Role.ADMIN:
        return
    others = Membership.objects.current().filter(
        organization_id=member.organization_id, role=Role.ADMIN, user__is_active=True
    )
    if not others.exclude(pk=member.pk).exists():
        raise Conflict(
            f"{member} is the last administrator. Make somebody else an administrator first."
        )


def _withdraw_invitations(member: Membership) -> None:
    """Else they could invite themselves back, or somebody in their place."""
    Invitation.objects.filter(
        organization_id=member.organization_id,
        invited_by_id=member.user_id,
        accepted_at=None,
        withdrawn_at=None,
    ).update(withdrawn_at=timezone.now())
