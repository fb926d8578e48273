"""Which flight points go to, when one is opened, and what is noticed about their clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from accounts.choices import Role
from aviation.flights.choices import FlightClock, FlightState
from aviation.flights.models import FlightSession
from aviation.telemetry.choices import PointFlag
from aviation.telemetry.models import StreamedFlight
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.queries import noted
from tests.telemetry.ingest.sending import (
    Points,
    Post,
    asked,
    flight_path,
    make_points,
    now,
    sender,
    shuffled,
    start_flight,
    stored_rows,
)


@pytest.fixture
def own(alpha: Cast) -> dict[str, str]:
    return {"aircraft": alpha.aircraft.registration}


def streams(cast: Cast) -> list[StreamedFlight]:
    with tenant_context(cast.organization):
        found = StreamedFlight.objects.select_related("session").order_by("first_point_at")
        return list(found)


def flags(cast: Cast) -> dict[int, int]:
    rows = asked(cast, "SELECT sequence, coalesce(flags, 0) FROM telemetry_point")
    return {int(sequence): int(each) for sequence, each in rows}


def test_aircraft_opens_a_flight_and_goes_on_with_it(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    start = now() - timedelta(seconds=60)
    first = send(make_points(50, start=start, **own)).json()["flights"]
    second = send(make_points(50, start=start + timedelta(seconds=20), **own)).json()["flights"]
    assert first == second
    (stream,) = streams(alpha)
    assert (stream.point_count, stream.closed_at) == (100, None)
    flight = stream.session
    assert (flight.state, flight.clock_source) == (FlightState.IN_PROGRESS, FlightClock.STREAM)
    assert flight.started_at == start


def test_aircraft_is_known_by_id_too(alpha: Cast, send: Post) -> None:
    assert send(make_points(2, aircraft=str(alpha.aircraft.pk))).json()["accepted"] == 2


def test_silence_of_five_minutes_begins_a_new_flight(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    start = now() - timedelta(minutes=15)
    send(make_points(10, start=start, **own))
    send(make_points(10, start=start + timedelta(minutes=4, seconds=59), **own))
    assert len(streams(alpha)) == 1
    send(make_points(10, start=now() - timedelta(seconds=5), **own))
    first, second = streams(alpha)
    assert first.closed_at is not None
    assert second.closed_at is None


def test_silence_inside_a_batch_makes_two_flights(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    long_ago = now() - timedelta(hours=3)
    two = make_points(5, start=long_ago, **own) + make_points(
        5, start=long_ago + timedelta(minutes=30), **own
    )
    for number, point in enumerate(two):
        point["sequence"] = number
    assert len(send(two).json()["flights"]) == 2


@pytest.mark.parametrize("count", [2, 150], ids=["few", "many"])
def test_late_points_from_both_sides_of_a_silence_are_counted_once(
    alpha: Cast, send: Post, own: dict[str, str], count: int
) -> None:
    """They make two runs, which belong to one flight."""
    start = now() - timedelta(minutes=20)

    def points(*seconds: float) -> Points:
        moments = [(start + timedelta(seconds=each)).isoformat() for each in seconds]
        return [{"timestamp": moment, "roll_deg": 1.0, **own} for moment in moments]

    begun = send(points(*range(0, 1_201, 240))).json()["flights"]
    late = points(*(first + number / 10 for first in (10, 700) for number in range(count)))
    send(late[:1])
    answer = send(late).json()
    assert answer["flights"] == begun
    assert (answer["accepted"], answer["duplicate"]) == (2 * count - 1, 1)
    (stream,) = streams(alpha)
    assert (stream.point_count, stream.late_count) == (6 + 2 * count, 2 * count)
    assert send(late).json()["accepted"] == 0


def test_flight_named_by_itself_and_by_its_aircraft_counts_each_point_once(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    flight = start_flight(alpha)
    points = make_points(6)
    for number, point in enumerate(points):
        point |= own if number % 2 else {"flight": str(flight.pk)}
    answer = send(points).json()
    assert answer["flights"] == [str(flight.pk)]
    assert (answer["accepted"], answer["duplicate"]) == (6, 0)
    assert streams(alpha)[0].point_count == 6


def test_old_batch_does_not_close_the_running_flight(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    running = send(make_points(10, **own)).json()["flights"]
    send(make_points(10, start=now() - timedelta(days=3), **own))
    past, current = streams(alpha)
    assert (past.closed_at is None, current.closed_at is None) == (False, True)
    assert send(make_points(20, **own)).json()["flights"] == running


def test_flight_started_by_hand_is_used(alpha: Cast, send: Post, own: dict[str, str]) -> None:
    """The open flight is used; none is opened beside it."""
    flight = start_flight(alpha, started_at=now() - timedelta(minutes=20))
    assert send(make_points(5, **own)).json()["flights"] == [str(flight.pk)]


def test_planned_flight_departs_with_its_first_point(alpha: Cast, send: Post) -> None:
    tomorrow = now() + timedelta(days=1)
    flight = start_flight(alpha, state=FlightState.PLANNED, started_at=tomorrow)
    points = make_points(5)
    send(points, path=flight_path(flight))
    (stream,) = streams(alpha)
    assert stream.session.state == FlightState.IN_PROGRESS
    assert stream.session.started_at.isoformat() == points[0]["timestamp"]


def test_flight_of_a_pilot_is_the_pilots(alpha: Cast, own: dict[str, str]) -> None:
    sender(alpha, Role.PILOT)(make_points(2, **own))
    assert streams(alpha)[0].session.pilot_id == alpha.members[Role.PILOT].pk


def test_flight_that_is_over_takes_its_own_points_only(alpha: Cast, send: Post) -> None:
    ended = now() - timedelta(minutes=2)
    flight = start_flight(alpha, state=FlightState.COMPLETED, ended_at=ended)
    before = make_points(5, start=ended - timedelta(minutes=1))
    after = make_points(5, start=ended + timedelta(seconds=10))
    for number, point in enumerate(after):
        point["sequence"] = 100 + number
    answer = send(before + after, path=flight_path(flight)).json()
    assert answer["accepted"] == 5
    assert {each["code"] for each in answer["rejections"]} == {"flight_over"}


def test_points_far_from_their_flight_are_refused(alpha: Cast, send: Post) -> None:
    """Nobody would look for them there."""
    flight = start_flight(alpha)
    answer = send(make_points(3, start=now() - timedelta(days=40)), path=flight_path(flight)).json()
    assert (answer["accepted"], answer["rejected"]) == (0, 3)


def test_after_somebody_ended_the_flight_a_new_one_begins(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    first = send(make_points(10, start=now() - timedelta(minutes=2), **own)).json()["flights"]
    with tenant_context(alpha.organization):
        FlightSession.objects.filter(pk=first[0]).update(
            state=FlightState.COMPLETED, ended_at=now() - timedelta(minutes=1)
        )
    second = send(make_points(10, **own)).json()["flights"]
    assert first != second


def test_flight_that_ended_by_its_silence_takes_late_points(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    start = now() - timedelta(minutes=20)
    first = send(make_points(10, start=start, **own)).json()["flights"]
    with tenant_context(alpha.organization):
        FlightSession.objects.filter(pk=first[0]).update(
            state=FlightState.COMPLETED, ended_at=start + timedelta(seconds=0.9)
        )
    late = make_points(10, start=start + timedelta(minutes=1), **own)
    assert send(late).json()["flights"] == first


def test_flight_that_ended_by_its_silence_goes_on_batch_after_batch(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    start = now() - timedelta(minutes=4)
    first = send(make_points(10, start=start, **own)).json()["flights"]
    with tenant_context(alpha.organization):
        FlightSession.objects.filter(pk=first[0]).update(
            state=FlightState.COMPLETED, ended_at=start + timedelta(seconds=0.9)
        )
    for minutes in (1, 2, 3):
        again = make_points(10, start=start + timedelta(minutes=minutes), **own)
        assert send(again).json()["flights"] == first


def test_clock_that_jumps_back_drops_nothing(alpha: Cast, send: Post, own: dict[str, str]) -> None:
    """I12: an hour back in flight; the sender's order is kept, the jump is flagged once."""
    start = now() - timedelta(seconds=30)
    points = make_points(200, start=start, **own)
    for point, behind in zip(points[120:], _an_hour_earlier(points[120:]), strict=True):
        point["timestamp"] = behind
    # The jump lies inside the second batch of three; all of them come shuffled.
    for part in (points[:100], points[100:150], points[150:]):
        assert send(shuffled(part, seed=1)).json()["accepted"] == len(part)
    (stream,) = streams(alpha)
    assert (stream.point_count, stream.jump_count, stream.late_count) == (200, 1, 0)
    jumped = [n for n, each in flags(alpha).items() if each & PointFlag.CLOCK_JUMP]
    assert jumped == [120]
    order = asked(alpha, 'SELECT "timestamp" FROM telemetry_point ORDER BY sequence')
    assert [moment.isoformat() for (moment,) in order] == [p["timestamp"] for p in points]


