"""Reading the registry."""

from __future__ import annotations

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
    lines = list(FormLine.objects.filter(form_id=contest.form_id).order_by("position"))
    layout = Layout(
        lines=tuple(line.code for line in lines),
        choices=tuple(Choice.objects.filter(contest_id=contest_id).order_by("position").values_list("code", flat=True)),
        may_be_absent=frozenset(line.code for line in lines if line.may_be_absent),
    )
    checks = FormCheck.objects.filter(form_id=contest.form_id).order_by("position")
    return ContestForm(
        contest_id=contest_id,
        contest=contest.code,
        election=contest.election.code,
        entry=contest.entry,
        layout=layout,
        checks=tuple(_check(check, layout) for check in checks),
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
