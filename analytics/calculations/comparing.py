"""A figure of one period beside the same figure of another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

THREE_PLACES = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Comparison:
    """``now`` and ``before`` are None where nobody knows them: that is no zero."""

    now: Decimal | None
    before: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        if self.now is None or self.before is None:
            return None
        return self.now - self.before

    @property
    def relative(self) -> Decimal | None:
        """The difference as a share of ``before``, to a tenth of a percent.

        None where ``before`` is zero or unknown: of nothing there are no percent.
        """
        if self.difference is None or not self.before:
            return None
        return (self.difference / self.before).quantize(THREE_PLACES, rounding=ROUND_HALF_UP)


def compared(now: Decimal | int | None, before: Decimal | int | None) -> Comparison:
    """Whole numbers become exact decimals."""
    return Comparison(_exact(now), _exact(before))


def _exact(number: Decimal | int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
