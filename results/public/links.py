"""Addresses of result pages: of what is shown now, or of one published snapshot for good."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from results.models import Snapshot
from results.public.ground import Published
from stations.models import Election


@dataclass(frozen=True)
class Links:
    """Gives addresses on one basis. `published` is None on pages of what is shown now."""

    published: Published | None = None

    @classmethod
    def to(cls, snapshot: Snapshot) -> Links:
        """Return the links of a published snapshot's own pages."""
        kind = Snapshot.Kind(snapshot.kind)
        return cls(Published(kind, snapshot.number if kind is Snapshot.Kind.BULLETIN else None))

    def front(self) -> str:
        return self._reverse("results" if self.published is None else "snapshot")

    def contest(self, contest: str) -> str:
        return self._reverse("contest", contest=contest)

    def place(self, contest: str, place: str) -> str:
        return self._reverse("place", contest=contest, place=place)

    def seats(self, contest: str) -> str:
        return self._reverse("seats", contest=contest)

    def still_open(self, contest: str) -> str:
        return self._reverse("still-open", contest=contest)

    def photograph(self, contest: str, place: str, sha256: str) -> str:
        return reverse("photograph", kwargs={"contest": contest, "place": place, "sha256": sha256})

    def show_photographs(self, election: Election) -> bool:
        """Whether pages with these links show the photographs of protocols that count."""
        return election.photographs_public

    def _reverse(self, name: str, **codes: str) -> str:
        if self.published is None:
            return reverse(name, kwargs=codes)
        if self.published.kind is Snapshot.Kind.FINAL and self.published.number is None:
            return reverse(f"final-{name}", kwargs=codes)
        kind = "edition" if self.published.kind is Snapshot.Kind.FINAL else "bulletin"
        return reverse(f"{kind}-{name}", kwargs={**codes, "number": self.published.number})
