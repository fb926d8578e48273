from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("full", "Full"),
    ("incremental", "Incremental"),
    ("dump", "Dump of one organization"),
]


class Migration(migrations.Migration):
    """A policy may say how long dumps of one organization are kept; they are made by hand."""

    dependencies = [("maintenance", "0007_dumps_listed")]

    operations = [
        migrations.AlterField(
            model_name="backuppolicy",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=20),
        ),
        migrations.RemoveConstraint(model_name="backuppolicy", name="backuppolicy_kind_known"),
        migrations.RemoveConstraint(
            model_name="backuppolicy", name="backuppolicy_numbers_positive"
        ),
        migrations.AddConstraint(
            model_name="backuppolicy",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=["full", "incremental", "dump"]),
                name="backuppolicy_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="backuppolicy",
            constraint=models.CheckConstraint(
                condition=Q(keep_days__gte=1)
                & (Q(kind="dump", every_hours=0) | ~Q(kind="dump") & Q(every_hours__gte=1)),
                name="backuppolicy_numbers_positive",
                violation_error_message="Hours and days are 1 or more; dumps have no hours.",
            ),
        ),
        migrations.AddConstraint(
            model_name="backuppolicy",
            constraint=models.UniqueConstraint(
                fields=("kind",), condition=Q(kind="dump"), name="backuppolicy_one_of_dumps"
            ),
        ),
    ]
