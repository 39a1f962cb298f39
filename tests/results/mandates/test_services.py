"""Mandates are recorded by two people, follow from the final result, and are never rewritten."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import Event
from results.mandates.selectors import Mandates, mandates_of, quotas_of
from results.mandates.services import (
    ActRefused,
    ActWaits,
    NotWaiting,
    SecondPersonNeeded,
    call_repeat,
    confirm_act,
    give_up_mandate,
    record_lots,
    register_mandates,
    withdraw_act,
)
from results.models import MandateAct
from results.verification.verify import verify
from stations.models import Contest, Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

DAY = date(2026, 3, 25)


def country(folder: Path, *, votes: dict[str, int] | None = None, **options: Any) -> Election:
    """A country of two stations whose final result is published."""
    wanted = {"regions": 1, "districts": 1, "stations": 2, "live_public": True, "candidates": 9, "quota": 30}
    election = scene.load(folder / "package", **{**wanted, **options})
    for station in ("r1-d1-s1", "r1-d1-s2"):
        for contest in Contest.objects.values_list("code", flat=True):
            given = evening.figures_of(contest, 1) if contest == "list" or votes is None else valid_figures(votes)
            scene.submit(station, contest, given)
    evening.final(election, folder)
    return election


def contest(code: str = "list") -> Contest:
    return Contest.objects.select_related("election").get(code=code)


def given(election: Election, name: str = "cec") -> dict[str, Any]:
    return {"by": evening.member(name, election), "now": scene.NOW}


def register(election: Election) -> None:
    act = register_mandates(contest=contest(), act="12/345", **given(election))
    confirm_act(act=act, **given(election, "cec2"))


def held(found: Mandates) -> dict[str, list[int]]:
    return {each.choice.code: [one.position for one in each.holders] for each in found.lists}


def test_before_the_final_result_there_is_nothing_to_record(folder: Path) -> None:
    election = scene.load(folder / "package", candidates=9)
    assert mandates_of(contest()).snapshot is None
    with pytest.raises(ActRefused, match="no final result"):
        register_mandates(contest=contest(), act="12/345", **given(election))


def test_mandates_go_by_the_order_of_lists_once_a_second_person_confirmed(folder: Path) -> None:
    election = country(folder)
    act = register_mandates(contest=contest(), act="12/345", **given(election))
    assert mandates_of(contest()).registered is None
    with pytest.raises(SecondPersonNeeded):
        confirm_act(act=act, **given(election))
    with pytest.raises(ActWaits):
        register_mandates(contest=contest(), act="12/346", **given(election))
    confirm_act(act=act, **given(election, "cec2"))
    found = mandates_of(contest())
    assert found.registered == act
    assert act.data == {"holders": {"a": [1, 2, 3, 4, 5, 6], "b": [1, 2, 3], "c": [1]}}
    assert held(found) == act.data["holders"]
    with pytest.raises(NotWaiting):
        withdraw_act(act=act, **given(election))


def test_the_next_on_the_list_takes_a_mandate_that_was_given_up(folder: Path) -> None:
    election = country(folder)
    with pytest.raises(ActRefused, match="not registered"):
        give_up_mandate(contest=contest(), choice="b", place=2, reason="ill", **given(election))
    register(election)
    for place, successor in ((2, 4), (4, 5)):
        act = give_up_mandate(contest=contest(), choice="b", place=place, reason="ill", **given(election))
        assert act.data == {"list": "b", "place": place, "successor": successor}
        confirm_act(act=act, **given(election, "cec2"))
    assert held(mandates_of(contest()))["b"] == [1, 3, 5]
    with pytest.raises(ActRefused, match="Nobody holds"):
        give_up_mandate(contest=contest(), choice="b", place=2, reason="again", **given(election))
    assert "ill" not in "".join(bytes(entry).decode() for entry in Event.objects.values_list("entry", flat=True))


def test_a_list_that_is_too_short_leaves_mandates_vacant(folder: Path) -> None:
    election = country(folder, candidates=4)
    register(election)
    lists = {each.choice.code: each for each in mandates_of(contest()).lists}
    assert (lists["a"].seats, lists["a"].vacant, lists["a"].successor) == (6, 2, None)


def test_a_withdrawn_act_never_counts(folder: Path) -> None:
    election = country(folder)
    act = register_mandates(contest=contest(), act="12/345", **given(election))
    withdraw_act(act=act, **given(election))
    assert mandates_of(contest()).registered is None
    with pytest.raises(NotWaiting):
        confirm_act(act=act, **given(election, "cec2"))
    register(election)


def test_the_quota_is_held_against_list_and_mandates(folder: Path) -> None:
    country(folder)
    found = mandates_of(contest())
    checks = {each.choice.code: quotas_of(contest(), each) for each in found.lists}
    assert [(quota.of_list.inside, quota.of_list.needed, quota.of_list.is_met) for quota in checks["a"]] == [
        (3, 3, True)
    ]
    # Two of six with a mandate are women, one of three, none of one.
    assert [quota.of_mandates.is_met for code in "abc" for quota in checks[code]] == [True, True, False]


def test_lots_between_candidates_are_recorded_and_decide(folder: Path) -> None:
    election = country(folder, votes={"x": 200, "y": 200, "against_all": 20})
    assert mandates_of(contest("okrug")).allocation.lots  # type: ignore[union-attr]
    with pytest.raises(ActRefused, match="just the seats that are tied"):
        record_lots(contest=contest("okrug"), won=["x", "y"], drawn_on=DAY, act="7", **given(election))
    act = record_lots(contest=contest("okrug"), won=["y"], drawn_on=DAY, act="7", **given(election))
    assert mandates_of(contest("okrug")).allocation.seats == {"x": 0, "y": 0}  # type: ignore[union-attr]
    confirm_act(act=act, **given(election, "cec2"))
    assert mandates_of(contest("okrug")).allocation.seats == {"x": 0, "y": 1}  # type: ignore[union-attr]
    with pytest.raises(ActRefused, match="no tie"):
        record_lots(contest=contest("okrug"), won=["x"], drawn_on=DAY, act="8", **given(election))


def test_where_the_law_asks_for_it_the_vote_is_held_again(folder: Path) -> None:
    rules = {"on_tie": "repeat_voting", "on_against_all": "repeat_election"}
    election = country(folder, votes={"x": 200, "y": 200, "against_all": 20}, rules=rules)
    with pytest.raises(ActRefused, match="lots decide nothing"):
        record_lots(contest=contest("okrug"), won=["y"], drawn_on=DAY, act="7", **given(election))
    act = call_repeat(contest=contest("okrug"), day=DAY, act="8", **given(election))
    assert act.data == {"what": "repeat_voting", "among": ["x", "y"], "day": "2026-03-25"}
    confirm_act(act=act, **given(election, "cec2"))
    with pytest.raises(ActRefused, match="called already"):
        call_repeat(contest=contest("okrug"), day=DAY, act="9", **given(election))


def test_where_most_are_against_all_nobody_is_elected(folder: Path) -> None:
    election = country(
        folder, votes={"x": 100, "y": 50, "against_all": 200}, rules={"on_against_all": "repeat_election"}
    )
    act = call_repeat(contest=contest("okrug"), day=DAY, act="8", **given(election))
    assert act.data["what"] == "repeat_election"


def test_who_is_elected_in_a_constituency_is_registered_and_nobody_follows(folder: Path) -> None:
    election = country(folder)
    assert held(mandates_of(contest("okrug"))) == {"x": [1]}
    act = register_mandates(contest=contest("okrug"), act="12/346", **given(election))
    assert act.data == {"holders": {"x": [1]}}
    confirm_act(act=act, **given(election, "cec2"))
    with pytest.raises(ActRefused, match="nothing is held again"):
        call_repeat(contest=contest("okrug"), day=DAY, act="8", **given(election))
    act = give_up_mandate(contest=contest("okrug"), choice="x", place=1, reason="minister", **given(election))
    assert act.data == {"list": "x", "place": 1, "successor": None}
    confirm_act(act=act, **given(election, "cec2"))
    found = mandates_of(contest("okrug"))
    assert found.is_vacated
    assert held(found) == {"x": []}


def test_a_seat_that_is_vacant_in_a_constituency_is_filled_by_a_by_election(folder: Path) -> None:
    election = country(folder)
    who = given(election, "cec2")
    confirm_act(act=register_mandates(contest=contest("okrug"), act="12/346", **given(election)), **who)
    left = give_up_mandate(contest=contest("okrug"), choice="x", place=1, reason="minister", **given(election))
    confirm_act(act=left, **who)
    act = call_repeat(contest=contest("okrug"), day=DAY, act="8", **given(election))
    assert act.data == {"what": "by_election", "among": [], "day": "2026-03-25"}
    confirm_act(act=act, **who)
    with pytest.raises(ActRefused, match="called already"):
        call_repeat(contest=contest("okrug"), day=DAY, act="9", **given(election))
    evening.seal_log(folder)
    verdict = verify()
    assert verdict.differences == []
    assert verdict.counts["mandate_acts"] == 3


@pytest.mark.parametrize("votes", [{"x": 200, "y": 200, "against_all": 20}, {"x": 100, "y": 50, "against_all": 200}])
def test_nobody_is_registered_where_the_vote_is_held_again(folder: Path, votes: dict[str, int]) -> None:
    rules = {"on_tie": "repeat_voting", "on_against_all": "repeat_election"}
    election = country(folder, votes=votes, rules=rules)
    with pytest.raises(ActRefused):
        register_mandates(contest=contest("okrug"), act="12/346", **given(election))


def test_an_event_tells_codes_and_places_and_a_hash_of_the_words(folder: Path) -> None:
    election = country(folder)
    register(election)
    proposed = json.loads(bytes(Event.objects.get(kind="mandates.proposed").entry))
    assert (proposed["contest"], proposed["actor"]["role"]) == ("list", "cec")
    assert proposed["body"]["data"] == MandateAct.objects.get().data
    assert set(proposed["body"]["texts"]) == {"mandate"}
    assert json.loads(bytes(Event.objects.get(kind="mandates.confirmed").entry))["body"] == {"act": 1}


def test_the_database_keeps_acts_as_they_are(folder: Path) -> None:
    election = country(folder)
    act = register_mandates(contest=contest(), act="12/345", **given(election))
    cec = evening.member("cec", election)
    for statement in (
        "UPDATE results_mandateact SET data = '{}'",
        "DELETE FROM results_mandateact",
        "INSERT INTO results_mandatedecision (act_id, outcome, by_id, event_id, at) "
        f"VALUES ({act.pk}, 'confirmed', {cec.pk}, {act.event_id}, now())",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_verify_agrees(folder: Path) -> None:
    election = country(folder, votes={"x": 200, "y": 200, "against_all": 20})
    register(election)
    act = give_up_mandate(contest=contest(), choice="a", place=1, reason="ill", **given(election))
    confirm_act(act=act, **given(election, "cec2"))
    lots = record_lots(contest=contest("okrug"), won=["y"], drawn_on=DAY, act="7", **given(election))
    confirm_act(act=lots, **given(election, "cec2"))
    evening.seal_log(folder)
    verdict = verify()
    assert verdict.ok, verdict.differences
