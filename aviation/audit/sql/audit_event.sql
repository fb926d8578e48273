-- The audit trail: one row for each changed row and each named event, partitioned by month.
-- What must never happen: an event altered or taken away, one written by the application role past
-- the functions, or a change refused because the month has no partition yet.
--
-- Who, when and from where are column defaults: whoever inserts cannot forget them, and the
-- functions that insert leave no other way. "At" is the statement's beginning, so that the month
-- looked for before the insert is the month the row goes to.
CREATE SEQUENCE public.audit_event_id_seq;

CREATE TABLE public.audit_event (
    id bigint NOT NULL DEFAULT nextval('public.audit_event_id_seq'),
    at timestamptz NOT NULL DEFAULT statement_timestamp(),
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    org_id uuid,
    actor_id uuid DEFAULT nullif(current_setting('app.current_user_id', true), '')::uuid,
    actor_kind text NOT NULL DEFAULT CASE
        WHEN coalesce(current_setting('app.request_id', true), '') = ''
            AND coalesce(current_setting('app.work', true), '') = '' THEN 'direct'
        WHEN current_setting('app.current_user_id', true) <> '' THEN 'person'
        WHEN current_setting('app.work', true) <> '' THEN 'system'
        ELSE 'visitor'
    END,
    -- The task or command; the database role of work done by hand; nothing for a request.
    actor_name text NOT NULL DEFAULT CASE
        WHEN current_setting('app.request_id', true) <> '' THEN ''
        ELSE coalesce(nullif(current_setting('app.work', true), ''), session_user)
    END,
    address inet DEFAULT coalesce(
        nullif(current_setting('app.client_address', true), '')::inet,
        CASE WHEN coalesce(current_setting('app.work', true), '') = '' THEN inet_client_addr() END
    ),
    request_id text NOT NULL DEFAULT coalesce(current_setting('app.request_id', true), ''),
    action text NOT NULL,
    table_name text NOT NULL,
    object_id text NOT NULL,
    before jsonb,
    after jsonb,
    reason text NOT NULL DEFAULT '',
    CONSTRAINT audit_event_pkey PRIMARY KEY (id, at),
    CONSTRAINT audit_event_actor_known CHECK (actor_kind IN ('person', 'visitor', 'system', 'direct')),
    -- A named event has a dot in its name: it can never pass for a row's.
    CONSTRAINT audit_event_action_known CHECK (
        action IN ('insert', 'update', 'delete') OR action ~ '^[a-z_]+(\.[a-z_]+)+$'
    )
) PARTITION BY RANGE (at);

-- An organization's events, newest first: the admin's list and its filters by time.
CREATE INDEX audit_event_of_organization ON public.audit_event (org_id, at DESC, id DESC);
-- The history of one object.
CREATE INDEX audit_event_of_object ON public.audit_event (object_id, at DESC);
-- What one person did.
CREATE INDEX audit_event_of_person ON public.audit_event (actor_id, at DESC);

CREATE FUNCTION public.audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION '% of audit events is refused', TG_OP USING ERRCODE = '42501';
END
$body$;

-- An organization sees its own events, the platform all; only the owner, in whose name the
-- functions run, inserts; nobody updates or deletes, which no policy allows and a trigger refuses.
-- The same policies stand in aviation/tenants/policies.py, which watches over them from then on.
CREATE FUNCTION public.audit_protect(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY org_access_policy ON %s FOR SELECT USING (true)', relation);
    EXECUTE format($policy$
        CREATE POLICY org_isolation_policy ON %s AS RESTRICTIVE FOR SELECT USING (
            org_id = nullif(current_setting('app.current_org_id', true), '')::uuid
            OR current_setting('app.platform', true) = 'on')
    $policy$, relation);
    EXECUTE format($policy$
        CREATE POLICY org_append_policy ON %s FOR INSERT TO dbx_owner WITH CHECK (true)
    $policy$, relation);
    EXECUTE format($trigger$
        CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
        FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse_change()
    $trigger$, relation);
END
$body$;

REVOKE ALL ON FUNCTION public.audit_refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.audit_protect(regclass) FROM PUBLIC;

SELECT public.audit_protect('public.audit_event');
GRANT SELECT ON public.audit_event TO dbx_app;
