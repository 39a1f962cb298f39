"""The site beyond figures of one place: who is ahead where, the night, two areas, pictures; and what it all weighs."""

from __future__ import annotations

import gzip
import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from results.public import share
from stations.models import Choice, Election
from stations.services.boundaries import load_boundaries
from tests import scene
from tests.figures import tells
from tests.packages import plurality_figures, valid_figures
from tests.results import evening
from tests.results.public.test_pages import page

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

FIRST_LOAD = 100_000
REFRESH = 2_000


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", live_public=True)


def source(address: str, language: str = "en") -> str:
    answer = Client().get(f"/{language}/{address}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_front_page_draws_the_seats_and_says_them(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 300, "b": 130, "c": 10, "against_all": 10}))
    evening.seal_log(folder)
    [drawing] = re.findall(r'<figure class="hemicycle">.*?</figure>', source(""), flags=re.S)
    assert "Seats: Choice a 7, Choice b 3" in unescape(re.sub(r"<[^>]+>", "", drawing))
    assert drawing.count("h0") == 10


def test_the_front_page_says_what_is_not_yet_in_and_where(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    evening.seal_log(folder)
    shown = page("")
    assert "11 stations are not yet in. 1 protocol is held" in shown
    assert "Most are missing from: Region 2 (6), Region 1 (5)." in shown


def assert_what_is_seen_is_said(drawing: str) -> None:
    """WCAG 2.5.3: who speaks to the page says what they see."""
    links = re.findall(r'<a href="[^"]+" aria-label="([^"]+)">(.*?)</a>', drawing, flags=re.S)
    assert len(links) == 2
    for name, inner in links:
        assert " ".join(re.findall(r"<text[^>]*>(.*?)</text>", inner)) in name


def test_regions_with_a_place_of_their_own_are_drawn_as_a_map(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    assert 'class="tiles"' not in source("")
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_area SET tile_x = right(code, 1)::int, tile_y = 0 WHERE level = 'region'")
        cursor.execute("UPDATE stations_election SET revision = 2")
    [drawing] = re.findall(r'<figure class="tiles">.*?</figure>', source(""), flags=re.S)
    assert 'aria-label="Region 1: Choice a 54.55%; 1 of 6 stations counted (' in drawing
    assert 'aria-label="Region 2: nothing counted yet (' in drawing
    assert "first in 1 area" in drawing
    assert_what_is_seen_is_said(drawing)


def test_parties_have_their_own_colours_and_so_have_their_candidates(election: Election, folder: Path) -> None:
    Choice.objects.filter(contest__code="list", code="a").update(colour="#FFEE00", party="Party x")
    Election.objects.update(revision=2)
    evening.everybody_sends()
    evening.seal_log(folder)
    assert "party-ffee00" in source("")
    okrug = source("results/okrug/")
    assert "party-ffee00" in okrug and "series-1" not in okrug
    [sheet] = re.findall(r'href="(/en/colours/[^"]+)"', okrug)
    answer = Client().get(sheet)
    assert answer["Content-Type"].startswith("text/css")
    assert ".party-ffee00{--party:#" in answer.content.decode()


def test_a_candidates_party_is_named_in_the_language_of_the_page(election: Election, folder: Path) -> None:
    Choice.objects.filter(contest__code="list", code="a").update(
        party="Party x", name_en="Party x", name_kk="Икс партиясы", name_ru="Партия Икс"
    )
    Election.objects.update(revision=2)
    evening.everybody_sends()
    evening.seal_log(folder)
    # Two languages in one process: what is kept of the registry is not of the language that came first.
    for language, name in (("kk", "Икс партиясы"), ("ru", "Партия Икс"), ("en", "Party x")):
        for address in ("results/okrug/", "results/okrug/r1-d1-s1/", "contests/?kind=plurality"):
            shown = page(address, language)
            assert name in shown
            assert ("Party x" in shown) == (language == "en")
    # Nobody's list has this name: it stands as the candidates' registration gave it.
    assert "Party y" in page("results/okrug/", "kk")


def test_each_contest_says_who_is_ahead_and_by_how_much(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", "okrug", plurality_figures())
    evening.seal_log(folder)
    shown = page("contests/?kind=plurality")
    assert "1 contest " in shown and "Contest list" not in shown
    assert "Choice x 52.27% Party x 40 9.09%" in shown
    assert "In 1 of 1 constituencies somebody is ahead." in page("")


def test_as_many_votes_for_two_is_nobody_ahead(election: Election, folder: Path) -> None:
    even = valid_figures({"x": 100, "y": 100, "against_all": 0})
    scene.submit("r1-d1-s1", "okrug", even)
    evening.seal_log(folder)
    assert "as many votes for two" in page("contests/")
    assert "In 0 of 1 constituencies somebody is ahead." in page("")


def test_the_front_page_is_new_when_a_constituency_is(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    assert "In 0 of 1 constituencies" in page("")
    scene.submit("r1-d1-s1", "okrug", plurality_figures())
    evening.seal_log(folder)
    assert "In 1 of 1 constituencies" in page("")


def test_the_night_is_told_with_its_corrections_and_bulletins(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.submit("r1-d1-s2")
    scene.decide("correct", figures=valid_figures({"a": 239, "b": 121, "c": 60, "against_all": 20}))
    scene.decide("annul", "r1-d1-s2")
    evening.bulletin(election, folder)
    shown = page("timeline/list/")
    assert re.search(r"Stations counted Of all .* 1 8.33%", shown)
    for told in ("Corrected : Station r1-d1-s1", "Annulled : Station r1-d1-s2", "Bulletin 1"):
        assert told in shown
    assert source("timeline/list/").count("curve__mark") == 2


def test_the_night_of_a_bulletin_ends_with_it(folder: Path) -> None:
    election = scene.load(folder / "package")
    scene.submit("r1-d1-s1")
    evening.bulletin(election, folder)
    scene.submit("r1-d1-s2")
    scene.decide("annul", "r1-d1-s2")
    evening.seal_log(folder)
    shown = page("timeline/list/")
    assert "1 8.33%" in shown
    assert "Annulled" not in shown


def test_two_areas_stand_beside_each_other(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 300, "b": 100, "c": 0, "against_all": 0}))
    scene.submit("r2-d1-s1", figures=valid_figures({"a": 100, "b": 100, "c": 0, "against_all": 0}))
    evening.seal_log(folder)
    answer = Client().get("/en/compare/list/", {"one": "r1", "other": "r2-d1"})
    assert answer["Location"] == "/en/compare/list/r1/r2-d1/"
    shown = page("compare/list/r1/r2-d1/")
    assert "Choice a 75.00% 50.00% +25.00" in shown
    assert "Choice b 25.00% 50.00% −25.00" in shown
    page("compare/list/r1/r1-d1-s1/", status=404)
    page("compare/list/r1/nowhere/", status=404)


def test_before_figures_are_public_the_new_pages_say_so_too(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, figures_public_from="2099-03-19T20:00:00+05:00")
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    for address in ("timeline/list/", "compare/list/r1/r2/"):
        shown = page(address)
        assert "By law figures are shown from 19 March 2099" in shown
        assert not tells(shown, 240)
    assert Client().get("/en/share/list/kz.png").status_code == 404


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_result_has_a_picture_for_those_who_pass_it_on(election: Election, folder: Path, language: str) -> None:
    evening.everybody_sends()
    evening.seal_log(folder)
    for place in ("kz", "r1-d2"):
        answer = Client().get(f"/{language}/share/list/{place}.png")
        with Image.open(BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert re.search(
        rf'<meta property="og:image" content="http[^"]*/{language}/share/list/r1.png">',
        source("results/list/r1/", language),
    )
    assert Client().get(f"/{language}/share/list/r1-d1-s1.png").status_code == 404


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("timeline/list/", "kz"),
        ("turnout/r1/", "r1"),
        ("compare/list/r1/r2/", "r1"),
        ("contests/", "kz"),
        ("results/list/", "kz"),
        ("results/list/r1-d1-s1/", "r1-d1"),
    ],
)
def test_every_page_of_results_has_a_picture(election: Election, folder: Path, address: str, place: str) -> None:
    evening.everybody_sends()
    evening.seal_log(folder)
    (picture,) = re.findall(r'<meta property="og:image" content="([^"]+)">', source(address))
    assert picture.endswith(f"/en/share/list/{place}.png")
    assert re.search(r'<meta property="og:title" content="[^"]+">', source(address))


def test_who_asks_for_too_many_pictures_is_asked_to_wait(
    election: Election, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.seal_log(folder)
    monkeypatch.setattr(share, "LONGEST_WAIT", 0.01)
    with share.DRAWING:
        answer = Client().get("/en/share/list/r2.png")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert Client().get("/en/share/list/r2.png").status_code == 200


def test_the_first_load_of_the_front_page_is_light(election: Election, folder: Path) -> None:
    evening.everybody_sends()
    evening.seal_log(folder)
    front = source("")
    weights = {"the page": len(gzip.compress(front.encode()))}
    for address in set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|png)(?:\?[^"]*)?)"', front)):
        weights[address] = len(gzip.compress(_content(address.partition("?")[0])))
    assert len(weights) > 4
    assert sum(weights.values()) <= FIRST_LOAD, weights


def _content(address: str) -> bytes:
    if address.startswith("/static/"):
        found: Any = finders.find(address.removeprefix("/static/"))
        return Path(found).read_bytes()
    return bytes(Client().get(address).content)


def test_a_refresh_costs_next_to_nothing_while_nothing_changes(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    reads = {"Accept-Encoding": "gzip"}
    tag = Client().get("/en/", headers=reads)["ETag"]
    answer = Client().get("/en/", headers={**reads, "If-None-Match": tag, "HX-Request": "true"})
    heads = sum(len(f"{name}: {value}\r\n") for name, value in answer.items())
    assert answer.status_code == 304
    assert heads + len(answer.content) < REFRESH


def test_boundaries_make_a_map_of_the_tiles(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    ring = [[60, 40], [61, 40], [61, 41], [60, 41], [60, 40]]
    features = [
        {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}} for code in ("r1", "r2")
    ]
    path = folder / "boundaries.geojson"
    path.write_text(json.dumps({"features": features}))
    load_boundaries(election=election, path=path)
    [drawing] = re.findall(r'<figure class="tiles">.*?</figure>', source("results/list/"), flags=re.S)
    assert drawing.count('class="tile__ground" d="M') == 2
    assert 'aria-label="Region 1: Choice a 54.55%; 1 of 6 stations counted (' in drawing
    assert_what_is_seen_is_said(drawing)
