"""A station's protocol as the public sees it: the versions that were in force, and what became of them.

Versions that were only held or returned are nobody's result: that there was one is told, never its figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connections
from django.utils.translation import get_language

from results.public.ground import READER
from results.public.showing import Basis
from stations.domain.form import Check, Severity
from stations.domain.layout import Layout
from stations.models import Contest, Station
from stations.selectors import form_of_set
from tallies.domain.lifecycle import State
from tallies.models import Explanation, ProtocolVersion


@dataclass(frozen=True)
class Text:
    """Words that a person gave with a change. `subject` is a finding's code or what they are the reason of."""

    subject: str
    words: str


@dataclass(frozen=True)
class Change:
    """A change of the protocol's standing. `version` is None where it may not be shown.

    `ordered_by` says on whose order a recount was held, and `day` is the date of that order, or the day for which a
    repeat voting is ordered.
    """

    at: datetime
    kind: str
    state: State
    role: str
    log_index: int | None
    version: int | None
    texts: tuple[Text, ...]
    ordered_by: str = ""
    day: date | None = None


@dataclass(frozen=True)
class PublicFinding:
    """What a check said of a version, in the language of the page, and how it was explained."""

    code: str
    is_error: bool
    message: str
    law: str
    explanation: str


@dataclass(frozen=True)
class Version:
    """A version that is or was in force. `state` is its own: in force, superseded or annulled."""

    number: int
    origin: str
    at: datetime
    state: str
    figures: Mapping[str, int]
    findings: tuple[PublicFinding, ...]


@dataclass(frozen=True)
class Protocol:
    """A station's protocol of a contest: where it stands, its public versions and its history, oldest first."""

    state: State
    versions: tuple[Version, ...]
    changes: tuple[Change, ...]

    @property
    def in_force(self) -> Version | None:
        return next((version for version in self.versions if version.state == State.IN_FORCE), None)

    @property
    def repeat_day(self) -> date | None:
        """The day of the repeat voting whose protocol is awaited."""
        return self.changes[-1].day if self.state is State.REPEAT_ORDERED else None


_CHANGES = """
    SELECT change.event_id, change.state, change.version_id, log.index, event.kind, event.occurred_at, event.entry
    FROM tallies_standingchange change
    JOIN audit_event event ON event.id = change.event_id
    LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE change.contest_id = %(contest)s AND change.station_id = %(station)s
      AND (%(size)s::bigint IS NULL OR log.index < %(size)s)
    ORDER BY change.event_id"""

SUPERSEDED = "superseded"


def protocol_of(contest: Contest, station: Station, basis: Basis) -> Protocol:
    """Return the protocol as it stood on this basis."""
    with connections[READER].cursor() as cursor:
        cursor.execute(_CHANGES, {"contest": contest.pk, "station": station.pk, "size": basis.size})
        rows = cursor.fetchall()
    public = {version_id for _id, state, version_id, *_rest in rows if state == State.IN_FORCE}
    last_state, last_version = (State(rows[-1][1]), rows[-1][2]) if rows else (State.AWAITED, None)
    annulled = {version_id for _id, state, version_id, *_rest in rows if state == State.ANNULLED}
    texts = _texts(public, [row[0] for row in rows])
    numbers: dict[int, int] = {}
    versions = []
    for version in ProtocolVersion.objects.using(READER).filter(pk__in=public).order_by("number").defer("salt"):
        numbers[version.pk] = version.number
        state = State.ANNULLED.value if version.pk in annulled else SUPERSEDED
        if version.pk == last_version and last_state is State.IN_FORCE:
            state = State.IN_FORCE.value
        versions.append(_version(contest, version, state, texts[version.pk]))
    changes = [_change(row, numbers.get(row[2]), texts[row[2]]) for row in rows]
    return Protocol(last_state, tuple(versions), tuple(changes))


def _change(row: tuple[Any, ...], version: int | None, texts: Sequence[Explanation]) -> Change:
    event_id, state, _version_id, index, kind, at, entry = row
    event = orjson.loads(bytes(entry))
    day = event["body"].get("act_dated") or event["body"].get("date")
    return Change(
        at=at,
        kind=kind,
        state=State(state),
        role=str(event["actor"]["role"]),
        log_index=index,
        version=version,
        texts=tuple(
            Text(text.subject, text.text) for text in texts if text.event_id == event_id and not _is_finding(text)
        ),
        ordered_by=str(event["body"].get("ordered_by", "")),
        day=date.fromisoformat(day) if day else None,
    )


def _texts(version_ids: set[int], event_ids: Sequence[int]) -> dict[int | None, list[Explanation]]:
    """Return what people wrote about versions that may be shown, by version."""
    found = (
        Explanation.objects.using(READER)
        .filter(version__in=version_ids, event__in=event_ids)
        .only("version_id", "event_id", "subject", "text")
    )
    texts: dict[int | None, list[Explanation]] = defaultdict(list)
    for text in found.order_by("id"):
        if text.text:
            texts[text.version_id].append(text)
    return texts


# Subjects of texts that are not about a finding.
_REASONS = frozenset(
    {
        "acceptance",
        "return",
        "choice",
        "correction",
        "recount",
        "act",
        "annulment",
        "repeat",
        "paper_says_so",
        "import",
    }
)


def _is_finding(text: Explanation) -> bool:
    return text.subject not in _REASONS


def _version(contest: Contest, version: ProtocolVersion, state: str, texts: Sequence[Explanation]) -> Version:
    form = form_of_set(contest.pk, version.check_set, revision=contest.election.revision)
    checks = {check.code: check for check in form.checks}
    words = {text.subject: text.text for text in texts if _is_finding(text)}
    return Version(
        number=version.number,
        origin=version.origin,
        at=version.at,
        state=state,
        figures=_figures(form.layout, version),
        findings=tuple(
            _finding(finding, checks.get(finding["code"]), words.get(finding["code"], ""))
            for finding in version.findings
        ),
    )


def _figures(layout: Layout, version: ProtocolVersion) -> dict[str, int]:
    return layout.mapping(version.figures)


def _finding(finding: Mapping[str, Any], check: Check | None, explanation: str) -> PublicFinding:
    code, language = str(finding["code"]), get_language() or "en"
    return PublicFinding(
        code=code,
        is_error=finding["severity"] == Severity.ERROR,
        message=check.messages[language] if check else code,
        law=check.laws[language] if check else "",
        explanation=explanation,
    )
