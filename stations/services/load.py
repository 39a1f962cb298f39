"""Loading an election."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.domain.actor import Actor
from audit.services import record_event, set_disclosure
from stations.models import Area, Ballot, Candidate, Choice, Contest, Election, Form, FormCheck, FormLine, Station
from stations.package.content import Package
from stations.package.heading import FILE as HEADING
from stations.package.problems import PackageRefused, Problem
from stations.package.reading import read_package
from stations.package.rows import LEVELS
from stations.selectors import districts_voting
from stations.services.columns import (
    Columns,
    area_columns,
    candidate_columns,
    check_columns,
    choice_columns,
    contest_columns,
    election_columns,
    line_columns,
    plain,
    station_columns,
)
from stations.services.copying import copy_rows
from stations.services.packages import keep_package

_ONE_LOAD_AT_A_TIME: Final = 0x68617474  # an advisory lock of this room's own


@dataclass(frozen=True)
class LoadReport:
    """What a load did. `loaded` is false if this very package was loaded before.

    `touched` holds (contest id, district id) of every tally that begins with this election; empty if nothing was done.
    """

    election_id: int
    code: str
    package_sha256: str
    loaded: bool
    counts: Mapping[str, int]
    touched: tuple[tuple[int, int], ...]


def load_election(*, package: Path, by: Actor, now: datetime) -> LoadReport:
    """Load an election from its package, all or nothing, and log it; the same package again changes nothing.

    Raises PackageRefused with every problem of the package, or if another package of this election is loaded.
    """
    content = read_package(package)
    with transaction.atomic():
        _wait_for_other_loads()
        loaded = Election.objects.filter(code=content.election.code).first()
        if loaded is not None:
            _require_same(loaded, content)
            keep_package(content)
            return _report(loaded, content, loaded=False)
        election = _insert(content, now)
        record_event(
            kind="election.loaded",
            at=now,
            actor=by,
            election=election.code,
            body={"package_sha256": content.sha256, "counts": content.counts},
        )
        set_disclosure(election=election.code, figures_public_from=election.figures_public_from)
        _learn_statistics()
        # Before the commit: the log must never name a package that is not there. A package too many does no harm.
        keep_package(content)
        return _report(election, content, loaded=True)


def _wait_for_other_loads() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_LOAD_AT_A_TIME])


def _learn_statistics() -> None:
    """Tell the planner how large the tables have become, so that the first page after a load is not a slow one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stations_learn_statistics()")


def _require_same(loaded: Election, content: Package) -> None:
    if loaded.package_sha256 != content.sha256:
        sentence = _("The election %(code)s is loaded from another package. Change it with amend_election.")
        line = content.election.line
        raise PackageRefused([Problem(HEADING, line, "code", sentence % {"code": loaded.code})])


def _report(election: Election, content: Package, *, loaded: bool) -> LoadReport:
    return LoadReport(
        election_id=election.pk,
        code=election.code,
        package_sha256=content.sha256,
        loaded=loaded,
        counts=content.counts,
        touched=tuple(districts_voting(election.pk)) if loaded else (),
    )


def _insert(content: Package, now: datetime) -> Election:
    election = Election.objects.create(
        code=content.election.code,
        package_sha256=content.sha256,
        loaded_at=now,
        **election_columns(content.election),
    )
    areas = _insert_areas(election, content)
    stations = insert_stations(election, content, areas, {row.code for row in content.stations})
    forms = _insert_forms(election, content)
    contests = _insert_contests(election, content, forms)
    _insert_choices(election, content, contests)
    insert_ballots(
        [
            (contests[contest], stations[station])
            for contest, voting in sorted(content.stations_of.items())
            for station in sorted(voting)
        ]
    )
    return election


def _insert_areas(election: Election, content: Package) -> dict[str, int]:
    """Level by level, since an area needs its parent's id. Returns ids by code."""
    ids: dict[str, int] = {}
    for level in LEVELS:
        areas = Area.objects.bulk_create(
            Area(
                election=election,
                code=row.code,
                parent_id=ids.get(row.parent),
                **plain(area_columns(row, position)),
            )
            for position, row in enumerate(content.areas, start=1)
            if row.level == level
        )
        ids |= {area.code: area.pk for area in areas}
    return ids


def insert_stations(
    election: Election, content: Package, areas: Mapping[str, int], codes: Collection[str]
) -> dict[str, int]:
    """Insert the stations with these codes; `areas` are ids by code. Returns ids by code."""
    copy_rows(
        Station,
        (
            {
                "election_id": election.pk,
                "code": row.code,
                "area_id": areas[row.area],
                **plain(station_columns(row)),
            }
            for row in content.stations
            if row.code in codes
        ),
    )
    return dict(Station.objects.filter(election=election, code__in=codes).values_list("code", "id"))


def _insert_forms(election: Election, content: Package) -> dict[str, int]:
    forms = Form.objects.bulk_create(Form(election=election, code=row.code) for row in content.forms)
    FormLine.objects.bulk_create(
        FormLine(form=form, code=line.code, **line_columns(line, position))
        for form, row in zip(forms, content.forms, strict=True)
        for position, line in enumerate(row.lines, start=1)
    )
    FormCheck.objects.bulk_create(
        FormCheck(form=form, code=check.code, **check_columns(check, position))
        for form, row in zip(forms, content.forms, strict=True)
        for position, check in enumerate(row.checks, start=1)
    )
    return {form.code: form.pk for form in forms}


def _insert_contests(election: Election, content: Package, forms: Mapping[str, int]) -> dict[str, int]:
    copy_rows(
        Contest,
        (
            {
                "election_id": election.pk,
                "code": row.code,
                "form_id": forms[row.form],
                **plain(contest_columns(row, position)),
            }
            for position, row in enumerate(content.contests, start=1)
        ),
    )
    return dict(Contest.objects.filter(election=election).values_list("code", "id"))


def _insert_choices(election: Election, content: Package, contests: Mapping[str, int]) -> None:
    places: Counter[str] = Counter()
    choices: list[Columns] = []
    for row in content.choices:
        places[row.contest] += 1
        columns = choice_columns(row, places[row.contest])
        choices.append({"contest_id": contests[row.contest], "code": row.code, **columns})
    copy_rows(Choice, choices)
    if not content.candidates:
        return
    stored = Choice.objects.filter(contest__election=election)
    ids = {(contest, code): pk for contest, code, pk in stored.values_list("contest__code", "code", "id")}
    copy_rows(
        Candidate,
        (
            {"choice_id": ids[row.contest, row.choice], "position": row.position, **candidate_columns(row)}
            for row in content.candidates
        ),
    )


def insert_ballots(pairs: Iterable[tuple[int, int]]) -> None:
    """Insert ballots given as (contest id, station id)."""
    copy_rows(Ballot, ({"contest_id": contest, "station_id": station} for contest, station in pairs))
