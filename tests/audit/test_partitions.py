"""A month without its partition stops nobody, with eight writers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from tests.audit.conftest import ByHand, address_of, bind_by_hand, trail_of
from tests.conftest import Cast

WRITERS = 8
ROUNDS = 25


@pytest.fixture
def month_without_partition(fresh_organization: Cast, by_hand: ByHand) -> Iterator[str]:
    """This month's partition taken off, as if nobody had made it; put back together afterwards."""
    owner = by_hand("owner")
    owner.autocommit = True
    (leaf,) = owner.execute("SELECT public.audit_partition_of(now())").fetchone()
    owner.execute(f"ALTER TABLE audit_event DETACH PARTITION {leaf}")
    owner.execute(f"ALTER TABLE {leaf} RENAME TO taken_off")
    yield leaf
    with owner.transaction():
        owner.execute("SET LOCAL app.platform = 'on'")
        owner.execute("SELECT public.audit_prepare_partitions()")
        owner.execute("INSERT INTO audit_event SELECT * FROM taken_off")
        owner.execute("DROP TABLE taken_off")


def leaves(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'audit_event'::regclass ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def test_writers_over_the_turn_of_the_month_lose_nothing(
    fresh_organization: Cast, month_without_partition: str, by_hand: ByHand
) -> None:
    owner = by_hand("owner")
    before = leaves(owner)
    assert month_without_partition not in before
    all_ready = threading.Barrier(WRITERS)

    def write(writer: int) -> int:
        with psycopg.connect(address_of("app")) as connection:
            all_ready.wait(timeout=30)
            for number in range(ROUNDS):
                with connection.transaction():
                    bind_by_hand(connection, fresh_organization)
                    connection.execute(
                        "INSERT INTO fleet_aircraft (id, registration, name, serial_number,"
                        " aircraft_type, manufacturer, model, specifications, status, created_at)"
                        " VALUES (gen_random_uuid(), %s, '', '', 'unknown', '', '', '{}',"
                        " 'active', now())",
                        [f"TURN-{writer}-{number}"],
                    )
        return ROUNDS

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sum(pool.map(write, range(WRITERS))) == WRITERS * ROUNDS
    owner.rollback()
    assert sorted(set(leaves(owner)) - set(before)) == [month_without_partition]
    events = trail_of(fresh_organization, after__registration__startswith="TURN-")
    assert len({event.after["registration"] for event in events}) == WRITERS * ROUNDS


def test_writer_who_has_written_already_does_not_block_the_turn(
    fresh_organization: Cast, month_without_partition: str, by_hand: ByHand
) -> None:
    """Two open transactions hold locks on the trail; a third makes the partition past them."""
    holders = [by_hand("app"), by_hand("app")]
    for holder in holders:
        holder.execute("SELECT count(*) FROM audit_event")
    maker = by_hand("app")
    maker.execute("SET LOCAL statement_timeout = '5s'")
    maker.execute("SELECT audit_append('turn.made', '', '', '', '{}')")
    maker.commit()
    for holder in holders:
        holder.execute("SELECT audit_append('turn.made', '', '', '', '{}')")
        holder.commit()
    owner = by_hand("owner")
    assert month_without_partition in leaves(owner)


def test_maker_that_is_undone_leaves_the_partition_to_the_next(
    month_without_partition: str, by_hand: ByHand
) -> None:
    first, second = by_hand("app"), by_hand("app")
    first.execute("SELECT audit_append('turn.made', '', '', '', '{}')")
    first.rollback()
    second.execute("SELECT audit_append('turn.made', '', '', '', '{}')")
    second.commit()
    assert month_without_partition in leaves(by_hand("owner"))


def test_new_partition_is_sealed_like_the_others(
    month_without_partition: str, by_hand: ByHand
) -> None:
    app = by_hand("app")
    app.execute("SELECT audit_append('turn.made', '', '', '', '{}')")
    app.commit()
    facts = sql.SQL(
        "SELECT relrowsecurity, relforcerowsecurity, relacl IS NULL,"
        " (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid),"
        " EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid"
        "  AND tgname = 'audit_event_append_only' AND tgenabled = 'O')"
        " FROM pg_class c WHERE oid = {}::regclass"
    ).format(sql.Literal(month_without_partition))
    assert by_hand("owner").execute(facts).fetchone() == (True, True, True, 3, True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(month_without_partition)))


def test_partitions_begin_at_utc_midnight(casts: dict[str, Cast], by_hand: ByHand) -> None:
    owner = by_hand("owner")
    owner.execute("SET timezone = 'Pacific/Auckland'")
    (name,) = owner.execute(
        "SELECT public.audit_partition_of('2030-05-31 23:59:59.999999+00')"
    ).fetchone()
    assert name == "audit_event_y2030m05"
    owner.execute("SELECT public.audit_make_partition('2030-05-31 23:59:59.999999+00')")
    owner.execute("SET timezone = 'UTC'")
    bounds = owner.execute(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", [name]
    ).fetchone()
    owner.rollback()
    assert bounds == ("FOR VALUES FROM ('2030-05-01 00:00:00+00') TO ('2030-06-01 00:00:00+00')",)
