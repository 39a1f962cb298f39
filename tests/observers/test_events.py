"""Observers read every event of the places they observe, and nothing that is not public of what is held."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.roles import Role
from audit.domain.actor import Actor
from audit.models import Event
from audit.services import NewEvent, record_event, record_events, set_disclosure
from observers.events import EVENTS_ON_A_PAGE
from observers.wording import KINDS
from stations.models import Election
from tallies.domain.lifecycle import BETWEEN_ENTRIES, State
from tests import scene
from tests.audit.test_proofs import read_proof
from tests.observers.conftest import Appoint
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
EVENTS = "/en/observe/"


def listed(client: Client, **query: str | int) -> list[Event]:
    """The events that the page lists, in its order."""
    answer = client.get(EVENTS, query)
    assert answer.status_code == 200
    ids = re.findall(r'href="/en/observe/events/(\d+)/"', answer.content.decode())
    return [Event.objects.get(pk=event_id) for event_id in ids]


def stations(client: Client, **query: str | int) -> list[str]:
    return [event.station for event in listed(client, **query) if event.station]


def entry_of(client: Client, event: Event) -> str:
    page = client.get(f"/en/observe/events/{event.pk}/").content.decode()
    found = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def record(count: int) -> None:
    """Record this many events of no place."""
    with transaction.atomic():
        record_events(
            [
                NewEvent(
                    kind="bulletins.scheduled", at=scene.NOW, actor=Actor("system", "x"), election="test-2026",
                    body={"every_minutes": number},
                )
                for number in range(count)
            ]
        )  # fmt: skip


def test_the_newest_event_stands_first(observer: Client) -> None:
    kinds = [event.kind for event in listed(observer)]
    assert kinds == [event.kind for event in Event.objects.order_by("-id")]
    assert kinds[0] == "protocol.annulled"
    assert kinds[-1] == "election.loaded"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "protocol.held"}, ["r1-d2-s1", "r1-d1-s2"]),
        ({"station": "r2-d1-s1"}, ["r2-d1-s1", "r2-d1-s1"]),
        ({"area": "r1-d2"}, ["r1-d2-s1", "r1-d2-s1"]),
        ({"area": "r1"}, ["r1-d2-s1", "r1-d2-s1", "r1-d1-s2", "r1-d1-s1"]),
        ({"area": "r1", "kind": "protocol.returned"}, ["r1-d2-s1"]),
        ({"contest": "okrug"}, []),
        ({"station": "nowhere"}, []),
        ({"since": "2026-03-19T23:00", "until": "2026-03-19T23:01"}, ["r2-d2-s1", "r2-d2-s1"]),
        ({"since": "2026-03-19T23:01"}, []),
        ({"until": "2026-03-19T23:00"}, []),
    ],
)
def test_filters_narrow_what_is_listed(observer: Client, query: dict[str, str], expected: list[str]) -> None:
    """The night's protocols come in at 18:00 UTC, which is 23:00 at the election's place."""
    found = stations(observer, **query)
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_a_filter_that_cannot_be_read_is_said_beside_its_field(observer: Client) -> None:
    page = observer.get(EVENTS, {"contest": "a code?", "since": "yesterday", "before": "x"}).content.decode()
    assert "This is no code." in page
    assert "Enter a valid date/time." in page
    assert "/observe/events/" not in page


def test_leafing_through_shows_every_event_once(observer: Client) -> None:
    record(2 * EVENTS_ON_A_PAGE)
    every = list(Event.objects.order_by("-id"))
    forth: list[Event] = []
    address = ""
    while True:
        page = observer.get(f"{EVENTS}{address}").content.decode()
        forth += [Event.objects.get(pk=found) for found in re.findall(r'href="/en/observe/events/(\d+)/"', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        address = html.unescape(older[1])
    assert forth == every
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back
    query = dict(pair.split("=") for pair in html.unescape(back[1]).removeprefix("?").split("&"))
    last_page = len(every) % EVENTS_ON_A_PAGE or EVENTS_ON_A_PAGE
    assert listed(observer, **query) == every[-last_page - EVENTS_ON_A_PAGE : -last_page]


def test_a_new_event_does_not_move_the_page_that_is_read(observer: Client) -> None:
    record(EVENTS_ON_A_PAGE + 5)
    cursor = listed(observer)[-1].pk
    second = listed(observer, before=cursor)
    record(3)
    assert listed(observer, before=cursor) == second


def test_links_to_other_pages_keep_the_filter(observer: Client) -> None:
    record(EVENTS_ON_A_PAGE + 5)
    page = observer.get(EVENTS, {"kind": "bulletins.scheduled"}).content.decode()
    assert re.search(r'rel="next" href="\?kind=bulletins\.scheduled&amp;before=\d+"', page)


def test_a_page_costs_the_same_few_statements_however_many_events_there_are(observer: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connections["reader"]) as reader, CaptureQueriesContext(connection) as app:
            listed_before = observer.get(EVENTS)
        assert listed_before.status_code == 200
        return len(reader) + len(app)

    before = statements()
    record(3 * EVENTS_ON_A_PAGE)
    assert statements() <= before


def test_observers_take_an_event_home_with_its_proof_before_the_public_may(observer: Client) -> None:
    event = Event.objects.filter(kind="protocol.corrected").get()
    address = f"/en/observe/events/{event.pk}/proof"
    assert address in observer.get(f"/en/observe/events/{event.pk}/").content.decode()
    assert read_proof(observer.get(address).content.decode()).entry == bytes(event.entry)
    set_disclosure(election="test-2026", figures_public_from=timezone.now() + timedelta(hours=1))
    assert Client().get(f"/api/v1/log/proof/{event.log_index.index}").status_code == 404
    assert observer.get(address).status_code == 200
    unsealed = Event.objects.filter(kind="protocol.annulled").get()
    assert observer.get(f"/en/observe/events/{unsealed.pk}/proof").status_code == 404


def test_the_proof_of_an_event_elsewhere_is_not_given(appoint: Appoint) -> None:
    event = Event.objects.filter(kind="protocol.corrected").get()
    elsewhere = appoint(area="r1")
    assert elsewhere.get(f"/en/observe/events/{event.pk}/proof").status_code == 404


def test_an_event_is_shown_as_it_is_hashed_with_its_place_in_the_log(observer: Client) -> None:
    event = Event.objects.filter(kind="protocol.corrected").get()
    page = observer.get(f"/en/observe/events/{event.pk}/").content.decode()
    entry = bytes(event.entry)
    assert json.loads(entry_of(observer, event)) == json.loads(entry)
    assert sha256(b"\x00" + entry).hexdigest() in page
    assert "Protocol corrected" in page
    assert f"Sealed at index {event.log_index.index}, by the checkpoint of" in page


def test_an_event_that_is_not_sealed_yet_says_so(observer: Client, tmp_path: Path) -> None:
    event = listed(observer)[0]
    address = f"/en/observe/events/{event.pk}/"
    assert "not sealed yet" in observer.get(EVENTS).content.decode()
    assert "Not sealed yet" in observer.get(address).content.decode()
    publish_log(tmp_path)
    assert "Sealed at index" in observer.get(address).content.decode()
    assert "not sealed yet" not in observer.get(EVENTS).content.decode()


def test_the_last_checkpoint_is_shown(observer: Client) -> None:
    sealed = Event.objects.filter(log_index__isnull=False).count()
    assert f"Last checkpoint: {sealed} entries" in observer.get(EVENTS).content.decode()


def test_live_counts_say_where_each_protocol_stands(observer: Client) -> None:
    page = observer.get(EVENTS).content.decode()
    counts = dict(re.findall(r'badge__word">([^<]+)</span></span></dt><dd class="stat__value">(\d+)<', page))
    assert len(counts) == len(State) - len(BETWEEN_ENTRIES), "each state has words of its own"
    there = {words: count for words, count in counts.items() if count != "0"}
    assert there == {"awaited": "11", "held": "1", "returned": "1", "in force": "2", "annulled": "1"}


def test_no_figure_of_a_held_protocol_is_shown_anywhere(observer: Client) -> None:
    figures = {str(value) for value in scene.broken_figures().values() if value > 99}
    for event in Event.objects.filter(kind__in=["protocol.held", "protocol.returned"]):
        shown = json.loads(entry_of(observer, event))
        assert "figures" not in shown["body"]
        assert not figures & set(re.findall(r"(?<![0-9a-f])\d{3,4}(?![0-9a-f])", json.dumps(shown["body"])))
    for station in ("r1-d1-s2", "r1-d2-s1"):
        page = observer.get(f"/en/observe/results/list/{station}/").content.decode()
        assert 'class="table protocol"' not in page


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, {"r1-d1-s1", "r1-d1-s2", "r1-d2-s1", "r2-d1-s1", "r2-d2-s1"}),
        ({"area": "kz"}, {"r1-d1-s1", "r1-d1-s2", "r1-d2-s1", "r2-d1-s1", "r2-d2-s1"}),
        ({"area": "r1"}, {"r1-d1-s1", "r1-d1-s2", "r1-d2-s1"}),
        ({"area": "r2-d1"}, {"r2-d1-s1"}),
        ({"station": "r1-d1-s2"}, {"r1-d1-s2"}),
        ({"contest": "okrug"}, set()),
    ],
)
def test_each_observer_sees_the_places_they_are_appointed_to(
    appoint: Appoint, place: dict[str, str], expected: set[str]
) -> None:
    client = appoint(Role.OBSERVER, **place)
    assert set(stations(client)) == expected
    assert "election.loaded" in {event.kind for event in listed(client)}, "what concerns everybody is for everybody"
    for event in Event.objects.exclude(station=""):
        status = client.get(f"/en/observe/events/{event.pk}/").status_code
        assert status == (200 if event.station in expected else 404)


def test_an_appointment_of_a_station_belongs_to_its_region(appoint: Appoint) -> None:
    with transaction.atomic():
        record_event(
            kind="appointment.made", at=scene.NOW, actor=Actor("system", "x"), election="test-2026",
            station="r1-d2-s2", body={"role": "officer", "pseudonym": "x"},
        )  # fmt: skip
    assert "r1-d2-s2" in stations(appoint(area="r1"))
    assert "r1-d2-s2" not in stations(appoint(area="r2"))


def test_events_of_another_election_are_not_listed(observer: Client) -> None:
    with transaction.atomic():
        record_event(
            kind="access.renewed", at=scene.NOW, actor=Actor("officer", "x"), election="other", station="other-1",
            body={"pseudonym": "x"},
        )  # fmt: skip
    assert "other-1" not in stations(observer)
    assert observer.get(f"/en/observe/events/{Event.objects.latest('id').pk}/").status_code == 404


def test_who_has_no_right_to_observe_finds_nothing(appoint: Appoint, client: Client) -> None:
    officer = appoint(Role.OFFICER, station="r1-d1-s1")
    event = Event.objects.order_by("id")[0]
    for address in (EVENTS, f"/en/observe/events/{event.pk}/", "/en/observe/results/", "/en/observe/results/list/kz/"):
        assert officer.get(address).status_code == 404
        assert client.get(address).status_code == 302


def test_nothing_can_be_changed_here(observer: Client) -> None:
    event = Event.objects.order_by("id")[0]
    for address in (EVENTS, f"/en/observe/events/{event.pk}/", "/en/observe/results/list/kz/"):
        assert observer.post(address).status_code == 405


def test_the_way_to_the_observers_pages_is_in_the_menu(observer: Client) -> None:
    page = observer.get(EVENTS).content.decode()
    assert '<a href="/en/observe/" aria-current="page">Observers</a>' in page


def test_every_kind_of_event_has_words(election: Election) -> None:
    assert set(Event.objects.values_list("kind", flat=True)) <= set(KINDS)


def test_events_are_read_with_the_readers_rights(observer: Client) -> None:
    with CaptureQueriesContext(connection) as app:
        observer.get(EVENTS)
        observer.get(f"/en/observe/events/{Event.objects.latest('id').pk}/")
    read = {table for query in app for table in re.findall(r'(?:FROM|JOIN) "?(audit_event|tallies_\w+)', query["sql"])}
    assert read <= {"audit_event"}, "only this test itself looked for the last event"


def test_moments_of_the_filter_stay_in_its_fields(observer: Client) -> None:
    page = observer.get(EVENTS, {"since": "2026-03-19T20:00"}).content.decode()
    assert 'value="2026-03-19T20:00"' in page
