"""What a batch is answered: every point accepted, known already, or refused with its reason."""

from __future__ import annotations

import gzip
import json
import math
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from accounts.choices import Role
from aviation.telemetry.models import QuarantinedPoint
from aviation.tenants.context import tenant_context
from tests.conftest import Cast
from tests.telemetry.ingest.sending import (
    ARROW,
    BODIES,
    JSON,
    NDJSON,
    Post,
    as_arrow,
    as_json,
    asked,
    flight_path,
    make_points,
    now,
    sender,
    start_flight,
    stored_rows,
    stream_of,
)


@pytest.mark.parametrize("form", BODIES)
def test_every_form_stores_the_same_points(form: str, alpha: Cast, send: Post) -> None:
    kind, encode = BODIES[form]
    flight = start_flight(alpha)
    points = make_points(30, motor_rpm=[4_000.0, None], throttle_percentage=55.5)
    response = send(encode(points), kind, path=flight_path(flight))
    assert response.status_code == 200, response.content
    assert response.json() == {
        "sent": 30,
        "accepted": 30,
        "duplicate": 0,
        "rejected": 0,
        "rejections": [],
        "flights": [str(flight.pk)],
    }
    rows = asked(
        alpha,
        "SELECT sequence, altitude_m, motor_rpm, extras::text FROM telemetry_point ORDER BY 1",
    )
    assert len(rows) == 30
    assert rows[7] == (7, 107.0, [4_000.0, None], '{"throttle_percentage": 55.5}')


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_compressed_body_is_read(compress: str, alpha: Cast, send: Post) -> None:
    points = as_json(make_points(5, aircraft=alpha.aircraft.registration))
    packed = gzip.compress(points) if compress == "gzip" else pa.Codec("zstd").compress(points)
    body = bytes(packed) if compress == "gzip" else packed.to_pybytes()
    assert send(body, **{"Content-Encoding": compress}).json()["accepted"] == 5


def bad_points(flight: str) -> list[tuple[str, dict[str, Any]]]:
    """One of each kind, with the reason it is refused for; good ones stand between them."""
    good = make_points(13, flight=flight)

    def bad(number: int, **change: Any) -> dict[str, Any]:
        return good[number] | change

    long_ago = (now() - timedelta(days=400)).isoformat()
    no_partition = (now() + timedelta(days=70)).isoformat()
    ahead = (now() + timedelta(hours=1)).isoformat()
    return [
        ("not_a_number", bad(0, altitude_m=math.nan)),
        ("not_a_number", bad(1, altitude_m=math.inf)),
        ("not_a_number", bad(2, altitude_m="1e999")),
        ("no_time", bad(3, timestamp=None)),
        ("future", bad(4, timestamp=no_partition)),
        ("no_time", bad(5, timestamp="infinity")),
        ("future", bad(6, timestamp=ahead)),
        ("too_old", bad(7, timestamp=long_ago)),
        ("unknown_field", bad(8, mood="good")),
        ("wrong_type", bad(9, altitude_m="high")),
        ("out_of_range", bad(10, latitude=91.0)),
        ("sequence_twice", bad(11, sequence=12)),
    ]


@pytest.mark.parametrize("form", ["json", "ndjson", "columns"])
def test_a_bad_point_costs_itself_only(form: str, alpha: Cast, send: Post) -> None:
    """I2: 12 kinds of bad points among good ones, each refused with its place and reason."""
    flight = start_flight(alpha)
    bad = bad_points(str(flight.pk))
    if form == "columns":  # an unknown field would be one of every row
        bad = [each for each in bad if each[0] != "unknown_field"]
    good = make_points(len(bad) + 1, flight=str(flight.pk), start=now() - timedelta(seconds=30))
    for number, point in enumerate(good):
        point["sequence"] = 12 + number
    mixed = [good[0]]
    for (_, point), well in zip(bad, good[1:], strict=True):
        mixed += [point, well]
    kind, encode = BODIES[form]
    # 1e999 is written as a number; Python's own writer has no way to say it.
    body = encode(mixed).replace(b'"1e999"', b"1e999")
    answer = send(body, kind).json()
    assert answer["accepted"] == len(good), answer
    assert answer["rejected"] == len(bad)
    told = {each["index"]: each["code"] for each in answer["rejections"]}
    assert told == {2 * number + 1: code for number, (code, _) in enumerate(bad)}
    assert all(each["detail"] for each in answer["rejections"])
    assert stored_rows(alpha) == len(good)
    with tenant_context(alpha.organization):
        assert QuarantinedPoint.objects.filter(session=flight).count() == len(bad)


