"""Template filters that write measured values the way a pilot reads them."""

from __future__ import annotations

from django import template

register = template.Library()

NOTHING = "–"


@register.filter
def duration(seconds: float | str | None) -> str:
    """``12.4 s``, ``4 min 03 s``, ``1 h 15 min``; a dash where nobody knows."""
    if seconds is None or isinstance(seconds, str):
        return NOTHING
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


@register.filter
def distance(metres: float | str | None) -> str:
    """``812 m`` below a kilometre, ``12.3 km`` above; a dash where nobody knows."""
    if metres is None or isinstance(metres, str):
        return NOTHING
    return f"{metres:.0f} m" if metres < 999.5 else f"{metres / 1000:.1f} km"


@register.filter
def heading(degrees: float) -> str:
    """``358°``, from 0 to 359 whichever way the aircraft counts."""
    return f"{round(degrees) % 360}°"


@register.filter
def reading(value: float | str | None) -> str:
    """A measured value with three significant digits, never in powers of ten."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return value
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{float(f'{value:.3g}'):f}".rstrip("0").rstrip(".")
