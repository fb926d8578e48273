"""The fleet's figures on pages whose views know nothing of them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from accounts.requests import in_organization
from analytics.querysets import may_see_figures
from aviation.pages.dashboards.at_a_glance import at_a_glance

register = template.Library()


@register.inclusion_tag("admin/_fleet_figures.html", takes_context=True)
def fleet_figures(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing for those who may not see them."""
    membership = in_organization(context["request"]).membership
    return at_a_glance(membership, timezone.now()) if may_see_figures(membership) else {}
