"""Who gets the executive summary by mail; every change of it leaves an audit event."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_cache_topics"),
        ("analytics", "0002_wear_weights"),
    ]

    operations = [
        migrations.CreateModel(
            name="SummarySubscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("weekly", "Every Monday"),
                            ("monthly", "On the first of every month"),
                        ],
                        max_length=10,
                        verbose_name="sent",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "claimed_for",
                    models.DateField(
                        editable=False,
                        help_text="The summary that was last taken up for sending.",
                        null=True,
                    ),
                ),
                (
                    "last_sent_for",
                    models.DateField(
                        editable=False,
                        help_text="The summary that last went out, or came before.",
                        null=True,
                    ),
                ),
                (
                    "last_sent_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="last sent"),
                ),
                (
                    "refusals",
                    models.PositiveSmallIntegerField(
                        default=0,
                        editable=False,
                        help_text="By the mail server, of the summary last taken up.",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "verbose_name": "summary by mail",
                "verbose_name_plural": "summaries by mail",
                "ordering": ("member__user__full_name", "member__user__email", "rhythm"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "rhythm"),
                        name="summary_subscription_once",
                        violation_error_message="This member has such a mail already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rhythm__in", ["weekly", "monthly"])),
                        name="summary_subscription_rhythm",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summarysubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('summary_by_mail', 'id', '')",
                    func="",
                    hash="47f2a719b32b9d9d54e6d1c4a0cd20f704488531",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_4a792",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="analytics_summarysubscription",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summarysubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('summary_by_mail', 'id', '')",
                    func="",
                    hash="0abdff794ffc21cbad95744ba3c3859514ac4038",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_3d93a",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="analytics_summarysubscription",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summarysubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('summary_by_mail', 'id', '')",
                    func="",
                    hash="f12cd1ec8b7acf32d115ecaf864a615ac07f79f9",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_507b7",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="analytics_summarysubscription",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="summarysubscription",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('summary_by_mail')",
                    func="",
                    hash="f300b9be3099a75eef2425bcf9e3596095205c2e",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_0d7bf",
                    table="analytics_summarysubscription",
                    when="BEFORE",
                ),
            ),
        ),
    ]
