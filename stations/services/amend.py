"""Changing what may change in a loaded election."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import models, transaction
from django.utils.translation import gettext as _

from audit.domain.actor import Actor
from audit.services import record_event
from stations.models import Area, Ballot, Candidate, Choice, Contest, Election, FormCheck, FormLine, Station
from stations.package.content import ChoiceRow, Package, QuotaRow
from stations.package.heading import FILE as HEADING
from stations.package.problems import PackageRefused, Problem, Problems
from stations.package.reading import read_package
from stations.package.rows import AREAS, BALLOTS, CANDIDATES, CHOICES, CONTESTS, STATIONS
from stations.services.columns import (
    CODE,
    Columns,
    area_columns,
    candidate_columns,
    check_columns,
    choice_columns,
    contest_columns,
    election_columns,
    line_columns,
    station_columns,
)
from stations.services.load import insert_ballots, insert_stations
from stations.services.packages import keep_package

_NAMES: Final = frozenset({"name_en", "name_kk", "name_ru"})
_AREA: Final = f"area{CODE}"
_AMENDABLE: Final[Mapping[type[models.Model], frozenset[str]]] = {
    Election: _NAMES | {"patterns"},
    Area: _NAMES,
    Station: _NAMES | {"registered_voters", "address_en", "address_kk", "address_ru", "phone", "opens", "closes"},
    FormLine: _NAMES,
    FormCheck: frozenset({"message_en", "message_kk", "message_ru", "law_en", "law_kk", "law_ru"}),
    Contest: _NAMES | {"colour"},
    Choice: _NAMES | {"party", "colour", "withdrawn"},
    Candidate: _NAMES,
}
_ROWS_AT_ONCE: Final = 500

_Key = tuple[object, ...]


@dataclass(frozen=True)
class AmendReport:
    """What an amendment did. `amended` is false if this very package is the one in force.

    `changed` counts, for each thing, the changes by column; `touched` holds (contest id, district id) of the tallies
    whose stations are not the same as before. `event_id` is of the event that tells it, None where nothing changed.
    """

    election_id: int
    code: str
    package_sha256: str
    amended: bool
    changed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    added: Mapping[str, int] = field(default_factory=dict)
    touched: tuple[tuple[int, int], ...] = ()
    event_id: int | None = None


def amend_election(*, package: Path, by: Actor, now: datetime) -> AmendReport:
    """Bring a loaded election up to a changed package, all or nothing, and log what changed.

    Names, messages, laws, addresses, telephones, hours, register counts and withdrawals may change, and stations may be
    added with their ballots. Before the election opens a station may move to another district if it votes in the same
    contests. Nothing is ever removed. Raises PackageRefused with every change that cannot be taken.
    """
    content = read_package(package)
    with transaction.atomic():
        election = Election.objects.select_for_update().filter(code=content.election.code).first()
        if election is None:
            sentence = _("The election %(code)s is not loaded. Load it with load_election.")
            sentence %= {"code": content.election.code}
            raise PackageRefused([Problem(HEADING, content.election.line, "code", sentence)])
        if election.package_sha256 == content.sha256:
            keep_package(content)
            return AmendReport(election.pk, election.code, content.sha256, amended=False)
        return _Amendment(election, content, may_move=now < election.opens_at).apply(by, now)


@dataclass(frozen=True)
class _Wanted:
    """A row of the package: where it stands, what it is called, what it should hold."""

    line: int
    label: str
    columns: Columns


class _Amendment:
    """The differences between a loaded election and a package, found first and written only if none is refused."""

    def __init__(self, election: Election, content: Package, *, may_move: bool) -> None:
        self._election = election
        self._content = content
        self._may_move = may_move
        self._problems = Problems()
        self._changes: dict[type[models.Model], dict[int, Columns]] = {}
        self._added: frozenset[str] = frozenset()
        self._areas = dict(Area.objects.filter(election=election).values_list("code", "id"))

    def apply(self, by: Actor, now: datetime) -> AmendReport:
        self._compare_all()
        self._problems.refuse_if_any()
        moved = self._districts_of_moved()
        self._update_all()
        moved |= self._districts_of_moved()
        touched = moved | self._add_stations()
        report = self._report(touched)
        event_id = record_event(
            kind="election.amended",
            at=now,
            actor=by,
            election=self._election.code,
            body={
                "package_sha256": self._content.sha256,
                "package_sha256_before": self._election.package_sha256,
                "changed": report.changed,
                "added": report.added,
            },
        )
        self._election.package_sha256 = self._content.sha256
        self._election.revision += 1
        self._election.save(update_fields=["package_sha256", "revision"])
        keep_package(self._content)
        return replace(report, event_id=event_id)

    def _report(self, touched: Iterable[tuple[int, int]]) -> AmendReport:
        changed = {
            model._meta.model_name or "": dict(
                sorted(Counter(column.removesuffix(CODE) for row in rows.values() for column in row).items())
            )
            for model, rows in self._changes.items()
            if rows
        }
        ballots = sum(len(self._added & stations) for stations in self._content.stations_of.values())
        added = {"stations": len(self._added), "ballots": ballots} if self._added else {}
        return AmendReport(
            self._election.pk,
            self._election.code,
            self._content.sha256,
            amended=True,
            changed=changed,
            added=added,
            touched=tuple(sorted(touched)),
        )

    # What differs

    def _compare_all(self) -> None:
        election, content = self._election, self._content
        row = content.election
        self._compare(
            HEADING,
            Election.objects.filter(pk=election.pk),
            ("code",),
            {(row.code,): _Wanted(row.line, row.code, election_columns(row))},
            also=frozenset({"quotas"}) if _ask_the_same(election.quotas, row.quotas) else frozenset(),
        )
        self._compare_forms()
        self._compare(
            AREAS,
            Area.objects.filter(election=election),
            ("code",),
            {
                (row.code,): _Wanted(row.line, row.code, area_columns(row, position))
                for position, row in enumerate(content.areas, start=1)
            },
        )
        self._compare_stations()
        self._compare(
            CONTESTS,
            Contest.objects.filter(election=election),
            ("code",),
            {
                (row.code,): _Wanted(row.line, row.code, contest_columns(row, position))
                for position, row in enumerate(content.contests, start=1)
            },
        )
        self._compare(
            CHOICES,
            Choice.objects.filter(contest__election=election),
            (f"contest{CODE}", "code"),
            dict(_wanted_choices(content.choices)),
        )
        self._compare(
            CANDIDATES,
            Candidate.objects.filter(choice__contest__election=election),
            (f"choice__contest{CODE}", f"choice{CODE}", "position"),
            {
                (row.contest, row.choice, row.position): _Wanted(row.line, str(row.position), candidate_columns(row))
                for row in content.candidates
            },
        )
        self._compare_ballots()

    def _compare_forms(self) -> None:
        forms = self._content.forms
        self._compare(
            HEADING,
            FormLine.objects.filter(form__election=self._election),
            (f"form{CODE}", "code"),
            {
                (form.code, row.code): _Wanted(row.line, row.code, line_columns(row, position))
                for form in forms
                for position, row in enumerate(form.lines, start=1)
            },
        )
        self._compare(
            HEADING,
            FormCheck.objects.filter(form__election=self._election),
            (f"form{CODE}", "code"),
            {
                (form.code, row.code): _Wanted(row.line, row.code, check_columns(row, position))
                for form in forms
                for position, row in enumerate(form.checks, start=1)
            },
        )

    def _compare_stations(self) -> None:
        wanted: dict[_Key, _Wanted] = {
            (row.code,): _Wanted(row.line, row.code, station_columns(row)) for row in self._content.stations
        }
        stored = Station.objects.filter(election=self._election)
        codes = set(stored.values_list("code", flat=True))
        self._added = frozenset(row.code for row in self._content.stations) - codes
        known = {key: row for key, row in wanted.items() if row.label not in self._added}
        self._compare(STATIONS, stored, ("code",), known, also=frozenset({_AREA}) if self._may_move else frozenset())

    def _compare_ballots(self) -> None:
        """Which stations vote in what is settled by the load; only added stations bring new ballots."""
        loaded: dict[str, set[str]] = defaultdict(set)
        ballots = Ballot.objects.filter(contest__election=self._election)
        for contest, station in ballots.values_list("contest__code", "station__code"):
            loaded[contest].add(station)
        for contest, stations in sorted(self._content.stations_of.items()):
            lost = _("The station %(station)s votes in %(contest)s as loaded, but not here. Ballots cannot be removed.")
            gained = _("The station %(station)s does not vote in %(contest)s as loaded. Only added stations may.")
            for sentence, concerned in (
                (lost, loaded[contest] - stations),
                (gained, stations - loaded[contest] - self._added),
            ):
                for station in sorted(concerned):
                    self._problems.add(BALLOTS, 0, "", sentence % {"station": station, "contest": contest})

    def _compare(
        self,
        file: str,
        stored: models.QuerySet[models.Model],
        key: tuple[str, ...],
        wanted: Mapping[_Key, _Wanted],
        *,
        also: frozenset[str] = frozenset(),
    ) -> None:
        """Note what may change, report what may not, what is gone and what is new."""
        model = stored.model
        amendable = _AMENDABLE[model] | also
        names = next((list(row.columns) for row in wanted.values()), [])
        changes: dict[int, Columns] = {}
        seen = set()
        for old in stored.values("id", *key, *names):
            place = tuple(old[part] for part in key)
            seen.add(place)
            new = wanted.get(place)
            if new is None:
                sentence = _("%(code)s is part of the loaded election and is missing here. Nothing can be removed.")
                self._problems.add(file, 0, key[-1], sentence % {"code": place[-1]})
                continue
            differing = {name: value for name, value in new.columns.items() if value != old[name]}
            for name in differing.keys() - amendable:
                self._refuse_change(file, new, name, old[name], differing[name])
            if differing:
                changes[old["id"]] = differing
        for place, row in wanted.items():
            if place not in seen:
                sentence = _("%(code)s is new. Only stations can be added.")
                self._problems.add(file, row.line, key[-1], sentence % {"code": row.label})
        self._changes[model] = changes

    def _refuse_change(self, file: str, row: _Wanted, column: str, old: object, new: object) -> None:
        if column == "position":
            sentence = _("%(code)s has changed its place in the order.") % {"code": row.label}
        elif column == _AREA:
            values = {"code": row.label, "old": old, "new": new}
            sentence = _("%(code)s may not move from %(old)s to %(new)s: the election has opened.") % values
        else:
            values = {"code": row.label, "old": "" if old is None else old, "new": "" if new is None else new}
            sentence = _("This was “%(old)s” for %(code)s and cannot become “%(new)s”.") % values
        self._problems.add(file, row.line, column.removesuffix(CODE), sentence)

    # What is written

    def _update_all(self) -> None:
        for model, rows in self._changes.items():
            by_column: dict[str, list[models.Model]] = defaultdict(list)
            for pk, columns in rows.items():
                for column, value in columns.items():
                    if column == _AREA:
                        by_column["area"].append(model(pk=pk, area_id=self._areas[str(value)]))
                    else:
                        by_column[column].append(model(pk=pk, **{column: value}))
            for column, objects in by_column.items():
                model._default_manager.bulk_update(objects, [column], batch_size=_ROWS_AT_ONCE)

    def _districts_of_moved(self) -> set[tuple[int, int]]:
        """(Contest, district) of the stations that move, as they are stored at this moment."""
        moved = [pk for pk, columns in self._changes[Station].items() if _AREA in columns]
        return _contests_and_districts(moved)

    def _add_stations(self) -> set[tuple[int, int]]:
        if not self._added:
            return set()
        stations = insert_stations(self._election, self._content, self._areas, self._added)
        contests = dict(Contest.objects.filter(election=self._election).values_list("code", "id"))
        insert_ballots(
            [
                (contests[contest], stations[station])
                for contest, voting in sorted(self._content.stations_of.items())
                for station in sorted(voting & self._added)
            ]
        )
        return _contests_and_districts(stations.values())


def _contests_and_districts(stations: Collection[int]) -> set[tuple[int, int]]:
    ballots = Ballot.objects.filter(station_id__in=stations)
    return set(ballots.values_list("contest_id", "station__area_id").distinct())


def _ask_the_same(stored: Iterable[Mapping[str, object]], wanted: Iterable[QuotaRow]) -> bool:
    """Whether quotas differ in their words at most."""
    return [(quota["code"], quota["percent"], quota["groups"]) for quota in stored] == [
        (row.code, row.percent, list(row.groups)) for row in wanted
    ]


def _wanted_choices(rows: Iterable[ChoiceRow]) -> Iterable[tuple[_Key, _Wanted]]:
    places: dict[str, int] = defaultdict(int)
    for row in rows:
        places[row.contest] += 1
        yield (row.contest, row.code), _Wanted(row.line, row.code, choice_columns(row, places[row.contest]))
