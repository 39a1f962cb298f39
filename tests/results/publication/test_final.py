"""The final result takes a complete count, a verification, and two people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Event
from results.models import Approval, Snapshot
from results.publication.conditions import unmet_conditions
from results.publication.selectors import newest, proposed
from results.publication.services import (
    NothingProposed,
    NotPublishable,
    NotYours,
    approve_final,
    propose_final,
    publish_bulletin,
)
from stations.models import Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", regions=1, districts=1, stations=2, contests=("list",))


@pytest.fixture
def complete(election: Election, folder: Path) -> Election:
    evening.everybody_sends(("list",))
    evening.ready_for_final(election, folder)
    return election


def propose(election: Election) -> Snapshot:
    return propose_final(election=election, by=evening.member("cec", election), now=timezone.now())


def approve(snapshot: Snapshot, name: str = "cec2") -> None:
    approve_final(snapshot=snapshot, by=evening.member(name, snapshot.election), now=timezone.now())


def unmet(election: Election) -> list[str]:
    with pytest.raises(NotPublishable) as refused:
        propose(election)
    return list(refused.value.fields)


def test_a_missing_protocol_refuses_the_final_result(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    assert unmet(election) == ["missing", "not_certified"]


def test_a_held_protocol_refuses_the_final_result(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    evening.seal_log(folder)
    assert unmet(election) == ["held", "not_certified"]


def test_a_returned_protocol_is_missing(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    scene.decide("return", "r1-d1-s2")
    evening.seal_log(folder)
    assert unmet(election) == ["missing", "not_certified"]


def test_a_result_that_is_not_established_refuses_the_final_result(election: Election, folder: Path) -> None:
    evening.everybody_sends(("list",))
    evening.seal_log(folder)
    for area in ("r1-d1", "r1"):
        evening.certify(election, "list", area)
    evening.seal_log(folder)
    assert unmet(election) == ["not_certified"]


def test_a_witness_that_is_asked_for_and_has_not_cosigned_refuses_the_final_result(complete: Election) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET witnesses_required = 1")
    complete.refresh_from_db()
    assert unmet(complete) == ["cosignatures"]


def test_a_change_that_is_not_in_the_signed_log_refuses_the_final_result(complete: Election) -> None:
    scene.decide("correct", "r1-d1-s2", figures=valid_figures())
    assert unmet(complete) == ["not_certified", "unsealed"]


def test_what_the_verification_finds_refuses_the_final_result(complete: Election) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE aggregation_tally SET figures[1] = figures[1] + 1")
    assert unmet(complete) == ["verify"]


def test_every_unmet_condition_is_named_at_once(election: Election) -> None:
    scene.hold("r1-d1-s2")
    early = election.figures_public_from - timedelta(seconds=1)
    assert list(unmet_conditions(election, early)) == [
        "figures_public_from",
        "held",
        "missing",
        "not_certified",
        "unsealed",
    ]


def test_an_annulled_station_does_not_stand_in_the_way(complete: Election, folder: Path) -> None:
    scene.decide("annul", "r1-d1-s1")
    evening.ready_for_final(complete, folder)
    assert propose(complete).number == 1


def test_a_proposed_result_is_not_published(complete: Election) -> None:
    propose(complete)
    assert newest(complete) is None


def test_a_second_person_publishes_the_final_result(complete: Election) -> None:
    snapshot = propose(complete)
    approve(snapshot)
    assert newest(complete) == snapshot
    assert proposed(complete) is None
    kinds = list(Event.objects.filter(kind__startswith="final.").order_by("id").values_list("kind", flat=True))
    assert kinds == ["final.proposed", "final.approved"]


def test_who_proposed_cannot_approve(complete: Election) -> None:
    snapshot = propose(complete)
    with pytest.raises(NotYours):
        approve(snapshot, "cec")
    assert not Approval.objects.exists()


def test_a_protocol_that_changed_in_between_asks_for_a_new_proposal(complete: Election, folder: Path) -> None:
    snapshot = propose(complete)
    scene.decide("correct", "r1-d1-s1", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    evening.seal_log(folder)
    with pytest.raises(NotPublishable) as refused:
        approve(snapshot)
    assert list(refused.value.fields) == ["not_certified"]
    evening.ready_for_final(complete, folder)
    with pytest.raises(NotPublishable) as refused:
        approve(snapshot)
    assert list(refused.value.fields) == ["changed"]
    assert not Approval.objects.exists()


def test_a_later_proposal_replaces_an_earlier_one(complete: Election) -> None:
    first, second = propose(complete), propose(complete)
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(NothingProposed):
        approve(first)
    approve(second)
    assert newest(complete) == second


def test_a_final_result_is_approved_once(complete: Election) -> None:
    snapshot = propose(complete)
    approve(snapshot)
    with pytest.raises(NothingProposed):
        approve(snapshot)
    assert Event.objects.filter(kind="final.approved").count() == 1


def test_a_bulletin_after_the_final_result_does_not_take_its_place(complete: Election) -> None:
    snapshot = propose(complete)
    approve(snapshot)
    publish_bulletin(election=complete, by=evening.member("cec", complete), now=timezone.now())
    assert newest(complete) == snapshot


def test_a_final_result_passes_the_verification(complete: Election, folder: Path) -> None:
    approve(propose(complete))
    evening.seal_log(folder)
    assert unmet_conditions(complete, timezone.now()) == {}
