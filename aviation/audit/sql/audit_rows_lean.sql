-- The functions of audit_rows.sql with as few expressions as can be: a connection keeps a compiled
-- copy for each trigger that it has met in each organization, with seven kilobytes and more for each
-- expression. What the three have in common is done by a function of which there is one copy, and
-- they return NEW, which is nothing to a statement's trigger and unlike NULL no expression.

-- Sees to it that the month has its partition; answers as audit_organization_of does.
CREATE OR REPLACE FUNCTION public.audit_ready_for(schema_name text) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF to_regclass('public.' || public.audit_partition_of(statement_timestamp())) IS NULL THEN
        PERFORM public.audit_make_partition(statement_timestamp());
    END IF;
    RETURN public.audit_organization_of(schema_name);
END
$body$;

REVOKE ALL ON FUNCTION public.audit_ready_for(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION public.audit_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_ready_for(TG_TABLE_SCHEMA);
BEGIN
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, after)
    SELECT coalesce(organization, (image ->> TG_ARGV[2])::uuid), 'insert', TG_ARGV[0],
        image ->> TG_ARGV[1], image - TG_ARGV[3:]
    FROM (SELECT to_jsonb(r) AS image FROM new_rows r OFFSET 0) became;
    RETURN NEW;
END
$body$;

CREATE OR REPLACE FUNCTION public.audit_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_ready_for(TG_TABLE_SCHEMA);
BEGIN
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, before)
    SELECT coalesce(organization, (image ->> TG_ARGV[2])::uuid), 'delete', TG_ARGV[0],
        image ->> TG_ARGV[1], image - TG_ARGV[3:]
    FROM (SELECT to_jsonb(r) AS image FROM old_rows r OFFSET 0) was;
    RETURN NEW;
END
$body$;

-- Only what changed is recorded; of a left-out column, that it changed. A row written back as it
-- was leaves nothing. A row whose key changed is one row gone and one come: hence the full join,
-- which besides keeps the planner from comparing each old row with each new one.
CREATE OR REPLACE FUNCTION public.audit_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_ready_for(TG_TABLE_SCHEMA);
    left_out text[] := TG_ARGV[3:];
BEGIN
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, before, after)
    SELECT coalesce(organization, (coalesce(became.image, was.image) ->> TG_ARGV[2])::uuid),
        CASE WHEN was.image IS NULL THEN 'insert' WHEN became.image IS NULL THEN 'delete' ELSE 'update' END,
        TG_ARGV[0], coalesce(became.image, was.image) ->> TG_ARGV[1], changed.before, changed.after
    FROM (SELECT to_jsonb(r) AS image FROM old_rows r OFFSET 0) was
    FULL JOIN (SELECT to_jsonb(r) AS image FROM new_rows r OFFSET 0) became
        ON was.image ->> TG_ARGV[1] = became.image ->> TG_ARGV[1]
    CROSS JOIN LATERAL (
        SELECT
            jsonb_object_agg(key, CASE WHEN key = ANY (left_out) THEN '"withheld"' ELSE value END)
                FILTER (WHERE was.image IS NOT NULL) AS before,
            jsonb_object_agg(key, CASE WHEN key = ANY (left_out) THEN '"withheld"' ELSE became.image -> key END)
                FILTER (WHERE became.image IS NOT NULL) AS after
        FROM jsonb_each(coalesce(was.image, became.image))
        WHERE became.image -> key IS DISTINCT FROM was.image -> key
    ) changed
    WHERE changed.before IS NOT NULL OR changed.after IS NOT NULL;
    RETURN NEW;
END
$body$;
