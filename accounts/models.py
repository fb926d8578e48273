"""People and their memberships in organizations."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from accounts.choices import Role
from accounts.querysets import MembershipQuerySet, UserManager
from accounts.roles import Action, Resource, is_allowed
from aviation.tenants.models import Organization


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

    def may(self, action: Action, resource: Resource) -> bool:
        return self.ended_at is None and is_allowed(self.role, action, resource)
