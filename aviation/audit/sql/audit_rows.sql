-- What the triggers on audited tables call. Arguments: the table's name in the trail, its key
-- column, the column of the organization (empty in an organization's own schema), and the columns
-- whose values are left out.
--
-- They run as their owner. EXECUTE is revoked from everybody, because the application role may make
-- temporary tables: a trigger of its own on one of those would let it write any event it likes.
--
-- Rows become jsonb in a subquery that OFFSET 0 keeps apart; drawn into the outer query, the
-- conversion would run again for every column looked at.

-- The organization whose schema a table stands in; null in "public".
CREATE FUNCTION public.audit_organization_of(schema_name text) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
    SELECT CASE WHEN schema_name ~ '^org_[0-9a-f]{32}$' THEN substr(schema_name, 5)::uuid END
$body$;

CREATE FUNCTION public.audit_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_organization_of(TG_TABLE_SCHEMA);
BEGIN
    IF to_regclass('public.' || public.audit_partition_of(statement_timestamp())) IS NULL THEN
        PERFORM public.audit_make_partition(statement_timestamp());
    END IF;
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, after)
    SELECT coalesce(organization, (image ->> TG_ARGV[2])::uuid), 'insert', TG_ARGV[0],
        image ->> TG_ARGV[1], image - TG_ARGV[3:]
    FROM (SELECT to_jsonb(r) AS image FROM new_rows r OFFSET 0) became;
    RETURN NULL;
END
$body$;

CREATE FUNCTION public.audit_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_organization_of(TG_TABLE_SCHEMA);
BEGIN
    IF to_regclass('public.' || public.audit_partition_of(statement_timestamp())) IS NULL THEN
        PERFORM public.audit_make_partition(statement_timestamp());
    END IF;
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, before)
    SELECT coalesce(organization, (image ->> TG_ARGV[2])::uuid), 'delete', TG_ARGV[0],
        image ->> TG_ARGV[1], image - TG_ARGV[3:]
    FROM (SELECT to_jsonb(r) AS image FROM old_rows r OFFSET 0) was;
    RETURN NULL;
END
$body$;

-- Only what changed is recorded; of a left-out column, that it changed. A row written back as it
-- was leaves nothing. A row whose key changed is one row gone and one come: hence the full join,
-- which besides keeps the planner from comparing each old row with each new one.
CREATE FUNCTION public.audit_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := public.audit_organization_of(TG_TABLE_SCHEMA);
    left_out text[] := TG_ARGV[3:];
BEGIN
    IF to_regclass('public.' || public.audit_partition_of(statement_timestamp())) IS NULL THEN
        PERFORM public.audit_make_partition(statement_timestamp());
    END IF;
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
    RETURN NULL;
END
$body$;

CREATE FUNCTION public.audit_refuse_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'TRUNCATE would leave no trace of the rows of %: use DELETE', TG_ARGV[0]
        USING ERRCODE = '42501';
END
$body$;

REVOKE ALL ON FUNCTION public.audit_organization_of(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_inserted() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_updated() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_deleted() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_refuse_truncate() FROM PUBLIC;
