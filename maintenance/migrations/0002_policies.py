from django.db import migrations

INSERT = """
SELECT set_config('app.platform', 'on', true);
INSERT INTO maintenance_backuppolicy
    (name, kind, every_hours, keep_days, keep_at_least, keeps_wal, counts_rows,
     recovery_recipient, is_enabled)
VALUES
    ('daily', 'full', 24, 30, 2, false, true, '', true),
    ('weekly', 'full', 168, 365, 2, false, false, '', true),
    ('hourly', 'incremental', 1, 7, 2, true, false, '', true)
ON CONFLICT (name) DO NOTHING;
"""
DELETE = """
SELECT set_config('app.platform', 'on', true);
DELETE FROM maintenance_backuppolicy WHERE name IN ('daily', 'weekly', 'hourly');
"""


class Migration(migrations.Migration):
    """A daily full backup, a weekly one for a year, and hourly steps with WAL."""

    dependencies = [
        ("maintenance", "0001_backups"),
    ]

    operations = [
        migrations.RunSQL(INSERT, DELETE),
    ]
