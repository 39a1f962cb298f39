"""A package moved to a day of practice: the same election in every row, open at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import tomlkit

from stations.package.heading import FILE


def moved_for_practice(files: Mapping[str, bytes], *, day: dt.date, now: dt.datetime) -> dict[str, bytes]:
    """Return a valid package's files with the election held on `day`, opened `now`, its figures public from now on.

    Protocols are taken before stations close, so that nobody waits for the evening. All else stays as it was written.
    """
    heading = tomlkit.parse(files[FILE].decode("utf-8-sig"))
    opened = now.replace(microsecond=0)
    heading["date"] = day
    heading["opens_at"] = opened
    heading["figures_public_from"] = opened
    heading["protocols_before_close"] = True
    # Witnesses outside know the real log alone.
    if "witnesses_required" in heading:
        heading["witnesses_required"] = 0
    return {**files, FILE: tomlkit.dumps(heading).encode()}
