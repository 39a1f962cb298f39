"""Who is keying a protocol now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from tallies.models import Claim
from tallies.selectors.protocols import OwedProtocol


@dataclass(frozen=True)
class ClaimSeen:
    """A claim as the people of the station and its commission see it: with a name."""

    by_id: int
    name: str
    slot: str
    since: datetime
    lapses_at: datetime


def claims_held(owed: OwedProtocol, *, now: datetime) -> list[ClaimSeen]:
    """Return the claims on the entries of a protocol that have not lapsed, the oldest first."""
    claims = Claim.objects.filter(contest=owed.contest_id, station=owed.station_id, lapses_at__gt=now)
    return [seen_claim(claim) for claim in claims.select_related("by").order_by("since")]


def claim_held(owed: OwedProtocol, slot: str, *, now: datetime) -> ClaimSeen | None:
    """Return who is keying the entry of this slot; None when nobody is, or the claim has lapsed."""
    return next((claim for claim in claims_held(owed, now=now) if claim.slot == slot), None)


def seen_claim(claim: Claim) -> ClaimSeen:
    """Return a claim, read with its person, as it is shown."""
    return ClaimSeen(claim.by_id, _name(claim.by), claim.slot, claim.since, claim.lapses_at)


def _name(user: User) -> str:
    return user.get_full_name() or user.username
