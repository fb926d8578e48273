from django.db import migrations

DEFAULTS = """
INSERT INTO maintenance_retentiondefault (kind, keep_days, grace_days)
SELECT kind, NULL, 30
FROM unnest(ARRAY['telemetry', 'raw_logs', 'flights', 'analyses', 'api_usage', 'audit']) AS kind
ON CONFLICT (kind) DO NOTHING;
"""
WRITTEN_ONCE = """
CREATE FUNCTION public.refuse_change_of_certificate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION '% of certificates of deletion is refused', TG_OP USING ERRCODE = '42501';
END
$body$;
REVOKE ALL ON FUNCTION public.refuse_change_of_certificate() FROM PUBLIC;
CREATE TRIGGER certificate_written_once BEFORE UPDATE OR DELETE OR TRUNCATE
    ON public.maintenance_deletioncertificate
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change_of_certificate();
"""
REWRITABLE = """
DROP TRIGGER certificate_written_once ON public.maintenance_deletioncertificate;
DROP FUNCTION public.refuse_change_of_certificate();
"""


class Migration(migrations.Migration):
    """Everything is kept for ever until somebody says otherwise; a certificate stays as it is."""

    dependencies = [
        ("maintenance", "0005_retention"),
    ]

    operations = [
        migrations.RunSQL(DEFAULTS, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN_ONCE, REWRITABLE),
    ]
