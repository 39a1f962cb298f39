"""Who holds the mandates of a contest: derived from the final result and the acts that were confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aggregation.domain.mandates import (
    Consequence,
    Place,
    QuotaCheck,
    Verdict,
    check_quota,
    consequence_of,
    holders,
    with_lots,
)
from aggregation.domain.seats import Allocation
from results.models import MandateAct, MandateDecision, Snapshot, SnapshotAllocation, SnapshotTally
from results.publication.computing import votes_of
from stations.models import AreaLevel, Candidate, Choice, Contest, Election
from stations.selectors import layouts_of


@dataclass(frozen=True)
class Listed:
    """A list with its seats, its candidates in order, and the places whose holders gave their mandate up.

    A candidate who is elected in a constituency stands here as a list of one.
    """

    choice: Choice
    seats: int
    candidates: tuple[Candidate, ...]
    gave_up: frozenset[int]

    @property
    def places(self) -> list[Place]:
        """The places of the list with their groups."""
        return [place_of(candidate) for candidate in self.candidates]

    @property
    def holders(self) -> list[Candidate]:
        """Who holds the list's mandates, in the order of the list."""
        held = {place.number for place in holders(self.places, seats=self.seats, gave_up=self.gave_up)}
        return [candidate for candidate in self.candidates if candidate.position in held]

    @property
    def vacant(self) -> int:
        """Seats for which the list has nobody left."""
        return self.seats - len(self.holders)

    @property
    def is_list(self) -> bool:
        """Whether it is a party's list, not one candidate."""
        return self.choice.kind == Choice.Kind.LIST

    @property
    def successor(self) -> Candidate | None:
        """Who comes next when a mandate is given up; None where nobody is left."""
        held = {candidate.position for candidate in self.holders}
        left = (each for each in self.candidates if each.position not in held | self.gave_up)
        return next(left, None)


@dataclass(frozen=True)
class Quota:
    """A quota of the election, held against a list and against its mandates."""

    rule: Mapping[str, Any]
    of_list: QuotaCheck
    of_mandates: QuotaCheck


@dataclass(frozen=True)
class Mandates:
    """The mandates of a contest by its final result. `snapshot` is None before there is one.

    `waiting` is the act that waits for a second person; `registered` the confirmed registration.
    """

    contest: Contest
    snapshot: Snapshot | None
    allocation: Allocation | None = None
    consequence: Consequence | None = None
    lists: tuple[Listed, ...] = ()
    acts: tuple[MandateAct, ...] = ()
    decided: Mapping[int, str] = field(default_factory=dict)

    @property
    def confirmed(self) -> list[MandateAct]:
        """The acts that count, in their order."""
        return [act for act in self.acts if self.decided.get(act.pk) == MandateDecision.Outcome.CONFIRMED]

    @property
    def waiting(self) -> MandateAct | None:
        """The act that waits for a second person."""
        return next((act for act in self.acts if act.pk not in self.decided), None)

    @property
    def registered(self) -> MandateAct | None:
        """The confirmed registration."""
        return next((act for act in self.confirmed if act.kind == MandateAct.Kind.REGISTRATION), None)

    @property
    def is_vacated(self) -> bool:
        """Whether who was elected in a constituency gave the mandate up: nobody follows, so the law asks for a vote."""
        return any(not listed.is_list and listed.vacant for listed in self.lists)

    @property
    def called(self) -> MandateAct | None:
        """The confirmed call of a repeat vote or a by-election."""
        return next((act for act in self.confirmed if act.kind == MandateAct.Kind.REPEAT), None)


def mandates_of(contest: Contest, *, using: str = "default") -> Mandates:
    """Return who holds the mandates of a contest now."""
    approved = Snapshot.objects.using(using).filter(
        election=contest.election_id, kind=Snapshot.Kind.FINAL, approval__isnull=False
    )
    snapshot = approved.order_by("-number").first()
    stored = (
        SnapshotAllocation.objects.using(using).filter(snapshot=snapshot, contest=contest).first() if snapshot else None
    )
    if snapshot is None or stored is None:
        return Mandates(contest, None)
    acts = _acts(contest, snapshot, using)
    decided = dict(MandateDecision.objects.using(using).filter(act__in=acts).values_list("act_id", "outcome"))
    confirmed = [act for act in acts if decided.get(act.pk) == MandateDecision.Outcome.CONFIRMED]
    allocation = Allocation.from_data(stored.steps)
    choices = list(Choice.objects.using(using).filter(contest=contest).order_by("position"))
    consequence = _consequence(contest, snapshot, choices, allocation, using)
    for act in confirmed:
        if act.kind == MandateAct.Kind.LOTS:
            allocation = with_lots(allocation, act.data["won"])
    is_repeated = consequence is not None and consequence.verdict in {Verdict.REPEAT_VOTING, Verdict.REPEAT_ELECTION}
    return Mandates(
        contest=contest,
        snapshot=snapshot,
        allocation=allocation,
        consequence=consequence,
        lists=() if is_repeated else _lists(choices, allocation, confirmed, using),
        acts=tuple(acts),
        decided=decided,
    )


