"""Names of time zones."""

from __future__ import annotations

import zoneinfo
from functools import cache


def is_time_zone(name: str) -> bool:
    """Whether this machine's time zone database knows the name."""
    return name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
