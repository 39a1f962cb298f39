"""The protocol that a page is about, once it is clear that the person may be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.access import require
from accounts.domain.roles import STATION_ROLES, Permission
from accounts.models import Appointment, User
from accounts.selectors import appointment_for
from stations.models import Contest, Election, Station
from stations.selectors import NoElection, current_election
from tallies.domain.claims import ONLY
from tallies.paper import Paper, paper_of
from tallies.photographs.showing import photographs_beside
from tallies.selectors import OwedProtocol, Scope, owed_protocol, scope_of


@dataclass(frozen=True)
class Place:
    """A protocol that is owed, and the appointment by which this person may act on it."""

    owed: OwedProtocol
    appointment: Appointment
    paper: Paper
    user: User

    @property
    def on_behalf(self) -> bool:
        """Whether this person enters for the station, without being of its commission."""
        return self.appointment.role not in STATION_ROLES

    @property
    def needs_two(self) -> bool:
        """Whether two people must enter this protocol."""
        return self.on_behalf or self.paper.form.entry == Contest.EntryMode.DOUBLE

    @property
    def slot(self) -> str:
        """Which entry this person keys, for claims."""
        return self.appointment.role if self.needs_two else ONLY

    @property
    def entry_url(self) -> str:
        """The page on which this person enters the protocol."""
        name = "tallies:on_behalf" if self.on_behalf else "tallies:protocol"
        return reverse(name, args=[self.owed.station, self.owed.contest])

    @property
    def way_back(self) -> str:
        """Where this person comes from: their station's list, or the desk's page of the protocol."""
        if self.on_behalf:
            return reverse("tallies:desk_protocol", args=[self.owed.station, self.owed.contest])
        return reverse("tallies:station")

    def acting(self) -> dict[str, Any]:
        """Who acts on what and when, as services take it."""
        return {"owed": self.owed, "by": self.user, "role": self.appointment.role, "now": timezone.now()}

    def allows(self, permission: Permission) -> bool:
        """Whether this person has another right here as well."""
        return _covered(self.user, permission, self.owed) is not None

    def names(self) -> dict[str, object]:
        """The station with its district, and the contest, for the head of a page: two statements."""
        return {
            "station": Station.objects.select_related("area__parent").get(pk=self.owed.station_id),
            "contest": Contest.objects.get(pk=self.owed.contest_id),
            "owed": self.owed,
            "paper": self.paper,
            "place": self,
            # Read only by pages that show them.
            "photographs": SimpleLazyObject(lambda: photographs_beside(self.owed)),
        }


def place_for(request: HttpRequest, station: str, contest: str, *permissions: Permission) -> Place:
    """Return the protocol of this station and contest. Raises Http404 unless one of the permissions covers it."""
    owed = owed_protocol(contest, station)
    if owed is None or not isinstance(request.user, User):
        raise Http404
    for permission in permissions[:-1]:
        appointment = _covered(request.user, permission, owed)
        if appointment:
            break
    else:
        appointment = require(request.user, permissions[-1], station=owed.station_id, contest=owed.contest_id)
    return Place(owed, appointment, paper_of(owed.contest_id, revision=owed.revision), request.user)


def scope_for(request: HttpRequest, permission: Permission, *, now: datetime) -> tuple[Election, Scope]:
    """Return the current election and what of it this person's appointments cover. Raises Http404 for nothing."""
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    scope = scope_of(request.user, permission, election, now=now) if isinstance(request.user, User) else None
    if not scope:
        raise Http404
    return election, scope


def _covered(user: User, permission: Permission, owed: OwedProtocol) -> Appointment | None:
    return appointment_for(user, permission, station_id=owed.station_id, contest_id=owed.contest_id, now=timezone.now())
