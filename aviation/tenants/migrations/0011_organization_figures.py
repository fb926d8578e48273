"""Figures that each organization lays down for the platform's staff."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0010_refresh_by_hashing"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrganizationFigures",
            fields=[
                (
                    "organization",
                    models.OneToOneField(
                        db_column="org_id",
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="figures",
                        serialize=False,
                        to="tenants.organization",
                    ),
                ),
                (
                    "document",
                    models.JSONField(help_text="In the form of analytics/platform/documents.py."),
                ),
                (
                    "figures_at",
                    models.DateTimeField(
                        help_text="They hold everything stored before this moment."
                    ),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "figures of an organization",
                "verbose_name_plural": "figures of all organizations",
            },
        ),
    ]