def _acts(contest: Contest, snapshot: Snapshot, using: str) -> list[MandateAct]:
    # A corrected final result is a new edition: acts about the one before do not speak of it.
    acts = MandateAct.objects.using(using).filter(contest=contest, snapshot=snapshot).order_by("number")
    return list(acts.defer("proposed_by").select_related("contest"))


def _consequence(
    contest: Contest, snapshot: Snapshot, choices: Sequence[Choice], allocation: Allocation, using: str
) -> Consequence | None:
    if contest.kind != Contest.Kind.PLURALITY:
        return None
    tally = SnapshotTally.objects.using(using).get(snapshot=snapshot, contest=contest, area__level=AreaLevel.NATION)
    figures = layouts_of([contest.pk])[contest.pk].mapping(tally.figures)
    votes = votes_of(list(choices), figures)
    return consequence_of(allocation, votes, on_tie=contest.on_tie, on_against_all=contest.on_against_all)


def _lists(
    choices: Sequence[Choice], allocation: Allocation, confirmed: Sequence[MandateAct], using: str
) -> tuple[Listed, ...]:
    candidates: dict[int, list[Candidate]] = {choice.pk: [] for choice in choices}
    for candidate in Candidate.objects.using(using).filter(choice__in=choices).order_by("position"):
        candidates[candidate.choice_id].append(candidate)
    gave_up = [act.data for act in confirmed if act.kind == MandateAct.Kind.GIVEN_UP]
    elected = [
        choice for choice in choices if choice.kind == Choice.Kind.CANDIDATE and allocation.seats.get(choice.code, 0)
    ]
    candidates |= {choice.pk: [_alone(choice)] for choice in elected}
    return tuple(
        Listed(
            choice,
            allocation.seats.get(choice.code, 0),
            tuple(candidates[choice.pk]),
            frozenset(data["place"] for data in gave_up if data["list"] == choice.code),
        )
        for choice in choices
        if choice.kind == Choice.Kind.LIST or choice in elected
    )


def _alone(choice: Choice) -> Candidate:
    """Return who is elected in a constituency as the one person of a list."""
    names = {"name_en": choice.name_en, "name_kk": choice.name_kk, "name_ru": choice.name_ru}
    return Candidate(choice=choice, position=1, groups="", **names)


def quotas_of(contest: Contest, listed: Listed) -> list[Quota]:
    """Hold every quota of the election against a list and its mandates; nothing for who is not on a list."""
    if not listed.candidates or not listed.is_list:
        return []
    held = [place_of(candidate) for candidate in listed.holders]
    return [
        Quota(
            rule,
            check_quota(listed.places, percent=rule["percent"], groups=rule["groups"]),
            check_quota(held, percent=rule["percent"], groups=rule["groups"]),
        )
        for rule in contest.election.quotas
    ]


def place_of(candidate: Candidate) -> Place:
    """Return a candidate's place with the groups that quotas know."""
    return Place(candidate.position, frozenset(candidate.groups.split()))


def contests_with_mandates(election: Election) -> list[Contest]:
    """Return the contests about whose mandates something may have to be recorded, in their order.

    Those with lists of candidates, and those whose final result leaves something to lots or to another vote.
    """
    snapshot = (
        Snapshot.objects.filter(election=election, kind=Snapshot.Kind.FINAL, approval__isnull=False)
        .order_by("-number")
        .first()
    )
    if snapshot is None:
        return []
    contests = Contest.objects.filter(election=election).order_by("position")
    with_lists = set(contests.filter(choices__candidates__isnull=False).values_list("pk", flat=True))
    open_ones = set(
        SnapshotAllocation.objects.filter(snapshot=snapshot)
        .exclude(steps__lots=None)
        .values_list("contest_id", flat=True)
    )
    against_all = contests.filter(on_against_all=Verdict.REPEAT_ELECTION).select_related("election")
    repeated = {contest.pk for contest in against_all if _is_repeated(contest, snapshot)}
    wanted = with_lists | open_ones | repeated
    return [contest for contest in contests if contest.pk in wanted]


def _is_repeated(contest: Contest, snapshot: Snapshot) -> bool:
    stored = SnapshotAllocation.objects.filter(snapshot=snapshot, contest=contest).first()
    if stored is None:
        return False
    choices = list(Choice.objects.filter(contest=contest).order_by("position"))
    found = _consequence(contest, snapshot, choices, Allocation.from_data(stored.steps), "default")
    return found is not None and found.verdict is Verdict.REPEAT_ELECTION
