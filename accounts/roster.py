"""The file a commission sends: who is appointed to what. Reading it is separate from acting on it."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain.roles import PLACES, PlaceKind, Role
from accounts.models import User
from stations.models import Area, Contest, Election, Station

Place = Station | Area | Contest | None

REQUIRED = ("username", "role")
NAME_LENGTH = 150
OPTIONAL = ("name", "station", "area", "contest", "election", "organisation", "ends")
ORGANISATION_LENGTH = 200


@dataclass(frozen=True)
class Problem:
    """What is wrong with a roster: the line (the header is 1), the column's name, a sentence for a clerk."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.line}, {self.column}: {self.sentence}" if self.column else f"{self.line}: {self.sentence}"


class RosterRefused(Exception):
    """The roster was not taken, nothing of it. Carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class RosterRow:
    """A line of the roster as it was written, spaces at the ends removed. Empty text where nothing was given."""

    line: int
    username: str
    role: str
    name: str = ""
    station: str = ""
    area: str = ""
    contest: str = ""
    election: str = ""
    organisation: str = ""
    ends: str = ""


@dataclass(frozen=True)
class PlacedRow:
    """A row that holds against the registry. The place None is the nation; `ends_at` None is without a term."""

    username: str
    name: str
    role: Role
    election: Election
    place: Place
    organisation: str = ""
    ends_at: datetime | None = None


def read_roster(path: Path) -> list[RosterRow]:
    """The rows of a comma-separated UTF-8 file with a header. Raises RosterRefused with all problems of its form."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise RosterRefused([Problem(line, "", _("The file is not UTF-8. Save it as “CSV UTF-8”."))]) from error
    reader = csv.reader(text.splitlines())
    header = [cell.strip().lower() for cell in next(reader, [])]
    problems = _problems_of_header(header)
    if problems:
        raise RosterRefused(problems)
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            sentence = _("This line has %(found)d cells, the header has %(expected)d.") % {
                "found": len(cells),
                "expected": len(header),
            }
            problems.append(Problem(reader.line_num, "", sentence))
            continue
        rows.append(RosterRow(reader.line_num, **{k: v.strip() for k, v in zip(header, cells, strict=True)}))
    if problems:
        raise RosterRefused(problems)
    return rows


def placed(rows: Sequence[RosterRow]) -> list[PlacedRow]:
    """The rows with their elections and places. Raises RosterRefused with every problem of every row."""
    registry = _Registry(rows)
    found = [registry.placed(row) for row in rows]
    if registry.problems:
        raise RosterRefused(registry.problems)
    return [row for row in found if row is not None]


