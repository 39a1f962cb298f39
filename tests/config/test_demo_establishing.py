"""The demonstration's last act: every commission establishes its results, and the final one is published."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from accounts.domain.roles import Role
from accounts.models import Appointment
from config.demo.establishing import publish_final
from results.certification.plan import plan_of
from results.certification.selectors import not_certified
from results.models import Certificate, CertificateSignature
from stations.models import Area, Election, Station
from tallies.domain.patterns import Pattern
from tallies.models import Query, QueryClosing
from tallies.refusals import Refusal
from tests import scene
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(tmp_path: Path) -> Election:
    return scene.load(tmp_path / "package", live_public=True)


@pytest.fixture
def settle(tmp_path: Path, settings: Any) -> Callable[[], object]:
    settings.LOG_DIR = tmp_path / "log"
    return lambda: evening.seal_log(tmp_path)


def console() -> Console:
    return Console(file=StringIO())


def test_every_commission_establishes_its_results_and_the_final_one_is_published(
    election: Election, settle: Callable[[], object]
) -> None:
    evening.everybody_sends()
    settle()
    final = publish_final(election, console(), settle=settle)
    assert final.approval.approved_by.username == "cec-second"
    assert not_certified(election) == []
    assert Certificate.objects.count() == len(plan_of(election).cells)


def test_each_certificate_is_signed_by_two_members_of_the_commission_that_establishes_it(
    election: Election, settle: Callable[[], object]
) -> None:
    evening.everybody_sends()
    settle()
    publish_final(election, console(), settle=settle)
    district = Area.objects.get(election=election, code="r1-d1")
    signed = CertificateSignature.objects.get(certificate__area=district, certificate__contest__code="list")
    people = {signed.certificate.proposed_by, signed.signed_by}
    assert {person.username for person in people} == {"district-r1-d1-first", "district-r1-d1-second"}
    for person in people:
        assert Appointment.objects.get(user=person).role == Role.DISTRICT
        assert Appointment.objects.get(user=person).area == district


def test_played_again_it_finds_what_stands(election: Election, settle: Callable[[], object]) -> None:
    evening.everybody_sends()
    settle()
    first = publish_final(election, console(), settle=settle)
    assert publish_final(election, console(), settle=settle) == first
    assert Certificate.objects.count() == len(plan_of(election).cells)


def test_an_interrupted_evening_is_taken_up_where_it_ended(election: Election, settle: Callable[[], object]) -> None:
    evening.everybody_sends()
    settle()
    evening.certify(election, "list", "r1-d1")
    settle()
    publish_final(election, console(), settle=settle)
    kept = Certificate.objects.get(contest__code="list", area__code="r1-d1")
    assert kept.proposed_by.username == "district-r1-d1-first"
    assert kept.number == 1
    assert not_certified(election) == []


def test_queries_are_answered_with_a_reason_before_anything_is_established(
    election: Election, settle: Callable[[], object]
) -> None:
    evening.everybody_sends(("okrug",))
    for station in Station.objects.filter(election=election):
        scene.submit(station.code, "list", evening.figures_of("list", 0))
    settle()
    publish_final(election, console(), settle=settle)
    assert Query.objects.filter(kind=Pattern.IDENTICAL).exists()
    assert not Query.objects.filter(closing=None).exists()
    assert {closing.role for closing in QueryClosing.objects.exclude(by=None)} == {Role.DISTRICT}


def test_a_missing_protocol_stops_it_with_the_reason(election: Election, settle: Callable[[], object]) -> None:
    scene.submit("r1-d1-s1", "list", evening.figures_of("list", 0))
    settle()
    with pytest.raises(Refusal, match="cannot be established yet"):
        publish_final(election, console(), settle=settle)


@pytest.mark.parametrize("wishes", [{}, {"contests": "all", "fraction": 0.5}])
def test_a_final_result_of_a_part_of_the_night_is_refused_before_anything_starts(wishes: dict[str, object]) -> None:
    with pytest.raises(CommandError, match="needs every protocol"):
        call_command("demo", once=True, certify=True, **wishes)
