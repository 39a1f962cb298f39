"""Live sums for commissions and observers, told like public results but whatever the public may see by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from results.public.ground import Ground, ground_of
from results.public.links import Links
from results.public.showing import Basis, Status
from results.public.telling import Told, place_page
from stations.models import Election


@dataclass(frozen=True)
class ObserversLinks(Links):
    """Addresses of the observers' own pages, at the moment that is asked for."""

    asked: tuple[tuple[str, str], ...] = ()

    def front(self) -> str:
        return reverse("observers")

    def contest(self, contest: str) -> str:
        return reverse("observers-choose-results", query={"contest": contest, **dict(self.asked)})

    def place(self, contest: str, place: str) -> str:
        address = reverse("observers-results", kwargs={"contest": contest, "place": place})
        return f"{address}?{urlencode(self.asked)}" if self.asked else address

    def photograph(self, contest: str, place: str, sha256: str) -> str:
        return reverse("observers-photograph", kwargs={"contest": contest, "place": place, "sha256": sha256})

    def show_photographs(self, election: Election) -> bool:  # noqa: ARG002 (whatever the public may see)
        return True

    def seats(self, contest: str) -> str:  # noqa: ARG002 (the steps are told on the public page)
        return ""


def live_ground(contest: str, now: datetime, basis: Basis | None = None) -> Ground:
    """Return live sums, or those of another basis, as the ground of a page. Raises NotThere for an unknown contest."""
    return replace(ground_of(contest, now), basis=basis or Basis(Status.LIVE))


def live_page(ground: Ground, code: str, asked: Mapping[str, str] = {}) -> Told:
    """Tell what stands now, or stood on the ground's basis, in this area or at this station. Raises NotThere.

    `asked` is the moment as addresses name it: every link of the page leads on at the same one.
    """
    return place_page(ground, code, ObserversLinks(asked=tuple(asked.items())))
