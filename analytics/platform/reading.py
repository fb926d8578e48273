"""The summary across organizations, in one query over what each of them laid down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analytics.calculations.executive import Summary
from analytics.calculations.platform import added_summaries
from analytics.periods import months
from analytics.platform.documents import summary_from
from analytics.reading.executive import MONTHS
from aviation.tenants.models import Organization

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Line:
    """An organization's own summary; both None until it was first gathered."""

    name: str
    slug: str
    summary: Summary | None
    figures_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlatformSummary:
    """By organization, by name; and all of them together."""

    lines: tuple[Line, ...]
    whole: Summary

    @property
    def oldest_at(self) -> datetime | None:
        """How old the oldest of the figures are; None where none were gathered."""
        known = [line.figures_at for line in self.lines if line.figures_at is not None]
        return min(known, default=None)


def platform_summary(at: datetime, count: int = MONTHS) -> PlatformSummary:
    """Of all active organizations, for platform work only: elsewhere no row is in sight."""
    active = Organization.objects.active().select_related("figures").order_by("name", "slug")
    lines = tuple(_line(each) for each in active)
    known = [line.summary for line in lines if line.summary is not None]
    return PlatformSummary(lines, added_summaries(known, months(count, at, UTC_ZONE)))


def _line(organization: Organization) -> Line:
    figures = getattr(organization, "figures", None)
    if figures is None:
        return Line(organization.name, organization.slug, None, None)
    summary = summary_from(figures.document)
    return Line(organization.name, organization.slug, summary, figures.figures_at)
