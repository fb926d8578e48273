"""Numbers and seconds as a pilot reads them."""

from __future__ import annotations


def figure(value: float, unit: str = "") -> str:
    """Three significant digits at most, no trailing zeros, with the unit: ``12.3 m/s²``, ``5°``."""
    rounded = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return _with_unit(float(rounded), unit)


def exact(value: float, unit: str = "") -> str:
    """A published limit with all its digits: ``4.905 m/s²``."""
    return _with_unit(value, unit)


def _with_unit(value: float, unit: str) -> str:
    # Adding 0.0 turns -0.0 into 0.0.
    number = f"{value + 0.0:f}".rstrip("0").rstrip(".")
    if not unit:
        return number
    return f"{number}{unit}" if unit == "°" else f"{number} {unit}"


def second(time_s: float) -> str:
    """A moment on the log's boot clock: ``93.2 s``."""
    return f"{time_s:.1f} s"


def span(start_s: float, end_s: float) -> str:
    """``from 11.7 s to 45.1 s``, or ``at 93.2 s`` where both read the same."""
    if second(start_s) == second(end_s):
        return f"at {second(start_s)}"
    return f"from {second(start_s)} to {second(end_s)}"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    ending = "" if text[-1] in ".!?" else "."
    return text[0].upper() + text[1:] + ending
