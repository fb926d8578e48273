"""``manage.py wear_backtest [--seed N] [--aircraft N] [--json]``"""

from __future__ import annotations

import json
import math
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from typing import Any

from analytics.calculations.wear_backtest import (
    Estimate,
    SetResult,
    VersionResult,
    backtest,
)
from analytics.calculations.wear_simulation import SETS
from aviation.common.commands import DomainCommand

LEAST, MOST = 10, 2_000
CAVEAT = (
    "Simulated wear under the assumptions named; no statement about a real fleet. In brackets: "
    "95 % bootstrap intervals over aircraft, for other fleets of the same simulation."
)
COLUMNS = ("", "version 1", "version 2")


class Command(DomainCommand):
    help = "Hold the two wear scores against each other on simulated wear. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=_seed, default=1, help="the same seed, the same result")
        parser.add_argument(
            "--aircraft", type=_aircraft, default=150, help=f"in each fleet, {LEAST} to {MOST}"
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def run(self, **options: Any) -> None:
        results = []
        for assumptions in SETS:
            found = backtest(
                seed=options["seed"], aircraft=options["aircraft"], sets=(assumptions,)
            )
            results += found
            if not options["json"]:
                self.stdout.write(_told(found[0]))
        if options["json"]:
            self.stdout.write(json.dumps({"caveat": CAVEAT, "sets": _plain(results)}, indent=2))
        else:
            self.stdout.write(CAVEAT)


def _told(result: SetResult) -> str:
    lines = [
        f"{result.name}: {result.text}",
        f"  {result.aircraft} aircraft, {result.scored_days:,} scored days, {result.failures} "
        f"failures ({result.by_chance} by chance); a failure follows within 14 days on "
        f"{result.failing_share:.1%} of the days",
        f"  {COLUMNS[0]:<34}{COLUMNS[1]:>26}{COLUMNS[2]:>26}",
        *_rows(result.version_1, result.version_2),
        f"  {result.verdict}",
        "",
    ]
    return "\n".join(lines)


def _rows(first: VersionResult, second: VersionResult) -> list[str]:
    figures = (
        ("area under the ROC curve", "roc_auc", ".3f"),
        ("precision at the top 10 %", "precision", ".1%"),
        ("failures warned of", "warned_share", ".0%"),
        ("median lead of a warning, days", "lead_days", ".0f"),
        ("false warnings per aircraft-year", "false_a_year", ".2f"),
    )
    return [
        f"  {label:<34}{_cell(getattr(first, name), form):>26}"
        f"{_cell(getattr(second, name), form):>26}"
        for label, name, form in figures
    ]


def _cell(estimate: Estimate, form: str) -> str:
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def _plain(results: list[SetResult]) -> Any:
    """As JSON knows it, which has no NaN."""
    return _without_nan([asdict(result) for result in results])


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _seed(text: str) -> int:
    return _whole(text, 0, 2**32 - 1)


def _aircraft(text: str) -> int:
    return _whole(text, LEAST, MOST)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ArgumentTypeError(f"a whole number from {least} to {most} is needed, not {text!r}")
    return int(text)
