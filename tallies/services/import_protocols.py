"""Protocols brought in from a file: the same checks, versions, events and pending rows as from the form."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.domain.actor import Actor
from audit.domain.commitments import new_salt
from audit.services import NewEvent, record_event, record_events
from stations.domain.form import ContestForm
from stations.models import AreaLevel, Ballot, Contest
from stations.selectors import contest_form
from tallies import doorbell
from tallies.domain.checks import Finding, Outcome, assess, find
from tallies.domain.figures import BadFigures, read_figures
from tallies.domain.lifecycle import OPEN_TO_ENTRY, Action, State, next_state
from tallies.domain.protocol_file import FileProblem, FileRow, read_header, read_rows
from tallies.models import Explanation, ProtocolVersion
from tallies.refusals import Refusal
from tallies.selectors import closing_times
from tallies.services.locking import given_reason
from tallies.services.recording import (
    Figures,
    Text,
    findings_in_log,
    leave_for_webhooks,
    opened_figures,
    sealed_figures,
)
from tallies.services.submit import NotClosedYet, sentence_for


class ImportMet(Refusal):
    """Somebody entered one of the file's protocols at the same moment."""

    code = "import_met_another_writer"

    def __init__(self) -> None:
        super().__init__(
            _("Somebody entered a protocol of this file at the same moment. Nothing was imported: run it again.")
        )


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken, and why."""

    row: FileRow | FileProblem
    sentence: str


@dataclass
class ImportReport:
    """What became of a file's rows."""

    accepted: int = 0
    held: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Readable:
    """A row that can be taken, unless the station's protocol stands already."""

    row: FileRow
    station_id: int
    area_id: int
    area: str
    figures: Figures
    findings: list[Finding]
    salt: bytes = field(default_factory=new_salt)

    @property
    def action(self) -> Action:
        # The paper was counted and signed; what its figures break, a commission decides.
        outcome = assess(self.findings, ticked={finding.code for finding in self.findings}, paper_says_so=True)
        return Action.ACCEPT if outcome is Outcome.ACCEPT else Action.HOLD


def import_protocols(
    *, path: Path, contest: Contest, reason: str, actor: Actor, now: datetime, dry_run: bool = False
) -> ImportReport:
    """Bring in a file of protocols of one contest, in one transaction.

    An import stands for both entries and is marked as one. Rows with errors are held; warnings count as confirmed by
    `reason`. A row whose figures stand already changes nothing. Raises FileProblem for a file that cannot be read,
    ReasonMissing, or ImportMet; then nothing has changed.
    """
    reason_text = Text("import", given_reason(reason))
    form = contest_form(contest.pk, at=now)
    report = ImportReport()
    readable = _read_file(path, contest, form, report, now)
    with transaction.atomic():
        fresh = _without_standing(contest, readable, report)
        for item in fresh:
            report.findings.update(finding.code for finding in item.findings)
        for action, items in _by_action(fresh):
            if action is Action.ACCEPT:
                report.accepted = len(items)
            else:
                report.held = len(items)
        if not dry_run and fresh:
            _write(contest, form, fresh, reason_text, source=path, actor=actor, now=now)
    return report


def _by_action(items: Iterable[_Readable]) -> list[tuple[Action, list[_Readable]]]:
    listed = list(items)
    return [
        (action, chosen)
        for action in (Action.ACCEPT, Action.HOLD)
        if (chosen := [item for item in listed if item.action is action])
    ]


def _read_file(path: Path, contest: Contest, form: ContestForm, report: ImportReport, now: datetime) -> list[_Readable]:
    stations = {
        code: (station_id, area_id, area)
        for code, station_id, area_id, area in Ballot.objects.filter(contest=contest).values_list(
            "station__code", "station_id", "station__area_id", "station__area__code"
        )
    }
    still_open = closing_times(contest, after=now)
    header = read_header(path, form.layout)
    readable: list[_Readable] = []
    seen: dict[str, int] = {}
    for row in read_rows(path, header):
        if isinstance(row, FileProblem):
            report.refused.append(RefusedRow(row, row.sentence))
        elif row.station not in stations:
            report.refused.append(RefusedRow(row, _("No station of this contest has this code.")))
        elif row.station in seen:
            sentence = _("This station is in the file already, on line %(line)d.") % {"line": seen[row.station]}
            report.refused.append(RefusedRow(row, sentence))
        elif row.station in still_open:
            report.refused.append(RefusedRow(row, str(NotClosedYet(*still_open[row.station]).message)))
        else:
            seen[row.station] = row.line
            try:
                figures = read_figures(row.figures, form.layout)
            except BadFigures as bad:
                sentence = "; ".join(f"{problem.code}: {sentence_for(problem)}" for problem in bad.problems)
                report.refused.append(RefusedRow(row, sentence))
            else:
                findings = find(form.checks, figures)
                readable.append(_Readable(row, *stations[row.station], figures, findings))
    return readable


_STANDING = """
    SELECT standing.station_id, standing.state, version.figures
    FROM tallies_standing standing LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id
    WHERE standing.contest_id = %s AND standing.station_id = ANY(%s)
    ORDER BY standing.station_id FOR UPDATE OF standing
"""


