"""Where pages of the static site stand beneath the folder of their language."""

from __future__ import annotations

FRONT = "index.html"
CONTESTS = "contests.html"
SEARCH = "search.html"
CHECK = "check.html"
TURNOUT = "turnout.html"


def place_path(code: str) -> str:
    return f"places/{code}.html"


def contest_path(code: str) -> str:
    return f"contests/{code}.html"


def numbers_path(region: str) -> str:
    return f"numbers/{region}.html"


def turnout_path(region: str) -> str:
    return f"turnout/{region}.html"
