"""The pages on which people complain about protocols, answer, and see where a complaint stands."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from aggregation.services import settle
from stations.models import Area, Election, Station
from tallies.domain.complaints import Ending
from tallies.models import Complaint, ComplaintEnd, Standing
from tests import scene
from tests.figures import tells
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
NEW = "/en/complaints/r1-d1-s1/list/new/"
ONE = "/en/complaints/r1-d1-s1/list/1/"
WORDS = "The chair wrote 240 where 204 were counted."


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> Election:
    election = scene.load(tmp_path / "package", live_public=True, complaint_hours=120)
    settle()
    return election


def signed_in(username: str, role: Role, **place: Station | Area) -> Client:
    user = User.objects.create_user(username, first_name=username.capitalize())
    election = Election.objects.get()
    Appointment.objects.create(user=user, role=role, election=election, appointed_at=election.opens_at, **place)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def observer(election: Election) -> Client:
    return signed_in("saule", Role.OBSERVER, station=Station.objects.get(code="r1-d1-s1"))


@pytest.fixture
def district(election: Election) -> Client:
    return signed_in("marat", Role.DISTRICT, area=Area.objects.get(code="r1-d1"))


def form(**more: str) -> dict[str, str]:
    """What the browser posts: the version that stands, a key of its own."""
    stands = Standing.objects.filter(station__code="r1-d1-s1", contest__code="list").first()
    version = str(stands.version_id) if stands and stands.version_id else ""
    return {"key": str(uuid.uuid4()), "version": version, "text": WORDS, **more}


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_an_observer_whose_copy_differs_registers_a_complaint_and_sees_it_line_by_line(observer: Client) -> None:
    scene.submit()
    assert observer.post(NEW, form(**{"figure-votes:a": "204", "figure-votes:b": "120"})).status_code == 302
    page = body(observer, ONE)
    assert "1 line differs" in page and "204" in page and "240" in page and WORDS in page
    assert "Withdraw the complaint" in page and "Answer …" not in page


def test_what_cannot_be_read_is_said_beside_its_line_and_the_words_stay(observer: Client) -> None:
    scene.submit()
    answer = observer.post(NEW, form(**{"figure-votes:a": "-4"}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "without a sign" in page and WORDS in page
    assert observer.post(NEW, form(text=" ")).status_code == 422
    assert not Complaint.objects.exists()


def test_a_version_that_came_in_meanwhile_is_looked_at_first(observer: Client) -> None:
    before = form()
    scene.submit()
    answer = observer.post(NEW, before)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Another version came in" in page and WORDS in page
    assert observer.post(NEW, form(key=before["key"])).status_code == 302


def test_an_observer_does_not_learn_from_a_complaint_what_a_held_protocol_says(
    observer: Client, district: Client
) -> None:
    scene.hold()
    held = scene.broken_figures()["ballots_received"]
    observer.post(NEW, form(**{"figure-ballots_received": "7"}))
    assert str(held) not in body(observer, ONE) and "no protocol yet" in body(observer, ONE)
    assert str(held) in body(district, ONE), "the commission compares"


def test_the_commission_sees_who_complained_and_another_observer_sees_only_that_somebody_did(
    observer: Client, district: Client
) -> None:
    scene.submit()
    observer.post(NEW, form(**{"figure-votes:a": "204"}))
    assert "Saule" in body(district, ONE) and WORDS in body(district, ONE)
    other = signed_in("olzhas", Role.OBSERVER, area=Area.objects.get(code="r1"))
    page = body(other, ONE)
    assert "Complaint 1" in page
    assert "Saule" not in page and WORDS not in page and not tells(page, 204)


def test_the_commission_answers_and_goes_on_to_the_correction(observer: Client, district: Client) -> None:
    scene.submit()
    observer.post(NEW, form())
    assert "Complaint 1" in body(district, "/en/desk/r1-d1-s1/list/")
    assert "1 complaint waits" in body(district, "/en/complaints/")
    answer = {"ending": "upheld", "remedy": "correction", "reason": "A bundle was mistyped."}
    assert district.post(f"{ONE}answer/", answer).status_code == 302
    page = body(district, ONE)
    assert "upheld" in page and "/en/desk/r1-d1-s1/list/correct/" in page
    seen = body(observer, ONE)
    assert "A bundle was mistyped." in seen and "/correct/" not in seen
    scene.decide("correct", figures=valid_figures({"a": 204, "b": 120, "c": 60, "against_all": 20}))
    assert "version 2" in body(observer, ONE)
    assert "0 complaints wait" in body(district, "/en/complaints/")


def test_an_answer_that_cannot_be_is_refused_beside_its_field(observer: Client, district: Client) -> None:
    observer.post(NEW, form())
    answer = district.post(f"{ONE}answer/", {"ending": "rejected", "remedy": "recount", "reason": "No."})
    assert answer.status_code == 422 and "Nothing can follow" in answer.content.decode()
    assert district.post(f"{ONE}answer/", {}).status_code == 422
    assert not ComplaintEnd.objects.exists()


def test_what_has_ended_is_not_answered_again(observer: Client, district: Client) -> None:
    observer.post(NEW, form())
    assert observer.post(f"{ONE}withdraw/").status_code == 302
    assert district.get(f"{ONE}answer/").status_code == 409
    assert observer.post(f"{ONE}withdraw/").status_code == 409
    assert ComplaintEnd.objects.get().ending == Ending.WITHDRAWN


def test_nobody_withdraws_another_persons_complaint(observer: Client) -> None:
    observer.post(NEW, form())
    other = signed_in("olzhas", Role.OBSERVER, area=Area.objects.get(code="r1"))
    assert other.post(f"{ONE}withdraw/").status_code == 409
    assert not ComplaintEnd.objects.exists()


def test_outside_ones_place_there_are_no_complaints(observer: Client, district: Client) -> None:
    scene.complain("r2-d2-s1")
    for client in (observer, district):
        assert client.get("/en/complaints/r2-d2-s1/list/1/").status_code == 404
        assert "Station r2-d2-s1" not in body(client, "/en/complaints/")
    assert observer.get("/en/complaints/r2-d2-s1/list/new/").status_code == 404
    assert district.get("/en/complaints/r1-d1-s1/list/9/").status_code == 404


def test_the_public_sees_that_there_is_a_complaint_and_where_it_stands_at_once(
    observer: Client, district: Client
) -> None:
    scene.submit()
    settle()
    address = "/en/results/list/r1-d1-s1/"
    assert "Complaint 1" not in body(Client(), address)
    observer.post(NEW, form(**{"figure-votes:a": "203"}))
    page = body(Client(), address)
    assert "Complaint 1" in page and "open" in page
    assert WORDS not in page and "Saule" not in page and not tells(page, 203) and ONE not in page
    district.post(f"{ONE}answer/", {"ending": "rejected", "remedy": "nothing", "reason": "The copy is unsigned."})
    page = body(Client(), address)
    assert "rejected" in page and "The copy is unsigned." not in page


def test_observers_begin_a_complaint_at_the_stations_protocol(observer: Client, district: Client) -> None:
    address = "/en/observe/results/list/r1-d1-s1/"
    assert NEW in body(observer, address)
    observer.post(NEW, form())
    assert ONE in body(observer, address)
    page = body(district, address)
    assert NEW not in page and ONE in page


def test_overdue_complaints_are_marked(observer: Client) -> None:
    scene.complain(now=timezone.now() - timedelta(hours=121), by=User.objects.get(username="saule"))
    assert "overdue" in body(observer, "/en/complaints/")


def test_a_list_costs_the_same_however_long_it_is(district: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            body(district, "/en/complaints/")
        return len(statements)

    scene.complain("r1-d1-s1")
    one = cost()
    for station in ("r1-d1-s2", "r1-d1-s3", "r1-d1-s2"):
        scene.complain(station)
    assert cost() == one
