"""Errors and failsafes that the autopilot itself recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aviation.mlresults.findings import Comparison, Component, Finding, Outcome, Passed, Severity
from aviation.mlresults.rules.context import FlightContext
from aviation.mlresults.rules.rule import Rule
from aviation.mlresults.wording import plural, second, sentence
from aviation.telemetry.record import Autopilot, EventKind, EventLevel, LogEvent

COMPONENTS = {
    "battery": Component.BATTERY,
    "radio": Component.RADIO,
    "data_link": Component.RADIO,
    "ground_station": Component.RADIO,
    "compass": Component.COMPASS,
    "gps": Component.GPS,
    "gps_glitch": Component.GPS,
    "position": Component.GPS,
    "barometer": Component.BAROMETER,
    "sensors": Component.INERTIAL,
    "main": Component.INERTIAL,
    "ekf": Component.ESTIMATOR,
    "ekf_check": Component.ESTIMATOR,
    "dead_reckoning": Component.ESTIMATOR,
    "engine": Component.MOTOR,
    "motor": Component.MOTOR,
    "thrust_loss": Component.MOTOR,
    "vibration": Component.VIBRATION,
    "crash_check": Component.ATTITUDE,
    "attitude": Component.ATTITUDE,
    "failure_roll": Component.ATTITUDE,
    "failure_pitch": Component.ATTITUDE,
}
"""By the event's code; any other is the autopilot's own."""

SEVERITIES = {
    EventLevel.INFO: Severity.INFO,
    EventLevel.WARNING: Severity.WARNING,
    EventLevel.CRITICAL: Severity.CRITICAL,
}
NAME_MOST = 150
"""Characters in a title; a longer record stands whole in the finding's text."""
FAULTS = frozenset({EventKind.ERROR, EventKind.FAILSAFE})


def judge_records(context: FlightContext, rule: Rule) -> Iterator[Outcome]:
    """One finding per kind of error or failsafe, in the air and on the ground apart."""
    events = context.record.events
    faults: dict[tuple[EventKind, str, bool], list[LogEvent]] = {}
    for event in events:
        if event.kind in FAULTS:
            on_ground = context.is_on_ground(event.time_s, event.time_s)
            faults.setdefault((event.kind, event.code, on_ground), []).append(event)
    for (_, _, is_on_ground), repeats in faults.items():
        yield _finding(context, rule, repeats, is_on_ground=is_on_ground)
    if faults:
        return
    if context.record.autopilot is Autopilot.UNKNOWN and not events:
        yield rule.not_assessed("This kind of log carries no records of the autopilot.")
        return
    text = "The autopilot recorded no error and took no failsafe."
    yield Passed(rule.id, rule.component, rule.subject, None, None, "", _source(context), text)


def _finding(
    context: FlightContext, rule: Rule, repeats: Sequence[LogEvent], *, is_on_ground: bool
) -> Finding:
    """Repeats of one record, told at its first; on the ground never worse than a warning."""
    first = repeats[0]
    severity = max((SEVERITIES[event.level] for event in repeats), key=lambda each: each.rank)
    if is_on_ground:
        severity = min(severity, Severity.WARNING, key=lambda each: each.rank)
    recovered_s = _recovered_s(context.record.events, repeats[-1])
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        component=COMPONENTS.get(first.code, rule.component),
        severity=severity,
        title=f"Recorded by the autopilot: {_named(first)[:NAME_MOST]}",
        text=_told(repeats, recovered_s),
        start_s=first.time_s,
        end_s=_end_s(context, repeats[-1], recovered_s),
        observed=None,
        limit=None,
        unit="",
        comparison=Comparison.NONE,
        source=_source(context),
        channel="",
        is_on_ground=is_on_ground,
    )


def _named(event: LogEvent) -> str:
    return event.text or event.code or "no name given"


def _told(repeats: Sequence[LogEvent], recovered_s: float | None) -> str:
    name = _named(repeats[0])
    full_name = f"{sentence(name)} " if len(name) > NAME_MOST else ""
    times = f" {plural(len(repeats), 'time')}" if len(repeats) > 1 else ""
    text = f"{full_name}Recorded{times} at {second(repeats[0].time_s)}"
    if len(repeats) > 1:
        text += f", last at {second(repeats[-1].time_s)}"
    end = f", over at {second(recovered_s)}" if recovered_s is not None else ""
    return f"{text}{end}."


def _recovered_s(events: Sequence[LogEvent], fault: LogEvent) -> float | None:
    return next(
        (
            event.time_s
            for event in events
            if event.kind is EventKind.RECOVERED
            and event.code == fault.code
            and event.time_s >= fault.time_s
        ),
        None,
    )


def _end_s(context: FlightContext, last: LogEvent, recovered_s: float | None) -> float:
    """Until it was over; without such a record the log's end, as far as anybody knows."""
    if recovered_s is not None:
        return recovered_s
    return max(last.time_s, context.record.end_s)


def _source(context: FlightContext) -> str:
    names = {Autopilot.PX4: "PX4", Autopilot.ARDUPILOT: "ArduPilot"}
    return f"{names.get(context.record.autopilot, 'the autopilot')}, own record"


RULES = (
    Rule(
        "autopilot.records", 1, Component.AUTOPILOT, "The autopilot's own records", judge_records,
        works_on_ground=True,
    ),
)  # fmt: skip
