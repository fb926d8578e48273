import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import aviation.audit.triggers


class Migration(migrations.Migration):
    """Requests of recovery and the steps of their runs."""

    dependencies = [
        ("maintenance", "0002_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cluster", "The whole database, into a new folder"),
                            ("organization", "One organization"),
                            ("table", "Rows missing from one table of an organization"),
                            ("flight", "One flight of an organization"),
                        ],
                        max_length=20,
                        verbose_name="what",
                    ),
                ),
                ("target_at", models.DateTimeField(verbose_name="back to (UTC)")),
                (
                    "organization_id",
                    models.UUIDField(blank=True, null=True, verbose_name="organization's id"),
                ),
                (
                    "organization_slug",
                    models.CharField(blank=True, max_length=40, verbose_name="organization"),
                ),
                ("table_name", models.CharField(blank=True, max_length=63, verbose_name="table")),
                ("flight_id", models.UUIDField(blank=True, null=True, verbose_name="flight")),
                (
                    "data_folder",
                    models.CharField(
                        blank=True,
                        help_text="On the database's machine.",
                        max_length=300,
                        verbose_name="new folder",
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "requested_at",
                    models.DateTimeField(auto_now_add=True, verbose_name="requested (UTC)"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("planned", "Planned, waits for a second person"),
                            ("approved", "Approved"),
                            ("void", "Approval void, plan it again"),
                            ("running", "Running"),
                            ("failed", "Failed, may be run again"),
                            ("done", "Done"),
                            ("undone", "Undone"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="requested",
                        max_length=20,
                    ),
                ),
                ("plan", models.TextField(blank=True, help_text="Canonical JSON.")),
                (
                    "plan_sha256",
                    models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the plan"),
                ),
                (
                    "planned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="planned (UTC)"),
                ),
                (
                    "approved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="approved (UTC)"),
                ),
                ("approved_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "started_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="begun (UTC)"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished (UTC)"),
                ),
                (
                    "undo_until",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="can be undone until (UTC)"
                    ),
                ),
                ("problem", models.TextField(blank=True)),
                ("report", models.JSONField(blank=True, default=dict)),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-requested_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="RecoveryPhase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("restored", "Restored beside"),
                            ("checked", "Plan checked again"),
                            ("copied", "Copied and compared"),
                            ("exchanged", "Exchanged"),
                            ("inserted", "Missing rows put back"),
                        ],
                        max_length=20,
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="begun (UTC)")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished (UTC)"),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="phases",
                        to="maintenance.recoveryrequest",
                    ),
                ),
            ],
            options={
                "ordering": ("started_at", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="recoveryrequest",
            index=models.Index(
                models.OrderBy(models.F("requested_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="recovery_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "requested",
                            "planned",
                            "approved",
                            "void",
                            "running",
                            "failed",
                            "done",
                            "undone",
                            "withdrawn",
                        ],
                    )
                ),
                name="recovery_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "cluster"),
                        ("flight_id__isnull", True),
                        ("organization_id__isnull", True),
                        ("table_name", ""),
                        models.Q(("data_folder", ""), _negated=True),
                    ),
                    models.Q(
                        ("data_folder", ""),
                        ("kind", "organization"),
                        ("organization_id__isnull", False),
                        ("flight_id__isnull", True),
                        ("table_name", ""),
                    ),
                    models.Q(
                        ("data_folder", ""),
                        ("kind", "table"),
                        ("organization_id__isnull", False),
                        models.Q(("table_name", ""), _negated=True),
                        ("flight_id__isnull", True),
                    ),
                    models.Q(
                        ("data_folder", ""),
                        ("kind", "flight"),
                        ("organization_id__isnull", False),
                        ("flight_id__isnull", False),
                        ("table_name", ""),
                    ),
                    _connector="OR",
                ),
                name="recovery_scope_fits",
                violation_error_message="This is not what this kind of recovery needs to know.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="recovery_approved_by_another",
                violation_error_message="Somebody else has to approve it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("approved_at__isnull", True),
                        ("approved_by__isnull", True),
                        ("approved_sha256", ""),
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recovery_approval_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("approved", "running", "failed", "done", "undone")),
                        _negated=True,
                    ),
                    models.Q(
                        ("approved_at__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_sha256", ""), _negated=True),
                        ("approved_sha256", models.F("plan_sha256")),
                    ),
                    _connector="OR",
                ),
                name="recovery_runs_what_was_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")),
                fields=("organization_id",),
                name="recovery_one_running",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recoveryrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('recovery_request', 'id', '')",
                    func="",
                    hash="d4bc08c2a681b18c324572209246f954ac448f9d",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_5cead",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="maintenance_recoveryrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recoveryrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('recovery_request', 'id', '')",
                    func="",
                    hash="d68244cac78bdb556f2e15fa51224d66a6992bc0",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_c30b8",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="maintenance_recoveryrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recoveryrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('recovery_request', 'id', '')",
                    func="",
                    hash="cbf9b0346cddaf2c7469d307f71f6d5b6a732039",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_83664",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="maintenance_recoveryrequest",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="recoveryrequest",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('recovery_request')",
                    func="",
                    hash="cbe646f425ef57f7b5431052cd4f2a666408c241",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_2298d",
                    table="maintenance_recoveryrequest",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryphase",
            constraint=models.UniqueConstraint(
                fields=("request", "step"), name="recoveryphase_once"
            ),
        ),
    ]
