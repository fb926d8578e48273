from django.db import migrations

from tests.isolation.next_release import PRESENT


class Migration(migrations.Migration):
    """Alters a table that requests read: it needs ACCESS EXCLUSIVE."""

    dependencies = [
        ("fleet", max(path.stem for path in PRESENT.glob("[0-9]*.py"))),
    ]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE fleet_aircraft ADD COLUMN note text NOT NULL DEFAULT ''",
            reverse_sql="ALTER TABLE fleet_aircraft DROP COLUMN note",
        ),
    ]
