"""A station reports its turnout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from stations.models import AreaLevel
from tallies import doorbell
from tallies.domain.figures import LARGEST_FIGURE
from tallies.domain.turnout import OutOfOrder, check_order, strikes_at
from tallies.models import TURNOUT, TurnoutReport
from tallies.refusals import Refusal
from tallies.selectors.turnout import OwedTurnout, reports_of
from tallies.services.recording import Text, record_texts

# Advisory locks of a station's reports: (this class, station id).
STATION_LOCK = 1_004


class NoSuchHour(Refusal):
    """Turnout is not reported at this hour."""

    code = "no_such_hour"

    def __init__(self, hours: tuple[str, ...]) -> None:
        super().__init__(
            _("Turnout is reported at these hours: %(hours)s.") % {"hours": ", ".join(hours)}, fields={"hour": ""}
        )


class HourNotStruck(Refusal):
    """The hour is still to come on the station's clock."""

    code = "hour_not_struck"

    def __init__(self, hour: str) -> None:
        super().__init__(_("It is not %(hour)s yet on the station's clock.") % {"hour": hour}, fields={"hour": hour})


class NotANumberOfVoters(Refusal):
    """Voters are a whole number from zero."""

    code = "bad_voters"

    def __init__(self) -> None:
        super().__init__(_("Voters must be a whole number from 0."), fields={"voters": ""})


class MoreThanRegistered(Refusal):
    """More voters than the register has: possible, but worth a second look."""

    code = "more_than_registered"

    def __init__(self, registered: int) -> None:
        super().__init__(
            _("That is more than the %(registered)d voters on the register. Confirm it if it is so.")
            % {"registered": registered},
            fields={"voters": registered},
        )


class TurnoutShrinks(Refusal):
    """Voters who have received a ballot never become fewer."""

    code = "turnout_shrinks"

    def __init__(self, contradicted: OutOfOrder) -> None:
        super().__init__(
            _("At %(hour)s %(voters)d voters were reported, and turnout only grows. Correct that hour if it is wrong.")
            % {"hour": contradicted.hour, "voters": contradicted.voters},
            fields={"voters": contradicted.voters},
        )


class AlreadyReported(Refusal):
    """This hour was reported with another number: changing it is a correction and needs a reason."""

    code = "already_reported"

    def __init__(self, voters: int) -> None:
        super().__init__(
            _("This hour was reported with %(voters)d voters. Give a reason to correct it.") % {"voters": voters},
            fields={"reason": ""},
        )


class TurnoutKeyReused(Refusal):
    """The idempotency key was used before, with another report."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(_("This idempotency key was used before with another report."), fields={"Idempotency-Key": ""})


@dataclass(frozen=True)
class Reported:
    """What became of a report: its number for the hour, and whether it stood before."""

    number: int
    repeated: bool = False


_INSERT = """
    WITH pending AS (
        INSERT INTO tallies_pendingarea (contest_id, area_id, at) VALUES (%(turnout)s, %(area)s, clock_timestamp())
    )
    INSERT INTO tallies_turnoutreport (station_id, hour, number, voters, event_id, by_id, role, idempotency_key, at)
    VALUES (%(station)s, %(hour)s, %(number)s, %(voters)s, %(event)s, %(by)s, %(role)s, %(key)s, %(at)s)
"""


def report_turnout(
    *,
    owed: OwedTurnout,
    hour: str,
    voters: int,
    by: User,
    role: str,
    now: datetime,
    more_than_registered: bool = False,
    reason: str = "",
    idempotency_key: str | None = None,
) -> Reported:
    """Take a station's report for an hour; with a `reason`, correct the one that counts.

    `more_than_registered` confirms a number above the register. The same number for the same hour again changes
    nothing. Raises NoSuchHour, HourNotStruck, NotANumberOfVoters, MoreThanRegistered, TurnoutShrinks, AlreadyReported
    or TurnoutKeyReused, and then nothing has changed.
    """
    if hour not in owed.hours:
        raise NoSuchHour(owed.hours)
    if strikes_at(hour, owed.day, owed.time_zone) > now:
        raise HourNotStruck(hour)
    if not 0 <= voters <= LARGEST_FIGURE:
        raise NotANumberOfVoters
    with transaction.atomic():
        _lock(owed)
        earlier = _sent_before(by, idempotency_key, owed, hour, voters)
        if earlier:
            return earlier
        reports = reports_of(owed.station_id)
        last = reports.get(hour)
        if last is not None and last.voters == voters:
            return Reported(last.number, repeated=True)
        if last is not None and not reason.strip():
            raise AlreadyReported(last.voters)
        if voters > owed.registered_voters and not more_than_registered:
            raise MoreThanRegistered(owed.registered_voters)
        try:
            check_order(hour, voters, {other: report.voters for other, report in reports.items() if other != hour})
        except OutOfOrder as contradicted:
            raise TurnoutShrinks(contradicted) from None
        number = last.number + 1 if last else 1
        _record(owed, hour, voters, number, reason=reason.strip(), by=by, role=role, key=idempotency_key, now=now)
    return Reported(number)


def _lock(owed: OwedTurnout) -> None:
    """Reports of one station come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [STATION_LOCK, owed.station_id])


def _sent_before(by: User, key: str | None, owed: OwedTurnout, hour: str, voters: int) -> Reported | None:
    earlier = TurnoutReport.objects.filter(by=by, idempotency_key=key).first() if key else None
    if earlier is None:
        return None
    if (earlier.station_id, earlier.hour, earlier.voters) != (owed.station_id, hour, voters):
        raise TurnoutKeyReused
    return Reported(earlier.number, repeated=True)


def _record(
    owed: OwedTurnout,
    hour: str,
    voters: int,
    number: int,
    *,
    reason: str,
    by: User,
    role: str,
    key: str | None,
    now: datetime,
) -> None:
    texts = [Text("turnout", reason)] if reason and number > 1 else []
    event_id = record_event(
        kind="turnout.reported",
        at=now,
        actor=actor(by, role),
        election=owed.election,
        area=owed.area,
        station=owed.station,
        body={
            "hour": hour,
            "number": number,
            "voters": voters,
            **({"texts": {text.subject: text.commitment for text in texts}} if texts else {}),
        },
    )
    record_texts(event_id, None, texts)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "turnout": TURNOUT,
                "area": owed.area_id,
                "station": owed.station_id,
                "hour": hour,
                "number": number,
                "voters": voters,
                "event": event_id,
                "by": by.pk,
                "role": role,
                "key": key,
                "at": now,
            },
        )
    transaction.on_commit(lambda: doorbell.ring([owed.area_id], AreaLevel.DISTRICT))
