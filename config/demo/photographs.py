"""Synthetic photographs of signed protocols, so that the desk has something to hold figures against."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping

from django.utils import translation
from PIL import Image, ImageDraw, ImageFont

from tallies.paper import paper_of
from tallies.selectors import owed_protocol

SHEET = (1240, 1754)  # A4 at 150 dots an inch.
MARGIN = 110
PAPER, INK, PEN, STAMP = (247, 244, 236), (40, 40, 44), (24, 44, 130), (196, 120, 116)
TABLE = (92, 84, 76)
QUALITY = 80


def photograph(contest: str, station: str, figures: Mapping[str, int]) -> bytes:
    """Draw a protocol's paper with these figures as a telephone would take it.

    It says on itself that it is synthetic. Raises LookupError for a protocol that no station owes.
    """
    owed = owed_protocol(contest, station)
    if owed is None:
        raise LookupError(f"{station} owes no protocol of {contest}")
    with translation.override("en"):
        lines = [
            (line.name, figures.get(line.code)) for line in paper_of(owed.contest_id, revision=owed.revision).all_lines
        ]
    chance = random.Random(f"{contest} {station}")  # noqa: S311 (a drawing, not a secret)
    return _taken(_sheet(f"Protocol · {contest} · station {station}", lines, chance), chance)


def _sheet(title: str, lines: list[tuple[str, int | None]], chance: random.Random) -> Image.Image:
    sheet = Image.new("RGB", SHEET, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 90), title, INK, ImageFont.load_default(38))
    draw.line((MARGIN, 150, SHEET[0] - MARGIN, 150), INK, 3)
    step = min(70, (SHEET[1] - 470) // max(1, len(lines)))
    for number, (name, figure) in enumerate(lines, start=1):
        y = 180 + (number - 1) * step
        draw.text((MARGIN, y), f"{number}.", INK, ImageFont.load_default(24))
        draw.text((MARGIN + 60, y), name[:58], INK, ImageFont.load_default(24))
        draw.rectangle((SHEET[0] - MARGIN - 190, y - 8, SHEET[0] - MARGIN, y + step - 18), outline=INK)
        if figure is not None:
            _by_hand(sheet, str(figure), (SHEET[0] - MARGIN - 175, y - 8), chance)
    for column, who in enumerate(("Chair", "Secretary", "Members")):
        x = MARGIN + column * 350
        draw.line((x, SHEET[1] - 130, x + 280, SHEET[1] - 130), INK, 2)
        draw.text((x, SHEET[1] - 120), who, INK, ImageFont.load_default(22))
        points = [(x + 20 + each * 22, SHEET[1] - 150 + chance.randint(-26, 16)) for each in range(10)]
        draw.line(points, PEN, 4, joint="curve")
    mark = Image.new("L", (900, 190), 0)
    ImageDraw.Draw(mark).text((0, 0), "SYNTHETIC", 255, ImageFont.load_default(150))
    turned = mark.rotate(35, expand=True)
    sheet.paste(STAMP, (190, 620), turned.point(lambda value: value * 0.35))
    return sheet


def _by_hand(sheet: Image.Image, figure: str, place: tuple[int, int], chance: random.Random) -> None:
    x, y = place
    for digit in figure:
        drawn = Image.new("L", (48, 56), 0)
        ImageDraw.Draw(drawn).text((10, 4), digit, 255, ImageFont.load_default(40))
        sheet.paste(PEN, (x, y + chance.randint(-4, 4)), drawn.rotate(chance.uniform(-9, 9)))
        x += 30 + chance.randint(-2, 2)


def _taken(sheet: Image.Image, chance: random.Random) -> bytes:
    """The sheet on a table, a little askew, with the grain of a bad light."""
    table = Image.new("RGB", (SHEET[0] + 160, SHEET[1] + 160), TABLE)
    tilted = sheet.convert("RGBA").rotate(chance.uniform(-2.5, 2.5), Image.Resampling.BILINEAR, expand=True)
    table.paste(tilted, (60, 60), tilted)
    grain = Image.effect_noise(table.size, 26).convert("RGB")
    file = io.BytesIO()
    Image.blend(table, grain, 0.08).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
