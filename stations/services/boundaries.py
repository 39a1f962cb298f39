"""Bringing in the outlines of areas, for maps. They change no figure and no name, so the log does not tell of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from stations.domain.outlines import MOST_FEATURES, MOST_POINTS, Outline, Ring, Unreadable, outlines, rings_of
from stations.models import Area, AreaOutline, Election

MOST_BYTES = 100 * 2**20
MOST_PROBLEMS = 50


class BoundariesRefused(Exception):
    """The file cannot be taken. `problems` says what is wrong with which feature."""

    code = "boundaries_refused"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class BoundariesReport:
    """How many areas have an outline now, and the codes of those that have none among areas beside them that do."""

    drawn: int
    without: list[str]


def load_boundaries(*, election: Election, path: Path) -> BoundariesReport:
    """Replace the outlines of an election's areas by those of a GeoJSON file, all or nothing.

    Each feature names its area in the property `code`. The children of one area are drawn beside each other. Raises
    BoundariesRefused with all problems.
    """
    rings = _read(path, set(Area.objects.filter(election=election).values_list("code", flat=True)))
    areas = list(Area.objects.filter(election=election, parent__isnull=False).order_by("position"))
    drawn: dict[str, Outline] = {}
    for parent_id in dict.fromkeys(area.parent_id for area in areas):
        siblings = [area for area in areas if area.parent_id == parent_id and area.code in rings]
        drawn |= outlines({area.code: rings[area.code] for area in siblings})
    rows = [
        AreaOutline(
            area=area,
            path=drawn[area.code].path,
            box=list(drawn[area.code].box),
            label=list(drawn[area.code].label),
        )
        for area in areas
        if area.code in drawn
    ]
    with transaction.atomic():
        AreaOutline.objects.filter(area__election=election).delete()
        AreaOutline.objects.bulk_create(rows)
    maps = {area.parent_id for area in areas if area.code in drawn}
    left_out = [area.code for area in areas if area.code not in drawn and area.parent_id in maps]
    return BoundariesReport(len(rows), left_out)


def _read(path: Path, codes: set[str]) -> dict[str, list[Ring]]:
    features = _features(path)
    problems: list[str] = []
    rings: dict[str, list[Ring]] = {}
    points = 0
    for number, feature in enumerate(features, start=1):
        code = _code(feature)
        name = _("Feature %(number)d (%(code)s)") % {"number": number, "code": code or _("no code")}
        try:
            rings[code] = _rings(feature, code, codes, rings)
            points += sum(map(len, rings[code]))
        except Unreadable as problem:
            problems.append(f"{name}: {problem}")
        if points > MOST_POINTS:
            problems.append(_("%(name)s: more than %(most)d points by here") % {"name": name, "most": MOST_POINTS})
        if len(problems) >= MOST_PROBLEMS or points > MOST_POINTS:
            break
    if problems:
        raise BoundariesRefused(problems)
    return rings


def _rings(feature: Any, code: str, codes: Collection[str], known: Collection[str]) -> list[Ring]:
    if code not in codes:
        raise Unreadable(_("the election has no area with this code"))
    if code in known:
        raise Unreadable(_("an earlier feature has this code"))
    return rings_of(feature.get("geometry"))


def _features(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BoundariesRefused([_("The file is larger than %(most)d MB.") % {"most": MOST_BYTES // 2**20}])
        content = orjson.loads(path.read_bytes())
    except OSError as problem:
        raise BoundariesRefused([_("The file cannot be read: %(why)s.") % {"why": problem.strerror}]) from problem
    except orjson.JSONDecodeError as problem:
        place = {"line": problem.lineno, "column": problem.colno}
        raise BoundariesRefused([_("Line %(line)d, column %(column)d: this is not JSON.") % place]) from problem
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise BoundariesRefused([_("The file is no GeoJSON FeatureCollection with features.")])
    if len(features) > MOST_FEATURES:
        raise BoundariesRefused([_("The file has more than %(most)d features.") % {"most": MOST_FEATURES}])
    return features


def _code(feature: object) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = properties.get("code") if isinstance(properties, dict) else None
    return str(code)[:64] if isinstance(code, str | int) else ""
