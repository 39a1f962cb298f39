"""What changes beneath a certificate withdraws it in the same transaction, up to the nation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.domain.actor import SYSTEM
from audit.models import Event
from results.certification.selectors import not_certified
from stations.models import Election
from tallies.models import Certified, CertifiedEnd
from tallies.services.registry import amend_election
from tests import scene
from tests.packages import valid_figures, write_package
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20})


@pytest.fixture
def certified(complete: Election) -> Election:
    evening.certify_everything(complete)
    return complete


def withdrawn() -> set[str]:
    return set(CertifiedEnd.objects.values_list("certified__area__code", flat=True))


@pytest.mark.parametrize("step", ["correct", "recount", "annul"])
def test_a_change_withdraws_its_district_its_region_and_the_nation(certified: Election, step: str) -> None:
    scene.decide(step, "r1-d1-s1", figures=OTHER)
    assert withdrawn() == {"r1-d1", "r1", "kz"}
    assert len(not_certified(certified)) == 1


def test_a_repeat_voting_withdraws_too(complete: Election, folder: Path) -> None:
    scene.decide("annul", "r1-d1-s1")
    evening.seal_log(folder)
    evening.certify(complete, "list", "r1-d1")
    scene.decide("repeat", "r1-d1-s1")
    assert withdrawn() == {"r1-d1"}


def test_the_log_says_what_withdrew_it(certified: Election) -> None:
    scene.decide("correct", "r1-d1-s1", figures=OTHER)
    event = Event.objects.filter(kind="certificate.withdrawn", area="r1").get()
    assert json.loads(bytes(event.entry))["body"] == {
        "number": 1,
        "cause": {"kind": "protocol.corrected", "station": "r1-d1-s1"},
    }
    assert CertifiedEnd.objects.get(event=event).cause.kind == "protocol.corrected"


def test_a_refused_change_withdraws_nothing(certified: Election) -> None:
    with pytest.raises(Exception, match="figures in force"):
        figures = evening.figures_of("list", 0)
        scene.decide("correct", "r1-d1-s1", figures=figures)
    assert withdrawn() == set()


def test_what_was_withdrawn_can_be_established_anew(certified: Election, folder: Path) -> None:
    scene.decide("correct", "r1-d1-s1", figures=OTHER)
    evening.seal_log(folder)
    evening.certify_everything(certified)
    assert not_certified(certified) == []
    assert Certified.objects.get(area__code="kz", number=2).at > Certified.objects.get(area__code="kz", number=1).at


def test_a_station_that_is_added_withdraws_what_was_established_without_it(certified: Election, folder: Path) -> None:
    package = write_package(folder / "amended", regions=2, districts=2, stations=3, contests=("list",))
    amend_election(package=package, by=SYSTEM, now=timezone.now())
    assert withdrawn() == {"r1-d1", "r1-d2", "r2-d1", "r2-d2", "r1", "r2", "kz"}


def test_the_database_refuses_a_change_that_leaves_a_certificate_standing(certified: Election) -> None:
    with pytest.raises(IntegrityError, match="must withdraw it"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tallies_standing SET state = 'annulled' "
            "WHERE station_id = (SELECT id FROM stations_station WHERE code = 'r1-d1-s1')"
        )
    assert withdrawn() == set()


@pytest.mark.parametrize("table", ["tallies_certified", "tallies_certifiedend", "results_certificate"])
@pytest.mark.parametrize("statement", ["DELETE FROM {0}", "UPDATE {0} SET {1}"])
def test_nobody_changes_what_was_written(certified: Election, table: str, statement: str) -> None:
    scene.decide("annul", "r1-d1-s1")
    column = "at = now()" if table != "results_certificate" else "number = 9"
    with pytest.raises(IntegrityError, match="never changed"), scene.as_owner() as cursor:
        cursor.execute(statement.format(table, column))
