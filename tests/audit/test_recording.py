from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import services
from audit.domain.actor import Actor
from audit.domain.events import EntryTooLarge
from audit.event_schemas import NotDocumented, check_event
from audit.models import Event, UnsealedEvent
from tests.audit.conftest import NIGHT, event

OFFICER = Actor("officer", "p-17")
PLACE = {"election": "kz-2023", "contest": "mazhilis", "area": "ast", "station": "10001"}
TAKEN_OVER = {"slot": "chair", "pseudonym": "p-18"}


def record_one(**changes: object) -> int:
    values: dict[str, object] = {"kind": "claim.taken_over", "at": NIGHT, "actor": OFFICER, "body": TAKEN_OVER, **PLACE}
    return services.record_event(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_event_is_one_insert_with_its_subjects_beside_its_entry() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        event_id = record_one()
    recorded = Event.objects.get(pk=event_id)
    assert len(queries) == 1
    assert (recorded.kind, recorded.version, recorded.occurred_at) == ("claim.taken_over", 1, NIGHT)
    assert (recorded.election, recorded.contest, recorded.area, recorded.station) == (
        "kz-2023", "mazhilis", "ast", "10001",
    )  # fmt: skip
    assert json.loads(bytes(recorded.entry))["body"] == TAKEN_OVER


@pytest.mark.django_db
def test_many_events_are_recorded_in_the_order_given() -> None:
    events = [event(number) for number in range(25_000)]
    ids = services.record_events(events)
    assert ids == sorted(ids)
    entries = Event.objects.in_bulk(ids)
    assert [bytes(entries[event_id].entry) for event_id in ids] == [new.entry() for new in events]


@pytest.mark.django_db
def test_one_or_many_make_the_same_rows() -> None:
    new = event(7)
    (of_many,) = services.record_events([new])
    of_one = services.record_event(kind=new.kind, at=new.at, actor=new.actor, election=new.election, body=new.body)
    rows = [Event.objects.filter(pk=pk).values().get() for pk in (of_many, of_one)]
    assert {**rows[0], "id": 0, "entry": bytes(rows[0]["entry"])} == {
        **rows[1], "id": 0, "entry": bytes(rows[1]["entry"]),
    }  # fmt: skip


@pytest.mark.django_db
def test_no_events_are_recorded_without_complaint() -> None:
    assert services.record_events([]) == []


@pytest.mark.django_db
def test_every_event_waits_for_its_index() -> None:
    ids = [*services.record_events([event(1), event(2)]), record_one()]
    assert sorted(UnsealedEvent.objects.values_list("event_id", flat=True)) == sorted(ids)


@pytest.mark.django_db(transaction=True)
def test_an_event_without_the_transaction_of_its_change_is_refused() -> None:
    with pytest.raises(services.OutsideTransaction):
        record_one()
    with pytest.raises(services.OutsideTransaction):
        services.record_events([event(1)])
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_takes_its_event_with_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_one()
        raise ZeroDivisionError
    assert not Event.objects.exists()
    assert not UnsealedEvent.objects.exists()


@pytest.mark.django_db
def test_one_event_too_large_refuses_them_all() -> None:
    with pytest.raises(EntryTooLarge):
        services.record_events(
            [event(1), replace(event(2), kind="webhook.set", area="ast", body={"webhook": 1, "kinds": ["y" * 70_000]})]
        )
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "claim.forgotten"}, "there is no such kind"),
        ({"version": 2}, "there is no such kind"),
        ({"body": {"slot": "chair"}}, "body: .* required"),
        ({"body": {**TAKEN_OVER, "name": "Aigerim"}}, "body: .*name"),
        ({"body": {**TAKEN_OVER, "pseudonym": 18}}, "body/pseudonym"),
        ({"station": ""}, "station"),
        ({"actor": Actor("mayor", "p-19")}, "actor/role"),
    ],
)
def test_an_event_that_its_schema_does_not_allow_is_not_recorded(changes: dict[str, object], why: str) -> None:
    with pytest.raises(NotDocumented, match=why):
        record_one(**changes)
    with pytest.raises(NotDocumented):
        services.record_events([event(1), replace(event(2), body={"every_minutes": "often"})])
    assert not Event.objects.exists()


def test_a_refusal_never_tells_what_the_event_says() -> None:
    told = {"version": 1, "figures": {"votes:a": -4711}, "salt": "5a17"}
    with pytest.raises(NotDocumented) as refusal:
        check_event(replace(event(1), kind="protocol.accepted", body=told).value())
    assert "4711" not in str(refusal.value)
    assert "5a17" not in str(refusal.value)
