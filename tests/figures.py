"""Whether a text tells a figure: as a number of its own, not as a part of a token, a hash or another number."""

from __future__ import annotations

import re


def tells(text: str, figure: int) -> bool:
    """Say whether `figure` stands in `text` (a page, JSON) by itself.

    Tokens and hashes are random: three digits are found in them every hundredth time.
    """
    return re.search(rf"(?<![0-9A-Za-z_-]){figure}(?![0-9A-Za-z_-])", text) is not None
