"""The mail that brings a summary: key figures as text, twelve months as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from analytics.calculations.executive import Figures
from analytics.choices import Rhythm
from analytics.periods import Period
from analytics.reading.executive import executive_summary, summary_of
from analytics.reading.standing import standing
from analytics.reports import columns
from analytics.reports.about import About, days_of, file_name, local_time
from analytics.reports.columns import Column
from analytics.reports.pdf_file import CONTENT_TYPE, summary_pdf
from aviation.tenants.models import Organization

KEY_FIGURES = (
    columns.FLIGHTS,
    columns.ACTIVE_AIRCRAFT,
    columns.HOURS,
    columns.DISTANCE,
    columns.SCORED,
    columns.RISK,
    columns.HIGH_RISK,
    columns.ANOMALIES,
    columns.CRITICAL,
)
LABEL_WIDTH, FIGURE_WIDTH = 26, 12
BEFORE = {Rhythm.WEEKLY: "the week before", Rhythm.MONTHLY: "the month before"}
OFTEN = {Rhythm.WEEKLY: "every Monday", Rhythm.MONTHLY: "on the first of every month"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything but the recipient."""

    subject: str
    values: dict[str, object]
    pdf: bytes
    pdf_name: str


def letter_of(organization: Organization, rhythm: str, period: Period, at: datetime) -> Letter:
    """About the days of ``period``, with the figures of the bound organization as they are now."""
    now, before = summary_of(period).total, summary_of(_before(rhythm, period)).total
    last_moment = datetime.combine(period.last_day, time(12), period.tz)
    year = executive_summary(last_moment, period.tz)
    state = standing(at)
    about = About(organization.name, organization.slug, at, state.refreshed_at)
    values: dict[str, object] = {
        "organization": organization.name,
        "span": _span(rhythm, period),
        "lines": _lines(now, before, BEFORE[Rhythm(rhythm)]),
        "notes": _notes(about, state.failure, period),
        "link": f"{settings.BASE_URL}{organization.get_absolute_url()}analytics/summary/",
        "rhythm": OFTEN[Rhythm(rhythm)],
        "base_url": settings.BASE_URL,
    }
    subject = render_to_string("analytics/mail/summary_subject.txt", values)
    pdf_name = file_name(about, year.period, "pdf")
    return Letter(" ".join(subject.split()), values, summary_pdf(year, about), pdf_name)


def send_letter(letter: Letter, *, to: str, name: str) -> None:
    """Raises what the mail server's connection raises."""
    body = render_to_string("analytics/mail/summary.txt", letter.values | {"name": name})
    mail = EmailMessage(letter.subject, body, to=[to], headers={"Auto-Submitted": "auto-generated"})
    mail.attach(letter.pdf_name, letter.pdf, CONTENT_TYPE)
    mail.send()


def _before(rhythm: str, period: Period) -> Period:
    if rhythm == Rhythm.WEEKLY:
        return period.previous()
    last_day = period.previous().last_day
    return Period(last_day.replace(day=1), period.start, period.tz)


def _span(rhythm: str, period: Period) -> str:
    """``week of 20 April 2026 to 26 April 2026`` or ``April 2026``."""
    if rhythm == Rhythm.WEEKLY:
        return f"week of {days_of(period)}"
    return f"{period.start:%B %Y}"


def _lines(now: Figures, before: Figures, name: str) -> list[str]:
    """A column each for the figure, the days told of, and those before."""
    head = f"{'':{LABEL_WIDTH}}{'':>{FIGURE_WIDTH}}   {name}"
    return [head, *(_line(column, now, before) for column in KEY_FIGURES)]


def _line(column: Column, now: Figures, before: Figures) -> str:
    label = f"{column.label} [{column.unit}]" if column.unit else column.label
    shown = (f"{column.shown(each):>{FIGURE_WIDTH}}" for each in (now, before))
    return f"{label:{LABEL_WIDTH}}{'   '.join(shown)}"


def _notes(about: About, failure: str, period: Period) -> list[str]:
    notes = [
        f"Figures as of {local_time(about.refreshed_at, period.tz)}, {about.age} old.",
        f"{columns.UNKNOWN} means that nothing was assessed: neither good nor bad.",
    ]
    return [failure, *notes] if failure else notes
