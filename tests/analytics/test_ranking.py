"""How well a score ranks: against counting every pair."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.calculations.ranking import Ranking

TABLE = [
    # scores, which came, AUC, precision at the top half
    ([4, 3, 2, 1], [1, 1, 0, 0], 1.0, 1.0),
    ([1, 2, 3, 4], [1, 1, 0, 0], 0.0, 0.0),
    ([1, 1, 1, 1], [1, 0, 0, 1], 0.5, 0.5),
    # pairs: 4 beats 3 and 1; 2 beats 1 but not 3: three of four
    ([4, 3, 2, 1], [1, 0, 1, 0], 0.75, 0.5),
    # pairs: 4 beats both; 3 ties with 3 and beats 1: 3.5 of 4. Half is two cases: the first came,
    # the second is one of two equals of which one came: 1.5 of 2
    ([4, 3, 3, 1], [1, 1, 0, 0], 0.875, 0.75),
]


@pytest.mark.parametrize(("scores", "came", "auc", "precision"), TABLE)
def test_area_and_precision(
    scores: list[float], came: list[int], auc: float, precision: float
) -> None:
    ranking = Ranking(np.array(scores, dtype=float), np.array(came, dtype=bool))
    assert ranking.roc_auc(np.ones(4)) == pytest.approx(auc)
    assert ranking.precision_at(0.5, np.ones(4)) == pytest.approx(precision)


def test_weight_counts_like_so_many_cases() -> None:
    chance = np.random.default_rng(3)
    scores = chance.integers(0, 6, size=40).astype(float)
    came = chance.random(40) < 0.3
    times = chance.integers(0, 4, size=40)
    weighted = Ranking(scores, came)
    repeated = Ranking(np.repeat(scores, times), np.repeat(came, times))
    ones = np.ones(int(times.sum()))
    assert weighted.roc_auc(times.astype(float)) == pytest.approx(repeated.roc_auc(ones))
    found = weighted.precision_at(0.1, times.astype(float))
    assert found == pytest.approx(repeated.precision_at(0.1, ones))


def test_area_is_the_share_of_pairs_in_order() -> None:
    chance = np.random.default_rng(5)
    scores = chance.integers(0, 20, size=200).astype(float)
    came = chance.random(200) < scores / 25
    high, low = scores[came][:, None], scores[~came][None, :]
    pairs = (high > low).mean() + (high == low).mean() / 2
    assert Ranking(scores, came).roc_auc(np.ones(200)) == pytest.approx(pairs)


def test_score_drawn_by_lot_has_half_the_area() -> None:
    """20,000 cases, a tenth of which came: the standard error of the area is about 0.007."""
    chance = np.random.default_rng(8)
    came = chance.random(20_000) < 0.1
    ranking = Ranking(chance.random(20_000), came)
    assert ranking.roc_auc(np.ones(20_000)) == pytest.approx(0.5, abs=0.02)
    assert ranking.precision_at(0.1, np.ones(20_000)) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("came", [[True, True], [False, False]])
def test_nothing_can_be_told_where_all_cases_are_alike(came: list[bool]) -> None:
    assert math.isnan(Ranking(np.array([1.0, 2.0]), np.array(came)).roc_auc(np.ones(2)))
