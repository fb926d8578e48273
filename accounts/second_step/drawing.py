"""The QR code that an authenticator app reads, drawn here: the secret goes to nobody else."""

from __future__ import annotations

import segno

MARGIN = 4
"""Light squares around it: the standard's own figure, without which some cameras find nothing."""


def qr_code(text: str) -> str:
    """A picture as a data: address. Dark on light in any colour scheme, as cameras want it."""
    drawn: str = segno.make(text, error="m", micro=False).svg_data_uri(
        scale=4, border=MARGIN, dark="#000", light="#fff"
    )
    return drawn
