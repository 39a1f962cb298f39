"""After the night: every commission establishes its results, and the central one publishes the final result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from accounts.domain.roles import Role
from accounts.models import User
from accounts.roster import RosterRow
from config.demo.cast import enrolled
from config.demo.preparing import timed
from config.demo.reckoning import wait_until_settled
from results.certification.domain.levels import Cell
from results.certification.plan import plan_of
from results.certification.selectors import commission_of, last_certificates, stands, waits
from results.certification.services import propose_certificate, sign_certificate
from results.models import Snapshot
from results.publication.selectors import is_final, newest, proposed
from results.publication.services import approve_final, propose_final
from stations.models import Area, Contest, Election
from tallies.models import Query, QueryClosing
from tallies.services.close_query import close_query
from tallies.services.patterns import look_for_patterns

ANSWER = "Held against the signed paper: these are the figures of the protocol."
MEMBERS = ("first", "second")


@dataclass(frozen=True, order=True)
class Seat:
    """A commission: its role, and the code of the area or contest it is appointed to (the central one: empty)."""

    role: Role
    place: str = ""

    def named(self, member: str) -> str:
        """Return the username of one of its members."""
        return "-".join(filter(None, (self.role.value, self.place, member)))


CENTRAL = Seat(Role.CEC)


def publish_final(
    election: Election, console: Console, *, settle: Callable[[], object] = wait_until_settled
) -> Snapshot:
    """Let every commission answer its queries and establish its results, publish the final result, and return it.

    What was done before is not done again. `settle` returns when every change is summed and sealed. Raises Refusal
    where something stands in the way, and what `settle` raises.
    """
    standing = newest(election) if is_final(election) else None
    if standing is not None:
        return standing
    seats = _seats(election)
    members = timed(console, _("Every commission has two members."), lambda: _members(election, seats))
    timed(console, _("Every query is answered."), lambda: _answer_queries(election, members))
    _establish(election, seats, members, console)
    settle()
    first, second = members[CENTRAL]
    snapshot = proposed(election) or timed(
        console,
        _("The final result is proposed: the sums are equal and the verification agrees."),
        lambda: propose_final(election=election, by=first, now=timezone.now()),
    )
    timed(
        console,
        _("A second person has approved the final result: it is published."),
        lambda: approve_final(snapshot=snapshot, by=second, now=timezone.now()),
    )
    settle()
    return snapshot


def _seats(election: Election) -> dict[Cell, Seat]:
    """Return which commission establishes each result of an election, the lowest level of a contest first."""
    contests = dict(Contest.objects.filter(election=election).values_list("pk", "code"))
    areas = dict(Area.objects.filter(election=election).values_list("pk", "code"))

    def seat(cell: Cell) -> Seat:
        role, place = commission_of(cell)
        contest, area = place.get("contest_id"), place.get("area_id")
        return Seat(role, contests[contest] if contest else areas[area] if area else "")

    return {cell: seat(cell) for cell in plan_of(election).cells.values()}


def _members(election: Election, seats: Mapping[Cell, Seat]) -> dict[Seat, tuple[User, User]]:
    """Return two members of each commission; who is not enrolled yet is now."""
    needed = sorted({*seats.values(), CENTRAL})
    rows = {
        seat.named(member): RosterRow(
            line,
            seat.named(member),
            seat.role,
            area=seat.place if seat.role in {Role.DISTRICT, Role.REGION} else "",
            contest=seat.place if seat.role is Role.CONSTITUENCY else "",
            election=election.code,
        )
        for line, (seat, member) in enumerate(((seat, member) for seat in needed for member in MEMBERS), start=1)
    }
    people = enrolled(rows, timezone.now())
    return {seat: (people[seat.named("first")], people[seat.named("second")]) for seat in needed}


def _answer_queries(election: Election, members: Mapping[Seat, tuple[User, User]]) -> None:
    """Let each district's commission answer the queries on its protocols; the central one where it has none."""
    look_for_patterns(now=timezone.now())
    waiting = Query.objects.filter(contest__election=election, closing=None).select_related("area").order_by("pk")
    for query in waiting:
        district = Seat(Role.DISTRICT, query.area.code)
        seat = district if district in members else CENTRAL
        close_query(
            query=query,
            answer=QueryClosing.Answer.COMPARED,
            reason=ANSWER,
            by=members[seat][0],
            role=seat.role,
            now=timezone.now(),
        )


def _establish(
    election: Election, seats: Mapping[Cell, Seat], members: Mapping[Seat, tuple[User, User]], console: Console
) -> None:
    """Let every commission establish what is not established yet."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for cell, seat in progress.track(seats.items(), description=_("Results established")):
            _establish_one(election, cell, seat.role, *members[seat])
    words = _("Every result is established: %(count)s certificates stand.") % {"count": len(seats)}
    console.print(f"[green]✓[/] {words}")


def _establish_one(election: Election, cell: Cell, role: Role, first: User, second: User) -> None:
    place = (cell.contest, cell.area)
    certificate = last_certificates([place]).get(place)
    if certificate is not None and stands(certificate):
        return
    if certificate is None or not waits(certificate):
        certificate = propose_certificate(election=election, cell=cell, by=first, role=role, now=timezone.now())
    sign_certificate(certificate=certificate, by=second, role=role, now=timezone.now())
