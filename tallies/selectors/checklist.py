"""An officer's checklist: each protocol of the station, how far it is, and what the officer does next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from accounts.models import User
from stations.models import Ballot, Contest
from tallies.domain.claims import ONLY
from tallies.domain.lifecycle import OPEN_TO_ENTRY, State
from tallies.domain.steps import Seen, Step, next_step
from tallies.models import Claim
from tallies.selectors.claims import ClaimSeen, seen_claim
from tallies.selectors.closing import CLOSES_AT, REPEAT
from tallies.selectors.photographs import count_photographs
from tallies.selectors.protocols import Listed, open_entries, words_given


@dataclass(frozen=True)
class ChecklistRow:
    """A protocol on an officer's list. `keying` are others who key it now.

    `closes_at` is when its voting ends and it is taken from; None where the election takes it before.
    """

    listed: Listed
    state: State
    step: Step
    keying: list[ClaimSeen]
    returned_because: str
    photographs: int
    closes_at: datetime | None


def checklist(listed: Sequence[Listed], by: User, roles: Collection[str], *, now: datetime) -> list[ChecklistRow]:
    """Return the rows of these protocols for a person who enters in these roles: five statements at most."""
    to_enter = [each for each in listed if each.state in OPEN_TO_ENTRY]
    entered = open_entries([each.ballot for each in to_enter], by) if to_enter else {}
    claims = _claims(to_enter, by, now) if to_enter else {}
    closes = _closing([each.ballot for each in listed])
    photographs = count_photographs(
        {each.ballot.contest_id for each in listed}, {each.ballot.station_id for each in listed}
    )
    reasons = _reasons(listed)
    rows = []
    for each in listed:
        key = (each.ballot.contest_id, each.ballot.station_id)
        double_entry = entered.get(key)
        state = double_entry.state if double_entry else each.state
        keying = claims.get(key, [])
        closes_at = closes.get(each.ballot.pk)
        seen = Seen(
            state=state,
            is_open=closes_at is not None and now < closes_at,
            is_mine=bool(double_entry and double_entry.is_mine),
            claimed=any(claim.slot in _slots(each.ballot.contest, roles) for claim in keying),
            photographs=photographs.get(key, 0),
        )
        rows.append(
            ChecklistRow(
                each,
                state,
                next_step(seen),
                keying,
                reasons.get(each.version.pk, "") if each.version else "",
                seen.photographs,
                closes_at,
            )
        )
    return rows


def _slots(contest: Contest, roles: Collection[str]) -> Collection[str]:
    """The entries this person would key. Who is here in two roles has another one when the first is taken."""
    if contest.entry == Contest.EntryMode.SINGLE:
        return (ONLY,)
    return roles if len(roles) == 1 else ()


def _claims(listed: Sequence[Listed], by: User, now: datetime) -> dict[tuple[int, int], list[ClaimSeen]]:
    found: dict[tuple[int, int], list[ClaimSeen]] = {}
    claims = Claim.objects.filter(
        contest__in={each.ballot.contest_id for each in listed},
        station__in={each.ballot.station_id for each in listed},
        lapses_at__gt=now,
    )
    for claim in claims.exclude(by=by).select_related("by").order_by("since"):
        found.setdefault((claim.contest_id, claim.station_id), []).append(seen_claim(claim))
    return found


_CLOSING = f"""
    SELECT ballot.id, {CLOSES_AT}
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_station station ON station.id = ballot.station_id
    {REPEAT}
    WHERE ballot.id = ANY(%s)
"""  # noqa: S608 (fixed fragments)


def _closing(ballots: Sequence[Ballot]) -> dict[int, datetime | None]:
    with connections["default"].cursor() as cursor:
        cursor.execute(_CLOSING, [[ballot.pk for ballot in ballots]])
        return dict(cursor.fetchall())


def _reasons(listed: Sequence[Listed]) -> dict[int | None, str]:
    returned = [each.version.pk for each in listed if each.state is State.RETURNED and each.version]
    if not returned:
        return {}
    return {words.version_id: words.text for words in words_given(returned) if words.subject == "return"}
