"""What may stand in an aircraft's specifications: a JSON object PostgreSQL can store."""

from __future__ import annotations

import json
from typing import Any


def check_specifications(value: Any) -> dict[str, Any]:
    """The value, if it can be stored. Raises ValueError in words for a person."""
    if not isinstance(value, dict):
        raise ValueError("This must be an object of names and values.")
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError:
        raise ValueError("This holds a number or a character that cannot be stored.") from None
    if "\\u0000" in text:
        raise ValueError("This holds a character that cannot be stored.")
    return value
