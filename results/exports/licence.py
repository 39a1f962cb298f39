"""How published results may be used: said in every format, on the data page and in the API."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Licence:
    """A licence by its name in the list of Open Definition licences, with its title and address."""

    name: str
    title: str
    path: str

    def described(self) -> dict[str, str]:
        """As a data package has it."""
        return {"name": self.name, "title": self.title, "path": self.path}


def licence() -> Licence:
    """Return the licence that this site gives its data under."""
    return Licence(*settings.DATA_LICENCE)
