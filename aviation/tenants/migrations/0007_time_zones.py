"""The time zone an organization keeps its days in."""

from __future__ import annotations

from django.db import migrations, models

import aviation.tenants.time_zones


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_organization_labels"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="time_zone",
            field=models.CharField(
                default="UTC",
                help_text="Whose days the fleet's figures are counted in, such as Europe/Zurich.",
                max_length=64,
                validators=[aviation.tenants.time_zones.require_time_zone],
            ),
        ),
    ]
