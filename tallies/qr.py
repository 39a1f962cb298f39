"""QR codes of addresses, as pictures of a page."""

from __future__ import annotations

from functools import lru_cache

import segno


@lru_cache(maxsize=1_000)
def qr_picture(address: str) -> str:
    """Return the `src` of a picture that telephones read as this address."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(border=2, svgclass=None, lineclass=None))
