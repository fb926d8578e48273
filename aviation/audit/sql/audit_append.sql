-- The application role's only door: an event with a name, such as "access.refused". Whose event it
-- is, who acted and from where come from the transaction's binding, never from an argument; a row's
-- insert, update or delete cannot be claimed, as the name must have a dot in it.
CREATE FUNCTION public.audit_append(
    action text, table_name text, object_id text, reason text, details jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF audit_append.action !~ '\.' THEN
        RAISE EXCEPTION '% is not the name of an event', audit_append.action USING ERRCODE = '42501';
    END IF;
    IF octet_length(audit_append.details::text) > 32000 OR octet_length(audit_append.reason) > 8000
        OR octet_length(audit_append.table_name || audit_append.object_id) > 1000 THEN
        RAISE EXCEPTION 'the event is too large' USING ERRCODE = '22001';
    END IF;
    IF to_regclass('public.' || public.audit_partition_of(statement_timestamp())) IS NULL THEN
        PERFORM public.audit_make_partition(statement_timestamp());
    END IF;
    INSERT INTO public.audit_event (org_id, action, table_name, object_id, after, reason)
    VALUES (
        nullif(current_setting('app.current_org_id', true), '')::uuid, audit_append.action,
        audit_append.table_name, audit_append.object_id, audit_append.details, audit_append.reason
    );
END
$body$;

REVOKE ALL ON FUNCTION public.audit_append(text, text, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.audit_append(text, text, text, text, jsonb) TO dbx_app;
