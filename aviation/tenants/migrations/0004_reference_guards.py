from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """The functions behind the triggers that keep rows from pointing at other organizations.

    The triggers are made by securing.py; the reverse takes them along.
    """

    dependencies = [
        ("tenants", "0003_closing"),
    ]

    operations = [
        migrations.RunSQL(
            sql=(SQL / "reference_guards.sql").read_text(encoding="utf-8"),
            reverse_sql="DROP FUNCTION public.require_same_organization() CASCADE;"
            " DROP FUNCTION public.refuse_change_of_organization() CASCADE",
        ),
    ]
