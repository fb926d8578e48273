"""The audit trail's triggers take less memory in each connection."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_name_the_credential")]

    # The former ones are not brought back: these do the same.
    operations = [
        migrations.RunSQL(
            sql=(SQL / "audit_rows_lean.sql").read_text(encoding="utf-8"),
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
