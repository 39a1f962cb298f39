"""Double entry: the first keying waits for a second person's, and only what both say can stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from accounts.domain.roles import STATION_ROLES
from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from stations.domain.layout import Layout
from tallies.domain.double_entry import (
    Keying,
    LockedLine,
    ThirdPerson,
    check_only_differing_lines,
    differing,
    place_of,
)
from tallies.models import Entry, OpenEntry
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.recording import Figures, Text, record_texts, sealed_figures


class TwoHaveEntered(Refusal):
    """Two other people are entering this protocol."""

    code = "two_have_entered"

    def __init__(self) -> None:
        super().__init__(_("Two people have entered this protocol already. They settle between them what differs."))


class LinesLocked(Refusal):
    """A person who looks again changed lines on which both entries agreed."""

    code = "lines_locked"

    def __init__(self, codes: list[str]) -> None:
        sentence = _("Both entries agree on this line: it stays as it is.")
        super().__init__(_("Look again only at the lines that differ."), fields=dict.fromkeys(codes, sentence))


@dataclass(frozen=True)
class Agreement:
    """What two entries come to: both entries' ids, and the codes on which they differ (none: they agree).

    `second_id` is None while the other person has not entered yet. `on_behalf` says that at least one of the two keyed
    it on the station's behalf.
    """

    first_id: int
    second_id: int | None
    differing: list[str]
    on_behalf: bool

    @property
    def is_reached(self) -> bool:
        return self.second_id is not None and not self.differing


# The row that is inserted or met here is locked: entries of one protocol come one after the other.
_LOCK = """
    INSERT INTO tallies_openentry (contest_id, station_id, changed_at) VALUES (%(contest)s, %(station)s, %(at)s)
    ON CONFLICT (contest_id, station_id) DO UPDATE SET changed_at = EXCLUDED.changed_at
    RETURNING first_entry_id, second_entry_id
"""


def enter(
    *, owed: OwedProtocol, entry_id: int, figures: Figures, layout: Layout, on_behalf: bool, by: User, now: datetime
) -> Agreement:
    """Put a person's entry beside the other one's. Raises TwoHaveEntered or LinesLocked.

    Runs inside the transaction that inserted the entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"contest": owed.contest_id, "station": owed.station_id, "at": now})
        ids = list(cursor.fetchone())
    kept = _keyings(ids)
    new = Keying(by.pk, figures, on_behalf)
    try:
        place = place_of(new.by, kept[0], kept[1])
        before, other = kept[place], kept[1 - place]
        if before is not None and other is not None:
            check_only_differing_lines(new, before, other, layout)
    except ThirdPerson:
        raise TwoHaveEntered from None
    except LockedLine as locked:
        raise LinesLocked(locked.codes) from None
    ids[place] = entry_id
    agreement = Agreement(
        ids[0],
        ids[1],
        differing=differing(new.figures, other.figures, layout) if other else [],
        on_behalf=on_behalf or (other is not None and other.on_behalf),
    )
    row = OpenEntry.objects.filter(contest=owed.contest_id, station=owed.station_id)
    if agreement.is_reached:
        row.delete()
    else:
        row.update(first_entry=ids[0], second_entry=ids[1])
    return agreement


def record_entry(
    *, owed: OwedProtocol, salt: bytes, figures: Figures, layout: Layout, texts: list[Text], by: User, role: str,
    now: datetime,
) -> None:  # fmt: skip
    """Log that a person entered the protocol: a commitment to the figures, and nothing of what they say."""
    event_id = record_event(
        kind="entry.recorded",
        at=now,
        actor=actor(by, role),
        election=owed.election,
        contest=owed.contest,
        area=owed.area,
        station=owed.station,
        body={
            **sealed_figures(figures, salt, layout),
            **({"texts": {text.subject: text.commitment for text in texts}} if texts else {}),
        },
    )
    record_texts(event_id, None, texts)


def _keyings(ids: Collection[int | None]) -> list[Keying | None]:
    known = [entry_id for entry_id in ids if entry_id is not None]
    entries = (
        {
            entry.pk: Keying(entry.by_id, entry.figures, on_behalf=entry.role not in STATION_ROLES)
            for entry in Entry.objects.filter(pk__in=known)
        }
        if known
        else {}
    )
    return [entries.get(entry_id or 0) for entry_id in ids]
