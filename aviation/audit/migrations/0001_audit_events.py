"""The audit trail: table, partitions, and the functions that append to it."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


def read(name):
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="time (UTC)")),
                ("transaction_id", models.BigIntegerField(verbose_name="transaction")),
                ("org_id", models.UUIDField(null=True, verbose_name="organization")),
                ("actor_id", models.UUIDField(null=True, verbose_name="person")),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("visitor", "Visitor, not signed in"),
                            ("system", "Task or command"),
                            ("direct", "Directly in the database"),
                        ],
                        max_length=10,
                        verbose_name="by",
                    ),
                ),
                ("actor_name", models.TextField(verbose_name="task, command or database role")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
                ("request_id", models.TextField(verbose_name="request")),
                ("action", models.TextField()),
                ("table_name", models.TextField(verbose_name="table")),
                ("object_id", models.TextField(verbose_name="object")),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("reason", models.TextField()),
            ],
            options={
                "verbose_name": "audit event",
                "db_table": "audit_event",
                "ordering": ("-at", "-id"),
                "managed": False,
            },
        ),
        migrations.RunSQL(
            sql=read("audit_event"),
            reverse_sql=(
                "DROP TABLE public.audit_event; DROP SEQUENCE public.audit_event_id_seq;"
                "DROP FUNCTION public.audit_protect(regclass);"
                "DROP FUNCTION public.audit_refuse_change()"
            ),
        ),
        migrations.RunSQL(
            sql=read("audit_partitions"),
            reverse_sql=(
                "DROP FUNCTION public.audit_prepare_partitions();"
                "DROP FUNCTION public.audit_make_partition(timestamptz);"
                "DROP FUNCTION public.audit_partition_of(timestamptz)"
            ),
        ),
        migrations.RunSQL(
            sql=read("audit_rows"),
            reverse_sql=(
                "DROP FUNCTION public.audit_inserted(); DROP FUNCTION public.audit_updated();"
                "DROP FUNCTION public.audit_deleted(); DROP FUNCTION public.audit_refuse_truncate();"
                "DROP FUNCTION public.audit_organization_of(text)"
            ),
        ),
        migrations.RunSQL(
            sql=read("audit_append"),
            reverse_sql="DROP FUNCTION public.audit_append(text, text, text, text, jsonb)",
        ),
    ]
