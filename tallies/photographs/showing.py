"""Photographs as pages show them beside figures: addresses, sizes, and what is said of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from tallies.domain.photographs import MediaType
from tallies.models import Complaint, ComplaintPhotograph
from tallies.selectors import OwedProtocol
from tallies.selectors.complaints import ComplaintTold, photographs_with
from tallies.selectors.photographs import PageSeen, PhotographSeen, photographs_of


@dataclass(frozen=True)
class PageShown:
    """A page with the address of its copy. `position` counts pages over all photographs of the protocol."""

    page: PageSeen
    position: int
    url: str


@dataclass(frozen=True)
class PhotographShown:
    """A photograph with its pages; `original_url` is empty where only copies are given away."""

    seen: PhotographSeen
    pages: list[PageShown]
    original_url: str = ""


@dataclass(frozen=True)
class Beside:
    """What stands beside a protocol's figures: the pages of every photograph that was not withdrawn."""

    photographs: list[PhotographShown]
    withdrawn: list[PhotographShown]

    @property
    def pages(self) -> list[PageShown]:
        return [page for photograph in self.photographs for page in photograph.pages]

    def __len__(self) -> int:
        return len(self.photographs)


def beside(
    seen: list[PhotographSeen],
    *,
    copy_url: Callable[[str], str],
    original_url: Callable[[str], str] = lambda _sha256: "",
) -> Beside:
    """Return photographs as a page shows them, given the addresses of copies and originals by their hashes."""
    valid: list[PhotographShown] = []
    withdrawn: list[PhotographShown] = []
    position = 0
    for photograph in seen:
        pages = []
        for page in photograph.pages:
            position += photograph.withdrawn is None
            pages.append(PageShown(page, position, copy_url(page.sha256)))
        shown = PhotographShown(photograph, pages, original_url(photograph.sha256))
        (withdrawn if photograph.withdrawn else valid).append(shown)
    return Beside(valid, withdrawn)


def photographs_beside(owed: OwedProtocol) -> Beside:
    """Return the photographs of a protocol as its station and the commissions above see them."""
    return beside(
        photographs_of(owed.contest_id, owed.station_id),
        copy_url=lambda sha256: reverse("tallies:photograph_copy", args=[owed.station, owed.contest, sha256]),
        original_url=lambda sha256: reverse("tallies:photograph_original", args=[owed.station, owed.contest, sha256]),
    )


def photographs_with_complaint(complaint: Complaint, found: list[ComplaintPhotograph], owed: OwedProtocol) -> Beside:
    """Return the photographs that came with a complaint as those see them who may read it."""
    where = [owed.station, owed.contest, complaint.number]
    return beside(
        [_seen(complaint, each) for each in found],
        copy_url=lambda sha256: reverse("tallies:complaint_copy", args=[*where, sha256]),
        original_url=lambda sha256: reverse("tallies:complaint_original", args=[*where, sha256]),
    )


def _seen(complaint: Complaint, photograph: ComplaintPhotograph) -> PhotographSeen:
    return PhotographSeen(
        id=photograph.pk,
        sha256=photograph.sha256,
        media_type=MediaType(photograph.media_type),
        bytes=photograph.bytes,
        role=complaint.role,
        at=complaint.at,
        pages=tuple(PageSeen(page.number, page.sha256, page.width, page.height) for page in photograph.pages.all()),
        withdrawn=None,
    )


@dataclass(frozen=True)
class ComplaintShown:
    """A complaint on a list, with the pages of its photographs for who may see them; empty for others."""

    told: ComplaintTold
    pages: list[PageShown]


def complaints_shown(
    told: Sequence[ComplaintTold], *, station: str, contest: str, reads: Callable[[], bool]
) -> list[ComplaintShown]:
    """Return complaints on a protocol as a list shows them. Two statements where photographs came with one, else none.

    `reads` says whether this person may read complaints here; it is asked only where there is something to show.
    """
    with_some = [each.complaint_id for each in told if each.photographs]
    found = photographs_with(with_some) if with_some and reads() else {}
    return [ComplaintShown(each, _pages(each, found.get(each.complaint_id, []), station, contest)) for each in told]


def _pages(told: ComplaintTold, found: list[ComplaintPhotograph], station: str, contest: str) -> list[PageShown]:
    pages = [page for photograph in found for page in photograph.pages.all()]
    return [
        PageShown(
            PageSeen(page.number, page.sha256, page.width, page.height),
            position,
            reverse("tallies:complaint_copy", args=[station, contest, told.number, page.sha256]),
        )
        for position, page in enumerate(pages, start=1)
    ]
