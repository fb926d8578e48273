"""A request by an API key or access token names it: its changes can be told from its owner's."""

from django.db import migrations

BEFORE = """
ALTER TABLE public.audit_event ALTER COLUMN actor_name SET DEFAULT CASE
    WHEN current_setting('app.request_id', true) <> '' THEN ''
    ELSE coalesce(nullif(current_setting('app.work', true), ''), session_user)
END
"""
AFTER = """
ALTER TABLE public.audit_event ALTER COLUMN actor_name SET DEFAULT CASE
    WHEN current_setting('app.request_id', true) <> '' THEN coalesce(current_setting('app.work', true), '')
    ELSE coalesce(nullif(current_setting('app.work', true), ''), session_user)
END
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_events")]

    operations = [migrations.RunSQL(sql=AFTER, reverse_sql=BEFORE)]
