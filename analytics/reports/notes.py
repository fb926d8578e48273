"""What has to be known to read a summary rightly; on the page, in the PDF and in the mail."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.calculations.executive import Summary
from analytics.reports.about import About

ALWAYS = (
    "Counted are flights that left the ground and have ended, in the month in which they started.",
    "Average risk and high-risk share are of the flights with a risk. A dash means that nothing "
    "was assessed: that is neither good nor bad.",
    "An anomaly is a warning or critical finding of a flight's current analysis. High risk is risk "
    "level high or critical.",
    "An aircraft that flew in several months counts once in the total.",
)


def notes_on(summary: Summary, about: About) -> list[str]:
    return [*ALWAYS, *_of_these(summary, about)]


def _of_these(summary: Summary, about: About) -> Iterator[str]:
    untimed = summary.total.flights - summary.total.timed_flights
    if untimed:
        verb = "flight has" if untimed == 1 else "flights have"
        yield f"{untimed:,} {verb} no time in the air on record and count in no hours."
    last = summary.months[-1]
    if about.made_at.astimezone(last.period.tz).date() <= last.period.last_day:
        yield f"{last.name} is not over yet."
