-- Refuses a row that names another organization's row of a shared table. PostgreSQL checks foreign
-- keys without regard to row level security, so the foreign key alone would let it through.
-- Arguments: the column, the shared table it refers to, the organization of this schema.
CREATE FUNCTION public.require_same_organization() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    referenced uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
    is_ours boolean;
BEGIN
    IF referenced IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT true FROM public.%I WHERE id = $1 AND org_id = $2', TG_ARGV[1])
        INTO is_ours USING referenced, TG_ARGV[2]::uuid;
    IF is_ours IS NULL THEN
        RAISE EXCEPTION '% names a row of % that is not of this organization',
            TG_ARGV[0], TG_ARGV[1]
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$body$;

-- A shared row stays with the organization it was written for.
CREATE FUNCTION public.refuse_change_of_organization() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NEW.org_id IS DISTINCT FROM OLD.org_id THEN
        RAISE EXCEPTION 'a row of % cannot be moved to another organization', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$body$;

REVOKE ALL ON FUNCTION public.require_same_organization() FROM PUBLIC;
REVOKE ALL ON FUNCTION public.refuse_change_of_organization() FROM PUBLIC;
