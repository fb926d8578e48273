from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("backup_failed", "A backup could not be taken"),
    ("not_verified", "A backup or its WAL is not good"),
    ("archiver", "WAL is not being archived"),
    ("drill", "A restore drill failed"),
    ("retention", "Data are not kept as the policies say"),
]


class Migration(migrations.Migration):
    """Alarms tell of retention too, one for each organization that is not well."""

    dependencies = [("maintenance", "0009_dumps_kept_90_days")]

    operations = [
        migrations.AlterModelOptions(
            name="backupalarm",
            options={"ordering": ("-raised_at",), "verbose_name": "alarm"},
        ),
        migrations.AddField(
            model_name="backupalarm",
            name="organization",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Its code, where it is about one alone.",
                max_length=40,
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="backupalarm",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
        migrations.RemoveConstraint(
            model_name="backupalarm", name="backupalarm_one_open_of_a_kind"
        ),
        migrations.AddConstraint(
            model_name="backupalarm",
            constraint=models.UniqueConstraint(
                fields=("kind", "organization"),
                condition=Q(cleared_at__isnull=True),
                name="backupalarm_one_open_of_a_kind",
            ),
        ),
    ]
