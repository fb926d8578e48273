"""Bodies of every format: they agree with each other, and nothing sent breaks them."""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviation.common.errors import TooLarge
from aviation.telemetry.choices import Rejection
from aviation.telemetry.ingest.arrow_body import read_arrow
from aviation.telemetry.ingest.batch import Batch
from aviation.telemetry.ingest.json_body import read_json, read_ndjson
from aviation.telemetry.ingest.quarantine import storable
from aviation.telemetry.ingest.unpacking import UnknownCompression, Unreadable, unpack
from aviation.telemetry.ingest.validating import judge
from tests.telemetry.ingest.sending import as_arrow, as_columns, as_json, as_ndjson, stream_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FUZZ_S = float(os.environ.get("DBX_FUZZ_S", "3"))
"""Processor time of a fuzz run of one format."""
READERS: dict[str, Callable[[bytes], Batch]] = {
    "json": read_json,
    "ndjson": read_ndjson,
    "arrow": read_arrow,
}

moments = st.integers(1_735_689_600_000_000, 1_798_761_600_000_000).map(
    lambda us: (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)).isoformat()
)
numbers = st.none() | st.floats(-2_000, 2_000) | st.integers(-(2**53), 2**53).map(float)
points = st.lists(
    st.fixed_dictionaries(
        {"timestamp": moments | st.none()},
        optional={
            "sequence": st.none() | st.integers(0, 2**63 - 1),
            "altitude_m": numbers,
            "latitude": numbers,
            "throttle_percentage": numbers,
            "motor_rpm_2": numbers,
            "motor_rpm": st.none() | st.lists(numbers, max_size=4),
            "aircraft": st.none() | st.text(max_size=10),
            "flight": st.none() | st.uuids().map(str),
        },
    ),
    min_size=1,
    max_size=8,
)


def seen(batch: Batch) -> tuple[dict[int, dict[str, Any]], set[int]]:
    """Each point's known values by its place, as they would be stored, and who is refused."""
    judged = judge(batch, now=NOW)
    rows = {row.pop("position"): row for row in judged.points.to_pylist()}
    known = {
        place: {name: value for name, value in row.items() if value is not None}
        for place, row in rows.items()
    }
    return known, {each.position for each in judged.refused}


