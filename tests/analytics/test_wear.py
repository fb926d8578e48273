"""The wear score's version 1, against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.calculations.wear import (
    WearAction,
    WearFigures,
    WearLevel,
    WearSource,
    plain,
    wear_level,
    wear_score,
)
from analytics.calculations.wear_weights import PUBLISHED, Weights

TODAY = date(2026, 3, 30)


def figures(
    motor: int = 0,
    control_surface: int = 0,
    battery: int = 0,
    risks: tuple[str, int] = ("0", 0),
    due: int | None = None,
) -> WearFigures:
    """``risks``: their sum and number; ``due``: days from today, negative when overdue."""
    return WearFigures(
        TODAY,
        motor,
        control_surface,
        battery,
        analysed_flights=9,
        risk_sum=Decimal(risks[0]),
        scored_flights=risks[1],
        maintenance_on=None if due is None else TODAY + timedelta(days=due),
    )


SCORES: list[tuple[WearFigures, str, str]] = [
    # nothing known: 0
    (figures(), "0", "low"),
    # 6 x 0.4 = 2.4
    (figures(motor=6), "2.4", "low"),
    # 4 x 0.3 = 1.2
    (figures(control_surface=4), "1.2", "low"),
    # 3 x 0.2 = 0.6
    (figures(battery=3), "0.6", "low"),
    # 6 x 0.4 + 4 x 0.3 + 3 x 0.2 = 2.4 + 1.2 + 0.6 = 4.2
    (figures(6, 4, 3), "4.2", "low"),
    # 1.5 / 3 = 0.5; x 10 = 5
    (figures(risks=("1.5", 3)), "5", "low"),
    # 1 / 3 = 0.3333 to four places; x 10 = 3.333
    (figures(risks=("1", 3)), "3.333", "low"),
    # 2 / 3 = 0.6667; x 10 = 6.667
    (figures(risks=("2", 3)), "6.667", "low"),
    # maintenance alone
    (figures(due=-1), "30", "high"),
    (figures(due=-400), "30", "high"),
    (figures(due=0), "20", "medium"),
    (figures(due=7), "20", "medium"),
    (figures(due=8), "10", "low"),
    (figures(due=30), "10", "low"),
    (figures(due=31), "0", "low"),
    # 6 x 0.4 + 0 x 0.3 + 4 x 0.2 + 0.412 x 10 + 30 = 2.4 + 0 + 0.8 + 4.12 + 30 = 37.32
    (figures(6, 0, 4, ("0.824", 2), -3), "37.32", "high"),
    # 5 x 0.4 + 10 x 0.3 = 2 + 3 = 5; 0.5 x 10 = 5; 20: 30, where high begins
    (figures(5, 10, 0, ("0.5", 1), 5), "30", "high"),
    # the same with 9 battery findings less one motor's: 4 x 0.4 + 10 x 0.3 + 1 x 0.2 = 4.8: 29.8
    (figures(4, 10, 1, ("0.5", 1), 5), "29.8", "medium"),
    # 25 x 0.4 = 10; 0.5 x 10 = 5: 15, where medium begins
    (figures(25, risks=("0.5", 1)), "15", "medium"),
    # 24 x 0.4 + 1 x 0.3 = 9.9; 0.5 x 10 = 5: 14.9
    (figures(24, 1, risks=("0.5", 1)), "14.9", "low"),
    # 30 x 0.4 = 12; 0.8 x 10 = 8; 30: 50, where urgent begins
    (figures(30, risks=("1.6", 2), due=-1), "50", "urgent"),
    # 30 x 0.4 = 12; 0.7999 x 10 = 7.999; 30: 49.999
    (figures(30, risks=("0.7999", 1), due=-1), "49.999", "high"),
    # 1000 x 0.4 + 1000 x 0.3 + 1000 x 0.2 + 1 x 10 + 30 = 900 + 40
    (figures(1_000, 1_000, 1_000, ("7", 7), -1), "940", "urgent"),
]


@pytest.mark.parametrize(("known", "score", "level"), SCORES)
def test_score_is_the_formula_s(known: WearFigures, score: str, level: str) -> None:
    wear = wear_score(known)
    assert (plain(wear.score), wear.level) == (score, WearLevel(level))


@pytest.mark.parametrize("known", [known for known, _, _ in SCORES])
def test_parts_add_up_to_the_score(known: WearFigures) -> None:
    wear = wear_score(known)
    assert sum(part.points for part in wear.parts) == wear.score
    assert [part.source for part in wear.parts] == list(WearSource)


@pytest.mark.parametrize(
    ("score", "level"),
    [
        ("50", "urgent"),
        ("49.9999", "high"),
        ("30", "high"),
        ("29.9999", "medium"),
        ("15", "medium"),
        ("14.9999", "low"),
        ("0", "low"),
    ],
)
def test_level_begins_at_its_limit(score: str, level: str) -> None:
    assert wear_level(Decimal(score)) is WearLevel(level)


ACTIONS: list[tuple[WearFigures, WearAction]] = [
    (figures(motor=6, control_surface=4, battery=3, due=-1), WearAction.INSPECT_MOTORS),
    (figures(motor=5, control_surface=4, battery=3, due=-1), WearAction.CHECK_CONTROL_SURFACES),
    (figures(motor=5, control_surface=3, battery=3, due=-1), WearAction.ASSESS_BATTERY),
    (figures(motor=5, control_surface=3, battery=2, due=-1), WearAction.MAINTAIN),
    (figures(motor=5, control_surface=3, battery=2, due=0), WearAction.CONTINUE),
    (figures(motor=5, control_surface=3, battery=2), WearAction.CONTINUE),
    (figures(risks=("1", 1)), WearAction.CONTINUE),
]


@pytest.mark.parametrize(("known", "action"), ACTIONS)
def test_first_action_that_applies_is_recommended(known: WearFigures, action: WearAction) -> None:
    assert wear_score(known).action is action


def test_every_action_and_level_has_words() -> None:
    assert [action.label for action in WearAction] == [
        "Inspect the motors at once",
        "Check the calibration of the control surfaces",
        "Have the battery assessed",
        "Carry out the overdue maintenance",
        "Continue as planned",
    ]
    assert WearLevel.URGENT.label == "URGENT"


SENTENCES = [
    (
        figures(6, 0, 4, ("0.824", 2), -3),
        "Motor findings 6 × 0.4 = 2.4, control-surface findings 0 × 0.3 = 0, battery findings "
        "4 × 0.2 = 0.8, average risk 0.412 × 10 = 4.12, maintenance overdue by 3 days: 30; "
        "together 37.32, HIGH.",
    ),
    (
        figures(),
        "Motor findings 0 × 0.4 = 0, control-surface findings 0 × 0.3 = 0, battery findings "
        "0 × 0.2 = 0, no flight with a risk in the last 7 days: 0, no maintenance date entered: 0; "
        "together 0, LOW.",
    ),
]


@pytest.mark.parametrize(("known", "sentence"), SENTENCES)
def test_sentence_tells_the_parts(known: WearFigures, sentence: str) -> None:
    assert wear_score(known).sentence == sentence


@pytest.mark.parametrize(
    ("due", "text"),
    [
        (-3, "Maintenance overdue by 3 days: 30"),
        (-1, "Maintenance overdue by 1 day: 30"),
        (0, "Maintenance due today: 20"),
        (1, "Maintenance due in 1 day: 20"),
        (30, "Maintenance due in 30 days: 10"),
        (200, "Maintenance due in 200 days: 0"),
    ],
)
def test_maintenance_is_told_in_days(due: int, text: str) -> None:
    assert wear_score(figures(due=due)).parts[-1].text == text


def test_aircraft_nothing_was_analysed_of_is_not_called_fine() -> None:
    wear = wear_score(replace(figures(), analysed_flights=0))
    assert not wear.is_assessed
    assert wear.sentence.endswith("No flight was analysed in the last 30 days.")


def test_other_weights_make_another_score_and_level() -> None:
    """3 x 1.5 + 1 x 2 + 2 x 0.125 + 0.25 x 4 + 5 = 4.5 + 2 + 0.25 + 1 + 5 = 12.75, high from 12."""
    own = Weights(
        motor=Decimal("1.5"),
        control_surface=Decimal(2),
        battery=Decimal("0.125"),
        risk=Decimal(4),
        due_in_30_days=Decimal(5),
        high_from=Decimal(12),
        medium_from=Decimal(4),
        motor_above=Decimal(2),
    )
    wear = wear_score(figures(3, 1, 2, ("0.5", 2), 9), own)
    assert (plain(wear.score), wear.level) == ("12.75", WearLevel.HIGH)
    assert wear.action is WearAction.INSPECT_MOTORS


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"motor": Decimal("-0.1")}, {"motor"}),
        ({"risk": Decimal("NaN"), "battery": Decimal("Infinity")}, {"risk", "battery"}),
        ({"overdue": Decimal(1_001)}, {"overdue"}),
        ({"motor": Decimal("0.1234")}, {"motor"}),
        ({"high_from": Decimal(50)}, {"urgent_from"}),
        ({"medium_from": Decimal(0)}, {"urgent_from"}),
        ({"overdue": Decimal(19)}, {"overdue"}),
        ({"due_in_30_days": Decimal(21)}, {"overdue"}),
        ({"motor": Decimal(0), "battery": Decimal("0.123"), "overdue": Decimal(1_000)}, set()),
    ],
)
def test_weights_that_make_no_sense_are_told(change: dict[str, Any], wrong: set[str]) -> None:
    assert set(replace(PUBLISHED, **change).problems()) == wrong


def test_published_weights_make_sense() -> None:
    assert PUBLISHED.problems() == {}
