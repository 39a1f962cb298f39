"""Claims: who is keying a protocol now. They keep two people from keying one entry; they never stop the paper.

A program that sends protocols takes no claim and is stopped by none: what it sends is complete.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from tallies.domain.claims import lapses_at
from tallies.models import Claim, EndedClaim
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.selectors.claims import ClaimSeen, claim_held
from tallies.services.recording import leave_for_webhooks


class ClaimedByAnother(Refusal):
    """Somebody else is keying this entry, and their claim has not lapsed."""

    code = "claimed_by_another"

    def __init__(self, claim: ClaimSeen) -> None:
        super().__init__(
            _("%(name)s has been keying this protocol since %(since)s. If nothing happens, you can go on at %(until)s.")
            % {
                "name": claim.name,
                "since": date_format(localtime(claim.since), "H:i"),
                "until": date_format(localtime(claim.lapses_at), "H:i"),
            },
            fields={"lapses_at": claim.lapses_at.isoformat()},
        )
        self.claim = claim


class ClaimEnded(Refusal):
    """A commission ended this person's claim, and they have not heard of it."""

    code = "claim_ended"

    def __init__(self, at: datetime | None = None) -> None:
        freed = _("The commission has freed this entry for somebody else.")
        if at is not None:
            clock = date_format(localtime(at), "H:i")
            freed = _("At %(time)s the commission freed this entry for somebody else.") % {"time": clock}
        kept = _("Nothing was sent, and what you typed is still here. Send it again if you should go on.")
        super().__init__(f"{freed} {kept}")


class NothingToTakeOver(Refusal):
    """Nobody is keying this entry any more."""

    code = "nothing_to_take_over"

    def __init__(self) -> None:
        super().__init__(_("Nobody is keying this protocol any more."))


_NOT_ENDED = """NOT EXISTS (
        SELECT FROM tallies_endedclaim
        WHERE contest_id = %(contest)s AND station_id = %(station)s AND slot = %(slot)s::varchar AND by_id = %(by)s)"""

# A claim that has lapsed is anybody's; one's own is renewed and keeps its beginning. Whose claim was ended takes no new
# one before they have heard of it: a page that is still open would take the entry from under the next person's hands.
_CLAIM = f"""
    INSERT INTO tallies_claim AS claim (contest_id, station_id, slot, by_id, since, lapses_at)
    SELECT %(contest)s, %(station)s, %(slot)s::varchar, %(by)s, %(now)s::timestamptz, %(lapses)s::timestamptz
    WHERE {_NOT_ENDED}
    ON CONFLICT (contest_id, station_id, slot) DO UPDATE
        SET by_id = EXCLUDED.by_id, lapses_at = EXCLUDED.lapses_at,
            since = CASE WHEN claim.by_id = EXCLUDED.by_id AND claim.lapses_at > EXCLUDED.since
                         THEN claim.since ELSE EXCLUDED.since END
        WHERE claim.by_id = EXCLUDED.by_id OR claim.lapses_at <= EXCLUDED.since
    RETURNING since, lapses_at
"""  # noqa: S608 (fixed fragments)
# Asked again here: a claim that waited for the transaction which ended it is there once more.
_RELEASE = f"""
    DELETE FROM tallies_claim
    WHERE contest_id = %(contest)s AND station_id = %(station)s AND slot = %(slot)s AND by_id = %(by)s AND {_NOT_ENDED}
"""  # noqa: S608 (fixed fragments)


def claim_entry(*, owed: OwedProtocol, slot: str, by: User, now: datetime) -> ClaimSeen:
    """Claim an entry for this person, or show a sign of life for the claim they have.

    Raises ClaimedByAnother, or ClaimEnded until the person has heard of it (`hear_of_ended_claim`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**_place(owed, slot, by), "now": now, "lapses": lapses_at(now)})
        row = cursor.fetchone()
    if row:
        return ClaimSeen(by.pk, by.get_full_name() or by.username, slot, *row)
    ended = _ended(owed, slot, by).order_by("-event_id").first()
    if ended is not None:
        raise ClaimEnded(ended.at)
    holder = claim_held(owed, slot, now=now)
    if holder is None:
        return claim_entry(owed=owed, slot=slot, by=by, now=now)
    raise ClaimedByAnother(holder)


def hear_of_ended_claim(*, owed: OwedProtocol, slot: str, by: User) -> None:
    """Note that this person has been told that their claim was ended: they may claim the entry anew."""
    with transaction.atomic():
        if _ended(owed, slot, by).delete()[0]:
            Claim.objects.filter(contest=owed.contest_id, station=owed.station_id, slot=slot, by=by).delete()


def release_claim(*, owed: OwedProtocol, slot: str, by: User) -> bool:
    """Give up this person's claim; return whether they had one that no commission has ended.

    Within the transaction that sends their entry: whoever takes the claim over at that moment waits for it, so that the
    entry arrives or is refused, and never both.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, _place(owed, slot, by))
        released: int = cursor.rowcount
    return released > 0


def take_over_claim(*, owed: OwedProtocol, slot: str, by: User, role: str, now: datetime) -> None:
    """End somebody's claim on the order of a commission above, and log it: whoever comes next may key the entry.

    What that person had typed stays on their screen, which says so at once; their next press sends nothing. Raises
    NothingToTakeOver, also when their entry arrives at this moment.
    """
    with transaction.atomic():
        claims = Claim.objects.filter(
            contest=owed.contest_id, station=owed.station_id, slot=slot, lapses_at__gt=now
        ).select_for_update(of=("self",))
        claim = claims.select_related("by").first()
        if claim is None:
            raise NothingToTakeOver
        claim.delete()
        event_id = record_event(
            kind="claim.taken_over",
            at=now,
            actor=actor(by, role),
            election=owed.election,
            contest=owed.contest,
            area=owed.area,
            station=owed.station,
            body={"slot": slot, "pseudonym": str(claim.by.pseudonym)},
        )
        EndedClaim.objects.create(
            event_id=event_id,
            contest_id=owed.contest_id,
            station_id=owed.station_id,
            slot=slot,
            by=claim.by,
            role=role,
            at=now,
        )
        leave_for_webhooks([event_id], now=now)


def _place(owed: OwedProtocol, slot: str, by: User) -> dict[str, int | str]:
    return {"contest": owed.contest_id, "station": owed.station_id, "slot": slot, "by": by.pk}


def _ended(owed: OwedProtocol, slot: str, by: User) -> QuerySet[EndedClaim]:
    return EndedClaim.objects.filter(contest=owed.contest_id, station=owed.station_id, slot=slot, by=by)