@settings(deadline=None, max_examples=150)
@given(points)
def test_all_formats_say_the_same(sent: list[dict[str, Any]]) -> None:
    batches = [
        read_json(as_json(sent)),
        read_json(as_columns(sent)),
        read_ndjson(as_ndjson(sent)),
        read_arrow(as_arrow(sent)),
    ]
    assert [batch.sent for batch in batches] == [len(sent)] * 4
    first, *others = [seen(batch) for batch in batches]
    assert first[0].keys() | first[1] == set(range(len(sent)))
    assert not first[0].keys() & first[1]
    for other in others:
        assert other == first


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["timestamp", "points", "columns", "altitude_m", "motor_rpm", "flight"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=300)
@given(anything)
def test_any_json_is_read_or_refused_as_a_whole(document: Any) -> None:
    body = json.dumps(document).encode()
    for read in (read_json, read_ndjson):
        try:
            batch = read(body)
        except (Unreadable, TooLarge):
            continue
        known, refused = seen(batch)
        assert known.keys() | refused == set(range(batch.sent))
        for each in batch.refused:
            json.dumps(storable(each.point), allow_nan=False).encode()


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300), st.sampled_from(sorted(READERS)))
def test_any_bytes_are_read_or_refused(body: bytes, form: str) -> None:
    try:
        batch = READERS[form](body)
    except (Unreadable, TooLarge):
        return
    known, refused = seen(batch)
    assert known.keys() | refused == set(range(batch.sent))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=100), st.sampled_from(["gzip", "zstd", "identity", "br"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, encoding: str) -> None:
    try:
        assert len(unpack(body, encoding=encoding, max_bytes=1_000)) <= 1_000
    except (Unreadable, TooLarge, UnknownCompression):
        return


def seeds(form: str) -> list[bytes]:
    sent = [
        {
            "timestamp": NOW.isoformat(),
            "sequence": number,
            "altitude_m": 1.5,
            "aircraft": "A-1",
            "motor_rpm": [1.0, None],
        }
        for number in range(5)
    ]
    if form == "json":
        wrapped = json.dumps({"points": sent, "aircraft": "B-2"}).encode()
        return [as_json(sent), as_columns(sent), wrapped]
    if form == "ndjson":
        return [as_ndjson(sent), as_ndjson(sent).replace(b"\n", b"\r\n")]
    table = pa.table({"timestamp": [NOW], "aircraft": pa.array(["A"]).dictionary_encode()})
    return [as_arrow(sent), stream_of(table), stream_of(table, compression="zstd")]


def mutated(seed: bytes, chance: random.Random) -> bytes:
    body = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(4):
            case 0:
                body[at : at + 1] = chance.randbytes(1)
            case 1:
                del body[at : at + chance.randrange(16)]
            case 2:
                body[at:at] = chance.choice(
                    [b'"', b"{", b"[", b"]", b",", b":", b"1e999", b"NaN", b"\\ud800", b"\n", b"\0"]
                )
            case 3:
                start = chance.randrange(len(body) + 1)
                body[at:at] = body[start : start + chance.randrange(64)]
    return bytes(body)


@pytest.mark.parametrize("form", READERS)
def test_damaged_bodies_are_read_or_refused(form: str) -> None:
    """A fuzz run; DBX_FUZZ_S makes it longer. The seed of a failure is in its message."""
    number, until = 0, time.process_time() + FUZZ_S
    found = seeds(form)
    while time.process_time() < until:
        number += 1
        body = mutated(found[number % len(found)], random.Random(number))
        try:
            batch = READERS[form](body)
            known, refused = seen(batch)
        except (Unreadable, TooLarge):
            continue
        except Exception as error:
            raise AssertionError(f"{form}, seed {number}: {error!r}") from error
        assert known.keys() | refused == set(range(batch.sent)), number
    assert number > 100


def codes(batch: Batch) -> list[tuple[int, Rejection]]:
    return [(each.position, each.code) for each in batch.refused]


TIME = '"timestamp": "2026-06-01T12:00:00Z"'


@pytest.mark.parametrize(
    "body",
    [
        f'{{{TIME}, "altitude_m": 1, "altitude_m": 2}}',
        f'[{{{TIME}, "altitude_m"\t:1, "altitude_m": 2}}]',
        f'[{{{TIME}, "altitude_m"  :1, "altitude_m"\n:2}}]',
        f'[{{{TIME}, "altitude_m":1, "altitude\\u005fm":2}}]',
        f'{{"points": [{{{TIME}}}], "points": []}}',
        '{"columns": {"timestamp": [1], "timestamp": [2]}}',
        '{"columns": {"timestamp": [1]}, "aircraft": "a", "aircraft": "b"}',
    ],
)
def test_key_twice_is_refused(body: str) -> None:
    with pytest.raises(Unreadable, match="same key twice"):
        read_json(body.encode())


def test_key_twice_costs_its_line_only() -> None:
    line = f'{{{TIME}, "altitude_m": 1}}'
    twice = f'{{{TIME}, "altitude_m": 1, "altitude_m" : 2}}'
    batch = read_ndjson(f"{line}\n{twice}\n{line}".encode())
    assert codes(batch) == [(1, Rejection.UNREADABLE)]
    assert batch.points["position"].to_pylist() == [0, 2]


def test_text_that_looks_like_a_key_is_none() -> None:
    batch = read_json(f'[{{{TIME}, "aircraft": ":\\":"}}]'.encode())
    assert batch.points["aircraft"].to_pylist() == [':":']


@pytest.mark.parametrize(
    "body",
    [
        "1",
        '"points"',
        "null",
        "",
        "[",
        "{",
        '{"points": 1}',
        '{"columns": []}',
        '{"columns": {"timestamp": 1}}',
        '{"columns": {"timestamp": [1], "altitude_m": []}}',
        '{"points": [], "bogus": 1}',
    ],
)
def test_other_documents_are_no_points(body: str) -> None:
    with pytest.raises(Unreadable):
        read_json(body.encode())


def test_what_is_not_a_point_is_refused_in_its_place() -> None:
    batch = read_json(f'[null, 1, "x", [], {{{TIME}}}]'.encode())
    assert codes(batch) == [(n, Rejection.UNREADABLE) for n in range(4)]
    assert (batch.sent, batch.points["position"].to_pylist()) == (5, [4])


def test_what_is_said_for_all_gives_way_to_a_points_own_word() -> None:
    sent = f'{{"aircraft": "A", "points": [{{{TIME}}}, {{{TIME}, "aircraft": "B"}}]}}'
    assert read_json(sent.encode()).points["aircraft"].to_pylist() == ["A", "B"]


def test_seconds_and_text_name_the_same_moment() -> None:
    batch = read_ndjson(
        b'{"timestamp": 1780315200.25}\n{"timestamp": "2026-06-01T14:00:00.25+02:00"}'
    )
    assert len(set(batch.points["timestamp"].to_pylist())) == 1
    assert batch.sent == 2


def test_time_without_offset_is_no_time() -> None:
    assert codes(read_json(b'[{"timestamp": "2026-06-01T12:00:00"}]')) == [(0, Rejection.NO_TIME)]
    naive = pa.table({"timestamp": pa.array([NOW.replace(tzinfo=None)], pa.timestamp("us"))})
    with pytest.raises(Unreadable, match="timestamp"):
        read_arrow(stream_of(naive))


def test_long_line_costs_itself_only() -> None:
    long = b'{"timestamp": "' + b"x" * 3_000_000 + b'"}'
    line = f"{{{TIME}}}".encode()
    batch = read_ndjson(b"\n".join([line, long, line]))
    assert codes(batch) == [(1, Rejection.UNREADABLE)]
    assert batch.points.num_rows == 2


@pytest.mark.parametrize("codec", ["zstd", "lz4"])
def test_compression_inside_the_stream_is_refused(codec: str) -> None:
    """Arrow would unfold it without any limit."""
    words = pa.array(["A", "B"]).dictionary_encode()
    table = pa.table({"timestamp": [NOW, NOW], "aircraft": words, "altitude_m": [0.0, 0.0]})
    assert read_arrow(stream_of(table)).points.num_rows == 2
    with pytest.raises(Unreadable, match="own compression"):
        read_arrow(stream_of(table, compression=codec))


def columns_of(name: str, values: pa.Array) -> bytes:
    return stream_of(pa.table({"timestamp": pa.array([NOW] * len(values)), name: values}))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("timestamp", pa.array([1.0])),
        ("timestamp", pa.array([1])),
        ("altitude_m", pa.array(["high"])),
        ("altitude_m", pa.array([[1.0]])),
        ("aircraft", pa.array([1])),
        ("aircraft", pa.array(["x" * 201])),
        ("aircraft", pa.array(["x" * 201]).dictionary_encode()),
        ("aircraft", pa.array(["x"], pa.string_view())),
        ("motor_rpm", pa.array([[[1.0]]])),
        ("motor_rpm", pa.array([[1.0]], pa.list_view(pa.float64()))),
        ("mood", pa.array([1.0])),
    ],
)
def test_columns_of_other_types_are_refused(name: str, values: pa.Array) -> None:
    table = pa.table({"timestamp": pa.array([NOW]), "altitude_m": pa.array([1.0])})
    at = table.column_names.index(name) if name in table.column_names else 2
    changed = table.set_column(at, name, values) if at < 2 else table.append_column(name, values)
    with pytest.raises(Unreadable):
        read_arrow(stream_of(changed))


def test_nanoseconds_are_cut_off() -> None:
    fine = pa.array([1_780_315_200_123_456_789], pa.timestamp("ns", "UTC"))
    (moment,) = read_arrow(stream_of(pa.table({"timestamp": fine}))).points["timestamp"].to_pylist()
    assert moment.microsecond == 123_456


def test_rows_without_any_column_are_counted_too() -> None:
    many = pa.table({"timestamp": pa.nulls(200_001, pa.timestamp("us", "UTC"))})
    with pytest.raises(TooLarge):
        read_arrow(stream_of(many))


def test_whole_numbers_that_a_float_rounds_are_taken() -> None:
    batch = read_json(f'[{{{TIME}, "clipping_count": 9007199254740993}}, 1]'.encode())
    assert batch.points["clipping_count"].to_pylist() == [9_007_199_254_740_992.0]
    assert not math.isnan(batch.points["clipping_count"][0].as_py())
