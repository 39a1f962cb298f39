"""Erasing what a person wrote where the law orders it: the words go, that there were words stays in the log."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from audit.domain.actor import SYSTEM
from audit.journal import Journal
from audit.models import LogIndex
from audit.services import one_publisher, record_event
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts

_HOLDING = """
    SELECT count(*) FILTER (WHERE text <> ''), count(*) FROM (
        SELECT event_id, subject, text FROM tallies_explanation UNION ALL
        SELECT event_id, subject, text FROM accounts_reason
    ) words WHERE event_id = %s AND subject = %s
"""
_ERASE = (
    "UPDATE tallies_explanation SET text = '', salt = '' WHERE event_id = %s AND subject = %s",
    "UPDATE accounts_reason SET text = '', salt = '' WHERE event_id = %s AND subject = %s",
)


class NoSuchText(Exception):
    """The log has no entry at this index, or no text of this subject came with it."""


def erase_text(*, index: int, subject: str, order: str, journal: Journal, now: datetime) -> bool:
    """Erase a text with its salt, in the database and the journal, and log that it was, by whose `order`.

    `index` is the place in the log of the entry it came with, `subject` what the entry calls it. Return False where it
    was erased already; the journal is gone through again then. Only the owner of the tables may. Raises NoSuchText,
    ReasonMissing without an order, AnotherPublisher while the publisher runs.
    """
    why = Text("order", given_reason(order))
    with one_publisher():
        place = LogIndex.objects.filter(index=index).select_related("event").first()
        if place is None:
            raise NoSuchText
        with connection.cursor() as cursor:
            cursor.execute(_HOLDING, [place.event_id, subject])
            full, all_of_them = cursor.fetchone()
        if not all_of_them:
            raise NoSuchText
        # First where nothing else tells that it is to be done: an erasure that was cut short is begun again.
        journal.erase_words(index, subject)
        if not full:
            return False
        with transaction.atomic():
            with connection.cursor() as cursor:
                for statement in _ERASE:
                    cursor.execute(statement, [place.event_id, subject])
            event = place.event
            event_id = record_event(
                kind="text.erased",
                at=now,
                actor=SYSTEM,
                election=event.election,
                contest=event.contest,
                area=event.area,
                station=event.station,
                body={"index": index, "subject": subject, "texts": {why.subject: why.commitment}},
            )
            record_texts(event_id, None, [why])
    return True
