"""What is asked for, planned, approved and done, held together by the database's own rules.

What must never happen: a request that runs without a second person's approval of exactly its
plan. The constraints below and the trigger of migration 0004 hold that whatever the code does.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from aviation.tenants.schemas import aside_prefix
from maintenance.recovery.choices import (
    STANDS_ON_APPROVAL,
    RecoveryKind,
    RecoveryState,
    RecoveryStep,
)
from maintenance.recovery.querysets import RecoveryQuerySet

_NO_APPROVAL = Q(approved_by__isnull=True, approved_at__isnull=True, approved_sha256="")
_APPROVAL = Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_sha256="")
_SCOPES = {
    RecoveryKind.CLUSTER: Q(organization_id__isnull=True, table_name="", flight_id__isnull=True)
    & ~Q(data_folder=""),
    RecoveryKind.ORGANIZATION: Q(table_name="", flight_id__isnull=True),
    RecoveryKind.TABLE: ~Q(table_name="") & Q(flight_id__isnull=True),
    RecoveryKind.FLIGHT: Q(table_name="", flight_id__isnull=False),
}


def _scope_fits() -> Q:
    fits = Q(kind=RecoveryKind.CLUSTER) & _SCOPES[RecoveryKind.CLUSTER]
    for kind in (RecoveryKind.ORGANIZATION, RecoveryKind.TABLE, RecoveryKind.FLIGHT):
        fits |= Q(kind=kind, organization_id__isnull=False, data_folder="") & _SCOPES[kind]
    return fits


class RecoveryRequest(models.Model):
    """Something to be brought back to how it was at a moment."""

    kind = models.CharField("what", max_length=20, choices=RecoveryKind)
    target_at = models.DateTimeField("back to (UTC)")
    organization_id = models.UUIDField("organization's id", null=True, blank=True)
    organization_slug = models.CharField("organization", max_length=40, blank=True)
    table_name = models.CharField("table", max_length=63, blank=True)
    flight_id = models.UUIDField("flight", null=True, blank=True)
    data_folder = models.CharField(
        "new folder", max_length=300, blank=True, help_text="On the database's machine."
    )
    reason = models.TextField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField("requested (UTC)", auto_now_add=True)
    state = models.CharField(max_length=20, choices=RecoveryState, default=RecoveryState.REQUESTED)
    plan = models.TextField(blank=True, help_text="Canonical JSON.")
    plan_sha256 = models.CharField("SHA-256 of the plan", max_length=64, blank=True)
    planned_at = models.DateTimeField("planned (UTC)", null=True, blank=True)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    approved_at = models.DateTimeField("approved (UTC)", null=True, blank=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField("begun (UTC)", null=True, blank=True)
    finished_at = models.DateTimeField("finished (UTC)", null=True, blank=True)
    undo_until = models.DateTimeField("can be undone until (UTC)", null=True, blank=True)
    problem = models.TextField(blank=True)
    report = models.JSONField(default=dict, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=RecoveryState.values), name="recovery_state_known"
            ),
            models.CheckConstraint(
                condition=_scope_fits(),
                name="recovery_scope_fits",
                violation_error_message="This is not what this kind of recovery needs to know.",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="recovery_approved_by_another",
                violation_error_message="Somebody else has to approve it.",
            ),
            models.CheckConstraint(
                condition=_NO_APPROVAL | _APPROVAL, name="recovery_approval_whole"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=STANDS_ON_APPROVAL)
                | (_APPROVAL & Q(approved_sha256=F("plan_sha256"))),
                name="recovery_runs_what_was_approved",
            ),
            # One at a time in an organization.
            models.UniqueConstraint(
                fields=("organization_id",),
                condition=Q(state=RecoveryState.RUNNING),
                name="recovery_one_running",
            ),
        )
        indexes = (
            # The admin's list.
            models.Index(F("requested_at").desc(), F("id").desc(), name="recovery_newest"),
        )

    def __str__(self) -> str:
        return f"Recovery {self.pk}: {self.subject}"

    @property
    def subject(self) -> str:
        """What comes back, in a few words."""
        match self.kind:
            case RecoveryKind.CLUSTER:
                return "the whole database"
            case RecoveryKind.TABLE:
                return f"{self.table_name} of {self.organization_slug}"
            case RecoveryKind.FLIGHT:
                return f"flight {self.flight_id} of {self.organization_slug}"
        return self.organization_slug

    @property
    def schema_name(self) -> str:
        assert self.organization_id is not None
        return f"org_{self.organization_id.hex}"

    @property
    def incoming_schema(self) -> str:
        """Where the organization's tables lie until they are exchanged: in nobody's sight."""
        return f"{aside_prefix(self.schema_name)}incoming"

    @property
    def former_schema(self) -> str:
        """Where the organization's tables from before are kept for undoing."""
        return f"{aside_prefix(self.schema_name)}was_{self.pk}"


class RecoveryPhase(models.Model):
    """One step of a run; run again, it says the last time."""

    request = models.ForeignKey(RecoveryRequest, on_delete=models.CASCADE, related_name="phases")
    step = models.CharField(max_length=20, choices=RecoveryStep)
    started_at = models.DateTimeField("begun (UTC)")
    finished_at = models.DateTimeField("finished (UTC)", null=True, blank=True)

    class Meta:
        ordering = ("started_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("request", "step"), name="recoveryphase_once"),
        )

    def __str__(self) -> str:
        return self.get_step_display()
