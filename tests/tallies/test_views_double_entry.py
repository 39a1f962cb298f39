"""The pages of two officers who enter one protocol: each sees their own figures, and which lines to look at again."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from accounts.models import User
from tallies.domain.lifecycle import State
from tallies.models import Entry, ProtocolVersion
from tallies.selectors import open_entry, owed_protocol
from tests.tallies.night import GOOD, WITH_A_WARNING, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

STATION = "/en/station/"
PROTOCOL = "/en/station/s1/list/"
FORM = '<form method="post" novalidate data-protocol '
TAKEN = "Your entry has been taken. The protocol stands when a second person has entered the same figures."
DIFFERS = "Your entry has been taken. It differs from the other person's: look again at the lines that differ."
INDEPENDENTLY = "A second person of your commission enters this protocol independently"
# Numbers so long that no token or key of a page holds them by chance.
MINE = {**GOOD, "voters": 70650431, "votes:sun": 40060417, "votes:steppe": 20030519, "valid": 60091016}
MINE["votes:against-all"] = MINE["valid"] - MINE["votes:sun"] - MINE["votes:steppe"]
THEIRS = {**MINE, "votes:sun": MINE["votes:sun"] + 1000, "votes:steppe": MINE["votes:steppe"] - 1000}


@pytest.fixture
def night() -> Night:
    return small_night(entry="double")


@pytest.fixture
def secretary(night: Night) -> Client:
    return night.person("secretary", Role.OFFICER, station=night.stations["s1"])


@pytest.fixture
def chair(night: Night) -> Client:
    return night.person("chair", Role.CHAIR, station=night.stations["s1"])


@pytest.fixture
def third(night: Night) -> Client:
    return night.person("third", Role.OFFICER, station=night.stations["s1"])


def send(client: Client, figures: dict[str, Any], address: str = PROTOCOL, **more: str) -> Any:
    return client.post(address, form_data(figures, key=str(uuid.uuid4()), **more))


def page(client: Client, address: str = PROTOCOL) -> str:
    return unescape(client.get(address).content.decode())


def shows(text: str, figure: int) -> bool:
    """Whether a page holds a figure, however its digits are set."""
    return str(figure) in re.sub(r"[\s,]", "", text)


def field(text: str, name: str) -> str:
    """The input of the line with this name."""
    found = re.search(rf'<input[^>]*name="figure-{name}"[^>]*>', text)
    assert found is not None
    return found[0]


def test_two_equal_entries_put_the_protocol_in_force(secretary: Client, chair: Client, night: Night) -> None:
    assert INDEPENDENTLY in page(secretary)
    assert send(secretary, MINE)["Location"] == PROTOCOL
    assert TAKEN in page(secretary)
    assert night.versions() == []
    assert send(chair, MINE).status_code == 302
    assert "The protocol is in force and counted." in page(chair)
    assert night.standing().state == State.IN_FORCE
    assert FORM not in page(secretary)


def test_one_persons_entry_says_who_is_next_and_shows_no_figures(secretary: Client) -> None:
    send(secretary, MINE)
    waiting = page(secretary)
    assert "Next, the other officer of the commission enters the same paper" in waiting
    assert FORM not in waiting
    assert not any(shows(waiting, MINE[code]) for code in ("voters", "votes:sun", "votes:steppe"))


def test_an_entry_can_be_made_again_from_an_empty_form(secretary: Client, chair: Client, night: Night) -> None:
    send(secretary, THEIRS)
    assert 'href="?again=1"' in page(secretary)
    again = page(secretary, f"{PROTOCOL}?again=1")
    assert FORM in again
    assert not shows(again, THEIRS["votes:sun"])
    assert send(secretary, MINE, f"{PROTOCOL}?again=1")["Location"] == PROTOCOL
    send(chair, MINE)
    assert night.standing().state == State.IN_FORCE


def test_the_second_person_gets_the_same_blank_form_as_the_first(secretary: Client, chair: Client) -> None:
    def bare(text: str) -> str:
        return re.sub(r'(name="(csrfmiddlewaretoken|key)" value|X-CSRFToken": )="?[^"]*"', "", text)

    before = bare(page(chair))
    send(secretary, MINE)
    assert re.sub(r"[0-9a-zA-Z]{64}", "", bare(page(chair))) == re.sub(r"[0-9a-zA-Z]{64}", "", before)


def test_entries_that_differ_show_the_lines_and_ones_own_figures(secretary: Client, chair: Client) -> None:
    send(secretary, MINE)
    send(chair, THEIRS)
    seen = page(chair)
    assert DIFFERS in seen
    assert re.findall(r'<li><a href="#(line-\d+)">(\d+\. [^<]+)</a>', seen) == [
        ("line-8", "8. Choice sun"),
        ("line-9", "9. Choice steppe"),
    ]
    for client, figures in ((secretary, MINE), (chair, THEIRS)):
        seen = page(client)
        for code, figure in figures.items():
            line = field(seen, code)
            assert f'value="{figure}"' in line
            assert ("readonly" in line) == (code not in ("votes:sun", "votes:steppe")), code


def test_nobody_is_shown_the_others_figures(secretary: Client, chair: Client, third: Client) -> None:
    send(secretary, MINE)
    read = [page(chair), page(chair, STATION), page(third), page(third, STATION)]
    answers = [send(chair, THEIRS), send(chair, {**THEIRS, "issued": 699}), send(third, GOOD)]
    assert [answer.status_code for answer in answers] == [302, 422, 409]
    read += [unescape(answer.content.decode()) for answer in answers]
    read += [page(chair), page(chair, f"{PROTOCOL}?again=1"), page(chair, STATION), page(third), page(third, STATION)]
    for text in read:
        assert not shows(text, MINE["votes:sun"])
        assert not shows(text, MINE["votes:steppe"])
    for text in (page(secretary), page(secretary, STATION), page(third)):
        assert not shows(text, THEIRS["votes:sun"])
        assert not shows(text, THEIRS["votes:steppe"])


def test_the_selector_gives_each_their_own_figures_and_a_third_none(
    secretary: Client, chair: Client, third: Client
) -> None:
    owed = owed_protocol("list", "s1")
    assert owed is not None
    by = {name: User.objects.get(username=name) for name in ("secretary", "chair", "third")}
    assert open_entry(owed, by["chair"]) is None
    send(secretary, MINE)
    seen = open_entry(owed, by["chair"])
    assert seen is not None
    assert (seen.state, seen.is_mine, seen.figures, seen.differing) == (State.FIRST_ENTRY, False, None, [])
    send(chair, THEIRS)
    for name, figures in (("secretary", tuple(MINE.values())), ("chair", tuple(THEIRS.values())), ("third", None)):
        seen = open_entry(owed, by[name])
        assert seen is not None
        assert (seen.state, seen.is_mine, seen.figures) == (State.DIFFERS, figures is not None, figures)
        assert seen.differing == ["votes:sun", "votes:steppe"]


@pytest.mark.parametrize("wrong", ["first", "second"])
def test_whoever_mistyped_puts_it_right(secretary: Client, chair: Client, night: Night, wrong: str) -> None:
    send(secretary, THEIRS if wrong == "first" else MINE)
    send(chair, MINE if wrong == "first" else THEIRS)
    send(secretary if wrong == "first" else chair, MINE)
    assert night.standing().state == State.IN_FORCE
    assert night.versions()[0].figures == list(MINE.values())


def test_a_double_press_that_differs_is_answered_as_the_first_was(secretary: Client, chair: Client) -> None:
    send(secretary, MINE)
    data = form_data(THEIRS)
    assert [chair.post(PROTOCOL, data).status_code for _ in range(2)] == [302, 302]
    text = page(chair)
    assert DIFFERS in text
    assert TAKEN not in text
    assert Entry.objects.count() == 2


def test_lines_that_agree_cannot_be_changed_and_nothing_typed_is_lost(secretary: Client, chair: Client) -> None:
    send(secretary, MINE)
    send(chair, THEIRS)
    answer = send(chair, {**MINE, "voters": 80000001})
    text = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Look again only at the lines that differ." in text
    assert '<li><a href="#line-1">1. Line voters: Both entries agree on this line: it stays as it is.' in text
    assert f"You entered {MINE['voters']}." in text
    assert 'value="80000001"' in field(text, "voters")
    assert "readonly" not in field(text, "voters"), "it must be possible to put it right"
    assert f'value="{MINE["votes:sun"]}"' in field(text, "votes:sun")


def test_a_third_person_has_no_form_and_loses_nothing_typed(secretary: Client, chair: Client, third: Client) -> None:
    send(secretary, WITH_A_WARNING, **{"tick-W301": "on"})
    send(chair, {**WITH_A_WARNING, "voters": 999}, **{"tick-W301": "on"})
    assert "Two people have entered this protocol already." in page(third)
    assert FORM not in page(third)
    answer = send(third, WITH_A_WARNING, **{"tick-W301": "on", "words-W301": "One voter left."})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Two people have entered this protocol already." in text
    assert 'value="699"' in field(text, "found")
    assert "One voter left." in text
    assert "Choice sun" in text
    assert "Compare these lines" not in text, "what differs is for the two to settle"


def test_an_error_on_the_form_keeps_the_lines_marked(secretary: Client, chair: Client) -> None:
    send(secretary, MINE)
    send(chair, THEIRS)
    answer = send(chair, {**THEIRS, "votes:sun": THEIRS["votes:sun"] + 1})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Compare these lines" in text
    assert "readonly" in field(text, "voters")
    assert "readonly" not in field(text, "votes:sun")


def test_confirmed_warnings_can_be_confirmed_again_where_entries_differ(secretary: Client, chair: Client) -> None:
    send(secretary, WITH_A_WARNING, **{"tick-W301": "on"})
    send(chair, {**WITH_A_WARNING, "voters": 999}, **{"tick-W301": "on"})
    assert 'name="tick-W301"' in page(chair)


def test_a_paper_that_breaks_a_check_is_held_when_both_say_so(secretary: Client, chair: Client, night: Night) -> None:
    for client in (secretary, chair):
        send(client, WITH_AN_ERROR, paper_says_so="on", paper_reason="It is so.")
    assert night.standing().state == State.HELD


def test_the_list_says_how_far_each_is(secretary: Client, chair: Client, third: Client) -> None:
    send(secretary, MINE)
    assert "You have keyed it. Now the second person keys it." in page(secretary, STATION)
    for_chair = page(chair, STATION)
    assert "entered once" in for_chair
    assert "Key it as second person" in for_chair
    send(chair, THEIRS)
    for client in (secretary, chair):
        listed = page(client, STATION)
        assert "entries differ" in listed
        assert "Your lines differ from the other person's." in listed
    assert "Two others have keyed it" in page(third, STATION)
    send(chair, MINE)
    assert "entries differ" not in page(chair, STATION)
    assert ProtocolVersion.objects.count() == 1


def test_the_list_asks_once_for_all_entries_and_for_no_figures(night: Night, secretary: Client) -> None:
    many = night.person("many", Role.OFFICER, area=night.areas["north"])
    send(secretary, MINE)
    for client in (secretary, many):
        with CaptureQueriesContext(connection) as statements:
            client.get(STATION)
        asked = [each["sql"] for each in statements if "tallies_openentry" in each["sql"]]
        assert len(asked) == 2, "once for the list, once for what the page asks about later"
        assert not any("figures" in each for each in asked)


def test_a_commission_sees_a_protocol_as_not_sent_until_it_stands(
    night: Night, secretary: Client, chair: Client
) -> None:
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    send(secretary, MINE)
    send(chair, THEIRS)
    shown = page(district, "/en/desk/s1/list/")
    assert "The station has not sent this protocol yet." in shown
    for text in (shown, page(district, "/en/desk/")):
        assert not any(shows(text, figures["votes:sun"]) for figures in (MINE, THEIRS))


def test_a_returned_protocol_is_entered_by_two_again_with_the_reason_in_sight(
    night: Night, secretary: Client, chair: Client
) -> None:
    for client in (secretary, chair):
        send(client, WITH_AN_ERROR, paper_says_so="on", paper_reason="It is so.")
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    held = str(night.standing().version_id)
    district.post("/en/desk/s1/list/return/", {"version": held, "reason": "Line 4 says 200 on the paper."})
    send(secretary, MINE)
    listed = page(chair, STATION)
    assert "entered once" in listed
    assert "Line 4 says 200 on the paper." in listed
    assert "Line 4 says 200 on the paper." in page(chair)
    send(chair, MINE)
    assert [version.number for version in night.versions()] == [1, 2]
    assert night.standing().state == State.IN_FORCE
