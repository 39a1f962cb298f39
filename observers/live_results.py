"""Live sums for commissions and observers, told like public results but whatever the public may see by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from results.public.ground import Ground, ground_of
from results.public.links import Links
from results.public.showing import Basis, Status
from results.public.telling import Told, place_page


class ObserversLinks(Links):
    """Addresses of the observers' own pages."""

    def front(self) -> str:
        return reverse("observers")

    def contest(self, contest: str) -> str:
        return reverse("observers-choose-results", query={"contest": contest})

    def place(self, contest: str, place: str) -> str:
        return reverse("observers-results", kwargs={"contest": contest, "place": place})

    def seats(self, contest: str) -> str:  # noqa: ARG002 (the steps are told on the public page)
        return ""


def live_ground(contest: str, now: datetime) -> Ground:
    """Return live sums as the ground of a page. Raises NotThere for an unknown contest."""
    return replace(ground_of(contest, now), basis=Basis(Status.LIVE))


def live_page(ground: Ground, code: str) -> Told:
    """Tell what stands now in the area or at the station with this code. Raises NotThere."""
    return place_page(ground, code, ObserversLinks())
