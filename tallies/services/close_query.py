"""A commission answers a query."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from tallies.models import Query, QueryClosing
from tallies.refusals import Refusal
from tallies.services.locking import given_reason
from tallies.services.queries import event_of, subjects_of, take_query
from tallies.services.recording import Text, record_texts


class QueryClosed(Refusal):
    """The query was closed before: by somebody else, or because its protocol was replaced."""

    code = "query_closed"

    def __init__(self) -> None:
        super().__init__(_("This query is closed already. Look at it again."))


def close_query(*, query: Query, answer: QueryClosing.Answer, reason: str, by: User, role: str, now: datetime) -> None:
    """Close a query with an answer and its reason. No figure changes by it.

    Raises ReasonMissing or QueryClosed, and then nothing has changed.
    """
    text = Text("query", given_reason(reason))
    with transaction.atomic():
        if not take_query(query.pk):
            raise QueryClosed
        (subject,) = subjects_of([query])
        told = {
            "outcome": QueryClosing.Outcome.ANSWERED.value,
            "answer": answer.value,
            "texts": {text.subject: text.commitment},
        }
        event_id = record_event(kind="query.closed", at=now, actor=actor(by, role), **event_of(subject, told))
        QueryClosing.objects.create(
            query_id=query.pk,
            outcome=QueryClosing.Outcome.ANSWERED,
            answer=answer,
            by=by,
            role=role,
            event_id=event_id,
            at=now,
        )
        record_texts(event_id, None, [text])
