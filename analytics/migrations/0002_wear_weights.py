"""What the wear score's parts weigh, in versions."""

from decimal import Decimal

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import aviation.audit.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_audit_events"),
        ("accounts", "0004_cache_topics"),
        ("caching", "0001_changes_and_policies"),
        ("analytics", "0001_daily_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="WearWeights",
            fields=[
                (
                    "number",
                    models.PositiveIntegerField(
                        primary_key=True, serialize=False, verbose_name="version"
                    ),
                ),
                (
                    "motor",
                    models.DecimalField(
                        decimal_places=3, max_digits=7, verbose_name="points for a motor finding"
                    ),
                ),
                (
                    "control_surface",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=7,
                        verbose_name="points for a control-surface finding",
                    ),
                ),
                (
                    "battery",
                    models.DecimalField(
                        decimal_places=3, max_digits=7, verbose_name="points for a battery finding"
                    ),
                ),
                (
                    "risk",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="The average, 0 to 1, times this.",
                        max_digits=7,
                        verbose_name="points for the average risk",
                    ),
                ),
                (
                    "overdue",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=7,
                        verbose_name="points when maintenance is overdue",
                    ),
                ),
                (
                    "due_in_7_days",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=7,
                        verbose_name="points when it is due within 7 days",
                    ),
                ),
                (
                    "due_in_30_days",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=7,
                        verbose_name="points when it is due within 30 days",
                    ),
                ),
                (
                    "urgent_from",
                    models.DecimalField(decimal_places=3, max_digits=7, verbose_name="urgent from"),
                ),
                (
                    "high_from",
                    models.DecimalField(decimal_places=3, max_digits=7, verbose_name="high from"),
                ),
                (
                    "medium_from",
                    models.DecimalField(decimal_places=3, max_digits=7, verbose_name="medium from"),
                ),
                (
                    "motor_above",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="Number of motor findings.",
                        max_digits=7,
                        verbose_name="inspect the motors above",
                    ),
                ),
                (
                    "control_surface_above",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="Number of findings.",
                        max_digits=7,
                        verbose_name="check the control surfaces above",
                    ),
                ),
                (
                    "battery_above",
                    models.DecimalField(
                        decimal_places=3,
                        help_text="Number of battery findings.",
                        max_digits=7,
                        verbose_name="assess the battery above",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="why")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of the wear weights",
                "verbose_name_plural": "versions of the wear weights",
                "ordering": ("-number",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("is_active",),
                        name="wear_weights_one_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gt", 1)), name="wear_weights_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("motor__range", (0, Decimal("1000")))),
                            models.Q(("control_surface__range", (0, Decimal("1000")))),
                            models.Q(("battery__range", (0, Decimal("1000")))),
                            models.Q(("risk__range", (0, Decimal("1000")))),
                            models.Q(("overdue__range", (0, Decimal("1000")))),
                            models.Q(("due_in_7_days__range", (0, Decimal("1000")))),
                            models.Q(("due_in_30_days__range", (0, Decimal("1000")))),
                            models.Q(("urgent_from__range", (0, Decimal("1000")))),
                            models.Q(("high_from__range", (0, Decimal("1000")))),
                            models.Q(("medium_from__range", (0, Decimal("1000")))),
                            models.Q(("motor_above__range", (0, Decimal("1000")))),
                            models.Q(("control_surface_above__range", (0, Decimal("1000")))),
                            models.Q(("battery_above__range", (0, Decimal("1000")))),
                        ),
                        name="wear_weights_in_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high_from__gt", models.F("medium_from")),
                            ("medium_from__gt", 0),
                            ("urgent_from__gt", models.F("high_from")),
                        ),
                        name="wear_weights_levels_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_in_7_days__gte", models.F("due_in_30_days")),
                            ("overdue__gte", models.F("due_in_7_days")),
                        ),
                        name="wear_weights_maintenance_in_order",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('wear_weights', 'number', '')",
                    func="",
                    hash="fb8d2ff4397ae32e0c88cf03f9c7df6bfbeff244",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_44bdb",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('wear_weights', 'number', '')",
                    func="",
                    hash="8b6689a0717c113d5385aaa294ca69773bed5d4e",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_bcc9f",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('wear_weights', 'number', '')",
                    func="",
                    hash="ff6ff92c3b2e635de16a6ebfa12e0fa72c650a98",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_17468",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('wear_weights')",
                    func="",
                    hash="b2ed50ff86f64ba4c61d290b38a8d290fb22815e",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_e8844",
                    table="analytics_wearweights",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('wear_weights')",
                    func="",
                    hash="b06a643238f8b11b510632910fc7f1fdd77deb5f",
                    operation="INSERT",
                    pgid="pgtrigger_topic_insert_7df0f",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('wear_weights')",
                    func="",
                    hash="e9d78ff0371a9232ae69a5e470823556cb3093f5",
                    operation="UPDATE",
                    pgid="pgtrigger_topic_update_0b341",
                    referencing="REFERENCING NEW TABLE AS changed_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_changed('wear_weights')",
                    func="",
                    hash="e6811b5b4f45dcae5161badc2cfadaf8dfb50cfe",
                    operation="DELETE",
                    pgid="pgtrigger_topic_delete_bcf32",
                    referencing="REFERENCING OLD TABLE AS changed_rows ",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wearweights",
            trigger=pgtrigger.compiler.Trigger(
                name="topic_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.caching_emptied('wear_weights')",
                    func="",
                    hash="41b4e9d8520ce60ca20c360094fff764d8aec44f",
                    operation="TRUNCATE",
                    pgid="pgtrigger_topic_truncate_3fe15",
                    table="analytics_wearweights",
                    when="AFTER",
                ),
            ),
        ),
    ]
