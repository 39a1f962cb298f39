"""The page on which a commission decides between two entries that differ."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest
from django.test import Client

from accounts.domain.roles import Role
from tallies.domain.lifecycle import State
from tallies.models import Entry, Explanation, OpenEntry
from tests.figures import tells
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db

PROTOCOL = "/en/desk/s1/list/"
CHOOSE = f"{PROTOCOL}choose/"
MISTYPED = {**GOOD, "votes:sun": 410, "votes:steppe": 190}


@pytest.fixture
def night() -> Night:
    return small_night(entry="double")


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


@pytest.fixture
def entries(night: Night) -> tuple[Entry, Entry]:
    """What the secretary and the chair keyed: their entries differ in two lines."""
    for name, role, figures in (("secretary", Role.OFFICER, GOOD), ("chair", Role.CHAIR, MISTYPED)):
        client = night.person(name, role, station=night.stations["s1"])
        client.post("/en/station/s1/list/", form_data(figures, key=str(uuid.uuid4())))
    opened = OpenEntry.objects.get()
    assert opened.first_entry is not None and opened.second_entry is not None
    return opened.first_entry, opened.second_entry


def page(client: Client, address: str = CHOOSE) -> str:
    return re.sub(r"\s+", " ", unescape(client.get(address).content.decode()))


def test_the_desk_leads_to_the_decision_and_shows_no_figure_itself(
    district: Client, entries: tuple[Entry, Entry]
) -> None:
    seen = page(district, PROTOCOL)
    assert "Two people have entered this protocol, and 2 lines differ" in seen
    assert f'href="{CHOOSE}"' in seen
    assert not tells(seen, 410)


def test_both_entries_stand_side_by_side_and_the_lines_that_differ_are_marked(
    district: Client, entries: tuple[Entry, Entry]
) -> None:
    seen = page(district)
    rows = re.findall(r'<tr( class="is-odd-one")?><th scope="row">(\d+)\. ', seen)
    assert [number for marked, number in rows if marked] == ["8", "9"]
    assert '<td class="num">400</td><td class="num">410</td>' in seen
    assert "secretary" in seen and "chair" in seen


def test_the_entry_chosen_comes_into_force_with_its_reason(
    district: Client, night: Night, entries: tuple[Entry, Entry]
) -> None:
    chosen = {"entry": entries[1].pk, "reason": "Line 8 says 410 on the photograph."}
    answer = district.post(CHOOSE, chosen, follow=True)
    assert "Version 1 is in force and counted." in answer.content.decode()
    assert night.standing().state == State.IN_FORCE
    assert night.versions()[0].figures == list(MISTYPED.values())
    seen = page(district, PROTOCOL)
    assert "two entries differed, the commission chose one" in seen
    assert "Why this entry was chosen: Line 8 says 410 on the photograph." in re.sub(r"<[^>]+>", "", seen)


@pytest.mark.parametrize("given", [{}, {"reason": "Seen."}, {"entry": "0", "reason": "Seen."}])
def test_without_an_entry_and_a_reason_nothing_is_decided(
    district: Client, entries: tuple[Entry, Entry], given: dict[str, str], night: Night
) -> None:
    answer = district.post(CHOOSE, given)
    assert answer.status_code == 422
    assert "Nothing has been decided yet" in answer.content.decode()
    assert night.versions() == []


def test_a_choice_without_its_reason_keeps_what_was_chosen(district: Client, entries: tuple[Entry, Entry]) -> None:
    text = district.post(CHOOSE, {"entry": entries[1].pk, "reason": " "}).content.decode()
    assert re.search(rf'value="{entries[1].pk}"[^>]* checked', text)
    assert not Explanation.objects.filter(subject="choice").exists()


def test_what_the_two_settled_meanwhile_is_not_decided_again(
    district: Client, night: Night, entries: tuple[Entry, Entry]
) -> None:
    chair = Client()
    chair.force_login(entries[1].by)
    chair.post("/en/station/s1/list/", form_data(GOOD, key=str(uuid.uuid4())))
    answer = district.post(CHOOSE, {"entry": entries[1].pk, "reason": "Seen."})
    assert answer.status_code == 409
    assert night.versions()[0].figures == list(GOOD.values())


def test_there_is_nothing_to_choose_while_one_person_has_entered(district: Client, night: Night) -> None:
    client = night.person("secretary", Role.OFFICER, station=night.stations["s1"])
    client.post("/en/station/s1/list/", form_data(MISTYPED))
    answer = district.get(CHOOSE)
    assert answer.status_code == 409
    assert not tells(answer.content.decode(), 410)


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.OFFICER, {"station": "s1"}), (Role.DISTRICT, {"area": "n2"}), (Role.OBSERVER, {})],
)
def test_nobody_else_sees_two_entries(
    night: Night, entries: tuple[Entry, Entry], role: Role, place: dict[str, str]
) -> None:
    where = {kind: (night.areas if kind == "area" else night.stations)[code] for kind, code in place.items()}
    somebody = night.person("somebody", role, **where)
    assert somebody.get(CHOOSE).status_code in (403, 404)
    assert somebody.post(CHOOSE, {"entry": entries[1].pk, "reason": "Seen."}).status_code in (403, 404)
    assert night.versions() == []
