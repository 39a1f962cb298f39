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
from results.models import Snapshot
from results.publication.services import approve_final, propose_final, publish_bulletin
from stations.models import Election, Station
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


def final(election: Election, folder: Path) -> Snapshot:
    """Seal, propose the final result and have a second person approve it."""
    seal_log(folder)
    snapshot = propose_final(election=election, by=member("cec", election), now=timezone.now())
    approve_final(snapshot=snapshot, by=member("cec2", election), now=timezone.now())
    return snapshot