def test_a_bad_point_costs_itself_only_in_arrow(alpha: Cast, send: Post) -> None:
    """I2: what columns with types can carry of it."""
    carried = {"not_a_number", "no_time", "future", "too_old", "out_of_range", "sequence_twice"}
    bad = [
        (code, point)
        for code, point in bad_points(str(start_flight(alpha).pk))
        if code in carried
        and not isinstance(point["altitude_m"], str)
        and point["timestamp"] != "infinity"
    ]
    flight = bad[0][1]["flight"]
    good = make_points(5, flight=flight, start=now() - timedelta(seconds=30))
    for number, point in enumerate(good):
        point["sequence"] = 12 + number
    answer = send(as_arrow(good + [point for _, point in bad]), ARROW).json()
    assert answer["accepted"] == 5
    told = {each["index"]: each["code"] for each in answer["rejections"]}
    assert told == {5 + number: code for number, (code, _) in enumerate(bad)}


def test_arrow_moment_beyond_the_calendar_costs_itself_only(alpha: Cast, send: Post) -> None:
    """I2: an infinity of Arrow's is a number of ticks that no calendar holds."""
    moment = int(now().timestamp())
    for unit, per_second in (("s", 1), ("us", 1_000_000)):
        ticks = [2**62, (moment - len(unit)) * per_second, -(2**62)]
        table = pa.table(
            {
                "timestamp": pa.array(ticks, pa.timestamp(unit, "UTC")),
                "aircraft": [alpha.aircraft.registration] * 3,
            }
        )
        answer = send(stream_of(table), ARROW).json()
        assert answer["accepted"] == 1, answer
        assert [each["code"] for each in answer["rejections"]] == ["future", "too_old"]


def test_not_a_number_is_never_stored(alpha: Cast, send: Post) -> None:
    """I5: NaN in 1 of 1,000 altitudes; the greatest and the mean stay finite."""
    points = make_points(1_000, aircraft=alpha.aircraft.registration)
    points[500]["altitude_m"] = math.nan
    points[501]["motor_rpm"] = [1.0, math.nan]
    assert send(points).json()["accepted"] == 998
    ((greatest, mean),) = asked(
        alpha, "SELECT max(altitude_m), avg(altitude_m) FROM telemetry_point"
    )
    assert math.isfinite(greatest)
    assert math.isfinite(mean)


@pytest.mark.parametrize(
    "odd",
    [
        {"latitude": 9_007_199_254_740_993},
        {"motor_rpm": [33_554_433]},
        {"clipping_count": 1e308},
        {"aircraft": "\x00"},
        {"aircraft": "\ud800"},
        {"flight": "x" * 5_000},
        {"sequence": 2**63},
        {"sequence": -1},
        {"altitude_m": 10**400},
        {"altitude_m": {"nested": [[[1]]]}},
        {"\ud800": 1},
        {"timestamp": 1e300},
        {"timestamp": True},
        {"timestamp": "9999-12-31T23:59:59-23:59"},
    ],
    ids=lambda odd: next(iter(odd)).encode(errors="replace").decode(),
)
@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_odd_values_are_judged_and_never_break_the_batch(
    odd: dict[str, Any], kind: str, alpha: Cast, send: Post
) -> None:
    good, point = make_points(2, aircraft=alpha.aircraft.registration)
    lines = [json.dumps(point | odd).encode(), json.dumps(good).encode()]
    body = b"[" + b",".join(lines) + b"]" if kind == JSON else b"\n".join(lines)
    response = send(body, kind)
    assert response.status_code == 200, response.content
    answer = response.json()
    is_possible = "clipping_count" in odd
    assert (answer["accepted"], answer["rejected"]) == ((2, 0) if is_possible else (1, 1))


def test_motors_come_as_a_list_or_one_by_one(alpha: Cast, send: Post) -> None:
    first, second, third = make_points(3, aircraft=alpha.aircraft.registration)
    send([first | {"motor_rpm": [1, 2]}, second | {"motor_rpm_1": 3, "motor_rpm_3": 4}, third])
    rows = asked(alpha, "SELECT motor_rpm FROM telemetry_point ORDER BY sequence")
    assert rows == [([1, 2],), ([3, None, 4],), (None,)]


