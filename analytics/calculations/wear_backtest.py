"""Which of the two wear scores is better on simulated wear, and by how much.

Each set of assumptions (wear_simulation.py) makes a fleet; each aircraft is scored every day
(wear_trial.py), and held against what came: whether it failed within 14 days. Told are

- the area under the ROC curve (0.5 is chance, 1 is perfect);
- precision at the top 10 %: of the tenth of all aircraft-days with the highest scores, the share
  that a failure followed;
- the warnings, where each version may warn on a tenth of the aircraft-days: how long before the
  failure they began (median), how many failures were warned of, and how many warnings came to
  nothing in a year of one aircraft.

The intervals are 95 % bootstrap intervals over aircraft: whole aircraft are drawn, as the days of
one are alike. They tell how much another fleet of the same simulation would differ, not how much a
real one would. This is simulated wear: which score is better on yours can be told from yours only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.calculations.ranking import Numbers, Ranking
from analytics.calculations.warnings_given import Warnings, warnings_given
from analytics.calculations.wear_simulation import SETS, Assumptions, simulate_fleet
from analytics.calculations.wear_trial import HORIZON_DAYS, Trial, tried

DAYS = 425
"""A year that can be scored, with the days before and after it that cannot."""
TOP_SHARE = 0.1
DRAWS = 400
INTERVAL = (2.5, 97.5)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval. NaN where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VersionResult:
    roc_auc: Estimate
    precision: Estimate
    lead_days: Estimate
    warned_share: Estimate
    false_a_year: Estimate


@dataclass(frozen=True, slots=True)
class SetResult:
    """The outcome of one set of assumptions. Differences are version 2 less version 1."""

    name: str
    text: str
    aircraft: int
    scored_days: int
    failures: int
    by_chance: int
    failing_share: float
    """Of the scored aircraft-days, those with a failure in the 14 days after: what a score without
    any knowledge has as its precision."""
    version_1: VersionResult
    version_2: VersionResult
    roc_auc_difference: Estimate
    precision_difference: Estimate
    verdict: str


def backtest(*, seed: int, aircraft: int, sets: Sequence[Assumptions] = SETS) -> list[SetResult]:
    """The same seed gives the same result to the last digit."""
    return [_result(each, seed=seed, aircraft=aircraft) for each in sets]


def _result(assumptions: Assumptions, *, seed: int, aircraft: int) -> SetResult:
    histories = list(simulate_fleet(assumptions, aircraft=aircraft, days=DAYS, seed=seed))
    trials = [tried(history) for history in histories]
    draws = _draws(aircraft, seed)
    first = _Judged([trial.version_1 for trial in trials], trials, draws)
    second = _Judged([trial.version_2 for trial in trials], trials, draws)
    auc = _estimate(second.roc_auc - first.roc_auc)
    return SetResult(
        name=assumptions.name,
        text=assumptions.text,
        aircraft=aircraft,
        scored_days=sum(trial.days.size for trial in trials),
        failures=sum(len(history.failures) for history in histories),
        by_chance=sum(history.by_chance for history in histories),
        failing_share=float(np.concatenate([trial.fails_soon for trial in trials]).mean()),
        version_1=first.result(),
        version_2=second.result(),
        roc_auc_difference=auc,
        precision_difference=_estimate(second.precision - first.precision),
        verdict=_verdict(auc),
    )


def _draws(aircraft: int, seed: int) -> Numbers:
    """How often each aircraft counts, a row for each draw; in row 0 once each."""
    chance = np.random.default_rng([seed, aircraft])
    drawn = chance.multinomial(aircraft, np.full(aircraft, 1 / aircraft), size=DRAWS)
    return np.vstack([np.ones(aircraft), drawn]).astype(np.float64)


class _Judged:
    """One version's scores of all aircraft; every figure for all draws at once."""

    def __init__(self, scores: Sequence[Numbers], trials: Sequence[Trial], draws: Numbers) -> None:
        self._draws = draws
        together = np.concatenate(scores)
        ranking = Ranking(together, np.concatenate([each.fails_soon for each in trials]))
        owner = np.repeat(np.arange(len(trials)), [each.size for each in scores])
        weights = [draw[owner] for draw in draws]
        self.roc_auc = np.array([ranking.roc_auc(each) for each in weights])
        self.precision = np.array([ranking.precision_at(TOP_SHARE, each) for each in weights])
        limit = float(np.quantile(together, 1 - TOP_SHARE, method="higher"))
        self._warnings = [
            warnings_given(
                trial.days, score, trial.failures, above=limit, horizon_days=HORIZON_DAYS
            )
            for trial, score in zip(trials, scores, strict=True)
        ]

    def result(self) -> VersionResult:
        warned = self._draws @ self._each(lambda given: len(given.lead_days))
        missed = self._draws @ self._each(lambda given: given.missed)
        false = self._draws @ self._each(lambda given: given.false)
        years = self._draws @ self._each(lambda given: given.scored_days / YEAR_DAYS)
        with np.errstate(invalid="ignore"):
            warned_share = warned / (warned + missed)
        return VersionResult(
            _estimate(self.roc_auc),
            _estimate(self.precision),
            _estimate(np.array([self._median_lead(draw) for draw in self._draws])),
            _estimate(warned_share),
            _estimate(false / years),
        )

    def _each(self, figure: Callable[[Warnings], float]) -> Numbers:
        return np.array([figure(given) for given in self._warnings], dtype=np.float64)

    def _median_lead(self, draw: Numbers) -> float:
        pairs = zip(self._warnings, draw, strict=True)
        leads = [lead for given, times in pairs for lead in given.lead_days * int(times)]
        return float(np.median(leads)) if leads else float("nan")


def _estimate(figures: Numbers) -> Estimate:
    """Row 0 is the figure itself, the others the draws'."""
    drawn = figures[1:][~np.isnan(figures[1:])]
    if not drawn.size:
        return Estimate(float(figures[0]), float("nan"), float("nan"))
    low, high = np.percentile(drawn, INTERVAL)
    return Estimate(float(figures[0]), float(low), float(high))


def _verdict(auc: Estimate) -> str:
    what = "of the area under the ROC curve"
    interval = f"95 % interval {auc.low:+.3f} to {auc.high:+.3f}"
    if auc.low > 0:
        return f"Version 2 is better, by {auc.value:.3f} {what} ({interval})."
    if auc.high < 0:
        return f"Version 1 is better, by {-auc.value:.3f} {what} ({interval})."
    return f"No difference can be told: {auc.value:+.3f} {what} ({interval})."