def test_jump_inside_the_first_batch_makes_no_second_flight(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    points = make_points(60, start=now() - timedelta(seconds=30), **own)
    for point, behind in zip(points[30:], _an_hour_earlier(points[30:]), strict=True):
        point["timestamp"] = behind
    answer = send(shuffled(points, seed=2)).json()
    assert (answer["accepted"], len(answer["flights"])) == (60, 1)
    assert [n for n, each in flags(alpha).items() if each & PointFlag.CLOCK_JUMP] == [30]


def test_jump_between_two_batches_is_flagged_once(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    points = make_points(90, start=now() - timedelta(seconds=30), **own)
    for point, behind in zip(points[30:], _an_hour_earlier(points[30:]), strict=True):
        point["timestamp"] = behind
    for start in range(0, 90, 30):
        send(points[start : start + 30])
    jumped = [n for n, each in flags(alpha).items() if each & PointFlag.CLOCK_JUMP]
    assert jumped == [30]
    assert streams(alpha)[0].jump_count == 1


def _an_hour_earlier(points: Points) -> Iterator[str]:
    for point in points:
        yield (datetime.fromisoformat(point["timestamp"]) - timedelta(hours=1)).isoformat()


def test_points_that_come_late_are_flagged(alpha: Cast, send: Post, own: dict[str, str]) -> None:
    points = make_points(30, **own)
    send(points[20:])
    send(points[:20])
    assert {n for n, each in flags(alpha).items() if each & PointFlag.LATE} == set(range(20))
    assert streams(alpha)[0].late_count == 20


def test_points_sent_again_are_not_counted_as_late(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    points = make_points(30, **own)
    send(points[20:])
    send(points[10:])
    send(points[5:])
    send(points)
    (stream,) = streams(alpha)
    assert (stream.point_count, stream.late_count) == (30, 20)


def test_points_ahead_of_our_clock_are_flagged(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    send(make_points(2, start=now() + timedelta(minutes=4), **own))
    assert set(flags(alpha).values()) == {PointFlag.EARLY}


def test_last_position_is_the_newest_points(alpha: Cast, send: Post, own: dict[str, str]) -> None:
    points = make_points(20, latitude=47.0, longitude=8.0, **own)
    points[-2]["latitude"], points[-1]["latitude"] = 48.0, None
    send(points[10:])
    send(points[:10])
    (stream,) = streams(alpha)
    assert (stream.latitude, stream.longitude, stream.last_sequence) == (48.0, 8.0, 19)


def test_a_batch_opens_a_bounded_number_of_flights(
    alpha: Cast, send: Post, own: dict[str, str]
) -> None:
    """A point every ten minutes is a flight each: nobody means that."""
    start = now() - timedelta(days=20)
    points = make_points(60, start=start, **own)
    for number, point in enumerate(points):
        point["timestamp"] = (start + timedelta(minutes=10 * number)).isoformat()
    assert send(points).status_code == 413
    assert stored_rows(alpha) == 0


def test_more_flights_in_a_batch_are_looked_up_at_once(alpha: Cast, send: Post) -> None:
    """Each flight costs its stream's queries and no look-up of its own."""
    names = [str(start_flight(alpha).pk) for _ in range(4)]
    points = [make_points(1, flight=name)[0] for name in names]

    def cost(count: int) -> int:
        with noted() as captured:
            assert send(points[:count]).json()["duplicate"] == count
        return len(captured)

    send(points)
    assert (cost(4) - cost(2)) / 2 <= 3
