"""Addresses of result pages: of what is shown now, or of one published snapshot for good."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from results.models import Snapshot
from results.public.ground import Published


@dataclass(frozen=True)
class Links:
    """Gives addresses on one basis. `published` is None on pages of what is shown now."""

    published: Published | None = None

    def front(self) -> str:
        return self._reverse("results" if self.published is None else "snapshot")

    def contest(self, contest: str) -> str:
        return self._reverse("contest", contest=contest)

    def place(self, contest: str, place: str) -> str:
        return self._reverse("place", contest=contest, place=place)

    def seats(self, contest: str) -> str:
        return self._reverse("seats", contest=contest)

    def _reverse(self, name: str, **codes: str) -> str:
        if self.published is None:
            return reverse(name, kwargs=codes)
        if self.published.kind is Snapshot.Kind.FINAL:
            return reverse(f"final-{name}", kwargs=codes)
        return reverse(f"bulletin-{name}", kwargs={**codes, "number": self.published.number})
