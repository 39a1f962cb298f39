"""What the site's lists show: everything that can be found, stations by their numbers, the day's turnout."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from results.exports.model import ExportedArea
from results.exports.site.drawing import last_hour, turnout
from results.exports.site.pages import Page, Site
from results.exports.site.paths import TURNOUT, numbers_path, place_path, turnout_path
from stations.domain.alphabet import order


def search_told(site: Site, language: str) -> dict[str, Any]:
    """Return where the index of the search lies, and every district by region for who reads without a script."""
    return {
        "index": f"../search/{site.search.folder}/",
        "kinds": " ".join(map(str, site.search.counts)),
        "regions": [
            {
                "name": region.names.in_language(language),
                "url": place_path(region.code),
                "numbers_url": numbers_path(region.code),
                "districts": [
                    (area.names.in_language(language), place_path(area.code))
                    for area in _by_name(site.areas_of(region), language)
                ],
            }
            for region in _by_name(site.regions, language)
        ],
    }


def numbers_told(site: Site, page: Page, language: str, up: str) -> dict[str, Any]:
    """Return the stations of a region by their numbers, district by district."""
    assert page.place is not None  # noqa: S101
    districts = [area for area in page.beneath if isinstance(area, ExportedArea)]
    return {
        "title": page.place.names.in_language(language),
        "place_url": up + place_path(page.place.code),
        "districts": [
            {
                "name": area.names.in_language(language),
                "url": up + place_path(area.code),
                "stations": [
                    (station.code, station.names.in_language(language), up + place_path(station.code))
                    for station in sorted(site.stations_of(area), key=lambda station: station.code)
                ],
            }
            for area in _by_name(districts, language)
        ],
    }


def turnout_told(site: Site, page: Page, language: str, up: str) -> dict[str, Any]:
    """Return the day's turnout in a place and what lies beneath it, beside what the protocols said at night."""
    place = page.place
    assert isinstance(place, ExportedArea)  # noqa: S101
    is_nation = place is site.nation
    areas = [area for area in page.beneath if isinstance(area, ExportedArea)]
    return turnout(site, place.code) | {
        "place": place.names.in_language(language),
        "path": [] if is_nation else [(site.nation.names.in_language(language), up + TURNOUT)],
        "expected": site.expected_stations(place.code),
        "contest": site.national[0].names.in_language(language) if site.national else "",
        "rows": [
            {
                "name": area.names.in_language(language),
                "url": up + (turnout_path(area.code) if is_nation else place_path(area.code)),
                "last": last_hour(site.beside.hours.get(area.code, ())),
                "stations": site.expected_stations(area.code),
                "by_protocols": _by_protocols(site, area.code),
            }
            for area in _by_name(areas, language)
        ],
    }


def _by_protocols(site: Site, code: str) -> Fraction | None:
    for told in site.national_of(code):
        listed, issued = told.figures.get("voters_on_list"), told.figures.get("ballots_issued")
        return Fraction(issued, listed) if listed and issued is not None else None
    return None


def _by_name(areas: Any, language: str) -> Iterator[ExportedArea]:
    yield from sorted(areas, key=lambda area: order(area.names.in_language(language), language))
