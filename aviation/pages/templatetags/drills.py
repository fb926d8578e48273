"""The charts above the platform admin's list of restore drills."""

from __future__ import annotations

from typing import Any

from django import template

from aviation.pages.drills import drill_charts, latest_drills

register = template.Library()


@register.inclusion_tag("admin/drill_charts.html")
def charts_of_drills() -> dict[str, Any]:
    return {"charts": drill_charts(latest_drills())}
