"""An export tells the snapshot as it was, whatever came in since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from results.exports.model import ExportedContest, ExportedResult, SnapshotKind, StationState
from results.exports.selectors import Issuer, live_result, published_result
from results.models import SnapshotTally
from stations.models import Area, Ballot, Contest
from stations.selectors import layouts_of
from tests import scene
from tests.packages import valid_figures
from tests.results.exports.published import PublishedNight

pytestmark = pytest.mark.django_db(transaction=True)
CEC = Issuer("Central Election Commission", "CEC")


def bulletin(night: PublishedNight) -> ExportedResult:
    contests = list(Contest.objects.filter(election=night.election).order_by("position"))
    return published_result(night.bulletin, contests, issuer=CEC)


def live(night: PublishedNight) -> ExportedResult:
    contests = list(Contest.objects.filter(election=night.election).order_by("position"))
    return live_result(night.election, contests, issuer=CEC, now=scene.NOW)


def states(contest: ExportedContest) -> dict[str, StationState]:
    return {station.station: station.state for station in contest.stations}


def added_up(contest: ExportedContest, stations: Iterable[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for station in contest.stations:
        if station.station in set(stations):
            total.update(station.figures)
    return total


def test_stations_stand_as_they_stood_at_the_snapshots_checkpoint(night: PublishedNight) -> None:
    contest, _okrug = bulletin(night).contests
    assert states(contest) == {
        "r1-d1-s1": StationState.REPORTED,
        "r1-d1-s2": StationState.MISSING,
        "r1-d2-s1": StationState.REPORTED,
        "r1-d2-s2": StationState.MISSING,
        "r2-d1-s1": StationState.REPORTED,
        "r2-d1-s2": StationState.HELD,
        "r2-d2-s1": StationState.MISSING,
        "r2-d2-s2": StationState.ANNULLED,
    }
    figures = {station.station: station.figures for station in contest.stations}
    assert figures["r1-d1-s1"] == valid_figures(), "the correction came after the bulletin"
    assert figures["r2-d1-s2"] == figures["r2-d2-s2"] == {}, "what is held or annulled shows no figure"


@pytest.mark.parametrize("which", [bulletin, live])
def test_each_area_is_the_sum_of_its_stations(
    night: PublishedNight, which: Callable[[PublishedNight], ExportedResult]
) -> None:
    result = which(night)
    for contest in result.contests:
        for tally in contest.tallies:
            beneath = "" if tally.area == "kz" else tally.area
            inside = [station.station for station in contest.stations if station.station.startswith(beneath)]
            assert added_up(contest, inside) == Counter(tally.figures), tally.area
            assert tally.stations.expected == len(inside)
            assert tally.stations.reported == sum(states(contest)[each] is StationState.REPORTED for each in inside)


def test_a_bulletin_is_what_was_published(night: PublishedNight) -> None:
    result = bulletin(night)
    assert (result.snapshot.kind, result.snapshot.number) == (SnapshotKind.BULLETIN, 1)
    assert result.snapshot.as_of is not None
    assert result.snapshot.as_of.size == night.bulletin.checkpoint_id
    for contest in result.contests:
        for tally in contest.tallies:
            row = SnapshotTally.objects.get(snapshot=night.bulletin, contest__code=contest.code, area__code=tally.area)
            assert layouts_of([row.contest_id])[row.contest_id].mapping(row.figures) == tally.figures
    assert result.contests[0].seats_by_choice == {"a": 6, "b": 3, "c": 1}


def test_live_tallies_hold_what_came_in_since(night: PublishedNight) -> None:
    result = live(night)
    assert result.snapshot.kind is SnapshotKind.LIVE
    assert states(result.contests[0])["r1-d1-s2"] is StationState.REPORTED
    assert result.contests[0].total.figures["votes:b"] == 3 * 120 + 150
    assert result.contests[0].seats_by_choice is None


def test_an_area_whose_every_station_votes_is_the_electorate(night: PublishedNight) -> None:

    contest = Contest.objects.get(code="okrug")
    everywhere = live(night).contests[1]
    assert (everywhere.electorate, everywhere.tallies[0].area) == ("kz", "kz")
    regional = Contest.objects.create(
        election=night.election, form=contest.form, code="regional", kind=contest.kind, seats=1, threshold_percent=0,
        position=99, name_en="r", name_kk="r", name_ru="r",
    )  # fmt: skip
    split = Contest.objects.create(
        election=night.election, form=contest.form, code="split", kind=contest.kind, seats=1, threshold_percent=0,
        position=98, name_en="s", name_kk="s", name_ru="s",
    )  # fmt: skip
    region = Area.objects.get(code="r2")
    for ballot in Ballot.objects.filter(contest=contest, station__area__parent=region):
        Ballot.objects.create(contest=regional, station=ballot.station)
    for ballot in Ballot.objects.filter(contest=contest, station__code__in=["r1-d1-s1", "r2-d1-s1"]):
        Ballot.objects.create(contest=split, station=ballot.station)
    result = live_result(night.election, [split, regional], issuer=CEC, now=scene.NOW)
    of_split, of_regional = result.contests
    assert (of_regional.electorate, [tally.area for tally in of_regional.tallies]) == ("r2", ["r2", "r2-d1", "r2-d2"])
    assert of_regional.total.stations.expected == 4
    assert of_split.electorate is None
    assert [tally.area for tally in of_split.tallies] == ["r1", "r2", "r1-d1", "r2-d1"]
    assert of_split.total.stations.expected == 2
    assert {station.code for station in result.stations} == {
        "r1-d1-s1", "r2-d1-s1", "r2-d1-s2", "r2-d2-s1", "r2-d2-s2",
    }  # fmt: skip
