"""Colours that elections give their choices, mended until they stand out from the page in light and in the dark."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The grounds of the style sheet that are hardest to stand out from: `--surface-strong`, in light and in the dark.
LIGHT_GROUND = "#e6ebee"
DARK_GROUND = "#22313b"
# What is drawn and not written (WCAG 2, 1.4.11).
GRAPHIC = 3.0

COLOUR = re.compile(r"#[0-9a-f]{6}")
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_STEPS = 100

Rgb = tuple[int, int, int]


def is_colour(text: str) -> bool:
    """Say whether this is a colour such as `#1b6ca8`, in small or capital letters."""
    return COLOUR.fullmatch(text.lower()) is not None


def party_class(colour: str) -> str:
    """Return the class that draws something in this colour."""
    return f"party-{colour.lower().removeprefix('#')}"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    darker, lighter = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def mended(colour: str, ground: str, least: float = GRAPHIC) -> str:
    """Return the colour nearest to this one, on its way to black or white, that stands out from the ground."""
    away = _BLACK if _luminance(_rgb(ground)) > 0.18 else _WHITE  # noqa: PLR2004 (as far from black as from white)
    shades = (_written(_mixed(_rgb(colour), away, step)) for step in range(_STEPS + 1))
    return next(shade for shade in shades if contrast(shade, ground) >= least or shade == _written(away))


def style_sheet(colours: Iterable[str]) -> str:
    """Return the style sheet that gives each colour's class its `--party`, on a light page and on a dark one."""
    known = sorted({colour.lower() for colour in colours if is_colour(colour)})
    light = _rules(known, LIGHT_GROUND)
    dark = _rules(known, DARK_GROUND)
    # On screens alone: paper is white.
    return f"{light}@media screen and (prefers-color-scheme: dark){{{dark}}}"


def _rules(colours: Iterable[str], ground: str) -> str:
    return "".join(f".{party_class(colour)}{{--party:{mended(colour, ground)}}}" for colour in colours)


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _written(rgb: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _mixed(rgb: Rgb, other: Rgb, step: int) -> Rgb:
    red, green, blue = ((own * (_STEPS - step) + far * step) // _STEPS for own, far in zip(rgb, other, strict=True))
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (part / 255 for part in rgb)
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 (sRGB)
