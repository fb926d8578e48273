"""The backtest of the wear scores: the same every time, blind to the future, fair to chance."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from itertools import pairwise

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analytics.calculations.ranking import Ranking
from analytics.calculations.simulated_flights import SimulatedFlight
from analytics.calculations.wear_backtest import Estimate, _verdict, backtest
from analytics.calculations.wear_simulation import (
    FIRST_DAY,
    INTERVAL_DAYS,
    SETS,
    History,
    day_of,
    simulate_fleet,
)
from analytics.calculations.wear_trial import FIRST_SCORED, HORIZON_DAYS, Past, tried

EARLY, LATE, CHANCE, UNMEASURED = SETS
DAYS = 200


@pytest.fixture(scope="module")
def fleet() -> list[History]:
    return list(simulate_fleet(EARLY, aircraft=12, days=DAYS, seed=4))


def test_same_seed_makes_the_same_fleet(fleet: list[History]) -> None:
    assert list(simulate_fleet(EARLY, aircraft=12, days=DAYS, seed=4)) == fleet
    assert list(simulate_fleet(EARLY, aircraft=12, days=DAYS, seed=5)) != fleet


def test_larger_fleet_begins_with_the_smaller_one(fleet: list[History]) -> None:
    assert list(simulate_fleet(EARLY, aircraft=14, days=DAYS, seed=4))[:12] == fleet


def test_same_seed_gives_the_same_result_to_the_last_digit() -> None:
    sets = (EARLY,)
    once, again = (backtest(seed=2, aircraft=10, sets=sets) for _ in range(2))
    assert repr(once) == repr(again)
    assert repr(backtest(seed=3, aircraft=10, sets=sets)) != repr(once)


def test_changing_the_future_changes_no_score(fleet: list[History]) -> None:
    """For each aircraft and several days: the rest of its history is replaced by the worst."""
    bad = (("motor", "critical"), ("battery", "critical"), ("control_surface", "critical"))
    for history in fleet:
        for day in (FIRST_SCORED, 97, 130, DAYS - HORIZON_DAYS - 1):
            known = [flight for flight in history.flights if flight.day <= day]
            changed = History(
                flights=[
                    *known,
                    *(
                        SimulatedFlight(day + 1 + n, 5.0, 1.0, bad, {"battery.sag": 2.0})
                        for n in range(20)
                    ),
                ],
                due=[*history.due[: day + 1], *[FIRST_DAY] * 60],
                failures=[day + 1, day + 5],
            )
            before, after = Past(history), Past(changed)
            assert after.version_1(day) == before.version_1(day)
            assert after.version_2(day) == before.version_2(day)


def test_a_day_s_own_flights_count(fleet: list[History]) -> None:
    """The counterpart of the test above: what it changes does change the scores of that day."""
    history = fleet[0]
    day = next(each.day for each in history.flights if each.day > FIRST_SCORED)
    worse = [
        replace(each, risk=1.0, findings=(("motor", "critical"),) * 9) if each.day == day else each
        for each in history.flights
    ]
    changed = replace_flights(history, worse)
    assert Past(changed).version_1(day) > Past(history).version_1(day)
    assert Past(changed).version_2(day) > Past(history).version_2(day)


def replace_flights(history: History, flights: list[SimulatedFlight]) -> History:
    return History(flights, history.due, history.failures, history.on_ground)


def test_version_1_of_a_simulated_day_is_the_formula_s() -> None:
    """Day 100: findings of days 71 to 100 and risks of days 94 to 100 count, and due in 5 days.

    Motor 2 x 0.4, battery 1 x 0.2; risks (0.5 + 0.25) / 2 = 0.375 x 10; 20: 0.8 + 0.2 + 3.75 + 20.
    """
    flights = [
        SimulatedFlight(70, 1.0, 0.9, (("motor", "critical"),)),
        SimulatedFlight(71, 1.0, 0.9, (("motor", "warning"), ("battery", "warning"))),
        SimulatedFlight(93, 1.0, 0.9),
        SimulatedFlight(94, 1.0, 0.5, (("gps", "warning"),)),
        SimulatedFlight(98, 1.0),
        SimulatedFlight(100, 1.0, 0.25, (("motor", "critical"),)),
        SimulatedFlight(101, 1.0, 1.0, (("motor", "critical"),)),
    ]
    history = History(flights, due=[day_of(105)] * 150)
    assert Past(history).version_1(100) == pytest.approx(24.75)


def test_days_are_judged_by_the_14_after_them() -> None:
    history = History(due=[day_of(0)] * 130, failures=[80, 100], on_ground={81, 82, 83})
    trial = tried(history)
    days = trial.days.tolist()
    assert (days[0], days[-1]) == (FIRST_SCORED, 130 - HORIZON_DAYS - 1)
    assert not {81, 82, 83} & set(days)
    soon = {day for day, soon in zip(days, trial.fails_soon, strict=True) if soon}
    assert soon == {*range(66, 80), *range(86, 100)}


def test_no_aircraft_flies_in_repair_and_maintenance_comes_back(fleet: list[History]) -> None:
    for history in fleet:
        assert not history.on_ground & {flight.day for flight in history.flights}
        dates = sorted(set(history.due))
        apart = [(later - before).days for before, later in pairwise(dates)]
        assert all(INTERVAL_DAYS <= days <= INTERVAL_DAYS + 14 for days in apart)


def test_sets_differ_as_they_say() -> None:
    """Over 60 aircraft: chance failures are most of one set, few of the others."""
    shares = {}
    for assumptions in SETS:
        fleet = list(simulate_fleet(assumptions, aircraft=60, days=DAYS, seed=1))
        failures = sum(len(history.failures) for history in fleet)
        shares[assumptions.name] = sum(history.by_chance for history in fleet) / failures
        measured = any(flight.closeness for history in fleet for flight in history.flights)
        assert measured == (assumptions.name != "unmeasured")
    assert shares["chance"] > 0.6
    assert max(shares["early"], shares["late"], shares["unmeasured"]) < 0.4


def test_random_score_is_worth_nothing_on_simulated_wear(fleet: list[History]) -> None:
    trials = [tried(history) for history in fleet]
    came = np.concatenate([trial.fails_soon for trial in trials])
    chance = np.random.default_rng(11)
    ones = np.ones(came.size)
    areas = [Ranking(chance.random(came.size), came).roc_auc(ones) for _ in range(40)]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.02)


def test_score_that_knew_the_future_would_be_perfect(fleet: list[History]) -> None:
    came = np.concatenate([tried(history).fails_soon for history in fleet])
    assert Ranking(came.astype(float), came).roc_auc(np.ones(came.size)) == 1.0


@pytest.mark.parametrize(
    ("estimate", "begins"),
    [
        (Estimate(0.1, 0.05, 0.15), "Version 2 is better, by 0.100"),
        (Estimate(-0.1, -0.15, -0.05), "Version 1 is better, by 0.100"),
        (Estimate(0.1, -0.05, 0.25), "No difference can be told: +0.100"),
        (Estimate(0.1, 0.0, 0.25), "No difference can be told"),
        (Estimate(0.1, float("nan"), float("nan")), "No difference can be told"),
    ],
)
def test_verdict_says_no_more_than_the_interval(estimate: Estimate, begins: str) -> None:
    assert _verdict(estimate).startswith(begins)


def run(*arguments: str) -> str:
    told = StringIO()
    call_command("wear_backtest", *arguments, stdout=told)
    return told.getvalue()


def test_command_answers_every_set_as_json() -> None:
    answer = json.loads(run("--aircraft", "10", "--seed", "7", "--json"))
    assert [each["name"] for each in answer["sets"]] == [each.name for each in SETS]
    assert "simulated wear" in answer["caveat"].lower()
    for found in answer["sets"]:
        assert 0 <= found["version_2"]["roc_auc"]["value"] <= 1
        difference = found["version_2"]["roc_auc"]["value"] - found["version_1"]["roc_auc"]["value"]
        assert found["roc_auc_difference"]["value"] == pytest.approx(difference)


def test_command_tells_people_figures_and_verdict() -> None:
    text = run("--aircraft", "10")
    assert text.count("area under the ROC curve  ") == len(SETS)
    assert text.count("version 1") == len(SETS)
    assert "no statement about a real fleet" in text


@pytest.mark.parametrize("arguments", [("--aircraft", "9"), ("--aircraft", "x"), ("--seed", "-1")])
def test_command_refuses_senseless_numbers(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="a whole number"):
        run(*arguments)
