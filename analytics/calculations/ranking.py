"""How well a score ranks: by weighted cases, so that a bootstrap only changes the weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Ranking:
    """Cases with a score and whether the event came, put in order once.

    Where scores are equal, cases count as if their order were left to chance.
    """

    def __init__(self, scores: Numbers, came: Flags) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        is_new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
        self._starts = np.flatnonzero(is_new)
        self._came = came[self._order]

    def roc_auc(self, weights: Numbers) -> float:
        """Area under the ROC curve: the share of pairs put in the right order, 0.5 by chance.

        NaN where all cases are alike.
        """
        came, stayed = self._groups(weights)
        if not came.sum() or not stayed.sum():
            return float("nan")
        # Cases in groups of equal score, the highest first: each that came beats all below it and
        # half of its equals.
        below = stayed.sum() - np.cumsum(stayed)
        return float((came * (below + stayed / 2)).sum() / (came.sum() * stayed.sum()))

    def precision_at(self, share: float, weights: Numbers) -> float:
        """Of the given share of cases, the highest first, how many came."""
        came, stayed = self._groups(weights)
        counts = came + stayed
        room = share * counts.sum()
        before = np.cumsum(counts) - counts
        taken = np.clip((room - before) / np.maximum(counts, 1e-12), 0.0, 1.0)
        return float((came * taken).sum() / room)

    def _groups(self, weights: Numbers) -> tuple[Numbers, Numbers]:
        """By distinct score: the weight of the cases that came, and of those that did not."""
        ordered = weights[self._order]
        came = np.add.reduceat(ordered * self._came, self._starts)
        return came, np.add.reduceat(ordered * ~self._came, self._starts)
