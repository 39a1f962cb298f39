"""A commission establishes its result by two members, when nothing is open beneath it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from accounts.domain.roles import Role
from aggregation.selectors import tally
from audit.models import Event
from results.certification.domain.levels import Cell
from results.certification.plan import plan_of
from results.certification.selectors import figures_of, last_certificates, not_certified, stands
from results.certification.services import (
    AlreadyCertified,
    FiguresChanged,
    NotEstablished,
    NothingToSign,
    ProposalWaits,
    SecondMemberNeeded,
    give_opinion,
    propose_certificate,
    sign_certificate,
)
from results.models import Certificate
from stations.models import Area, Contest, Election
from tallies.models import Explanation
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20})


def cell(election: Election, area: str, contest: str = "list") -> Cell:
    place = Contest.objects.get(code=contest).pk, Area.objects.get(code=area).pk
    return plan_of(election).cells[place]


def propose(election: Election, area: str = "r1-d1", by: str = "first") -> Certificate:
    return propose_certificate(
        election=election, cell=cell(election, area), by=scene.person(by), role=Role.DISTRICT, now=timezone.now()
    )


def sign(certificate: Certificate, by: str = "second") -> None:
    sign_certificate(certificate=certificate, by=scene.person(by), role=Role.DISTRICT, now=timezone.now())


def unmet(election: Election, area: str = "r1-d1") -> list[str]:
    with pytest.raises(NotEstablished) as refused:
        propose(election, area)
    return list(refused.value.fields)


def standing(area: str) -> bool:
    place = Contest.objects.get(code="list").pk, Area.objects.get(code=area).pk
    found = last_certificates([place]).get(place)
    return found is not None and stands(found)


def test_two_members_establish_a_district(complete: Election) -> None:
    sign(propose(complete))
    certificate = Certificate.objects.get()
    assert standing("r1-d1")
    assert figures_of(certificate) == tally(certificate.contest_id, certificate.area_id).figures
    assert (certificate.stations_expected, certificate.stations_reported, certificate.stations_annulled) == (2, 2, 0)
    kinds = Event.objects.filter(kind__startswith="certificate.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["certificate.proposed", "certificate.signed"]


def test_who_proposed_does_not_sign(complete: Election) -> None:
    with pytest.raises(SecondMemberNeeded):
        sign(propose(complete), by="first")
    assert not standing("r1-d1")


def test_a_missing_protocol_stands_in_the_way(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    assert unmet(election) == ["missing"]


def test_a_held_protocol_stands_in_the_way(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    evening.seal_log(folder)
    assert unmet(election) == ["held"]


def test_a_complaint_without_an_answer_stands_in_the_way(complete: Election) -> None:
    scene.complain("r1-d1-s1")
    assert unmet(complete) == ["complained"]


def test_what_is_not_summed_up_and_not_in_the_signed_log_stands_in_the_way(complete: Election) -> None:
    scene.decide("correct", "r1-d1-s1", figures=OTHER)
    assert unmet(complete) == ["pending", "unsealed"]


def test_another_district_s_troubles_do_not(complete: Election) -> None:
    scene.complain("r1-d2-s1")
    scene.decide("correct", "r2-d1-s1", figures=OTHER)
    sign(propose(complete))
    assert standing("r1-d1")


def test_an_annulled_station_is_settled(complete: Election, folder: Path) -> None:
    scene.decide("annul", "r1-d1-s1")
    evening.seal_log(folder)
    certificate = propose(complete)
    assert (certificate.stations_reported, certificate.stations_annulled) == (1, 1)


def test_a_region_waits_for_its_districts_and_the_nation_for_its_regions(complete: Election) -> None:
    evening.certify(complete, "list", "r1-d1")
    assert unmet(complete, "r1") == ["beneath"]
    evening.certify(complete, "list", "r1-d2")
    evening.certify(complete, "list", "r1")
    assert unmet(complete, "kz") == ["beneath"]
    evening.certify_everything(complete)
    assert not_certified(complete) == []
    nation = Certificate.objects.get(area__code="kz")
    assert figures_of(nation) == tally(nation.contest_id, nation.area_id).figures


def test_the_same_is_not_proposed_twice(complete: Election) -> None:
    propose(complete)
    with pytest.raises(ProposalWaits):
        propose(complete, by="third")


def test_what_stands_is_not_established_again(complete: Election) -> None:
    sign(propose(complete))
    with pytest.raises(AlreadyCertified):
        propose(complete)


def test_a_proposal_that_was_overtaken_is_not_signed(complete: Election, folder: Path) -> None:
    first = propose(complete)
    scene.decide("correct", "r1-d1-s1", figures=OTHER)
    evening.seal_log(folder)
    with pytest.raises(FiguresChanged):
        sign(first)
    second = propose(complete)
    assert second.number == 2
    with pytest.raises(NothingToSign):
        sign(first)
    sign(second)


def test_a_certificate_is_signed_once(complete: Election) -> None:
    certificate = propose(complete)
    sign(certificate)
    with pytest.raises(NothingToSign):
        sign(certificate, by="third")


def test_a_dissenting_opinion_stays_with_the_certificate_and_its_words_leave_only_a_hash(complete: Election) -> None:
    certificate = propose(complete)
    given = give_opinion(
        certificate=certificate, opinion="I counted otherwise", by=scene.person("third"), role="district",
        now=timezone.now(),
    )  # fmt: skip
    sign(certificate)
    assert Explanation.objects.get(event=given.event_id).text == "I counted otherwise"
    assert b"I counted otherwise" not in bytes(Event.objects.get(pk=given.event_id).entry)
    with pytest.raises(NothingToSign):
        give_opinion(
            certificate=certificate, opinion="too late", by=scene.person("fourth"), role="district",
            now=timezone.now(),
        )  # fmt: skip
