"""What is exported: a published snapshot, or the tallies of this moment, with each station's protocol beside them."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from aggregation.models import Tally
from aggregation.selectors import every_station
from results.exports.model import (
    AreaTally,
    AsOf,
    ChoiceKind,
    ContestKind,
    ExportedArea,
    ExportedChoice,
    ExportedContest,
    ExportedElection,
    ExportedLine,
    ExportedResult,
    ExportedStation,
    Names,
    Snapshot,
    SnapshotKind,
    StationCounts,
    StationResult,
    StationState,
)
from results.models import Snapshot as PublishedSnapshot
from results.models import SnapshotAllocation, SnapshotSeats, SnapshotTally
from stations.models import Area, AreaLevel, Choice, Contest, Election, FormLine, Named, Station
from stations.selectors import expected_stations, layouts_of
from tallies.domain.lifecycle import State

# The lines of a form that say how many ballots were cast, and how many of them were invalid.
BALLOTS_CAST = "ballots_found"
BALLOTS_REJECTED = "ballots_invalid"

_LEVELS = list(AreaLevel)
_STATES = {
    State.IN_FORCE: StationState.REPORTED,
    State.HELD: StationState.HELD,
    State.ANNULLED: StationState.ANNULLED,
}


@dataclass(frozen=True)
class Issuer:
    """Who gives the result out."""

    name: str
    abbreviation: str


def published_result(
    snapshot: PublishedSnapshot,
    contests: Sequence[Contest],
    *,
    issuer: Issuer,
    with_stations: bool = True,
    using: str = "default",
) -> ExportedResult:
    """Return these contests of a published snapshot, with every station as of the snapshot's checkpoint."""
    checkpoint = snapshot.checkpoint
    kind = SnapshotKind(snapshot.kind)
    about = Snapshot(
        kind=kind,
        made_at=snapshot.created_at,
        as_of=AsOf(checkpoint.size, base64.b64encode(checkpoint.root).decode(), checkpoint.signed_at),
        number=snapshot.number if kind is SnapshotKind.BULLETIN else None,
        synthetic=snapshot.election.synthetic,
        training=settings.TRAINING,
    )
    reading = _Reading(
        snapshot.election,
        contests,
        tallies=SnapshotTally.objects.using(using).filter(snapshot=snapshot, contest__in=contests),
        seats=_seats(snapshot, using),
        size=checkpoint.size,
        with_stations=with_stations,
        using=using,
    )
    return reading.result(about, issuer)


def live_result(
    election: Election, contests: Sequence[Contest], *, issuer: Issuer, now: datetime, with_stations: bool = True
) -> ExportedResult:
    """Return these contests as they stand at this moment: published by nobody, without seats."""
    about = Snapshot(kind=SnapshotKind.LIVE, made_at=now, synthetic=election.synthetic, training=settings.TRAINING)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tallies = Tally.objects.filter(contest__in=contests)
        reading = _Reading(election, contests, tallies=tallies, seats={}, size=None, with_stations=with_stations)
        return reading.result(about, issuer)


def _seats(snapshot: PublishedSnapshot, using: str) -> dict[int, dict[str, int]]:
    """Return the seats by choice of every contest whose seats the snapshot allocates."""
    seats: dict[int, dict[str, int]] = {
        contest_id: {}
        for contest_id in SnapshotAllocation.objects.using(using)
        .filter(snapshot=snapshot)
        .values_list("contest_id", flat=True)
    }
    rows = SnapshotSeats.objects.using(using).filter(snapshot=snapshot).order_by("choice__position")
    for contest_id, code, count in rows.values_list("contest_id", "choice__code", "seats"):
        seats[contest_id][code] = count
    return seats


