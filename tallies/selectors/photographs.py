"""Reading photographs of protocols: what was attached, and whether a file belongs to a protocol."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from tallies.domain.photographs import MediaType
from tallies.models import Explanation, Photograph, PhotographPage, Upload, WithdrawnPhotograph


@dataclass(frozen=True)
class PageSeen:
    """A page of a photograph: the hash under which its copy lies, and its size in pixels."""

    number: int
    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Withdrawal:
    """That a photograph was marked as not showing what it should: when, in which role, and why."""

    at: datetime
    role: str
    reason: str


@dataclass(frozen=True)
class PhotographSeen:
    """A photograph with its pages, and its withdrawal if there was one. `id` is that of its event."""

    id: int
    sha256: str
    media_type: MediaType
    bytes: int
    role: str
    at: datetime
    pages: tuple[PageSeen, ...]
    withdrawn: Withdrawal | None


def photographs_of(
    contest_id: int,
    station_id: int,
    *,
    withdrawn: bool = True,
    log_size: int | None = None,
    using: str = "default",
) -> list[PhotographSeen]:
    """Return the photographs of a protocol, the first one first; without those withdrawn if so asked.

    With `log_size`, only those attached by an event the log had at that size. Two statements, three where one was
    withdrawn.
    """
    logged = {} if log_size is None else {"event__log_index__index__lt": log_size}
    found = list(
        Photograph.objects.using(using)
        .filter(contest=contest_id, station=station_id, **logged)
        .select_related("withdrawn")
        .order_by("event_id")
    )
    if not withdrawn:
        found = [photograph for photograph in found if not _is_withdrawn(photograph)]
    if not found:
        return []
    pages: dict[int, list[PageSeen]] = defaultdict(list)
    for page in PhotographPage.objects.using(using).filter(photograph__in=found).order_by("photograph_id", "number"):
        pages[page.photograph_id].append(PageSeen(page.number, page.sha256, page.width, page.height))
    reasons = _reasons([each.withdrawn.event_id for each in found if _is_withdrawn(each)], using)
    return [
        PhotographSeen(
            id=each.pk,
            sha256=each.sha256,
            media_type=MediaType(each.media_type),
            bytes=each.bytes,
            role=each.role,
            at=each.at,
            pages=tuple(pages[each.pk]),
            withdrawn=_withdrawal(each, reasons) if _is_withdrawn(each) else None,
        )
        for each in found
    ]


def _is_withdrawn(photograph: Photograph) -> bool:
    return hasattr(photograph, "withdrawn")


def _withdrawal(photograph: Photograph, reasons: dict[int, str]) -> Withdrawal:
    withdrawn: WithdrawnPhotograph = photograph.withdrawn
    return Withdrawal(withdrawn.at, withdrawn.role, reasons.get(withdrawn.event_id, ""))


def _reasons(event_ids: Collection[int], using: str) -> dict[int, str]:
    if not event_ids:
        return {}
    found = Explanation.objects.using(using).filter(event__in=event_ids, subject="withdrawal")
    return dict(found.values_list("event_id", "text"))


def count_photographs(contest_ids: Collection[int], station_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return how many photographs these protocols have, without those withdrawn, by contest and station id.

    Protocols without any are left out. One statement, for lists.
    """
    counted = (
        Photograph.objects.filter(contest__in=contest_ids, station__in=station_ids, withdrawn=None)
        .values_list("contest_id", "station_id")
        .annotate(Count("pk"))
    )
    return {(contest_id, station_id): count for contest_id, station_id, count in counted}


def is_copy_of(
    contest_id: int, station_id: int, sha256: str, *, withdrawn: bool = True, using: str = "default"
) -> bool:
    """Whether a file with this hash is the copy of a page of this protocol."""
    allowed = Q() if withdrawn else Q(photograph__withdrawn=None)
    return (
        PhotographPage.objects.using(using)
        .filter(allowed, photograph__contest=contest_id, photograph__station=station_id, sha256=sha256)
        .exists()
    )


def original_of(contest_id: int, station_id: int, sha256: str) -> Photograph | None:
    """Return the photograph of this protocol whose original has this hash; None if there is none."""
    return Photograph.objects.filter(contest=contest_id, station=station_id, sha256=sha256).first()


def upload_of(upload_id: uuid.UUID, contest_id: int, station_id: int, by_id: int, *, now: datetime) -> Upload | None:
    """Return this person's own upload for this protocol; None for another's, or one that is too old."""
    return Upload.objects.filter(
        pk=upload_id, contest=contest_id, station=station_id, by=by_id, expires_at__gt=now
    ).first()
