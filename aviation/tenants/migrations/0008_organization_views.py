from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """The function by which the application refreshes its organization's materialized views."""

    dependencies = [
        ("tenants", "0007_time_zones"),
    ]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "organization_views.sql").read_text(encoding="utf-8"),
            reverse_sql="DROP FUNCTION public.refresh_organization_view(text)",
        ),
    ]
