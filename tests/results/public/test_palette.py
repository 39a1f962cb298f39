"""Whatever colour a party has, it can be seen on the page, in light and in the dark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.public.palette import DARK_GROUND, GRAPHIC, LIGHT_GROUND, contrast, is_colour, mended, style_sheet
from tests.static import colour as reference
from tests.static.test_palette import DARK, LIGHT

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
GROUNDS = pytest.mark.parametrize("ground", [LIGHT_GROUND, DARK_GROUND])


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    assert (LIGHT["surface-strong"], DARK["surface-strong"]) == (LIGHT_GROUND, DARK_GROUND)


@GROUNDS
@given(colour=COLOURS)
def test_every_colour_is_mended_until_it_stands_out(ground: str, colour: str) -> None:
    assert reference.contrast(mended(colour, ground), ground) >= GRAPHIC


@GROUNDS
@given(colour=COLOURS)
def test_a_colour_that_stands_out_stays_as_it_is(ground: str, colour: str) -> None:
    if contrast(colour, ground) >= GRAPHIC:
        assert mended(colour, ground) == colour


@given(one=COLOURS, other=COLOURS)
def test_contrast_is_that_of_wcag(one: str, other: str) -> None:
    assert contrast(one, other) == pytest.approx(reference.contrast(one, other))


def test_the_sheet_names_each_colour_once_for_light_and_once_for_the_dark() -> None:
    sheet = style_sheet(["#FFFF00", "#ffff00", "", "blue"])
    assert sheet.count(".party-ffff00{--party:#") == 2
    assert "blue" not in sheet


def test_only_six_hexadecimal_digits_are_a_colour() -> None:
    assert [is_colour(text) for text in ("#1b6ca8", "#1B6CA8", "#fff", "1b6ca8", "#1b6ca8}", "")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
