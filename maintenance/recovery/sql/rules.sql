-- What no code may get around: a request says for good what is asked and by whom, goes from state
-- to state on the ways below only, its plan changes only by being planned anew (which takes the
-- approval away), and it begins to run within 24 hours of the approval.
CREATE FUNCTION public.maintenance_recovery_rules() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    ways text[] := ARRAY[
        'requested>planned', 'requested>withdrawn',
        'planned>planned', 'planned>approved', 'planned>withdrawn',
        'approved>running', 'approved>planned', 'approved>void', 'approved>withdrawn',
        'void>planned', 'void>withdrawn',
        'running>running', 'running>done', 'running>failed',
        'failed>running', 'failed>planned', 'failed>void', 'failed>withdrawn',
        'done>done', 'done>undone'];
    way text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' OR NEW.plan <> '' OR NEW.approved_by_id IS NOT NULL THEN
            way := 'nothing>' || NEW.state;
        END IF;
    ELSE
        way := OLD.state || '>' || NEW.state;
        IF way = ANY (ways) OR (OLD.state = NEW.state AND OLD IS NOT DISTINCT FROM NEW) THEN
            way := NULL;
        END IF;
        IF (NEW.kind, NEW.target_at, NEW.organization_id, NEW.table_name, NEW.flight_id,
            NEW.data_folder, NEW.reason, NEW.requested_by_id, NEW.requested_at)
            IS DISTINCT FROM
           (OLD.kind, OLD.target_at, OLD.organization_id, OLD.table_name, OLD.flight_id,
            OLD.data_folder, OLD.reason, OLD.requested_by_id, OLD.requested_at) THEN
            RAISE EXCEPTION 'what a recovery was requested for does not change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_stays_as_asked';
        END IF;
        IF NEW.state = 'planned' AND NEW.approved_by_id IS NOT NULL THEN
            RAISE EXCEPTION 'a new plan has no approval'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_plan_unapproved';
        END IF;
        IF NEW.state <> 'planned'
            AND (NEW.plan, NEW.plan_sha256) IS DISTINCT FROM (OLD.plan, OLD.plan_sha256) THEN
            RAISE EXCEPTION 'a plan changes only by being made anew'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_plan_unchanged';
        END IF;
        IF NEW.state = 'running' AND OLD.state <> 'running'
            AND NEW.approved_at <= clock_timestamp() - interval '24 hours' THEN
            RAISE EXCEPTION 'the approval is older than 24 hours'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_approval_fresh';
        END IF;
    END IF;
    IF way IS NOT NULL THEN
        RAISE EXCEPTION 'a recovery does not go from % to %',
            split_part(way, '>', 1), split_part(way, '>', 2)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_way';
    END IF;
    IF NEW.plan_sha256 <>
        (CASE NEW.plan WHEN '' THEN '' ELSE encode(sha256(convert_to(NEW.plan, 'UTF8')), 'hex') END)
    THEN
        RAISE EXCEPTION 'the digest is not that of the plan'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recovery_digest_true';
    END IF;
    RETURN NEW;
END
$body$;

REVOKE ALL ON FUNCTION public.maintenance_recovery_rules() FROM PUBLIC;

CREATE TRIGGER recovery_rules BEFORE INSERT OR UPDATE ON public.maintenance_recoveryrequest
FOR EACH ROW EXECUTE FUNCTION public.maintenance_recovery_rules();
