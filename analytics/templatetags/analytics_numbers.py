"""Template filters for exact numbers."""

from __future__ import annotations

from django import template

from analytics.calculations import wear

register = template.Library()

register.filter("plain", wear.plain)