class _Reading:
    """One pass over the registry, the tallies and the stations of some contests of an election."""

    def __init__(
        self,
        election: Election,
        contests: Sequence[Contest],
        *,
        tallies: Iterable[SnapshotTally | Tally],
        seats: Mapping[int, Mapping[str, int]],
        size: int | None,
        with_stations: bool,
        using: str = "default",
    ) -> None:
        self._using = using
        self._election = election
        self._contests = contests
        self._seats = seats
        self._layouts = layouts_of([contest.pk for contest in contests])
        areas = Area.objects.using(using).filter(election=election)
        self._areas = {area.pk: area for area in sorted(areas, key=_parents_first)}
        self._stations = {station.pk: station for station in Station.objects.using(using).filter(election=election)}
        self._expected = expected_stations(election.pk, using=using)
        self._areas_of_contest = self._read_areas_of_contests()
        self._stations_of_area = self._count_stations()
        self._choices = self._read_choices()
        self._lines = self._read_lines()
        self._tallies: dict[tuple[int, int], AreaTally] = {}
        for tally in tallies:
            self._tallies[tally.contest_id, tally.area_id] = self._area_tally(tally)
        self._results: dict[int, list[StationResult]] = defaultdict(list)
        self._seen: set[int] = set()
        asked = every_station(list(self._layouts), size=size, using=using) if with_stations else ()
        for contest_id, station_id, state, figures in asked:
            self._seen.add(station_id)
            self._results[contest_id].append(
                StationResult(
                    self._stations[station_id].code,
                    _STATES.get(State(state), StationState.MISSING) if state else StationState.MISSING,
                    self._layouts[contest_id].mapping(figures) if figures else {},
                )
            )

    def result(self, about: Snapshot, issuer: Issuer) -> ExportedResult:
        contests = tuple(self._contest(contest) for contest in self._contests)
        shown = {area_id for contest_id, area_id in self._expected if contest_id in self._layouts}
        stations = sorted((self._stations[station_id] for station_id in self._seen), key=lambda each: each.code)
        return ExportedResult(
            election=ExportedElection(
                self._election.code, self._election.date, _names(self._election), self._election.time_zone
            ),
            snapshot=about,
            issuer=issuer.name,
            issuer_abbreviation=issuer.abbreviation,
            areas=tuple(self._area(area) for area in self._areas.values() if area.pk in shown),
            stations=tuple(self._station(station) for station in stations),
            contests=contests,
            site=settings.SITE_URL,
        )

    def _contest(self, contest: Contest) -> ExportedContest:
        lines = self._layouts[contest.pk].lines
        electorate = self._electorate(contest)
        nation = next(iter(self._areas.values()))
        whole = self._tally(contest, electorate or nation)
        return ExportedContest(
            code=contest.code,
            kind=ContestKind(contest.kind),
            names=_names(contest),
            seats=contest.seats,
            choices=tuple(self._choices[contest.pk]),
            total=whole,
            tallies=tuple(self._tally(contest, area) for area in self._areas_told(contest, electorate)),
            stations=tuple(self._results[contest.pk]),
            electorate=electorate.code if electorate else None,
            seats_by_choice=self._seats.get(contest.pk),
            ballots_cast=BALLOTS_CAST if BALLOTS_CAST in lines else "",
            ballots_rejected=BALLOTS_REJECTED if BALLOTS_REJECTED in lines else "",
            lines=tuple(self._lines[contest.form_id]),
        )

    def _electorate(self, contest: Contest) -> Area | None:
        """Return the area whose stations, all of them and no others, vote in the contest; None for a constituency."""
        nation = next(iter(self._areas))
        everywhere = self._expected.get((contest.pk, nation), 0)
        for area in self._areas_of_contest[contest.pk]:
            if self._expected[contest.pk, area.pk] == everywhere == self._stations_of_area[area.pk]:
                return area
        return None

    def _read_areas_of_contests(self) -> dict[int, list[Area]]:
        """The areas in which each contest is voted on, parents first."""
        order = {area_id: position for position, area_id in enumerate(self._areas)}
        areas: dict[int, list[Area]] = defaultdict(list)
        for contest_id, area_id in sorted(self._expected, key=lambda key: order[key[1]]):
            areas[contest_id].append(self._areas[area_id])
        return areas

    def _areas_told(self, contest: Contest, electorate: Area | None) -> list[Area]:
        """Return the areas that say something of their own: none above the electorate, whose sum is the same."""
        told = self._areas_of_contest[contest.pk]
        if electorate is None:
            return [area for area in told if area.parent_id is not None]
        above = self._above(electorate)
        return [area for area in told if area.pk not in above]

    def _above(self, area: Area) -> set[int]:
        above = set()
        while area.parent_id is not None:
            above.add(area.parent_id)
            area = self._areas[area.parent_id]
        return above

    def _tally(self, contest: Contest, area: Area) -> AreaTally:
        """Return the tally of an area. Before its first protocol it has none, and yet its stations are expected."""
        found = self._tallies.get((contest.pk, area.pk))
        if found is not None:
            return found
        codes = self._layouts[contest.pk].codes
        expected = self._expected.get((contest.pk, area.pk), 0)
        return AreaTally(area.code, StationCounts(expected=expected, reported=0), dict.fromkeys(codes, 0))

    def _area_tally(self, tally: SnapshotTally | Tally) -> AreaTally:
        return AreaTally(
            self._areas[tally.area_id].code,
            StationCounts(
                expected=tally.stations_expected,
                reported=tally.stations_reported,
                held=tally.stations_held,
                annulled=tally.stations_annulled,
            ),
            self._layouts[tally.contest_id].mapping(tally.figures),
        )

    def _area(self, area: Area) -> ExportedArea:
        parent = self._areas[area.parent_id].code if area.parent_id else None
        return ExportedArea(area.code, area.level, area.kind, parent, _names(area))

    def _station(self, station: Station) -> ExportedStation:
        area = self._areas[station.area_id].code
        return ExportedStation(station.code, area, _names(station), station.registered_voters)

    def _count_stations(self) -> Counter[int]:
        counted: Counter[int] = Counter()
        for station in self._stations.values():
            counted[station.area_id] += 1
            counted.update(self._above(self._areas[station.area_id]))
        return counted

    def _read_choices(self) -> dict[int, list[ExportedChoice]]:
        choices: dict[int, list[ExportedChoice]] = defaultdict(list)
        for choice in (
            Choice.objects.using(self._using).filter(contest__in=self._contests).order_by("contest_id", "position")
        ):
            kind = ChoiceKind(choice.kind)
            choices[choice.contest_id].append(ExportedChoice(choice.code, kind, _names(choice), choice.party))
        return choices

    def _read_lines(self) -> dict[int, list[ExportedLine]]:
        lines: dict[int, list[ExportedLine]] = defaultdict(list)
        forms = {contest.form_id for contest in self._contests}
        for line in FormLine.objects.using(self._using).filter(form__in=forms).order_by("form_id", "position"):
            lines[line.form_id].append(ExportedLine(line.code, _names(line)))
        return lines


def _parents_first(area: Area) -> tuple[int, int]:
    return _LEVELS.index(AreaLevel(area.level)), area.position


def _names(named: Named) -> Names:
    return Names(en=named.name_en, kk=named.name_kk, ru=named.name_ru)
