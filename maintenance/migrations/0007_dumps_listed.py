"""Dumps of one organization are listed beside the backups; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0006_retention_rules")]

    operations = [
        migrations.AlterField(
            model_name="backup",
            name="kind",
            field=models.CharField(
                choices=[
                    ("full", "Full"),
                    ("incremental", "Incremental"),
                    ("dump", "Dump of one organization"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="backup",
            name="policy_name",
            field=models.CharField(max_length=50, verbose_name="policy or organization"),
        ),
    ]
