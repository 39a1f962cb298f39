"""A small country on the evening of its election: protocols, tallies, a sealed log and published results."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from aggregation.services import settle
from audit.log_folder import LogFolder
from audit.models import Checkpoint
from audit.services import seal
from audit.signer import Signer, create_key
from results.certification.plan import plan_of
from results.certification.selectors import commission_of, last_certificates, stands
from results.certification.services import give_opinion, propose_certificate, sign_certificate
from results.models import Certificate, Snapshot
from results.publication.services import approve_final, propose_final, publish_bulletin
from stations.models import Area, Contest, Election, Station
from tests import scene
from tests.packages import plurality_figures, valid_figures

ORIGIN = "hattama.test/log"


def seal_log(folder: Path) -> Checkpoint | None:
    """Roll everything up and seal what was recorded; the log is published in `folder`."""
    settle()
    key = folder / "key"
    create_key(key)
    return seal(now=timezone.now(), log_folder=LogFolder(folder / "log"), signer=Signer(key, ORIGIN))


def everybody_sends(contests: tuple[str, ...] = ("list", "okrug")) -> None:
    """Let every station send a protocol of every contest; no two stations say the same."""
    for number, code in enumerate(Station.objects.order_by("code").values_list("code", flat=True)):
        for contest in contests:
            scene.submit(code, contest, figures_of(contest, number))


def figures_of(contest: str, number: int) -> dict[str, int]:
    """Return figures that pass every check."""
    if contest == "list":
        return valid_figures({"a": 240 + number, "b": 120, "c": 60 - number, "against_all": 20})
    return plurality_figures()


def member(name: str, election: Election, role: Role = Role.CEC) -> User:
    """Return a person appointed for the whole country."""
    user = scene.person(name)
    Appointment.objects.get_or_create(user=user, election=election, role=role, appointed_at=scene.NOW)
    return user


def bulletin(election: Election, folder: Path, *, now: datetime | None = None) -> Snapshot:
    """Seal, and publish a bulletin."""
    seal_log(folder)
    return publish_bulletin(election=election, by=member("cec", election), now=now or timezone.now())


def ready_for_final(election: Election, folder: Path) -> None:
    """Seal, let everything be certified, and seal that too."""
    seal_log(folder)
    certify_everything(election)
    seal_log(folder)


def final(election: Election, folder: Path) -> Snapshot:
    """Seal, let everything be certified, propose the final result and have a second person approve it."""
    ready_for_final(election, folder)
    snapshot = propose_final(election=election, by=member("cec", election), now=timezone.now())
    approve_final(snapshot=snapshot, by=member("cec2", election), now=timezone.now())
    return snapshot


def commission(role: Role, election: Election, *, area: str = "", contest: str = "", name: str = "first") -> User:
    """Return a member of a commission."""
    user = scene.person(f"{role.value}-{area or contest or 'nation'}-{name}")
    Appointment.objects.get_or_create(
        user=user,
        role=role,
        election=election,
        area=Area.objects.get(election=election, code=area) if area else None,
        contest=Contest.objects.get(election=election, code=contest) if contest else None,
        appointed_at=scene.NOW,
    )
    return user


def certify(
    election: Election, contest: str, area: str, *, opinion: str = "", now: datetime | None = None
) -> Certificate:
    """Let two members of the commission that establishes this result do so."""
    now = now or timezone.now()
    place = Contest.objects.get(election=election, code=contest), Area.objects.get(election=election, code=area)
    cell = plan_of(election).cells[place[0].pk, place[1].pk]
    role = commission_of(cell)[0]
    where = {} if role is Role.CEC else {"contest": contest} if role is Role.CONSTITUENCY else {"area": area}
    first, second = (commission(role, election, name=name, **where) for name in ("first", "second"))
    certificate = propose_certificate(election=election, cell=cell, by=first, role=role, now=now)
    if opinion:
        give_opinion(certificate=certificate, opinion=opinion, by=second, role=role, now=now)
    sign_certificate(certificate=certificate, by=second, role=role, now=now)
    return certificate


def certify_everything(election: Election) -> None:
    """Let every commission establish its results that are not established, the lowest level first."""
    plan = plan_of(election)
    for cell in plan.cells.values():
        area, contest = Area.objects.get(pk=cell.area), Contest.objects.get(pk=cell.contest)
        last = last_certificates([(cell.contest, cell.area)]).get((cell.contest, cell.area))
        if last is None or not stands(last):
            certify(election, contest.code, area.code)
