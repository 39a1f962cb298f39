"""What is certified stays as it was, or is withdrawn in the transaction that changes it.

Who certifies takes a contest's lock alone, looks at what stands, and commits; who changes what counted takes the same
lock with others who do, records the change, and looks for what is certified above. Whoever comes second sees what the
first one committed: a certificate covers the change, or the change withdraws the certificate, and the log tells them
in that order. Migration 0071 refuses any other end of a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audit.domain.actor import Actor
from audit.services import record_event
from tallies.models import Certified, CertifiedEnd

# Advisory locks of what is certified: (this class, contest id), and (the next, the certified result's id).
CERTIFIED_LOCK = 1_009
WITHDRAWAL_LOCK = 1_010

# Only these change what counted: nothing that is not in force or annulled lies beneath a certified result.
CHANGES_WHAT_COUNTED = frozenset(
    {"protocol.corrected", "protocol.recounted", "protocol.annulled", "protocol.repeat_ordered"}
)

_STANDING_ABOVE = """
    SELECT certified.id, certified.number, contest.code, area.code, election.code
    FROM tallies_certified certified
    JOIN stations_area area ON area.id = certified.area_id
    JOIN stations_contest contest ON contest.id = certified.contest_id
    JOIN stations_election election ON election.id = contest.election_id
    WHERE certified.contest_id = %(contest)s
      AND certified.area_id IN (
          SELECT unnest(ARRAY[own.id, own.parent_id, above.parent_id])
          FROM stations_area own LEFT JOIN stations_area above ON above.id = own.parent_id
          WHERE own.id = ANY(%(districts)s))
      AND NOT EXISTS (SELECT FROM tallies_certifiedend ended WHERE ended.certified_id = certified.id)
    ORDER BY certified.id
"""


@dataclass(frozen=True)
class Cause:
    """The change that withdraws what is certified: its event, and what the withdrawal says of it."""

    event_id: int
    told: Mapping[str, object]


def hold_still(contest_id: int) -> None:
    """Let nobody change what counts in a contest until this transaction ends: who certifies begins with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CERTIFIED_LOCK, contest_id])


def keep_from_certifying(contest_id: int) -> None:
    """Let nobody certify in a contest until this transaction ends: who changes what counted begins with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [CERTIFIED_LOCK, contest_id])


def certify(*, contest_id: int, area_id: int, number: int, event_id: int, now: datetime) -> Certified:
    """Note that a result is established by this event. The transaction must hold the contest still."""
    return Certified.objects.create(contest_id=contest_id, area_id=area_id, number=number, event_id=event_id, at=now)


def withdraw_certified(
    *, contest_id: int, districts: Collection[int], cause: Cause, actor: Actor, now: datetime
) -> int:
    """Withdraw what is certified of a contest at or above these districts; return how many results that were.

    The transaction must keep others from certifying.
    """
    found = _standing_above(contest_id, districts)
    with connection.cursor() as cursor:
        for certified_id, *_about in found:
            # Two changes at once withdraw it once; in the order of ids, so that they do not wait for each other.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [WITHDRAWAL_LOCK, certified_id])
    still = _standing_above(contest_id, districts) if found else []
    for certified_id, number, contest, area, election in still:
        event_id = record_event(
            kind="certificate.withdrawn",
            at=now,
            actor=actor,
            election=election,
            contest=contest,
            area=area,
            body={"number": number, "cause": dict(cause.told)},
        )
        CertifiedEnd.objects.create(certified_id=certified_id, cause_id=cause.event_id, event_id=event_id, at=now)
    return len(still)


def _standing_above(contest_id: int, districts: Collection[int]) -> list[tuple[int, int, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING_ABOVE, {"contest": contest_id, "districts": list(districts)})
        found: list[tuple[int, int, str, str, str]] = cursor.fetchall()
    return found
