from django.db import migrations, models

KINDS = [
    ("backup_failed", "A backup could not be taken"),
    ("not_verified", "A backup or its WAL is not good"),
    ("archiver", "WAL is not being archived"),
    ("drill", "A restore drill failed"),
    ("retention", "Data are not kept as the policies say"),
    ("partitions", "Partitions are not as they should be"),
]


class Migration(migrations.Migration):
    """Alarms tell of partitions too; nothing changes in the database."""

    dependencies = [("maintenance", "0010_alarms_of_retention")]

    operations = [
        migrations.AlterField(
            model_name="backupalarm",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
    ]
