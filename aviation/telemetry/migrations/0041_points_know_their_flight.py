from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("flights", "0004_cache_topics"),
        ("telemetry", "0040_partitions"),
    ]

    operations = [
        # The points that are there passed the foreign key; going back has it look at each again.
        migrations.RunSQL(
            sql=(SQL / "points_and_flights.sql").read_text(encoding="utf-8"),
            reverse_sql=(SQL / "points_and_flights_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
