"""What the forms call an organization's fields; nothing in the database changes."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0005_audit_triggers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organization",
            name="api_rate_limit_per_minute",
            field=models.PositiveIntegerField(
                default=600,
                help_text="Of all the organization's programs together.",
                verbose_name="API calls a minute",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="closes_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the grace period of a closing organization ends.",
                null=True,
                verbose_name="data removed on",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="created_at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="opened"),
        ),
        migrations.AlterField(
            model_name="organization",
            name="kind",
            field=models.CharField(
                choices=[
                    ("commercial", "Commercial operator"),
                    ("public_safety", "Public safety"),
                    ("research", "Research"),
                    ("training", "Training"),
                    ("private", "Private"),
                ],
                default="commercial",
                max_length=20,
                verbose_name="kind of organization",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="storage_quota_bytes",
            field=models.BigIntegerField(
                default=53687091200,
                help_text="What all log files together may take: 1 GB is 1000000000. Uploads beyond it are refused; nothing is removed.",
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="storage for log files (bytes)",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="subscription_tier",
            field=models.CharField(
                choices=[("free", "Free"), ("standard", "Standard"), ("enterprise", "Enterprise")],
                default="standard",
                help_text="Sets quota and limits when the organization is opened. A change here leaves them as they are.",
                max_length=20,
                verbose_name="subscription",
            ),
        ),
        migrations.AlterField(
            model_name="organization",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="suspended"),
        ),
        migrations.AlterField(
            model_name="organization",
            name="telemetry_retention_days",
            field=models.PositiveIntegerField(
                default=90,
                help_text="How long the recorded measurements of a flight are kept.",
                verbose_name="telemetry kept for (days)",
            ),
        ),
    ]
