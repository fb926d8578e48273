from django.db import migrations, models


class Migration(migrations.Migration):
    """How far each schema has come, and the script that makes a new one."""

    dependencies = [
        ("tenants", "0001_organizations"),
    ]

    operations = [
        migrations.CreateModel(
            name="SchemaState",
            fields=[
                (
                    "schema_name",
                    models.CharField(max_length=63, primary_key=True, serialize=False),
                ),
                (
                    "fingerprint",
                    models.CharField(
                        blank=True,
                        help_text="Of the migrations and policies it was last made to match; empty: unknown.",
                        max_length=64,
                    ),
                ),
                ("migrated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="SchemaScript",
            fields=[
                (
                    "fingerprint",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("schema_name", models.CharField(max_length=63)),
                ("organization_id", models.UUIDField()),
                ("statements", models.JSONField()),
                ("migrations", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
