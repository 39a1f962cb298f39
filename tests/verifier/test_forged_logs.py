"""Whoever forges the published log is found by the standalone verifier, or by a checkpoint that somebody kept.

Each forgery here is a whole one: the tree is built anew, and signed with the log's own key, which was stolen. What fits
together then can only be found by who has seen the log before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.verification.conftest import Night
from tests.verifier.forging import Event, Forger, Forgery
from verifier.hattama_verify import Folder, LogKey, Old, verify

pytestmark = pytest.mark.django_db(transaction=True)

VERIFIER, WITNESS = "the verifier alone", "a kept checkpoint"


def move_a_vote(event: Event) -> None:
    """Give a vote of one list to another, so that every check of the form still holds."""
    figures = event["body"]["figures"]
    figures["votes:a"] += 1
    figures["votes:b"] -= 1


def one_vote_before_the_bulletin(forger: Forger) -> None:
    move_a_vote(forger.find("protocol.accepted", "r1-d2-s1"))


def one_vote_after_the_bulletin(forger: Forger) -> None:
    move_a_vote(forger.find("protocol.accepted", "r2-d2-s1"))


def a_vote_more_than_there_are(forger: Forger) -> None:
    forger.find("protocol.accepted", "r2-d2-s1")["body"]["figures"]["votes:a"] += 1


def another_protocol_than_was_held(forger: Forger) -> None:
    move_a_vote(next(event for event in forger.events if event["body"].get("held")))


def a_correction_taken_out(forger: Forger) -> None:
    del forger.events[forger.index("protocol.corrected", "r1-d1-s1")]


def the_first_version_taken_out(forger: Forger) -> None:
    del forger.events[forger.index("protocol.accepted", "r1-d1-s1")]


def the_last_event_taken_out(forger: Forger) -> None:
    del forger.events[-1]


def an_annulment_taken_out(forger: Forger) -> None:
    del forger.events[forger.index("protocol.annulled", "r1-d1-s2")]


def a_second_acceptance_put_in(forger: Forger) -> None:
    again = forger.find("protocol.accepted", "r1-d2-s1")
    forger.events.append({**again, "body": {**again["body"], "version": 2}})


def an_acceptance_of_a_station_elsewhere(forger: Forger) -> None:
    forger.find("protocol.accepted", "r1-d2-s1")["area"] = "r2-d1"


def an_acceptance_of_no_station(forger: Forger) -> None:
    forger.find("protocol.accepted", "r1-d2-s1")["station"] = "r9-d9-s9"


def two_stations_swapped(forger: Forger) -> None:
    first = forger.find("protocol.accepted", "r1-d1-s1")
    second = forger.find("protocol.accepted", "r2-d1-s1")
    for part in ("area", "station"):
        first[part], second[part] = second[part], first[part]


def two_events_in_another_order(forger: Forger) -> None:
    first, second = forger.index("protocol.accepted", "r1-d1-s1"), forger.index("protocol.accepted", "r1-d1-s2")
    forger.events[first], forger.events[second] = forger.events[second], forger.events[first]


def two_events_in_another_order_after_the_bulletin(forger: Forger) -> None:
    first, second = forger.index("protocol.annulled", "r1-d1-s2"), forger.index("protocol.held", "r2-d2-s2")
    forger.events[first], forger.events[second] = forger.events[second], forger.events[first]


def a_figure_left_out(forger: Forger) -> None:
    del forger.find("protocol.accepted", "r1-d2-s1")["body"]["figures"]["votes:c"]


def a_finding_hidden(forger: Forger) -> None:
    forger.find("protocol.accepted", "r2-d1-s2")["body"]["findings"] = []


def figures_of_a_held_protocol_told(forger: Forger) -> None:
    forger.find("protocol.held", "r2-d2-s2")["body"]["figures"] = {"votes:a": 1}


def another_check_set(forger: Forger) -> None:
    forger.find("protocol.accepted", "r1-d2-s1")["body"]["check_set"] = 1


def a_rule_of_a_check_set(forger: Forger) -> None:
    for kind in ("checks.proposed", "checks.adopted"):
        forger.find(kind)["body"]["checks"][0]["tolerance"] = 50


def a_law_of_a_check_set(forger: Forger) -> None:
    for kind in ("checks.proposed", "checks.adopted"):
        forger.find(kind)["body"]["checks"][1]["law"]["kk"] = "44-бап"


def another_bulletin(forger: Forger) -> None:
    forger.find("bulletin.published")["body"]["content_sha256"] = "0" * 64


def a_bulletin_of_another_checkpoint(forger: Forger) -> None:
    forger.find("bulletin.published")["body"]["checkpoint"]["root"] = "0" * 64


def a_bulletin_taken_out(forger: Forger) -> None:
    del forger.events[forger.index("bulletin.published")]


def a_bulletin_of_the_future(forger: Forger) -> None:
    forger.find("bulletin.published")["body"]["checkpoint"]["size"] = 99


def a_final_result_of_one_person(forger: Forger) -> None:
    bulletin = forger.find("bulletin.published")
    forger.events += [{**bulletin, "kind": kind} for kind in ("final.proposed", "final.approved")]


def an_approval_of_nothing(forger: Forger) -> None:
    forger.events.append({**forger.find("bulletin.published"), "kind": "final.approved"})


def another_package(forger: Forger) -> None:
    forger.find("election.loaded")["body"]["package_sha256"] = "0" * 64


def an_event_that_is_none(forger: Forger) -> None:
    forger.events[3] = {"kind": "protocol.accepted"}


FORGERIES: dict[Forgery, tuple[str, str]] = {
    one_vote_before_the_bulletin: (VERIFIER, "not_the_sum"),
    one_vote_after_the_bulletin: (WITNESS, "rewritten"),
    a_vote_more_than_there_are: (VERIFIER, "other_findings"),
    another_protocol_than_was_held: (VERIFIER, "not_opened"),
    a_correction_taken_out: (VERIFIER, "wrong_publication"),
    the_first_version_taken_out: (VERIFIER, "wrong_step"),
    the_last_event_taken_out: (WITNESS, "shorter"),
    an_annulment_taken_out: (WITNESS, "shorter"),
    a_second_acceptance_put_in: (VERIFIER, "wrong_step"),
    an_acceptance_of_a_station_elsewhere: (VERIFIER, "unknown_place"),
    an_acceptance_of_no_station: (VERIFIER, "unknown_place"),
    two_stations_swapped: (VERIFIER, "wrong_publication"),
    two_events_in_another_order: (VERIFIER, "wrong_publication"),
    two_events_in_another_order_after_the_bulletin: (WITNESS, "rewritten"),
    a_figure_left_out: (VERIFIER, "wrong_figures"),
    a_finding_hidden: (VERIFIER, "other_findings"),
    figures_of_a_held_protocol_told: (VERIFIER, "wrong_figures"),
    another_check_set: (VERIFIER, "other_check_set"),
    a_rule_of_a_check_set: (VERIFIER, "bad_check_set"),
    a_law_of_a_check_set: (VERIFIER, "bad_check_set"),
    another_bulletin: (VERIFIER, "not_the_sum"),
    a_bulletin_of_another_checkpoint: (VERIFIER, "wrong_publication"),
    a_bulletin_taken_out: (WITNESS, "shorter"),
    a_bulletin_of_the_future: (VERIFIER, "wrong_publication"),
    a_final_result_of_one_person: (VERIFIER, "wrong_publication"),
    an_approval_of_nothing: (VERIFIER, "wrong_publication"),
    another_package: (VERIFIER, "bad_package"),
    an_event_that_is_none: (VERIFIER, "bad_entry"),
}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forged_log_is_found_and_it_is_said_by_whom(forgery: Forgery, whole_night: Night, bundle: Path) -> None:
    log = bundle / "log"
    kept = (log / "checkpoint").read_text()
    forger = Forger(log, whole_night.log_dir.parent / "key/key")
    forgery(forger)
    forger.publish()
    key = LogKey.of((log / "vkey").read_text())

    by_whom, finding = FORGERIES[forgery]
    alone = verify(Folder(bundle), key).report
    with_memory = verify(Folder(bundle), key, old=[Old("kept", kept)]).report
    assert not with_memory.ok
    if by_whom is VERIFIER:
        assert finding in {result.key for result in alone.results if result.status == "fails"}
    else:
        assert alone.ok, "what one look at the log cannot show"
        assert finding in {result.key for result in with_memory.results if result.status == "fails"}


def test_what_was_not_forged_passes(whole_night: Night, bundle: Path) -> None:
    kept = (bundle / "log/checkpoint").read_text()
    forger = Forger(bundle / "log", whole_night.log_dir.parent / "key/key")
    forger.publish()
    assert (bundle / "log/checkpoint").read_text() == kept
    key = LogKey.of((bundle / "log/vkey").read_text())
    assert verify(Folder(bundle), key, old=[Old("kept", kept)]).report.ok
