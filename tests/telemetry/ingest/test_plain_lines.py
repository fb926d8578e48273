"""Lines that Arrow reads: the same points and the same verdicts as line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aviation.telemetry.ingest import json_body, plain_lines
from aviation.telemetry.ingest.batch import Batch
from aviation.telemetry.ingest.json_body import read_ndjson
from aviation.telemetry.ingest.plain_lines import read_plain_lines

AT = "2026-11-28T10:00:00+00:00"
PLAIN = b'{"timestamp":"2026-11-28T10:00:00.5+00:00","roll_deg":-1.5,"sequence":7}'


FULL = (
    b'{"timestamp":"2026-11-28T09:59:59Z","roll_deg":0.5,"gps_satellites":9,"motor_output_us_1":1,'
    b'"sequence":1,"flight":null,"aircraft":"ABC","motor_rpm":[1.5]}'
)
"""Has every field: whatever comes after it is left to Arrow."""


@pytest.fixture(autouse=True, scope="module")
def whatever_the_size() -> Iterator[None]:
    """Python looks at the first line alone, and at no size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_lines, "LEAST_BYTES", 0)
        patch.setattr(plain_lines, "LINES_LOOKED_AT", 1)
        yield


def verdict(batch: Batch) -> Any:
    """Everything a batch says, as text in an order of its own: NaN is like no other NaN."""
    names = sorted(batch.points.column_names)
    types = [str(batch.points.schema.field(name).type) for name in names]
    rows = [{name: _plus(row[name]) for name in names} for row in batch.points.to_pylist()]
    refused = [(each.position, each.code, each.detail, each.point) for each in batch.refused]
    return batch.sent, names, types, list(map(repr, rows)), sorted(map(repr, refused))


def _plus(value: Any) -> Any:
    """Without the sign of a zero."""
    if isinstance(value, list):
        return [_plus(each) for each in value]
    return 0.0 if value == 0 and isinstance(value, float) else value


def slowly(body: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_body, "read_plain_lines", lambda lines, *, first: None)
        return verdict(read_ndjson(body))


numbers = (
    st.none()
    | st.floats(-1e3, 1e3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**70), 2**70)
)
moments = (
    st.just(AT)
    | st.just("2026-11-28T11:00:00.123456789+01:00")
    | st.datetimes().map(lambda at: at.isoformat() + "Z")
)
ordinary = st.fixed_dictionaries(
    {"timestamp": moments},
    optional={
        "roll_deg": numbers,
        "gps_satellites": numbers,
        "motor_output_us_1": numbers,
        "sequence": st.none() | st.integers(0, 2**63 - 1),
        "flight": st.none() | st.uuids().map(str),
        "aircraft": st.none() | st.text("ABC-123 {}[]:,", max_size=9),
        "motor_rpm": st.none() | st.lists(numbers, max_size=5),
    },
)
odd_values = st.sampled_from(
    [
        "5",
        True,
        [],
        [1.0],
        {},
        {"a": 1},
        -1,
        2**63,
        1.0,
        7.5,
        "",
        "caf\u00e9",
        "\ud800",
        'a"b',
        "\n",
    ]
)
odd = st.builds(
    lambda point, name, value: point | {name: value},
    ordinary,
    st.sampled_from(["timestamp", "roll_deg", "sequence", "flight", "motor_rpm", "what"]),
    odd_values,
)
ordinary_lines = ordinary.map(lambda point: json.dumps(point, separators=(",", ":")).encode())
odd_lines = odd.map(lambda point: json.dumps(point, ensure_ascii=False).encode(errors="replace"))
ODDITIES = [
    b"",
    b" ",
    b"\r",
    b"{}",
    b"null",
    b"5",
    b"[]",
    b"{",
    b"}",
    b"not json",
    b"\x00",
    b"\xff",
    PLAIN + b"\r",
    b" " + PLAIN,
    PLAIN + b" ",
    PLAIN + PLAIN,
    PLAIN + b"," + PLAIN,
    PLAIN + b",",
    PLAIN[:-1],
    PLAIN[1:],
    PLAIN[:20],
    b"[" + PLAIN + b"]",
    b'{"a":' + PLAIN + b"}",
    b'{"timestamp":null,"roll_deg":1}',
    b'{"timestamp":1764324000.25,"roll_deg":1}',
    *(
        b'{"timestamp":"' + AT.encode() + b'",' + rest + b"}"
        for rest in (
            b'"roll_deg":NaN',
            b'"roll_deg":Infinity',
            b'"roll_deg":-Inf',
            b'"roll_deg":1e999',
            b'"roll_deg":1e-999',
            b'"roll_deg":01',
            b'"roll_deg":+1',
            b'"roll_deg":1.',
            b'"roll_deg":-0',
            b'"roll_deg":1,"roll_deg":2',
            b'"roll_deg":null,"roll_deg":2',
            b'"roll_deg":2,"roll_deg":null',
            b'"roll_deg":2,"roll\\u005fdeg":3',
            b'"sequence":5.0',
            b'"sequence":-1',
            b'"sequence":1e2',
            b'"sequence":9223372036854775808',
            b'"motor_rpm":[1,NaN]',
            b'"motor_rpm":[1e300]',
            b'"motor_rpm":[16777217]',
            b'"motor_rpm":[null,2.5]',
            b'"motor_rpm":[[1]]',
            b'"roll_deg":1,',
            b'"aircraft":"tab\there"',
            b'"aircraft":"\xc3\xa9"',
            b'"aircraft":"\xff"',
            b'"aircraft":"\x7f"',
            b'"roll_deg":' + b"9" * 400,
            b'"roll_deg":0.' + b"3" * 2_000,
        )
    ),
]
lines = st.one_of(ordinary_lines, ordinary_lines, odd_lines, st.sampled_from(ODDITIES))
bodies = st.lists(lines, max_size=8).map(b"\n".join) | st.lists(ordinary_lines, max_size=30).map(
    b"\n".join
)


