-- What changed, told by the database itself: a row for each transaction that changed a topic of an
-- organization. The sum of a topic's rows is its generation. Cached values carry the generation
-- they were made from, so what must never happen is a change that becomes visible without one.
--
-- Rows are only ever added, and their sum is conserved when many become one. So a writer waits for
-- nobody, and since any snapshot holds all of another snapshot's commits or the other way round,
-- the sum grows with every change that becomes visible. (A greatest number would not: of two
-- writers the one with the smaller number may commit last.)
-- See docs/decisions/0011-cache-invalidation.md.
CREATE TABLE public.caching_change (
    org_id uuid NOT NULL,
    topic text NOT NULL,
    changes bigint NOT NULL DEFAULT 1 CONSTRAINT caching_change_positive CHECK (changes > 0)
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_insert_threshold = 500, autovacuum_vacuum_insert_scale_factor = 0);

-- The generation of some of an organization's topics, from the index alone.
CREATE INDEX caching_change_of_topic ON public.caching_change (org_id, topic) INCLUDE (changes);

-- Notes a change once per topic, organization and transaction. What is noted stands in a setting
-- that an undone savepoint takes back together with the row; it names the transaction, so that one
-- that a session was left with means nothing to the next.
CREATE FUNCTION public.caching_note(organization uuid, topic text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    this_transaction text := pg_current_xact_id()::text || ' ';
    noted text := coalesce(current_setting('app.changed_topics', true), '');
    mark text := topic || '@' || organization || ' ';
BEGIN
    IF organization IS NULL THEN
        RETURN;
    END IF;
    IF NOT starts_with(noted, this_transaction) THEN
        noted := this_transaction;
    END IF;
    IF position(' ' || mark IN noted) = 0 THEN
        INSERT INTO public.caching_change (org_id, topic) VALUES (organization, caching_note.topic);
        noted := set_config('app.changed_topics', noted || mark, true);
    END IF;
END
$body$;

-- What the triggers call, as the owner; their first argument is the topic. A statement that changed
-- no row changed nothing; of a copy of an organization's tables under another name nothing is cached.
-- A connection keeps a compiled copy for each trigger that it has met in each organization, with seven
-- kilobytes and more for each expression: so these have one each. NEW is nothing to a statement's
-- trigger, and unlike NULL no expression.
CREATE FUNCTION public.caching_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM public.caching_note(public.audit_organization_of(TG_TABLE_SCHEMA), TG_ARGV[0])
    WHERE EXISTS (SELECT FROM changed_rows);
    RETURN NEW;
END
$body$;

CREATE FUNCTION public.caching_emptied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM public.caching_note(public.audit_organization_of(TG_TABLE_SCHEMA), TG_ARGV[0]);
    RETURN NEW;
END
$body$;

-- For tables that organizations share: the second argument is the column that says whose a row is.
CREATE FUNCTION public.caching_changed_for() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    PERFORM public.caching_note(changed.organization, TG_ARGV[0]) FROM (
        SELECT DISTINCT (to_jsonb(r) ->> TG_ARGV[1])::uuid AS organization FROM changed_rows r
    ) changed;
    RETURN NEW;
END
$body$;

-- The generation of an organization's topics, for the application's role: "number rows noted", the
-- last being what caching_note has noted of the running transaction, or nothing.
-- By a function, because its plan is kept: as plain statements the same costs PostgreSQL three
-- times as much (docs/decisions/0011-cache-invalidation.md). It runs as its caller, under the table's
-- policies. Where no organization is bound, as for a statement by itself, outside of any transaction,
-- it binds the one it is asked about for as long as it runs.
CREATE FUNCTION public.caching_generation(organization uuid, topics text[]) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $body$
DECLARE
    noted text := coalesce(current_setting('app.changed_topics', true), '');
    is_unbound boolean := coalesce(current_setting('app.current_org_id', true), '') = '';
    told text;
BEGIN
    IF is_unbound THEN
        PERFORM set_config('app.current_org_id', organization::text, true);
    END IF;
    IF noted <> '' AND NOT coalesce(
        starts_with(noted, pg_current_xact_id_if_assigned()::text || ' '), false
    ) THEN
        noted := '';
    END IF;
    SELECT coalesce(sum(changes), 0) || ' ' || count(*) || ' ' || noted INTO told
    FROM public.caching_change WHERE org_id = organization AND topic = ANY (topics);
    IF is_unbound THEN
        PERFORM set_config('app.current_org_id', '', true);
    END IF;
    RETURN told;
END
$body$;

-- Makes one row of a topic's many, where there are more than "most"; answers how many rows went.
-- One statement: no snapshot sees a sum that is not the generation. Only the organizations in sight
-- of the caller are touched; somebody else at it already is reason to leave it.
CREATE FUNCTION public.caching_compact(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    gone_rows bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock('public.caching_change'::regclass::bigint) THEN
        RETURN 0;
    END IF;
    WITH crowded AS (
        SELECT org_id, topic FROM public.caching_change
        GROUP BY org_id, topic HAVING count(*) > greatest(most, 1)
    ), gone AS (
        DELETE FROM public.caching_change c USING crowded
        WHERE c.org_id = crowded.org_id AND c.topic = crowded.topic
        RETURNING c.org_id, c.topic, c.changes
    ), kept AS (
        INSERT INTO public.caching_change (org_id, topic, changes)
        SELECT org_id, topic, sum(changes) FROM gone GROUP BY org_id, topic
    )
    SELECT count(*) INTO gone_rows FROM gone;
    RETURN gone_rows;
END
$body$;

REVOKE ALL ON FUNCTION public.caching_note(uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caching_changed() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caching_emptied() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caching_changed_for() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caching_generation(uuid, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION public.caching_compact(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.caching_generation(uuid, text[]) TO dbx_app;
GRANT EXECUTE ON FUNCTION public.caching_compact(integer) TO dbx_app;
