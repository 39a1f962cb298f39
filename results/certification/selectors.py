"""Reading certificates: which stand, which wait, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from accounts.selectors import seat_in
from aggregation.selectors import now_in, tally
from results.certification.counting import counts_of
from results.certification.domain.conditions import Count, Unmet, unmet
from results.certification.domain.deadlines import is_late, last_day
from results.certification.domain.levels import Cell, Level
from results.certification.plan import Place, Plan, plan_of
from results.models import Certificate
from stations.models import Area, Contest, Election
from stations.selectors import layouts_of


class Stage(StrEnum):
    """How far a commission is with what it establishes."""

    NOT_READY = "not_ready"
    READY = "ready"
    PROPOSED = "proposed"
    CERTIFIED = "certified"


@dataclass(frozen=True)
class CellSeen:
    """A cell with its last certificate and how the protocols beneath it stand.

    `beneath_standing` counts the certificates of the level below that stand. `last_day` is the last day on which the
    law does not call it late; None where it has no term.
    """

    cell: Cell
    count: Count
    certificate: Certificate | None
    beneath_standing: int
    last_day: date | None
    time_zone: str

    @property
    def is_certified(self) -> bool:
        return self.certificate is not None and stands(self.certificate)

    @property
    def was_withdrawn(self) -> bool:
        """Whether the last certificate that was signed was withdrawn."""
        return self.certificate is not None and withdrawn(self.certificate)

    @property
    def open(self) -> dict[Unmet, int]:
        """What is missing, as far as it can be told without adding figures up."""
        return open_conditions(self.cell, self.count, self.beneath_standing)

    @property
    def stage(self) -> Stage:
        if self.is_certified:
            return Stage.CERTIFIED
        if self.open:
            return Stage.NOT_READY
        return Stage.PROPOSED if self.certificate is not None and waits(self.certificate) else Stage.READY

    def is_late(self, now: datetime) -> bool:
        return not self.is_certified and is_late(self.last_day, self.time_zone, now)


def stands(certificate: Certificate) -> bool:
    """Whether a certificate was signed and nothing has withdrawn it."""
    return hasattr(certificate, "signature") and not hasattr(certificate.signature.certified, "end")


def waits(certificate: Certificate) -> bool:
    """Whether a certificate waits for its second signature."""
    return not hasattr(certificate, "signature")


def withdrawn(certificate: Certificate) -> bool:
    """Whether a certificate was signed and something beneath it has changed since."""
    return hasattr(certificate, "signature") and hasattr(certificate.signature.certified, "end")


def last_certificates(places: Collection[Place], *, using: str = "default") -> dict[Place, Certificate]:
    """Return the last certificate of each of these places that has any, with its signature and its end."""
    contests, areas = {contest for contest, _area in places}, {area for _contest, area in places}
    found = (
        _certificates(using)
        .filter(contest__in=contests, area__in=areas)
        .order_by("contest", "area", "-number")
        .distinct("contest", "area")
    )
    wanted = set(places)
    return {
        (certificate.contest_id, certificate.area_id): certificate
        for certificate in found
        if (certificate.contest_id, certificate.area_id) in wanted
    }


def certificates_of(contest_id: int, area_id: int, *, using: str = "default") -> list[Certificate]:
    """Return every certificate of a place, the last one first."""
    return list(_certificates(using).filter(contest=contest_id, area=area_id).order_by("-number"))


def certificates_in(ids: Collection[int], *, using: str = "default") -> dict[int, Certificate]:
    """Return these certificates by their ids."""
    return {certificate.pk: certificate for certificate in _certificates(using).filter(pk__in=list(ids))}


def _certificates(using: str) -> QuerySet[Certificate]:
    """Certificates with what became of them. Who the people are is not for readers."""
    found = Certificate.objects.using(using).select_related("signature__certified__end__cause", "checkpoint")
    return found if using == "default" else found.defer("proposed_by", "signature__signed_by")


def seen(election: Election, cells: Collection[Cell], plan: Plan) -> list[CellSeen]:
    """Return these cells with what stands and what is missing, in a number of statements that does not grow."""
    counts = counts_of(cells, plan)
    beneath = [(cell.contest, area) for cell in cells for area in cell.beneath]
    certificates = last_certificates([*counts, *beneath])
    return [
        CellSeen(
            cell,
            counts[cell.contest, cell.area],
            certificates.get((cell.contest, cell.area)),
            sum(_stands_at(certificates, cell.contest, area) for area in cell.beneath),
            last_day(election.date, days_for(cell.level, election)),
            election.time_zone,
        )
        for cell in cells
    ]


def days_for(level: Level, election: Election) -> int:
    """Return within how many days of the election day a level is established; 0 where there is no term."""
    return election.days_to_final if level is Level.NATION else election.days_to_certify


def cell_at(contest: Contest, area: Area) -> Cell | None:
    """Return what is to be established of a contest in an area; None where nothing is."""
    return plan_of(contest.election).cells.get((contest.pk, area.pk))


def conditions(cell: Cell, plan: Plan) -> dict[Unmet, int]:
    """Return every condition of a cell that is not met now, each with how often."""
    count = counts_of([cell], plan)[cell.contest, cell.area]
    beneath = last_certificates([(cell.contest, area) for area in cell.beneath])
    found = open_conditions(cell, count, sum(_stands_at(beneath, cell.contest, area) for area in cell.beneath))
    if not found and not tally_is_the_sum(cell):
        found[Unmet.UNEQUAL] = 1
    return found


def open_conditions(cell: Cell, count: Count, beneath_standing: int) -> dict[Unmet, int]:
    """Return the unmet conditions of a cell but for the sums. What a level below must settle is not said twice."""
    found = unmet(count, beneath=len(cell.beneath) - beneath_standing, equal=True)
    if cell.beneath:
        for settled_below in (Unmet.MISSING, Unmet.DIFFERING, Unmet.HELD):
            found.pop(settled_below, None)
    return found


def tally_is_the_sum(cell: Cell) -> bool:
    """Whether the tally that everybody sees is the plain sum of the protocols in force."""
    area = Area.objects.get(pk=cell.area)
    return tally(cell.contest, cell.area) == now_in(cell.contest, area)


def seat_of(user: User, cell: Cell, election_id: int, *, now: datetime) -> Appointment | None:
    """Return the appointment that makes a person a member of the commission that establishes a cell."""
    role, place = commission_of(cell)
    return seat_in(user, role, election_id=election_id, now=now, **place)


def commission_of(cell: Cell) -> tuple[Role, dict[str, int]]:
    """Return the role of the commission that establishes a cell, and the place it is appointed to."""
    match cell.level:
        case Level.DISTRICT:
            return Role.DISTRICT, {"area_id": cell.area}
        case Level.REGION:
            return Role.REGION, {"area_id": cell.area}
        case Level.CONSTITUENCY:
            return Role.CONSTITUENCY, {"contest_id": cell.contest}
        case Level.NATION:
            return Role.CEC, {}


def cells_for(user: User, election: Election, plan: Plan, *, now: datetime) -> list[Cell]:
    """Return the cells that a person's commissions establish, in the order of contests."""
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    held: set[tuple[str, int | None, int | None, int | None]] = set(
        Appointment.objects.filter(live, user=user, election=election).values_list(
            "role", "area_id", "contest_id", "station_id"
        )
    )

    def is_theirs(cell: Cell) -> bool:
        role, place = commission_of(cell)
        return (role.value, place.get("area_id"), place.get("contest_id"), None) in held

    positions = dict(Contest.objects.filter(election=election).values_list("pk", "position"))
    return sorted(filter(is_theirs, plan.cells.values()), key=lambda cell: positions[cell.contest])


def not_certified(election: Election) -> list[Cell]:
    """Return the last cells of contests whose result is not established now: with none, all is certified."""
    last = [cell for cell in plan_of(election).cells.values() if cell.is_last]
    certificates = last_certificates([(cell.contest, cell.area) for cell in last])
    return [cell for cell in last if not _stands_at(certificates, cell.contest, cell.area)]


def figures_of(certificate: Certificate) -> dict[str, int]:
    """Return a certificate's figures by their codes."""
    return layouts_of([certificate.contest_id])[certificate.contest_id].mapping(certificate.figures)


def _stands_at(certificates: Mapping[Place, Certificate], contest: int, area: int) -> bool:
    found = certificates.get((contest, area))
    return found is not None and stands(found)
