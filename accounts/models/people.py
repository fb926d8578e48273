"""People, their memberships in organizations, and invitations to become a member."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.choices import Role
from accounts.querysets import MembershipQuerySet, UserManager
from accounts.roles import Action, Resource, is_allowed
from accounts.scopes import permits
from aviation.tenants.models import Organization

if TYPE_CHECKING:
    from accounts.models.visits import PlatformVisit


class User(AbstractUser):
    """A person, known by e-mail address on the whole installation.

    What a person may do is decided by the membership in an organization. ``is_staff`` marks
    platform staff, who run the installation; it opens no organization's data.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    password_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    credential_epoch = models.PositiveIntegerField(
        default=1,
        db_default=1,
        editable=False,
        help_text="Counts up when everything that acts for the person must prove itself anew.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[misc]

    class Meta:
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_in_small_letters"
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session holds this; it ends when the password or the epoch changes."""
        proof = f"{self.password}:{self.credential_epoch}"
        return salted_hmac("accounts.User.session", proof, secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] or self.email


class Membership(models.Model):
    """A person's place in an organization. It ends; it is never deleted, as logbooks name it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="memberships", db_column="org_id"
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.READONLY)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "user"),
                name="membership_once_per_person",
                violation_error_message="This person belongs to the organization already.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return str(self.user)

    @property
    def role_label(self) -> str:
        return Role(self.role).label

    scopes: frozenset[str] | None = None
    """What a token or key narrows the role to, for the running request; None: nothing."""

    visit: PlatformVisit | None = None
    """The visit that stands in for a membership; it has no row, so that nothing can refer to it."""

    def may(self, action: Action, resource: Resource) -> bool:
        return (
            self.ended_at is None
            and is_allowed(self.role, action, resource)
            and (self.scopes is None or permits(self.scopes, action, resource))
        )


class Invitation(models.Model):
    """An e-mail address asked to become a member. The mailed secret is kept as a digest only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations", db_column="org_id"
    )
    email = models.EmailField("e-mail")
    role = models.CharField(max_length=20, choices=Role, default=Role.READONLY)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    secret_digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                "organization",
                Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_once_open",
                violation_error_message="This address has an open invitation already.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role_known"
            ),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        is_settled = self.accepted_at is not None or self.withdrawn_at is not None
        return not is_settled and self.expires_at > timezone.now()