@given(body=bodies)
@example(body=b"\xef\xbb\xbf" + PLAIN)
@example(body=PLAIN + b"\n\n\n")
@example(body=PLAIN + b"\n" + PLAIN[:-1] + b"\n}")
@example(body=PLAIN + PLAIN + b"\n\n" + PLAIN)
@example(body=PLAIN + PLAIN + b"\n" + PLAIN.replace(b",", b"\n", 1))
@example(body=FULL + b"\n" + PLAIN + PLAIN + b"\n" + PLAIN.replace(b",", b",\n", 1))
def test_any_lines_are_read_the_same_either_way(body: bytes) -> None:
    for text in (body, FULL + b"\n" + body):
        assert verdict(read_ndjson(text)) == slowly(text)


@pytest.mark.parametrize("odd_line", ODDITIES, ids=range(len(ODDITIES)))
def test_odd_line_gets_the_same_verdict_wherever_it_stands(odd_line: bytes) -> None:
    for body in ([odd_line], [odd_line, PLAIN], [FULL, odd_line], [FULL, odd_line, PLAIN]):
        text = b"\n".join(body)
        assert verdict(read_ndjson(text)) == slowly(text)


def test_plain_lines_are_read_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every line has every field."""
    monkeypatch.setattr(plain_lines, "LINES_LOOKED_AT", 2)
    text = b"\n".join([PLAIN, b'{"timestamp":"' + AT.encode() + b'","motor_rpm":[1,2.5]}', PLAIN])
    batch = read_plain_lines(text, first=5)
    assert batch is not None
    assert batch.points["position"].to_pylist() == [5, 6, 7]
    assert batch.points["motor_rpm"].to_pylist() == [None, [1.0, 2.5], None]
    assert batch.points["sequence"].to_pylist() == [7, None, 7]


def test_field_that_comes_late_is_left_to_the_slower_way() -> None:
    late = b'{"timestamp":"' + AT.encode() + b'","pitch_deg":1}'
    text = b"\n".join([PLAIN] * 30 + [late])
    assert read_plain_lines(text, first=0) is None
    assert read_ndjson(text).points["pitch_deg"].to_pylist() == [None] * 30 + [1.0]
