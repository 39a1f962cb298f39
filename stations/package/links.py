"""Whether the parts of a package fit together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Final, Protocol

from django.utils.translation import gettext as _

from stations.domain.layout import VOTES
from stations.domain.rules import RuleError, parse_rule
from stations.package.content import AreaRow, CheckRow, ContestRow, FormRow
from stations.package.heading import FILE as HEADING
from stations.package.problems import Problems
from stations.package.rows import AREAS, BALLOTS, CANDIDATES, CHOICES, CONTESTS, STATIONS, Rows

_PARENT_LEVEL: Final = {"region": "nation", "district": "region"}
_MOST_LINES: Final = 2**15 - 1


def check_links(rows: Rows, problems: Problems) -> dict[str, frozenset[str]]:
    """Report every reference that leads nowhere, and what is there twice, too few or too many.

    Returns the codes of each contest's stations, with areas resolved to the stations beneath them.
    """
    _check_doubles(rows, problems)
    _check_areas(rows, problems)
    _check_stations(rows, problems)
    _check_contests(rows, problems)
    _check_choices(rows, problems)
    _check_candidates(rows, problems)
    for form in rows.forms:
        _check_rules(form, rows, problems)
    return _resolve_ballots(rows, problems)


class _Placed(Protocol):
    @property
    def line(self) -> int: ...


def _report_doubles(file: str, column: str, keyed: Iterable[tuple[Hashable, _Placed, str]], problems: Problems) -> None:
    first: dict[Hashable, int] = {}
    for key, row, code in keyed:
        if code and key in first:
            sentence = _("%(code)s stands here twice, first on line %(line)s.") % {"code": code, "line": first[key]}
            problems.add(file, row.line, column, sentence)
        first.setdefault(key, row.line)


def _check_doubles(rows: Rows, problems: Problems) -> None:
    _report_doubles(AREAS, "code", ((row.code, row, row.code) for row in rows.areas), problems)
    _report_doubles(STATIONS, "code", ((row.code, row, row.code) for row in rows.stations), problems)
    _report_doubles(CONTESTS, "code", ((row.code, row, row.code) for row in rows.contests), problems)
    _report_doubles(CHOICES, "code", (((row.contest, row.code), row, row.code) for row in rows.choices), problems)
    _report_doubles(
        BALLOTS, "area_or_station", (((row.contest, row.place), row, row.place) for row in rows.ballots), problems
    )
    _report_doubles(
        CANDIDATES,
        "position",
        (((row.contest, row.choice, row.position), row, str(row.position)) for row in rows.candidates),
        problems,
    )


def _check_areas(rows: Rows, problems: Problems) -> None:
    if AREAS not in rows.usable:
        return
    areas = {row.code: row for row in rows.areas}
    nations = [row for row in rows.areas if row.level == "nation"]
    if not nations:
        problems.add(AREAS, 0, "level", _("There is no area of the level nation."))
    for row in nations[1:]:
        problems.add(AREAS, row.line, "level", _("There is a second nation; an election has one."))
    for row in rows.areas:
        complaint = _complaint_about_parent(row, areas)
        if complaint:
            problems.add(AREAS, row.line, "parent", complaint)


def _complaint_about_parent(row: AreaRow, areas: Mapping[str, AreaRow]) -> str | None:
    expected = _PARENT_LEVEL.get(row.level)
    if not row.parent:
        return _("The area has no parent; only the nation has none.") if expected else None
    parent = areas.get(row.parent)
    if parent is None:
        return _("There is no area %(code)s.") % {"code": row.parent}
    if row.level == "nation":
        return _("The nation has no parent.")
    if _goes_round(row, areas):
        return _("The parents of %(code)s lead back to itself.") % {"code": row.code}
    if expected and parent.level and parent.level != expected:
        return _("A %(level)s lies in a %(expected)s, but %(code)s is a %(found)s.") % {
            "level": row.level,
            "expected": expected,
            "code": parent.code,
            "found": parent.level,
        }
    return None


def _goes_round(row: AreaRow, areas: Mapping[str, AreaRow]) -> bool:
    """Whether following the parents leads back to the row. (Meeting another circle on the way is not its own fault.)"""
    seen: set[str] = set()
    step = areas.get(row.parent)
    while step is not None and step.code not in seen:
        if step.code == row.code:
            return True
        seen.add(step.code)
        step = areas.get(step.parent)
    return False


def _check_stations(rows: Rows, problems: Problems) -> None:
    levels = {row.code: row.level for row in rows.areas}
    for row in rows.stations:
        if row.code in levels:
            sentence = _("%(code)s is the code of an area; stations and areas may not share one.") % {"code": row.code}
            problems.add(STATIONS, row.line, "code", sentence)
        if not row.area or AREAS not in rows.usable:
            continue
        level = levels.get(row.area)
        if level is None:
            problems.add(STATIONS, row.line, "area", _("There is no area %(code)s.") % {"code": row.area})
        elif level and level != "district":
            sentence = _("A station lies in a district, but %(code)s is a %(level)s.")
            problems.add(STATIONS, row.line, "area", sentence % {"code": row.area, "level": level})
    if STATIONS in rows.usable and not rows.stations:
        problems.add(STATIONS, 0, "", _("There are no stations."))


def _check_contests(rows: Rows, problems: Problems) -> None:
    forms = {form.code for form in rows.forms}
    voted_in = {row.contest for row in rows.ballots}
    kinds: dict[str, list[str]] = defaultdict(list)
    for choice in rows.choices:
        kinds[choice.contest].append(choice.kind)
    for row in rows.contests:
        if row.form and rows.forms and row.form not in forms:
            sentence = _("There is no form %(code)s in election.toml.") % {"code": row.form}
            problems.add(CONTESTS, row.line, "form", sentence)
        if row.code not in voted_in and BALLOTS in rows.usable:
            problems.add(CONTESTS, row.line, "code", _("No area or station votes in this contest: see ballots.csv."))
        if CHOICES in rows.usable:
            _check_kinds(row, kinds[row.code], problems)
    if CONTESTS in rows.usable and not rows.contests:
        problems.add(CONTESTS, 0, "", _("There are no contests."))


def _check_kinds(contest: ContestRow, kinds: list[str], problems: Problems) -> None:
    """A party-list contest has lists, a plurality contest has candidates; "against all" is there once at most."""
    if contest.kind == "party_list" and "list" not in kinds:
        problems.add(CONTESTS, contest.line, "kind", _("This contest has no lists in choices.csv."))
    if contest.kind == "plurality" and "candidate" not in kinds:
        problems.add(CONTESTS, contest.line, "kind", _("This contest has no candidates in choices.csv."))
    if kinds.count("against_all") > 1:
        problems.add(CONTESTS, contest.line, "kind", _("This contest has “against all” more than once."))
    if len(kinds) > _MOST_LINES:
        problems.add(CONTESTS, contest.line, "code", _("This contest has too many choices."))


def _check_choices(rows: Rows, problems: Problems) -> None:
    if CONTESTS not in rows.usable:
        return
    contests = {row.code: row for row in rows.contests}
    wrong_kind = {"party_list": "candidate", "plurality": "list"}
    for row in rows.choices:
        contest = contests.get(row.contest)
        if contest is None:
            if row.contest:
                sentence = _("There is no contest %(code)s.") % {"code": row.contest}
                problems.add(CHOICES, row.line, "contest", sentence)
        elif row.kind and wrong_kind.get(contest.kind) == row.kind:
            sentence = _("A contest of the kind %(contest)s has no choice of the kind %(choice)s.")
            problems.add(CHOICES, row.line, "kind", sentence % {"contest": contest.kind, "choice": row.kind})


def _check_candidates(rows: Rows, problems: Problems) -> None:
    lists = {(row.contest, row.code): row.kind for row in rows.choices}
    for row in rows.candidates if CHOICES in rows.usable else ():
        kind = lists.get((row.contest, row.choice))
        if kind is None and row.contest and row.choice:
            sentence = _("The contest %(contest)s has no choice %(choice)s.")
            problems.add(CANDIDATES, row.line, "choice", sentence % {"contest": row.contest, "choice": row.choice})
        elif kind == "against_all":
            problems.add(CANDIDATES, row.line, "choice", _("“Against all” has no candidates."))


def _check_rules(form: FormRow, rows: Rows, problems: Problems) -> None:
    """Every check must make sense for every contest that uses the form."""
    contests = [row.code for row in rows.contests if row.form == form.code]
    votes: dict[str, set[str]] = {contest: set() for contest in contests}
    for row in rows.choices:
        if row.contest in votes:
            votes[row.contest].add(VOTES + row.code)
    everywhere = set.intersection(*votes.values()) if votes else set()
    anywhere = set.union(*votes.values()) if votes else set()
    lines = [line.code for line in form.lines]
    for check in form.checks:
        if check.rule:
            _check_rule(check, [*lines, *sorted(anywhere)], {*lines, *everywhere}, problems)


def _check_rule(check: CheckRow, codes: list[str], everywhere: set[str], problems: Problems) -> None:
    try:
        rule = parse_rule(check.rule, codes=codes, tolerance=check.tolerance)
    except RuleError as error:
        values = {"position": error.position + 1, "what": _(error.template) % error.values}
        problems.add(HEADING, check.line, "rule", _("%(what)s (Character %(position)s of the rule.)") % values)
        return
    for name in rule.terms:
        if name.startswith(VOTES) and name not in everywhere:
            sentence = _("Not every contest with this form has the choice %(choice)s.")
            problems.add(HEADING, check.line, "rule", sentence % {"choice": name.removeprefix(VOTES)})


def _resolve_ballots(rows: Rows, problems: Problems) -> dict[str, frozenset[str]]:
    beneath = _stations_beneath(rows)
    contests = {row.code for row in rows.contests}
    found: dict[str, set[str]] = {code: set() for code in contests}
    for row in rows.ballots:
        if row.contest and row.contest not in contests and CONTESTS in rows.usable:
            problems.add(BALLOTS, row.line, "contest", _("There is no contest %(code)s.") % {"code": row.contest})
        stations = beneath.get(row.place)
        if row.place and stations is None and {AREAS, STATIONS} <= rows.usable:
            sentence = _("There is no area or station %(code)s.") % {"code": row.place}
            problems.add(BALLOTS, row.line, "area_or_station", sentence)
        elif stations is not None and not stations and STATIONS in rows.usable:
            sentence = _("There is no station in %(code)s.") % {"code": row.place}
            problems.add(BALLOTS, row.line, "area_or_station", sentence)
        found.setdefault(row.contest, set()).update(stations or ())
    return {contest: frozenset(stations) for contest, stations in found.items()}


def _stations_beneath(rows: Rows) -> dict[str, set[str]]:
    """Codes of the stations beneath each area, and of each station itself."""
    parents = {row.code: row.parent for row in rows.areas}
    beneath: dict[str, set[str]] = {row.code: set() for row in rows.areas}
    for row in rows.stations:
        area, seen = row.area, set[str]()
        while area in parents and area not in seen:
            beneath[area].add(row.code)
            seen.add(area)
            area = parents[area]
    for row in rows.stations:
        beneath.setdefault(row.code, {row.code})
    return beneath
