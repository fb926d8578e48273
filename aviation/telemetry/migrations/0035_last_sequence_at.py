from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0030_reading")]

    operations = [
        migrations.AlterModelOptions(
            name="quarantinedpoint",
            options={"ordering": ("-id",), "verbose_name": "refused point"},
        ),
        migrations.AddField(
            model_name="streamedflight",
            name="last_sequence_at",
            field=models.DateTimeField(
                help_text="What its clock showed at the highest number: going back shows here.",
                null=True,
            ),
        ),
    ]
