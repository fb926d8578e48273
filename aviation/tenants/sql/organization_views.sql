-- Refreshes a materialized view of the bound organization. Only a view's owner may refresh it, so
-- this runs as the owner; which schema it works in is told by the transaction's binding alone, and
-- the policies of the tables below show the owner, too, the bound organization's rows and no others.
-- Argument: the view's name as it is read, without the "_data" of the stored rows behind it.
CREATE FUNCTION public.refresh_organization_view(view_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    organization uuid := nullif(current_setting('app.current_org_id', true), '')::uuid;
    home text := 'org_' || replace(organization::text, '-', '');
    stored text := view_name || '_data';
    is_filled boolean;
BEGIN
    IF organization IS NULL THEN
        RAISE EXCEPTION 'no organization is bound' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT c.relispopulated INTO is_filled
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = home AND c.relname::text = stored AND c.relkind = 'm'
      -- An organization that is being removed has shut its callers out.
      AND has_schema_privilege(session_user, n.oid, 'USAGE');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the bound organization has no view % to refresh', view_name
            USING ERRCODE = 'undefined_table';
    END IF;
    -- Readers go on reading the old rows meanwhile. A view that holds none yet, as after a restore,
    -- has no old rows to show.
    EXECUTE format('REFRESH MATERIALIZED VIEW %s %I.%I',
        CASE WHEN is_filled THEN 'CONCURRENTLY' ELSE '' END, home, stored);
END
$body$;

REVOKE ALL ON FUNCTION public.refresh_organization_view(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.refresh_organization_view(text) TO dbx_app;
