from __future__ import annotations

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import services
from audit.domain.actor import SYSTEM, Actor
from audit.domain.events import EntryTooLarge
from audit.models import Event, UnsealedEvent
from tests.audit.conftest import NIGHT, event

OFFICER = Actor("station_officer", "p-17")


def record_one(**changes: object) -> int:
    values: dict[str, object] = {"kind": "test.happened", "at": NIGHT, "actor": OFFICER, "body": {"figure": 1}}
    return services.record_event(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.django_db
def test_an_event_is_one_insert_with_its_subjects_beside_its_entry() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        event_id = record_one(election="kz-2023", contest="mazhilis", area="ast", station="10001", version=2)
    recorded = Event.objects.get(pk=event_id)
    assert len(queries) == 1
    assert (recorded.kind, recorded.version, recorded.occurred_at) == ("test.happened", 2, NIGHT)
    assert (recorded.election, recorded.contest, recorded.area, recorded.station) == (
        "kz-2023", "mazhilis", "ast", "10001",
    )  # fmt: skip
    assert json.loads(bytes(recorded.entry))["body"] == {"figure": 1}


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
            [event(1), event(2).__class__(kind="x", at=NIGHT, actor=SYSTEM, body={"x": "y" * 70_000})]
        )
    assert not Event.objects.exists()
