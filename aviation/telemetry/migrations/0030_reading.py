from django.db import migrations, models

# Where the rows of a flight lie is asked of each partition's primary key, not by reading rows.
MEASURE = """
UPDATE telemetry_flightoverview AS overview
SET first_point_at = (
        SELECT min(point."timestamp") FROM telemetry_point AS point
        WHERE point.session_id = overview.session_id
    ),
    last_point_at = (
        SELECT max(point."timestamp") FROM telemetry_point AS point
        WHERE point.session_id = overview.session_id
    )
"""


class Migration(migrations.Migration):
    dependencies = [
        ("telemetry", "0020_finished_streams"),
    ]

    operations = [
        migrations.AddField(
            model_name="flightoverview",
            name="first_point_at",
            field=models.DateTimeField(
                help_text="No row lies before: only the months from here on are opened.", null=True
            ),
        ),
        migrations.AddField(
            model_name="flightoverview",
            name="last_point_at",
            field=models.DateTimeField(help_text="No row lies after.", null=True),
        ),
        migrations.RunSQL(MEASURE, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="streamedflight",
            index=models.Index(
                fields=["aircraft", "-last_point_at"], name="streamed_flight_newest"
            ),
        ),
        # Which flights passed near a place: ranges of pages whose positions lie elsewhere are
        # skipped. It costs next to nothing to keep (docs/decisions/0007-places-by-brin.md).
        migrations.RunSQL(
            "CREATE INDEX telemetry_point_place ON telemetry_point "
            "USING brin (latitude, longitude) WITH (pages_per_range = 32, autosummarize = on)",
            "DROP INDEX telemetry_point_place",
        ),
    ]
