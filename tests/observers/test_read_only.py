"""Whatever is asked of the observers' room, the database is only read: every page answers while writing is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import resolve, reverse
from django.utils import translation

from audit.models import Event
from stations.models import Election
from tests.test_routes import ALL

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

DICE = "27182818284590452353"
SENT = {
    "observers-copies": {"pasted": "station,votes:a\nr1-d1-s1,1\n"},
    "observers-copy": {"figure-votes:a": "1"},
}
ASKED = {"observers-sample": f"?contest=list&seed={DICE}&stations=2"}


@pytest.fixture
def nothing_can_be_written(observer: Client, election: Election) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        yield
        cursor.execute("SET default_transaction_read_only = off")


def test_every_page_answers_while_writing_is_refused(observer: Client, nothing_can_be_written: None) -> None:
    event = Event.objects.filter(kind="protocol.accepted", log_index__isnull=False).earliest("pk")
    known = {"station": "r1-d1-s1", "contest": "list", "place": "r1", "event_id": event.pk, "sha256": "0" * 64}
    seen = 0
    for route in ALL:
        if not route.name.startswith("observers") or route.name == "observers-photograph":
            continue
        with translation.override("kk"):
            address = reverse(route.name, kwargs={name: known[name] for name in resolve(route.address).kwargs})
        answers = [observer.get(address + ASKED.get(route.name, ""), follow=True)]
        if route.name in SENT:
            answers.append(observer.post(address, SENT[route.name]))
        assert {answer.status_code for answer in answers} == {200}, route.name
        seen += 1
    assert seen >= 10
