"""The palette can be read in light, in the dark, and with every kind of colour vision."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from config.data_folder import CHECKOUT
from tests.static.colour import Vision, contrast, distance

SHEET = (CHECKOUT / "static/css/hattama.css").read_text(encoding="utf-8")
TEXT, GRAPHIC = 4.5, 3.0
# Beneath this, two colours side by side are taken for one.
APART = 9.0

STATES = ("info", "good", "warn", "bad", "void", "idle")
SERIES = tuple(f"series-{number}" for number in range(1, 9))
BALLOTS = tuple(f"ballot-{colour}" for colour in ("blue", "green", "purple", "orange", "grey"))
GROUNDS = ("ground", "surface")
# What is written or drawn on what, and how strong the contrast must be.
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-soft", "link", "link-hover", "danger") for ground in GROUNDS),
    *((ink, "surface-strong", TEXT) for ink in ("ink", "ink-soft", "link-hover")),
    *(("on-accent", accent, TEXT) for accent in ("accent", "accent-hover", "danger", "danger-hover")),
    *((ink, bar, TEXT) for ink in ("on-masthead", "masthead-soft") for bar in ("masthead", "masthead-menu")),
    *((f"{state}-ink", f"{state}-ground", TEXT) for state in STATES),
    *((f"{state}-line", f"{state}-ground", GRAPHIC) for state in STATES),
    *((f"{state}-line", "ground", GRAPHIC) for state in ("info", "good", "warn", "bad", "void", "idle")),
    *((ink, "info-ground", TEXT) for ink in ("ink", "ink-soft")),
    *((ballot, ground, GRAPHIC) for ballot in BALLOTS for ground in GROUNDS),
    ("line-strong", "ground", GRAPHIC),
    ("sun", "masthead", GRAPHIC),
    ("focus", "ground", GRAPHIC),
    ("focus", "surface", GRAPHIC),
]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", block))


LIGHT = tokens(SHEET[: SHEET.index("@media screen and (prefers-color-scheme: dark)")])
_dark = SHEET[SHEET.index("@media screen and (prefers-color-scheme: dark)") :]
DARK = LIGHT | tokens(_dark[: _dark.index("/* -")])
SCHEMES = {"light": LIGHT, "dark": DARK}
schemes = pytest.mark.parametrize("scheme", SCHEMES)


@schemes
@pytest.mark.parametrize(("above", "below", "least"), PAIRS, ids=str)
def test_what_is_written_stands_out_from_its_ground(scheme: str, above: str, below: str, least: float) -> None:
    palette = SCHEMES[scheme]
    assert contrast(palette[above], palette[below]) >= least


@schemes
@pytest.mark.parametrize("vision", Vision, ids=lambda vision: vision.name.lower())
@pytest.mark.parametrize("kind", [SERIES, BALLOTS], ids=["series", "ballots"])
def test_colours_that_tell_things_apart_do_so_for_everybody(scheme: str, vision: Vision, kind: tuple[str, ...]) -> None:
    palette = SCHEMES[scheme]
    near = {
        f"{one} and {other}": round(between, 1)
        for one, other in combinations(kind, 2)
        if (between := distance(palette[one], palette[other], vision)) < APART
    }
    assert not near


@schemes
def test_bars_stand_out_from_the_page(scheme: str) -> None:
    palette = SCHEMES[scheme]
    assert all(contrast(palette[series], palette["ground"]) >= 2.0 for series in (*SERIES, "series-other"))


def test_both_schemes_name_the_same_colours() -> None:
    always = {"sun", "on-masthead"}
    assert LIGHT.keys() - tokens(_dark[: _dark.index("/* -")]).keys() <= always


def test_every_colour_of_the_sheets_is_a_token() -> None:
    """A colour written out elsewhere would not change in the dark."""
    rules = re.sub(
        r"/\*.*?\*/|url\([^)]*\)|@media print \{.*",
        "",
        SHEET[SHEET.index("/* ---------------------------------------------------------------- ground") :],
        flags=re.S,
    )
    written_out = set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) - {"#13202a", "#fff"}
    others = [
        f"{path.name}: {colour}"
        for path in Path(CHECKOUT / "static/css").glob("*.css")
        if path.name != "hattama.css"
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", path.read_text(encoding="utf-8"))
    ]
    assert not written_out
    assert not others
