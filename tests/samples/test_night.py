"""The synthetic night: official in its totals, sound in every protocol, and always put right."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from samples.kz_2023.contests import MAZHILIS_LIST, contest, contests
from samples.kz_2023.facts import list_result, regions
from samples.kz_2023.night import (
    LINES,
    Answer,
    Decision,
    Send,
    Verdict,
    protocols,
    script,
    steps,
    warnings,
    write_protocol_files,
)
from tests.samples.rules import checks, form

ERRORS = checks("error")
WARNINGS = checks("warning")


@pytest.fixture(scope="module")
def night() -> list[Send]:
    return script(duration=180)


def totals(code: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for figures in protocols(code).values():
        found.update(figures)
    return found


def test_the_mazhilis_list_ends_in_the_official_votes() -> None:
    found = totals(MAZHILIS_LIST)
    assert found["ballots_valid"] == 6_366_441
    assert {row.choice: found[f"votes:{row.choice}"] for row in list_result()} == {
        row.choice: row.votes for row in list_result()
    }
    assert found["votes:amanat"] == 3_431_510


def test_the_nations_turnout_is_the_official_one() -> None:
    found = totals(MAZHILIS_LIST)
    assert found["voters_on_list"] == 12_035_578
    assert round(100 * found["ballots_issued"] / found["voters_on_list"], 2) == 54.21


def test_regions_turn_out_as_reported_before_the_nation_was_scaled() -> None:
    figures = protocols(MAZHILIS_LIST)
    for region in regions():
        issued = sum(each["ballots_issued"] for code, each in figures.items() if code.startswith(f"{region.code}-"))
        turnout = 100 * issued / region.registered_voters
        assert turnout == pytest.approx(region.turnout_percent or 54.21, rel=0.01)


def test_every_protocol_of_every_contest_passes_every_error_check() -> None:
    count = 0
    for each in contests():
        for station, figures in protocols(each.code).items():
            count += 1
            assert all(value >= 0 for value in figures.values())
            broken = [check.code for check in ERRORS if not check.holds(figures)]
            assert not broken, (each.code, station, figures)
    assert count == 49_694


def test_a_protocol_holds_the_lines_of_the_form_and_the_votes_of_its_contest() -> None:
    assert [line["code"] for line in form()["lines"]] == list(LINES)
    optional = {str(line["code"]) for line in form()["lines"] if line["may_be_absent"]}
    for each in contests()[::50]:
        needed = {*LINES, *(f"votes:{choice.code}" for choice in each.choices)}
        for figures in protocols(each.code).values():
            assert needed - optional <= figures.keys() <= needed


def test_some_papers_leave_the_absentee_line_blank() -> None:
    blank = sum("ballots_issued_absentee" not in figures for figures in protocols(MAZHILIS_LIST).values())
    assert 500 < blank < 5000


def test_the_nights_warnings_are_those_of_the_form(night: list[Send]) -> None:
    raised: Counter[str] = Counter()
    for send in night:
        expected = [check.code for check in WARNINGS if not check.holds(send.figures)]
        assert warnings(send.figures) == expected
        raised.update(expected)
    assert set(raised) == {"W301", "W302", "W303", "W304"}
    assert sum(raised.values()) < 0.06 * len(night)


def test_stations_differ() -> None:
    figures = protocols(MAZHILIS_LIST).values()
    shares = sorted(each["votes:amanat"] / each["ballots_valid"] for each in figures)
    turnouts = sorted(each["ballots_issued"] / each["voters_on_list"] for each in figures)
    for spread in (shares, turnouts):
        assert spread[len(spread) * 9 // 10] - spread[len(spread) // 10] > 0.1
    assert len({tuple(each.items()) for each in figures}) > 10_200


def test_a_station_has_about_as_many_voters_in_every_contest() -> None:
    first = protocols(MAZHILIS_LIST)
    for each in contests()[1::40]:
        for station, figures in protocols(each.code).items():
            assert figures["voters_on_list"] == first[station]["voters_on_list"]
            assert 0.97 * first[station]["ballots_issued"] <= figures["ballots_issued"]
            assert figures["ballots_issued"] <= first[station]["ballots_issued"]


def test_every_station_sends_and_the_first_come_first(night: list[Send]) -> None:
    assert sorted(send.station for send in night) == sorted(station.code for station in contest(MAZHILIS_LIST).stations)
    assert [send.at_second for send in night] == sorted(send.at_second for send in night)


def test_the_night_fits_into_its_duration_and_never_goes_back(night: list[Send]) -> None:
    for send in night:
        moments = [step.at_second for step in steps(send)]
        assert moments[0] >= 0
        assert moments == sorted(moments)
        assert moments[-1] <= 180


def test_stations_an_hour_behind_send_later(night: list[Send]) -> None:
    first = {region.code: min(s.at_second for s in night if s.station.startswith(region.code)) for region in regions()}
    assert min(first[code] for code in ("15", "23", "27", "43", "47")) > first["10"] + 10


def test_every_story_ends_in_the_true_figures(night: list[Send]) -> None:
    truth = protocols(MAZHILIS_LIST)
    for send in night:
        last = steps(send)[-1]
        assert last.figures == truth[send.station]
        if isinstance(last, Send):
            assert last.answer is Answer.ACCEPTED
        else:
            assert last.verdict is Verdict.CORRECT


def test_about_two_stations_in_a_hundred_tell_a_longer_story(night: list[Send]) -> None:
    longer = [send for send in night if send.then]
    kinds = Counter((send.answer, type(send.then), getattr(send.then, "verdict", None)) for send in longer)
    assert set(kinds) == {
        (Answer.STOPPED, Send, None),
        (Answer.HELD, Decision, Verdict.RETURN_HELD),
        (Answer.HELD, Decision, Verdict.ACCEPT_HELD),
        (Answer.ACCEPTED, Decision, Verdict.CORRECT),
    }
    assert 0.01 < len(longer) / len(night) < 0.02


def test_what_is_stopped_or_held_breaks_an_error_check_and_what_is_accepted_breaks_none(night: list[Send]) -> None:
    for send in night:
        for step in steps(send):
            if isinstance(step, Send):
                broken = [check.code for check in ERRORS if not check.holds(step.figures)]
                assert bool(broken) == (step.answer is not Answer.ACCEPTED)
                assert bool(step.paper_says_so) == (step.answer is Answer.HELD)


def test_every_warning_is_explained_where_it_is_raised(night: list[Send]) -> None:
    for send in night:
        for step in steps(send):
            if step.figures:
                assert sorted(step.explanations) == warnings(step.figures)


def test_the_same_night_every_time() -> None:
    assert script(duration=60, fraction=0.05) == script(duration=60, fraction=0.05)


@pytest.mark.parametrize(("fraction", "stations"), [(0.1, 1023), (0.5, 5116), (0.0, 0)])
def test_a_fraction_of_the_stations_can_take_part(fraction: float, stations: int) -> None:
    assert len(script(fraction=fraction)) == stations


def test_all_five_ballots_can_be_played() -> None:
    sends = script(contest_codes=[each.code for each in contests()], fraction=0.02)
    per_station = Counter(send.station for send in sends)
    assert set(per_station.values()) <= {2, 4, 5}
    assert max(step.at_second for send in sends for step in steps(send)) <= 180


def test_protocol_files_hold_every_figure(tmp_path: Path) -> None:
    [written] = write_protocol_files(tmp_path, ["maslikhat-list-62"])
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    read = {
        row["station"]: {code: int(text) for code, text in row.items() if code != "station" and text} for row in rows
    }
    assert read == protocols("maslikhat-list-62")


def test_an_unknown_contest_is_refused() -> None:
    with pytest.raises(KeyError):
        protocols("no-such-contest")
