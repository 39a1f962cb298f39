"""Lists: the contests of the election, and what was published of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aggregation.models import Tally
from aggregation.selectors import Sum
from results.models import Snapshot, SnapshotTally
from results.public.ground import READER, Ground, Published
from results.public.links import Links
from results.public.outcome import ChoiceResult, Outcome, outcome_of
from results.public.registry import choices_of_all, contest_of, contests, names_of_parties, nation
from results.public.sharing import share_of
from results.public.showing import Status
from results.publication.selectors import published
from stations.models import AreaLevel, Contest, Election
from stations.selectors import layouts_of

# Of more constituencies with one kind of ballot paper the front page does not speak.
MOST_CONSTITUENCIES = 1000


@dataclass(frozen=True)
class ContestRow:
    """A contest of the list with what is counted of it; no sum and no outcome while figures are not public."""

    contest: Contest
    url: str
    sum: Sum | None
    outcome: Outcome | None

    @property
    def leader(self) -> ChoiceResult | None:
        return next(iter(self.outcome.leading), None) if self.outcome else None

    @property
    def is_decided(self) -> bool:
        """Whether one choice alone is ahead, so that one can say who is elected when the result is final."""
        return bool(self.outcome and self.outcome.margin)


@dataclass(frozen=True)
class LeaderOf:
    """A party, or nobody's candidates, and in how many constituencies they are ahead."""

    party: str
    series: str
    contests: int


@dataclass(frozen=True)
class Constituencies:
    """Constituencies whose voters have one kind of ballot paper: how many, in how many who is ahead."""

    count: int
    counted: int
    leaders: list[LeaderOf]


@dataclass(frozen=True)
class PublishedRow:
    """A published snapshot of the list. `counts`: no later edition of the final result took its place."""

    snapshot: Snapshot
    url: str
    counts: bool = True


def contests_of(ground: Ground, words: str, kind: str = "") -> QuerySet[Contest]:
    """Return the contests of the ground's election that match."""
    return contests(election_of(ground), words, kind)


def contests_page(ground: Ground, page: Page[Contest], words: str, kind: str = "") -> dict[str, Any]:
    """Tell a page of the list of contests: how far each is counted, who is ahead and by how much."""
    election = election_of(ground)
    title = f"{_('Contests')}: {election.name}"
    return {
        "ground": ground,
        "basis": ground.basis,
        "share": share_of(contest_of(ground.contest_id), nation(election), title) if ground.basis else None,
        "election": election,
        "rows": _rows(ground, election, list(page)),
        "page": page,
        "words": words,
        "kind": kind,
        "has_figures": ground.basis is not None,
        "is_final": ground.basis is not None and ground.basis.status is Status.FINAL,
    }


def constituencies_of(ground: Ground, election: Election) -> Constituencies | None:
    """Tell who is ahead in how many constituencies of the first kind of ballot paper that has them; None for none."""
    plurality = contests(election, kind=Contest.Kind.PLURALITY)
    first = plurality.first()
    if first is None or ground.basis is None:
        return None
    rows = _rows(ground, election, list(plurality.filter(colour=first.colour, seats=1)[:MOST_CONSTITUENCIES]))
    leaders = [row.leader for row in rows if row.leader and row.is_decided]
    counts = Counter(leader.choice.party for leader in leaders)
    series = {leader.choice.party: leader.series if leader.choice.party else "series-other" for leader in leaders}
    names = names_of_parties(election)
    return Constituencies(
        len(rows),
        len(leaders),
        [LeaderOf(names.get(party, party), series[party], count) for party, count in counts.most_common()],
    )


def _rows(ground: Ground, election: Election, contests: Sequence[Contest]) -> list[ContestRow]:
    sums = _sums(ground, [contest.pk for contest in contests])
    choices = choices_of_all(contests, election) if sums else {}
    return [
        ContestRow(
            contest,
            Links().contest(contest.code),
            sums.get(contest.pk),
            outcome_of(sums[contest.pk].figures, choices[contest.pk]) if contest.pk in sums else None,
        )
        for contest in contests
    ]


def _sums(ground: Ground, contest_ids: list[int]) -> dict[int, Sum]:
    """Return the national sums of contests."""
    if ground.basis is None:
        return {}
    if ground.basis.snapshot_id is not None:
        tallies = SnapshotTally.objects.using(READER).filter(snapshot=ground.basis.snapshot_id)
    else:
        tallies = Tally.objects.using(READER).all()  # type: ignore[assignment]
    rows = tallies.filter(contest__in=contest_ids, area__level=AreaLevel.NATION).values_list(
        "contest", "figures", "stations_expected", "stations_reported", "stations_held", "stations_annulled"
    )
    layouts = layouts_of(contest_ids)
    return {contest_id: Sum(layouts[contest_id].mapping(figures), *counts) for contest_id, figures, *counts in rows}


def bulletins_page(ground: Ground) -> dict[str, Any]:
    """Tell what was published, the newest first."""
    snapshots = list(published(election_of(ground), using=READER)) if ground.is_public else []
    final = [snapshot for snapshot in snapshots if snapshot.kind == Snapshot.Kind.FINAL]
    numbered = [snapshot for snapshot in snapshots if snapshot.kind == Snapshot.Kind.BULLETIN]
    return {
        "election": election_of(ground),
        "final": [_row(snapshot, counts=snapshot == final[0]) for snapshot in final],
        "bulletins": [_row(snapshot) for snapshot in numbered],
    }


def _row(snapshot: Snapshot, *, counts: bool = True) -> PublishedRow:
    """A bulletin, or an edition of the final result; the edition that counts has the address without a number."""
    kind = Snapshot.Kind(snapshot.kind)
    number = None if kind is Snapshot.Kind.FINAL and counts else snapshot.number
    return PublishedRow(snapshot, Links(Published(kind, number)).front(), counts)


def election_of(ground: Ground) -> Election:
    """Return the election that a ground is of."""
    return Election.objects.using(READER).get(pk=ground.election_id)
