"""Changes that hardly anybody makes, and that are noted as all others are."""

from __future__ import annotations

import pytest

from tests.audit.conftest import ByHand, bind_by_hand
from tests.caching.test_generations import aircraft, bound, raw, seen
from tests.conftest import Cast

REFRESH = (
    "INSERT INTO analytics_viewrefresh"
    " (view, refreshed_at, took_ms, row_count, failures, error)"
    " VALUES ('unusual', now(), 0, 0, 0, '')"
)
UNDONE_BY_ITSELF = """
DO $body$
BEGIN
    UPDATE fleet_aircraft SET name = 'First';
    RAISE EXCEPTION 'undone';
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$body$
"""
CASCADE = """
CREATE FUNCTION pg_temp.take_all() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE fleet_aircraft SET name = NEW.name;
    RETURN NEW;
END
$body$;
CREATE TEMPORARY TABLE asked (name text) ON COMMIT DROP;
CREATE TRIGGER take_all AFTER INSERT ON asked
    FOR EACH ROW EXECUTE FUNCTION pg_temp.take_all();
INSERT INTO asked VALUES ('By a trigger')
"""


@pytest.mark.parametrize("way", ["TRUNCATE", "TRUNCATE nothing"])
def test_truncate_is_a_change(fresh_organization: Cast, by_hand: ByHand, way: str) -> None:
    """Of a table without audit, whose trigger would refuse it; nobody can tell if it was empty."""
    if way == "TRUNCATE":
        with bound(fresh_organization):
            raw(REFRESH)(fresh_organization)
    before = seen(fresh_organization, "figures")
    with by_hand("owner") as hand, hand.transaction():
        bind_by_hand(hand, fresh_organization)
        hand.execute("TRUNCATE analytics_viewrefresh")
    assert seen(fresh_organization, "figures") == before + 1


def test_undone_truncate_is_none(fresh_organization: Cast, by_hand: ByHand) -> None:
    before = seen(fresh_organization, "figures")
    with by_hand("owner") as hand, hand.transaction(force_rollback=True):
        bind_by_hand(hand, fresh_organization)
        hand.execute("TRUNCATE analytics_viewrefresh")
    assert seen(fresh_organization, "figures") == before


def test_change_past_every_binding_is_a_change(
    casts: dict[str, Cast], fresh_organization: Cast, by_hand: ByHand
) -> None:
    """By the server's superuser, who names the table by its schema; it is its organization's."""
    before = seen(fresh_organization, "aircraft"), seen(casts["alpha"], "aircraft")
    table = f"{fresh_organization.organization.schema_name}.fleet_aircraft"
    with by_hand("superuser") as hand, hand.transaction():
        hand.execute(f"UPDATE {table} SET name = 'Past all'")
    after = seen(fresh_organization, "aircraft"), seen(casts["alpha"], "aircraft")
    assert after == (before[0] + 1, before[1])


def test_two_organizations_in_one_transaction_are_noted_each(
    casts: dict[str, Cast], fresh_organization: Cast, by_hand: ByHand
) -> None:
    both = fresh_organization, casts["bravo"]
    before = [seen(each, "aircraft") for each in both]
    with by_hand("superuser") as hand, hand.transaction():
        for _ in range(2):
            for each in both:
                table = f"{each.organization.schema_name}.fleet_aircraft"
                hand.execute(f"UPDATE {table} SET name = name")
    assert [seen(each, "aircraft") for each in both] == [number + 1 for number in before]


def test_change_undone_inside_a_statement_hides_none(fresh_organization: Cast) -> None:
    """PL/pgSQL takes back what it did; what is changed afterwards is noted once more."""
    before = seen(fresh_organization, "aircraft")
    with bound(fresh_organization):
        raw(UNDONE_BY_ITSELF)(fresh_organization)
    assert seen(fresh_organization, "aircraft") == before
    with bound(fresh_organization):
        raw(UNDONE_BY_ITSELF)(fresh_organization)
        aircraft().save()
    assert seen(fresh_organization, "aircraft") == before + 1


@pytest.mark.parametrize("forgetting", ["RESET ALL", "RESET app.changed_topics"])
def test_session_that_forgets_what_is_noted_hides_no_change(
    fresh_organization: Cast, by_hand: ByHand, forgetting: str
) -> None:
    before = seen(fresh_organization, "aircraft")
    with by_hand("owner") as hand, hand.transaction():
        bind_by_hand(hand, fresh_organization)
        hand.execute("UPDATE fleet_aircraft SET name = 'First'")
        hand.execute(forgetting)  # type: ignore[arg-type]
        bind_by_hand(hand, fresh_organization)
        hand.execute("UPDATE fleet_aircraft SET name = 'Second'")
    assert seen(fresh_organization, "aircraft") > before


def test_change_by_another_table_s_trigger_is_a_change(
    fresh_organization: Cast, by_hand: ByHand
) -> None:
    before = seen(fresh_organization, "aircraft")
    with by_hand("superuser") as hand, hand.transaction():
        bind_by_hand(hand, fresh_organization)
        hand.execute(CASCADE)
    assert seen(fresh_organization, "aircraft") == before + 1
