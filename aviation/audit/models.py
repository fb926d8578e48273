"""The audit events, as PostgreSQL keeps them (see sql/)."""

from __future__ import annotations

from django.db import models

from aviation.audit.choices import ActorKind, RowAction
from aviation.audit.querysets import AuditEventQuerySet


class AuditEvent(models.Model):
    """One changed row, or one named event such as ``access.refused``. Nobody alters it.

    Partitioned by month of ``at``; the key in the database is (id, at). Organizations and people
    are named by id, without foreign keys: an event outlives what it tells about.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField("time (UTC)")
    transaction_id = models.BigIntegerField("transaction")
    org_id = models.UUIDField("organization", null=True)
    actor_id = models.UUIDField("person", null=True)
    actor_kind = models.CharField("by", max_length=10, choices=ActorKind)
    actor_name = models.TextField("task, command or database role")
    address = models.GenericIPAddressField("address", null=True)
    request_id = models.TextField("request")
    action = models.TextField()
    table_name = models.TextField("table")
    object_id = models.TextField("object")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_event"
        ordering = ("-at", "-id")
        verbose_name = "audit event"

    def __str__(self) -> str:
        return f"{self.action_label} {self.table_name} {self.object_id}".rstrip()

    @property
    def is_of_a_row(self) -> bool:
        """Whether it tells of a row added, changed or deleted; else it is a named event."""
        return self.action in RowAction.values

    @property
    def action_label(self) -> str:
        """``Changed`` for a row's event; a named event's own name."""
        return RowAction(self.action).label if self.is_of_a_row else self.action

    @property
    def columns(self) -> list[str]:
        """The columns it tells of; for a named event the names of its details."""
        return sorted((self.before or {}) | (self.after or {}))
