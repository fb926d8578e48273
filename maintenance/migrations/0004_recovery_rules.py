from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "recovery" / "sql" / "rules.sql"
REVERSE = """
DROP TRIGGER recovery_rules ON public.maintenance_recoveryrequest;
DROP FUNCTION public.maintenance_recovery_rules();
"""


class Migration(migrations.Migration):
    """The ways a request may go, held by the database."""

    dependencies = [
        ("maintenance", "0003_recovery_requests"),
    ]

    operations = [
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), REVERSE),
    ]
