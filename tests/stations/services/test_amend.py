"""What may change in a loaded election, and what never does."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.domain.actor import SYSTEM
from audit.models import Event
from stations.models import Area, Ballot, Choice, Contest, Election, FormCheck, Station
from stations.selectors import contest_by_code, contest_form
from stations.services import AmendReport, PackageRefused, amend_election, load_election
from stations.services.packages import package_path
from tests.packages import write_package

BEFORE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
AFTER = dt.datetime(2026, 3, 19, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db

Change = Callable[[str, str, str], None]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    package = write_package(tmp_path / "package")
    load_election(package=package, by=SYSTEM, now=BEFORE)
    return package


@pytest.fixture
def change(package: Path) -> Change:
    def replace(file: str, old: str, new: str) -> None:
        text = (package / file).read_text(encoding="utf-8")
        assert old in text
        (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def amend(package: Path, now: dt.datetime = AFTER) -> AmendReport:
    return amend_election(package=package, by=SYSTEM, now=now)


def refusals(package: Path, now: dt.datetime = AFTER) -> list[str]:
    with pytest.raises(PackageRefused) as refused:
        amend(package, now)
    return [str(problem) for problem in refused.value.problems]


def test_limits_of_patterns_are_data_of_the_package_and_may_be_amended(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "limits")
    heading = folder / "election.toml"
    plain = heading.read_text(encoding="utf-8")
    heading.write_text(plain + "\n[patterns]\nshare_points = 30\n", encoding="utf-8")
    load_election(package=folder, by=SYSTEM, now=BEFORE)
    assert Election.objects.get().patterns == {"share_points": 30}
    heading.write_text(plain + "\n[patterns]\nshare_points = 35\n", encoding="utf-8")
    assert amend_election(package=folder, by=SYSTEM, now=BEFORE).changed["election"] == {"patterns": 1}
    heading.write_text(plain + "\n[patterns]\nshare_point = 35\nshare_deviations = -1\n", encoding="utf-8")
    with pytest.raises(PackageRefused) as refused:
        amend_election(package=folder, by=SYSTEM, now=BEFORE)
    assert sorted(problem.column for problem in refused.value.problems) == ["share_deviations", "share_point"]


def test_names_register_counts_and_messages_change_after_the_opening(package: Path, change: Change) -> None:
    change("areas.csv", "Region 2", "Second region")
    change("stations.csv", "Station r1-d1-s1,", "School No. 1,")
    change("stations.csv", "(по-русски),1000", "(по-русски),1003")
    change("contests.csv", "Contest list,", "Party lists,")
    change("election.toml", 'name_en = "Test election"', 'name_en = "Election"')
    change("election.toml", 'message_en = "E201 does not hold"', 'message_en = "Does not add up"')
    report = amend(package)
    station = Station.objects.get(code="r1-d1-s1")
    assert (station.name_en, station.registered_voters) == ("School No. 1", 1003)
    assert Area.objects.get(code="r2").name_en == "Second region"
    assert Contest.objects.get(code="list").name_en == "Party lists"
    assert Election.objects.get().name_en == "Election"
    assert FormCheck.objects.get(code="E201").message_en == "Does not add up"
    assert report.changed["station"] == {"name_en": 1, "registered_voters": 1}
    assert report.touched == ()


def test_laws_are_amended_in_every_language(package: Path, change: Change) -> None:
    change("election.toml", 'kk = "43-бап", ru = "статья 43"', 'kk = "43-баптың 1-тармағы", ru = "статья 43, пункт 1"')
    assert amend(package).changed == {"formcheck": {"law_kk": 1, "law_ru": 1}}
    amended = FormCheck.objects.get(code="E201")
    assert (amended.law_en, amended.law_kk) == ("Article 43", "43-баптың 1-тармағы")


def test_words_of_a_quota_may_be_amended_and_what_it_asks_for_may_not(tmp_path: Path) -> None:
    folder = write_package(tmp_path / "quota", quota=30)
    load_election(package=folder, by=SYSTEM, now=BEFORE)
    heading = folder / "election.toml"
    loaded = heading.read_text(encoding="utf-8")
    heading.write_text(loaded.replace("89-бап", "89-баптың 4-тармағы"), encoding="utf-8")
    assert amend(folder).changed == {"election": {"quotas": 1}}
    assert Election.objects.get().quotas[0]["law_kk"] == "89-баптың 4-тармағы"
    heading.write_text(loaded.replace("percent = 30", "percent = 20"), encoding="utf-8")
    (refusal,) = refusals(folder)
    assert refusal.startswith("election.toml:1:quotas")


def test_the_form_in_the_process_follows_the_amendment(package: Path, change: Change) -> None:
    contest = contest_by_code("list").pk
    assert contest_form(contest).checks[0].messages["en"] == "E201 does not hold"
    change("election.toml", 'message_en = "E201 does not hold"', 'message_en = "Does not add up"')
    amend(package)
    assert contest_form(contest).checks[0].messages["en"] == "Does not add up"


def test_a_withdrawn_choice_keeps_its_place_in_the_layout(package: Path) -> None:
    text = (package / "choices.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{mark}" for line, mark in zip(text, ["withdrawn", "", "true", *[""] * 5], strict=True)]
    (package / "choices.csv").write_text("\n".join(rows), encoding="utf-8")
    before = contest_form(contest_by_code("list").pk).layout
    assert amend(package).changed == {"choice": {"withdrawn": 1}}
    assert list(Choice.objects.filter(withdrawn=True).values_list("code", flat=True)) == ["b"]
    assert contest_form(contest_by_code("list").pk).layout == before


def test_an_added_station_votes_and_its_district_is_touched(package: Path) -> None:
    with (package / "stations.csv").open("a", encoding="utf-8") as file:
        file.write("hospital,r2-d1,Hospital,Аурухана,Больница,40\n")
    report = amend(package)
    assert report.added == {"stations": 1, "ballots": 2}
    assert Ballot.objects.filter(station__code="hospital").count() == 2
    district = Area.objects.get(code="r2-d1").pk
    assert set(report.touched) == {(contest, district) for contest in Contest.objects.values_list("id", flat=True)}


def test_a_station_moves_before_the_opening_with_both_districts_touched(package: Path, change: Change) -> None:
    change("stations.csv", "r1-d1-s1,r1-d1,", "r1-d1-s1,r2-d2,")
    report = amend(package, BEFORE)
    assert Station.objects.get(code="r1-d1-s1").area.code == "r2-d2"
    districts = set(Area.objects.filter(code__in=["r1-d1", "r2-d2"]).values_list("id", flat=True))
    assert {district for _contest, district in report.touched} == districts
    assert report.changed == {"station": {"area": 1}}


def test_no_station_moves_after_the_opening(package: Path, change: Change) -> None:
    change("stations.csv", "r1-d1-s1,r1-d1,", "r1-d1-s1,r2-d2,")
    assert refusals(package) == [
        "stations.csv:2:area: r1-d1-s1 may not move from r1-d1 to r2-d2: the election has opened."
    ]
    assert Station.objects.get(code="r1-d1-s1").area.code == "r1-d1"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("election.toml", "opens_at = 2026-03-19T07", "opens_at = 2026-03-19T08"), "election.toml:1:opens_at"),
        (
            ("election.toml", "figures_public_from = 2026-03-19T20", "figures_public_from = 2026-03-19T21"),
            "public_from",
        ),
        (("election.toml", '"error"', '"warning"'), "election.toml:91:severity"),
        (("election.toml", "ballots_found <= ballots_issued", "ballots_found < ballots_issued"), ":rule"),
        (("election.toml", "may_be_absent = true", "may_be_absent = false"), ":may_be_absent"),
        (("areas.csv", "r1-d1,r1,", "r1-d1,r2,"), "areas.csv:5:parent"),
        (("contests.csv", "list,party_list,10", "list,party_list,11"), "contests.csv:2:seats"),
        (("contests.csv", ",5,hare-kz", ",7,hare-kz"), "contests.csv:2:threshold_percent"),
        (("contests.csv", "single", "double"), "contests.csv:2:entry"),
        (("choices.csv", "okrug,y,", "okrug,w,"), "choices.csv:7:code: w is new. Only stations can be added."),
        (("choices.csv", "okrug,y,", "okrug,w,"), "choices.csv:code: y is part of the loaded election"),
        (("stations.csv", "r2-d2-s3,", "r2-d2-s4,"), "stations.csv:code: r2-d2-s3 is part of the loaded election"),
        (
            ("ballots.csv", "list,kz", "list,r1"),
            "ballots.csv: The station r2-d1-s1 votes in list as loaded, but not here",
        ),
    ],
)
def test_structure_stays_as_it_was_loaded(package: Path, change: Change, edit: tuple[str, str, str], told: str) -> None:
    change(*edit)
    for now in (BEFORE, AFTER):
        assert any(told in refusal for refusal in refusals(package, now))
    assert Election.objects.get().revision == 1
    assert Event.objects.count() == 1


def test_choices_keep_their_order(package: Path) -> None:
    lines = (package / "choices.csv").read_text(encoding="utf-8").splitlines()
    lines[1], lines[2] = lines[2], lines[1]
    (package / "choices.csv").write_text("\n".join(lines), encoding="utf-8")
    assert refusals(package) == [
        "choices.csv:2:position: b has changed its place in the order.",
        "choices.csv:3:position: a has changed its place in the order.",
    ]


def test_all_refused_changes_are_told_together_and_none_is_made(package: Path, change: Change) -> None:
    change("stations.csv", "r1-d1-s1,r1-d1,", "r1-d1-s1,r2-d2,")
    change("contests.csv", "list,party_list,10", "list,party_list,11")
    change("areas.csv", "Region 2", "Second region")
    assert len(refusals(package)) == 2
    assert Area.objects.get(code="r2").name_en == "Region 2"


def test_an_amendment_is_logged_and_both_packages_are_kept(package: Path, change: Change) -> None:
    before = Election.objects.get().package_sha256
    change("areas.csv", "Region 2", "Second region")
    report = amend(package)
    election = Election.objects.get()
    assert (election.revision, election.package_sha256) == (2, report.package_sha256)
    body = json.loads(bytes(Event.objects.get(kind="election.amended").entry))["body"]
    assert body == {
        "package_sha256": report.package_sha256,
        "package_sha256_before": before,
        "changed": {"area": {"name_en": 1}},
        "added": {},
    }
    assert package_path(before).exists()
    assert package_path(report.package_sha256).exists()


def test_the_same_amendment_again_changes_nothing(package: Path, change: Change) -> None:
    change("areas.csv", "Region 2", "Second region")
    assert amend(package).amended
    again = amend(package)
    assert not again.amended
    assert Event.objects.filter(kind="election.amended").count() == 1
    assert not load_election(package=package, by=SYSTEM, now=AFTER).loaded


def test_what_was_never_loaded_cannot_be_amended(package: Path, change: Change) -> None:
    change("election.toml", "test-2026", "test-2027")
    assert refusals(package) == [
        "election.toml:1:code: The election test-2027 is not loaded. Load it with load_election."
    ]
