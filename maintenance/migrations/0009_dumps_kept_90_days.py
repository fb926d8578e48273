from django.db import migrations

INSERT = """
SELECT set_config('app.platform', 'on', true);
INSERT INTO maintenance_backuppolicy
    (name, kind, every_hours, keep_days, keep_at_least, keeps_wal, counts_rows,
     recovery_recipient, is_enabled)
VALUES
    ('dumps', 'dump', 0, 90, 1, false, false, '', true)
ON CONFLICT (name) DO NOTHING;
"""
DELETE = """
SELECT set_config('app.platform', 'on', true);
DELETE FROM maintenance_backuppolicy WHERE kind = 'dump';
"""


class Migration(migrations.Migration):
    """Dumps of one organization are kept for 90 days."""

    dependencies = [("maintenance", "0008_policy_of_dumps")]

    operations = [
        migrations.RunSQL(INSERT, DELETE),
    ]
