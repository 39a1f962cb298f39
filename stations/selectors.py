"""Reading the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache

from stations.domain.form import Check, ContestForm, Severity
from stations.domain.layout import Layout
from stations.domain.rules import parse_rule
from stations.models import Area, Ballot, Choice, Contest, Election, FormCheck, FormLine, Station


class NoElection(LookupError):
    """No election is loaded yet."""


def current_election() -> Election:
    """The election with the latest date; of two on one day the one loaded last. Raises NoElection."""
    election = Election.objects.order_by("-date", "-id").first()
    if election is None:
        raise NoElection
    return election


def contest_by_code(code: str) -> Contest:
    """The contest with this code: in the current election first, then in earlier ones. Raises Contest.DoesNotExist."""
    contest = (
        Contest.objects.select_related("election").filter(code=code).order_by("-election__date", "-election_id").first()
    )
    if contest is None:
        raise Contest.DoesNotExist(code)
    return contest


def area_by_code(code: str, *, election: Election) -> Area:
    """Raises Area.DoesNotExist."""
    return Area.objects.get(election=election, code=code)


def station_by_code(code: str, *, election: Election) -> Station:
    """The station with its area. Raises Station.DoesNotExist."""
    return Station.objects.select_related("area").get(election=election, code=code)


def contest_form(contest_id: int, *, revision: int | None = None) -> ContestForm:
    """The form of a contest, kept in the process for each revision of its election.

    Costs one statement to learn the revision, none if the caller knows it. Raises Contest.DoesNotExist.
    """
    if revision is None:
        revision = Contest.objects.values_list("election__revision", flat=True).get(id=contest_id)
    return _contest_form(contest_id, revision)


@lru_cache(maxsize=4096)
def _contest_form(contest_id: int, revision: int) -> ContestForm:  # noqa: ARG001  the revision is part of the key
    contest = Contest.objects.select_related("election").get(id=contest_id)
    layout = layouts_of([contest_id])[contest_id]
    checks = FormCheck.objects.filter(form_id=contest.form_id).order_by("position")
    return ContestForm(
        contest_id=contest_id,
        contest=contest.code,
        election=contest.election.code,
        entry=contest.entry,
        layout=layout,
        checks=tuple(_check(check, layout) for check in checks),
    )


_layouts: dict[int, Layout] = {}


def layouts_of(contest_ids: Collection[int]) -> dict[int, Layout]:
    """The layouts of many contests, in at most three statements. Kept in the process: a layout never changes."""
    missing = [contest_id for contest_id in contest_ids if contest_id not in _layouts]
    if missing:
        _layouts.update(_read_layouts(missing))
    return {contest_id: _layouts[contest_id] for contest_id in contest_ids}


def _read_layouts(contest_ids: list[int]) -> dict[int, Layout]:
    forms = dict(Contest.objects.filter(id__in=contest_ids).values_list("id", "form_id"))
    lines: dict[int, list[FormLine]] = defaultdict(list)
    for line in FormLine.objects.filter(form_id__in=set(forms.values())).order_by("position"):
        lines[line.form_id].append(line)
    choices: dict[int, list[str]] = defaultdict(list)
    for contest_id, code in (
        Choice.objects.filter(contest_id__in=contest_ids).order_by("position").values_list("contest_id", "code")
    ):
        choices[contest_id].append(code)
    return {contest_id: _layout(lines[form_id], choices[contest_id]) for contest_id, form_id in forms.items()}


def _layout(lines: list[FormLine], choices: list[str]) -> Layout:
    return Layout(
        lines=tuple(line.code for line in lines),
        choices=tuple(choices),
        may_be_absent=frozenset(line.code for line in lines if line.may_be_absent),
    )


def _check(check: FormCheck, layout: Layout) -> Check:
    return Check.of(
        layout,
        code=check.code,
        severity=Severity(check.severity),
        rule=parse_rule(check.rule, codes=layout.codes, tolerance=check.tolerance),
        messages={"en": check.message_en, "kk": check.message_kk, "ru": check.message_ru},
        law=check.law,
    )


def ballots_of(station: Station) -> list[Ballot]:
    """What the station votes in: its ballots with their contests, in the contests' order."""
    return list(Ballot.objects.filter(station=station).select_related("contest").order_by("contest__position"))