def test_no_body_is_refused(send: Post) -> None:
    for kind in (JSON, NDJSON, ARROW):
        response = send(b"", kind)
        assert (response.status_code, response.json()["code"]) == (400, "unreadable")


@pytest.mark.parametrize(("body", "kind"), [(b"[]", JSON), (b"\n\r\n", NDJSON)])
def test_no_points_are_no_mistake(body: bytes, kind: str, send: Post) -> None:
    response = send(body, kind)
    assert response.status_code == 200
    assert (response.json()["sent"], response.json()["accepted"]) == (0, 0)


def test_body_in_chunks_is_told_to_name_its_length(send: Post) -> None:
    response = send(b"[]", JSON, **{"Transfer-Encoding": "chunked"})
    assert (response.status_code, response.json()["code"]) == (411, "length_required")


def test_other_charset_is_no_error_of_ours(alpha: Cast, send: Post) -> None:
    point = make_points(1, aircraft="Ü")[0]
    body = json.dumps([point], ensure_ascii=False).encode("latin-1")
    assert send(body, f"{JSON}; charset=latin-1").status_code == 400


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_byte_order_mark_is_passed_over(kind: str, alpha: Cast, send: Post) -> None:
    point = make_points(1, aircraft=alpha.aircraft.registration)[0]
    assert send(b"\xef\xbb\xbf" + json.dumps(point).encode(), kind).json()["accepted"] == 1


def test_lines_may_end_as_in_windows(alpha: Cast, send: Post) -> None:
    points = make_points(3, aircraft=alpha.aircraft.registration)
    body = b"\r\n\r\n".join(json.dumps(point).encode() for point in points) + b"\r\n"
    answer = send(body, NDJSON).json()
    assert (answer["sent"], answer["accepted"]) == (3, 3)


def test_unknown_type_and_compression_are_refused(send: Post) -> None:
    assert send(b"a,b", "text/csv").status_code == 415
    assert send(b"[]", JSON, **{"Content-Encoding": "br"}).status_code == 415


def test_point_that_names_nothing_is_refused(alpha: Cast, send: Post) -> None:
    answer = send(make_points(2)).json()
    assert [each["code"] for each in answer["rejections"]] == ["no_flight"] * 2


def test_flight_of_another_organization_is_no_flight(alpha: Cast, bravo: Cast, send: Post) -> None:
    """I14: a foreign flight or aircraft in the batch is refused, and nothing lands there."""
    theirs = start_flight(bravo)
    mine = make_points(2, aircraft=alpha.aircraft.registration)
    answer = send(
        [*mine, make_points(1, flight=str(theirs.pk))[0], make_points(1, aircraft="BRAVO-1")[0]]
    ).json()
    assert answer["accepted"] == 2
    assert [each["code"] for each in answer["rejections"]] == ["no_flight"] * 2
    assert send(make_points(1), path=flight_path(theirs)).status_code == 404
    assert stored_rows(bravo) == 0


@pytest.mark.parametrize("role", Role.values)
def test_role_decides_who_may_send(role: str, alpha: Cast) -> None:
    may = role in {Role.ADMIN, Role.MANAGER, Role.PILOT, Role.USER}
    response = sender(alpha, role)(make_points(1, aircraft=alpha.aircraft.registration))
    assert response.status_code == (200 if may else 403)


def test_pilot_sends_to_own_flights_only(alpha: Cast) -> None:
    own = start_flight(alpha, pilot=alpha.members[Role.PILOT], started_at=now())
    other = start_flight(alpha, pilot=alpha.members[Role.MANAGER])
    pilot = sender(alpha, Role.PILOT)
    assert pilot(make_points(3), path=flight_path(own)).json()["accepted"] == 3
    assert pilot(make_points(3), path=flight_path(other)).status_code == 404
    named = pilot(make_points(3, flight=str(other.pk))).json()
    assert (named["accepted"], named["rejected"]) == (0, 3)


def test_pilot_cannot_reach_anothers_flight_by_its_aircraft(alpha: Cast, send: Post) -> None:
    registration = alpha.aircraft.registration
    assert send(make_points(3, aircraft=registration)).json()["accepted"] == 3
    answer = sender(alpha, Role.PILOT)(make_points(5, aircraft=registration)).json()
    assert (answer["accepted"], answer["rejected"], answer["flights"]) == (0, 5, [])
