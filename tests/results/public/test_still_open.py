"""What can still change is told from what is public alone, and it holds whatever comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from stations.models import Contest, Election, Station
from tallies.models import Query, StandingChange
from tests import scene
from tests.packages import plurality_figures, valid_figures
from tests.results import evening
from tests.results.public.test_pages import page

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", live_public=True)


def register(station: str, voters: int) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_station SET registered_voters = %s WHERE code = %s", [voters, station])


def all_but(*out: str, contest: str = "list") -> None:
    for number, code in enumerate(Station.objects.order_by("code").values_list("code", flat=True)):
        if code not in out:
            scene.submit(code, contest, evening.figures_of(contest, number))


def test_before_anything_is_counted_everything_is_open(election: Election) -> None:
    shown = page("still-open/list/")
    assert "No station is counted yet: everything is open." in shown
    assert "Choice a 0 0 10 open" in shown


def test_a_station_too_small_to_change_a_seat_leaves_them_settled(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1")
    register("r1-d1-s1", 3)
    evening.seal_log(folder)
    shown = page("still-open/list/")
    assert "The stations that are not counted cannot change a single seat." in shown
    assert "Stations not counted 1 / 12" in shown
    assert "Station r1-d1-s1 r1-d1-s1 awaited 3 changes no seat" in shown
    assert "No list can cross the threshold of 5% any more, in either direction." in shown


def test_a_large_station_may_change_seats_and_is_named_first(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1", "r2-d1-s1")
    register("r1-d1-s1", 4)
    evening.seal_log(folder)
    shown = page("still-open/list/")
    assert "Seats can still change." in shown
    large, small = "Station r2-d1-s1 r2-d1-s1 awaited 1,000 may change a seat", "Station r1-d1-s1 r1-d1-s1 awaited 4"
    assert shown.index(large) < shown.index(small)


def test_a_held_paper_is_as_open_as_a_missing_one_and_nothing_of_it_shows(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1")
    evening.seal_log(folder)
    before = page("still-open/list/")
    scene.hold("r1-d1-s1")
    evening.seal_log(folder)
    held = page("still-open/list/")
    assert "1 of them held" in held
    for shown in (before, held):
        at = shown.index("Choice a")
        assert shown[at : at + 120] == before[before.index("Choice a") :][:120]


def test_a_station_without_a_register_is_bounded_by_nothing(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1")
    register("r1-d1-s1", 0)
    evening.seal_log(folder)
    shown = page("still-open/list/")
    assert "1 station that is not counted has nobody in its register" in shown
    assert "cannot change a single seat" not in shown


def test_a_result_in_question_is_told_apart(election: Election, folder: Path) -> None:
    all_but()
    evening.seal_log(folder)
    assert "No query and no complaint about a counted result waits for an answer" in page("still-open/list/")
    scene.complain("r1-d1-s1")
    change = StandingChange.objects.get(contest__code="list", station__code="r1-d1-s2")
    Query.objects.create(
        kind="turnout_far", contest_id=change.contest_id, station_id=change.station_id, area_id=change.area_id,
        version_id=change.version_id or 0, figures={}, event_id=change.event_id, opened_at=scene.NOW,
    )  # fmt: skip
    scene.decide("annul", "r2-d2-s3")
    evening.seal_log(folder)
    shown = page("still-open/list/")
    assert "Every station is counted or annulled." in shown
    assert "r1-d1-s1 in force 0 1 1,000" in shown
    assert "r1-d1-s2 in force 1 0 1,000" in shown
    assert "r2-d2-s3 annulled 0 0 1,000" in shown
    assert "Choice a 6 6 6 settled" in shown


def test_a_bulletin_tells_what_was_open_then(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1")
    evening.bulletin(election, folder)
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    assert "Stations not counted 1 / 12" in page("bulletins/1/still-open/list/")
    assert "Stations not counted 0 / 12" in page("still-open/list/")


def test_constituencies_stand_by_what_their_margin_is_beside_what_is_open(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1", contest="okrug")
    evening.seal_log(folder)
    # Eleven stations at 230 against 190: a margin of 440, and 1,000 voters are out.
    assert "In 1 of 1 constituencies votes that are not counted can still change" in page("still-open/")
    assert "Contest okrug Choice x Choice y 440 1,000 11 / 12 open" in page("still-open/")
    register("r1-d1-s1", 440)
    scene.submit("r2-d1-s1", "list")
    evening.seal_log(folder)
    assert "440 440 11 / 12 open" in page("still-open/")
    register("r1-d1-s1", 439)
    scene.submit("r2-d1-s2", "list")
    evening.seal_log(folder)
    assert "440 439 11 / 12 settled" in page("still-open/")
    assert "cannot change who wins" in page("still-open/okrug/")
    assert "Choice x wins in every case" in page("still-open/okrug/")


def test_between_candidates_it_is_told_who_can_still_win(election: Election, folder: Path) -> None:
    all_but("r1-d1-s1", contest="okrug")
    evening.seal_log(folder)
    shown = page("still-open/okrug/")
    assert "It is still open who wins." in shown
    assert "Choice x can win Choice y can win" in shown


def test_before_figures_are_public_no_margin_is(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, figures_public_from="2099-03-19T20:00:00+05:00")
    scene.submit("r1-d1-s1", "okrug", plurality_figures())
    scene.submit("r1-d1-s1", "list", valid_figures())
    evening.seal_log(folder)
    for address in ("still-open/", "still-open/list/", "still-open/okrug/"):
        shown = page(address)
        assert "By law figures are shown from" in shown
        assert "Choice x" not in shown and "Choice a" not in shown


def test_a_contest_without_seats_has_no_such_page(election: Election) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_contest SET seats = 0 WHERE id = %s", [Contest.objects.get(code="list").pk])
    page("still-open/list/", status=404)