class _Registry:
    """The parts of the registry that a roster names, fetched at once, and the problems found against them."""

    def __init__(self, rows: Sequence[RosterRow]) -> None:
        self.problems: list[Problem] = []
        elections = list(Election.objects.order_by("date", "id"))
        self._elections = {election.code: election for election in elections}
        if elections:
            self._elections[""] = elections[-1]
        self._places: dict[PlaceKind, dict[tuple[int, str], Station | Area | Contest]] = {
            PlaceKind.STATION: {
                (found.election_id, found.code): found
                for found in Station.objects.filter(code__in={row.station for row in rows} - {""})
            },
            PlaceKind.AREA: {
                (found.election_id, found.code): found
                for found in Area.objects.filter(code__in={row.area for row in rows} - {""})
            },
            PlaceKind.CONTEST: {
                (found.election_id, found.code): found
                for found in Contest.objects.filter(code__in={row.contest for row in rows} - {""})
            },
        }

    def placed(self, row: RosterRow) -> PlacedRow | None:
        """The row in its place, or None and at least one more problem."""
        before = len(self.problems)
        username = self._username(row)
        election = self._election(row)
        kinds = [kind for kind in self._places if getattr(row, kind.value)]
        if len(kinds) > 1:
            self._problem(row, kinds[1].value, _("Name one place: a station, an area or a contest."))
        self._check_role(row, kinds[0] if kinds else PlaceKind.NATION)
        self._check_organisation(row)
        place = self._place(row, kinds[0], election) if kinds and election else None
        ends_at = self._ends_at(row, election) if election else None
        if election is None or len(self.problems) > before:
            return None
        return PlacedRow(username, row.name, Role(row.role), election, place, row.organisation, ends_at)

    def _username(self, row: RosterRow) -> str:
        username = User.normalize_username(row.username).lower()
        try:
            User._meta.get_field("username").clean(username, None)
        except ValidationError as error:
            self._problem(row, "username", " ".join(error.messages))
        if len(row.name) > NAME_LENGTH:
            self._problem(row, "name", _("A name has at most %d characters.") % NAME_LENGTH)
        return username

    def _election(self, row: RosterRow) -> Election | None:
        election = self._elections.get(row.election)
        if election is None:
            sentence = _("There is no election “%s”.") % row.election if row.election else _("No election is loaded.")
            self._problem(row, "election", sentence)
        return election

    def _check_role(self, row: RosterRow, kind: PlaceKind) -> None:
        if row.role not in set(Role):
            words = {"role": row.role, "roles": ", ".join(Role)}
            self._problem(row, "role", _("Unknown role “%(role)s”. Roles: %(roles)s.") % words)
        elif kind not in PLACES[Role(row.role)]:
            words = {"role": row.role, "kinds": ", ".join(sorted(PLACES[Role(row.role)]))}
            sentence = _("The role “%(role)s” is held in a place of another kind: %(kinds)s.") % words
            self._problem(row, "role" if kind is PlaceKind.NATION else kind.value, sentence)

    def _check_organisation(self, row: RosterRow) -> None:
        if row.organisation and row.role != Role.OBSERVER:
            self._problem(row, "organisation", _("Only observers are sent by an organisation."))
        if len(row.organisation) > ORGANISATION_LENGTH:
            sentence = _("The name of an organisation has at most %d characters.") % ORGANISATION_LENGTH
            self._problem(row, "organisation", sentence)

    def _ends_at(self, row: RosterRow, election: Election) -> datetime | None:
        """A moment; a day alone is meant whole, and both are on the election's clock."""
        if not row.ends:
            return None
        try:
            day_alone = len(row.ends) == len("2026-03-19")
            ends = datetime.fromisoformat(row.ends) + timedelta(days=int(day_alone))
        except (ValueError, OverflowError):
            self._problem(row, "ends", _("Write a date such as 2026-03-19."))
            return None
        ends = ends if ends.tzinfo else ends.replace(tzinfo=ZoneInfo(election.time_zone))
        if ends <= timezone.now():
            self._problem(row, "ends", _("This moment is over already."))
            return None
        return ends

    def _place(self, row: RosterRow, kind: PlaceKind, election: Election) -> Place:
        code = getattr(row, kind.value)
        place = self._places[kind].get((election.pk, code))
        if place is None:
            self._problem(row, kind.value, _("“%s” is not in the register of this election.") % code)
        return place

    def _problem(self, row: RosterRow, column: str, sentence: str) -> None:
        self.problems.append(Problem(row.line, column, sentence))


def _problems_of_header(header: list[str]) -> list[Problem]:
    problems = [Problem(1, column, _("The column is missing.")) for column in REQUIRED if column not in header]
    for column in header:
        if column not in REQUIRED + OPTIONAL:
            near = difflib.get_close_matches(column, REQUIRED + OPTIONAL, n=1)
            sentence = _("Unknown column; did you mean “%s”?") % near[0] if near else _("Unknown column.")
            problems.append(Problem(1, column, sentence))
        elif header.count(column) > 1 and Problem(1, column, _("The column is there twice.")) not in problems:
            problems.append(Problem(1, column, _("The column is there twice.")))
    return problems
