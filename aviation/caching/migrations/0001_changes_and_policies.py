"""The notes of what changed, and how each kind of cached value is kept."""

from pathlib import Path

import django.contrib.postgres.fields
import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import aviation.audit.triggers

SQL = Path(__file__).resolve().parents[1] / "sql"

DROP = """
DROP FUNCTION public.caching_compact(integer);
DROP FUNCTION public.caching_generation(uuid, text[]);
DROP FUNCTION public.caching_changed();
DROP FUNCTION public.caching_emptied();
DROP FUNCTION public.caching_changed_for();
DROP FUNCTION public.caching_note(uuid, text);
DROP TABLE public.caching_change;
"""
HOUR_S = 3_600
SEEDS = [
    ("flight_analysis", "hybrid", 2 * HOUR_S, ["event", "manual"]),
    ("aircraft_registry", "hybrid", 6 * HOUR_S, ["event", "manual"]),
    ("fleet_figures", "hybrid", HOUR_S, ["event", "manual"]),
    ("sessions", "redis", 1_800, ["time", "manual"]),
    ("rate_limits", "memory", 60, ["time", "manual"]),
    ("system_health", "redis", 300, ["time", "manual"]),
]


def seed(apps, schema_editor):
    policies = apps.get_model("caching", "CachePolicy").objects.using(
        schema_editor.connection.alias
    )
    for name, kind, lifetime_s, invalidation in SEEDS:
        values = {"kind": kind, "lifetime_s": lifetime_s, "invalidation": invalidation}
        policies.get_or_create(name=name, defaults=values)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("audit", "0001_audit_events")]

    operations = [
        migrations.RunSQL(sql=(SQL / "changes.sql").read_text(encoding="utf-8"), reverse_sql=DROP),
        migrations.CreateModel(
            name="CachePolicy",
            fields=[
                (
                    "name",
                    models.SlugField(
                        editable=False, max_length=40, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("redis", "Redis, shared by all processes"),
                            ("memory", "Memory of each process"),
                            ("hybrid", "Redis, with a copy in each process"),
                        ],
                        max_length=10,
                        verbose_name="kept in",
                    ),
                ),
                (
                    "lifetime_s",
                    models.PositiveIntegerField(
                        help_text="How long a value is answered at most: 3600 is an hour.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="lifetime (s)",
                    ),
                ),
                (
                    "invalidation",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("event", "Event: a change in the database, at once"),
                                ("pattern", "Pattern: code that names keys by a pattern"),
                                ("manual", "Manual: the purge button"),
                                ("time", "Time: the lifetime alone"),
                            ],
                            max_length=10,
                        ),
                        help_text="What makes a value old before its lifetime is over.",
                        size=None,
                    ),
                ),
                (
                    "is_on",
                    models.BooleanField(
                        default=True,
                        help_text="Off: every value is made anew each time.",
                        verbose_name="on",
                    ),
                ),
                (
                    "edition",
                    models.PositiveIntegerField(
                        default=1,
                        editable=False,
                        help_text="Counted up by a purge: older values are forgotten.",
                    ),
                ),
                (
                    "purged_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="purged"),
                ),
            ],
            options={
                "verbose_name": "cache policy",
                "verbose_name_plural": "cache policies",
                "ordering": ("name",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["redis", "memory", "hybrid"])),
                        name="cache_policy_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lifetime_s__gte", 1), ("lifetime_s__lte", 604800)),
                        name="cache_policy_lifetime_bounded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invalidation__contained_by", ["event", "pattern", "manual", "time"]),
                            ("invalidation__len__gte", 1),
                        ),
                        name="cache_policy_invalidation_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invalidation__contains", ["pattern"]),
                            ("kind", "memory"),
                            _negated=True,
                        ),
                        name="cache_policy_pattern_needs_redis",
                        violation_error_message="Only what is kept in Redis can be found by a pattern.",
                    ),
                ],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="cachepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_insert",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_inserted('cache_policy', 'name', '')",
                    func="",
                    hash="e74229e0de805011a9be0810924d192abeeab8b3",
                    operation="INSERT",
                    pgid="pgtrigger_audit_insert_16bdc",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="caching_cachepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cachepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_update",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_updated('cache_policy', 'name', '')",
                    func="",
                    hash="ab2ce21422d6ca15129f338800af449bb2260394",
                    operation="UPDATE",
                    pgid="pgtrigger_audit_update_f09b2",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="caching_cachepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cachepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_delete",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_deleted('cache_policy', 'name', '')",
                    func="",
                    hash="7f45b2687583717ddf2f6453e93c00d764d11180",
                    operation="DELETE",
                    pgid="pgtrigger_audit_delete_37f60",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="caching_cachepolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cachepolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audit_truncate",
                sql=aviation.audit.triggers.SharedFunctionTrigger(
                    execute="public.audit_refuse_truncate('cache_policy')",
                    func="",
                    hash="dcddc95d04dfac53e58ea87da69b5f24246d9ec9",
                    operation="TRUNCATE",
                    pgid="pgtrigger_audit_truncate_0f586",
                    table="caching_cachepolicy",
                    when="BEFORE",
                ),
            ),
        ),
    ]
