from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0035_last_sequence_at")]

    operations = [
        # Taken back, the function stays: it does for the code before all that it did before.
        migrations.RunSQL(
            (SQL / "telemetry_partitions.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        ),
    ]
