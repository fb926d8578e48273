"""Which streamed flights have been made whole flights, and of how many points."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_streams")]

    operations = [
        migrations.AddField(
            model_name="streamedflight",
            name="finished_count",
            field=models.BigIntegerField(
                null=True,
                help_text="How many points it had when charts and analysis were made of it.",
            ),
        ),
        migrations.AddField(
            model_name="streamedflight",
            name="finish_attempts",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="streamedflight",
            index=models.Index(
                fields=["last_received_at"],
                name="streamed_flight_unfinished",
                condition=models.Q(
                    ("finished_count", None),
                    ("finished_count__lt", models.F("point_count")),
                    _connector="OR",
                ),
            ),
        ),
    ]