def _without_standing(contest: Contest, readable: list[_Readable], report: ImportReport) -> list[_Readable]:
    """Return the rows whose protocol may still come in; count or refuse the others."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [contest.pk, [item.station_id for item in readable]])
        standing = {station_id: (State(state), figures) for station_id, state, figures in cursor.fetchall()}
    fresh = []
    for item in readable:
        state, figures = standing.get(item.station_id, (State.AWAITED, None))
        if state in OPEN_TO_ENTRY:
            fresh.append(item)
        elif figures == item.figures:
            report.unchanged += 1
        else:
            report.refused.append(RefusedRow(item.row, _("Another version of this protocol stands already.")))
    return fresh


_INSERT_VERSIONS = """
    INSERT INTO tallies_protocolversion
        (contest_id, station_id, number, origin, figures, findings, check_set, salt, at)
    SELECT %(contest)s, given.station_id, COALESCE(last.number, 0) + 1, %(origin)s, given.figures::int[],
           given.findings::jsonb, %(check_set)s, given.salt, %(at)s
    FROM unnest(%(stations)s::bigint[], %(figures)s::text[], %(findings)s::text[], %(salts)s::bytea[])
        AS given(station_id, figures, findings, salt)
    LEFT JOIN LATERAL (
        SELECT max(number) AS number FROM tallies_protocolversion
        WHERE contest_id = %(contest)s AND station_id = given.station_id
    ) last ON true
    ON CONFLICT (contest_id, station_id, number) DO NOTHING
    RETURNING station_id, id, number
"""

_MOVE_STANDINGS = """
    INSERT INTO tallies_standing (contest_id, station_id, area_id, state, version_id, changed_at)
    SELECT %(contest)s, moved.station_id, moved.area_id, moved.state, moved.version_id, %(at)s
    FROM unnest(%(stations)s::bigint[], %(areas)s::bigint[], %(states)s::text[], %(versions)s::bigint[])
        AS moved(station_id, area_id, state, version_id)
    ON CONFLICT (contest_id, station_id) DO UPDATE
        SET state = EXCLUDED.state, version_id = EXCLUDED.version_id, changed_at = EXCLUDED.changed_at
        WHERE tallies_standing.state = ANY(%(before)s)
"""

_INSERT_CHANGES = """
    INSERT INTO tallies_standingchange (event_id, contest_id, station_id, area_id, state, version_id)
    SELECT changed.event_id, %(contest)s, changed.station_id, changed.area_id, changed.state, changed.version_id
    FROM unnest(%(events)s::bigint[], %(stations)s::bigint[], %(areas)s::bigint[], %(states)s::text[],
                %(versions)s::bigint[]) AS changed(event_id, station_id, area_id, state, version_id)
"""

_INSERT_PENDING = """
    INSERT INTO tallies_pendingarea (contest_id, area_id, at)
    SELECT DISTINCT %(contest)s::bigint, area_id, clock_timestamp() FROM unnest(%(areas)s::bigint[]) AS area_id
"""


def _write(
    contest: Contest,
    form: ContestForm,
    fresh: list[_Readable],
    reason: Text,
    *,
    source: Path,
    actor: Actor,
    now: datetime,
) -> None:
    file_sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    states = [next_state(State.AWAITED, item.action) for item in fresh]
    versions = _insert_versions(contest, form, fresh, now=now)
    rows: dict[str, Any] = {
        "contest": contest.pk,
        "stations": [item.station_id for item in fresh],
        "areas": [item.area_id for item in fresh],
        "states": [state.value for state in states],
        "versions": [versions[item.station_id][0] for item in fresh],
        "before": [state.value for state in OPEN_TO_ENTRY],
        "at": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_STANDINGS, rows)
        if cursor.rowcount != len(fresh):
            raise ImportMet
        import_id = record_event(
            kind="protocols.imported",
            at=now,
            actor=actor,
            election=form.election,
            contest=form.contest,
            body={"file_sha256": file_sha256, "protocols": len(fresh), "texts": {reason.subject: reason.commitment}},
        )
        Explanation.objects.create(event_id=import_id, subject=reason.subject, text=reason.text, salt=reason.salt)
        events = record_events(
            [
                _event(form, item, state, versions[item.station_id][1], file_sha256, actor=actor, now=now)
                for item, state in zip(fresh, states, strict=True)
            ]
        )
        leave_for_webhooks(events, now=now)
        cursor.execute(_INSERT_CHANGES, {**rows, "events": events})
        cursor.execute(_INSERT_PENDING, rows)
    areas = sorted(set(rows["areas"]))
    transaction.on_commit(lambda: doorbell.ring(areas, AreaLevel.DISTRICT))


def _insert_versions(
    contest: Contest, form: ContestForm, fresh: list[_Readable], *, now: datetime
) -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_VERSIONS,
            {
                "contest": contest.pk,
                "origin": ProtocolVersion.Origin.IMPORT.value,
                "check_set": form.check_set,
                "stations": [item.station_id for item in fresh],
                "figures": [_array_literal(item.figures) for item in fresh],
                "findings": [orjson.dumps([finding.as_data() for finding in item.findings]).decode() for item in fresh],
                "salts": [item.salt for item in fresh],
                "at": now,
            },
        )
        inserted = {station_id: (version_id, number) for station_id, version_id, number in cursor.fetchall()}
    if len(inserted) != len(fresh):
        raise ImportMet
    return inserted


def _array_literal(figures: Sequence[int | None]) -> str:
    return "{" + ",".join("NULL" if figure is None else str(figure) for figure in figures) + "}"


def _event(
    form: ContestForm, item: _Readable, state: State, number: int, file_sha256: str, *, actor: Actor, now: datetime
) -> NewEvent:
    accepted = state is State.IN_FORCE
    disclosed = opened_figures if accepted else sealed_figures
    return NewEvent(
        kind="protocol.accepted" if accepted else "protocol.held",
        at=now,
        actor=actor,
        election=form.election,
        contest=form.contest,
        area=item.area,
        station=item.row.station,
        body={
            "version": number,
            "origin": ProtocolVersion.Origin.IMPORT.value,
            "file_sha256": file_sha256,
            **findings_in_log(item.findings, form.check_set),
            **disclosed(item.figures, item.salt, form.layout),
        },
    )
