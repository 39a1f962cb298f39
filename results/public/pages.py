"""The public pages. They say the same to everyone, read with the reader's rights, and are kept once rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import public
from aggregation.selectors import counted_mark, question_mark
from results.models import Snapshot
from results.public import listing, telling
from results.public.ground import READER, Ground, NotThere, Published, ground_of
from results.public.kept_pages import LIVE, PERMANENT, PRESENT, answer
from results.public.links import Links
from results.public.showing import Status
from results.public.timeline import timeline_page
from stations.models import Contest

LONGEST_SEARCH = 100
A_PAGE = 50


@public
@require_safe
def front(request: HttpRequest) -> HttpResponseBase:
    """The national result of the first contest of the current election."""
    try:
        ground = ground_of(None, timezone.now())
    except NotThere:
        return _page(request, ("no election",), PRESENT, lambda: rendered(request, "results/no_election.html", {}))
    return shown_page(request, ground, Links(), lambda: telling.front_page(ground), ground.everywhere)


@public
@require_safe
def contest(
    request: HttpRequest, contest: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """The national result of a contest."""
    ground, links = ground_and_links(contest, kind, number)
    return shown_page(request, ground, links, lambda: telling.area_page(ground, None, links))


@public
@require_safe
def place(
    request: HttpRequest, contest: str, place: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """The result of a contest in an area, or a station's protocol."""
    ground, links = ground_and_links(contest, kind, number)
    also = ground.complaints if links.published is None else ""
    return shown_page(request, ground, links, lambda: telling.place_page(ground, place, links), also)


@public
@require_safe
def seats(
    request: HttpRequest, contest: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """How the seats of a contest are allocated, step by step."""
    ground, links = ground_and_links(contest, kind, number)
    return shown_page(request, ground, links, lambda: telling.seats_page(ground, links))


@public
@require_safe
def timeline(request: HttpRequest, contest: str) -> HttpResponseBase:
    """How the count of a contest went on, with corrections and bulletins."""
    ground, links = ground_and_links(contest)
    return shown_page(request, ground, links, lambda: timeline_page(ground), str(ground.published))


@public
@require_safe
def still_open(
    request: HttpRequest, contest: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """What the votes not counted yet can still change in a contest, and which stations they are at."""
    ground, links = ground_and_links(contest, kind, number)
    also = question_mark(ground.contest_id, using=READER) if links.published is None else ""
    return shown_page(
        request, ground, links, lambda: telling.still_open_page(ground, links), f"{ground.complaints}.{also}"
    )


@public
@require_safe
def constituencies(request: HttpRequest) -> HttpResponseBase:
    """The contests of candidates, by how far the margin is from what is open."""
    ground = _current()

    def make() -> bytes:
        with _one_moment():
            return rendered(
                request,
                "results/constituencies_open.html",
                telling.constituencies_page(ground, request.GET.get("page")),
            )

    return _page(request, (ground.token, counted_mark(ground.election_id, using=READER)), LIVE, make)


@public
@require_safe
def snapshot(request: HttpRequest, kind: Snapshot.Kind, number: int | None = None) -> HttpResponseBase:
    """A bulletin or the final result: what it is, and the national result of the first contest."""
    ground, links = ground_and_links(None, kind, number)
    return shown_page(request, ground, links, lambda: telling.snapshot_page(ground, links), _edition(kind))


@public
@require_safe
def contests(request: HttpRequest) -> HttpResponseBase:
    """The contests of the current election, to be searched and leafed through."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    kind = request.GET.get("kind", "") if request.GET.get("kind") in Contest.Kind.values else ""
    ground = _current()

    def make() -> bytes:
        page = Paginator(listing.contests_of(ground, words, kind), A_PAGE).get_page(request.GET.get("page"))
        return rendered(request, "results/contests.html", listing.contests_page(ground, page, words, kind))

    return _page(request, (ground.token, ground.everywhere), LIVE, make)


@public
@require_safe
def bulletins(request: HttpRequest) -> HttpResponseBase:
    """The bulletins of the current election and its final result, the newest first."""
    ground = _current()
    return _page(
        request,
        (ground.token, ground.published),
        PRESENT,
        lambda: rendered(request, "results/bulletins.html", listing.bulletins_page(ground)),
    )


def _current() -> Ground:
    try:
        return ground_of(None, timezone.now())
    except NotThere:
        raise Http404 from None


def ground_and_links(
    contest: str | None, kind: Snapshot.Kind | None = None, number: int | None = None
) -> tuple[Ground, Links]:
    """Return what a page of a contest stands on, and the links it has. Raises Http404."""
    published = None if kind is None else Published(kind, number)
    try:
        return ground_of(contest, timezone.now(), published), Links(published)
    except NotThere:
        raise Http404 from None


def _edition(kind: Snapshot.Kind) -> str:
    """Say which edition of the final result counts now: the pages of earlier ones tell it."""
    counts = ground_of(None, timezone.now(), Published(kind)).basis if kind is Snapshot.Kind.FINAL else None
    return str(counts.number) if counts else ""


def shown_page(
    request: HttpRequest,
    ground: Ground,
    links: Links,
    tell: Callable[[], tuple[str, Mapping[str, Any]]],
    also: str = "",
) -> HttpResponseBase:
    """Answer with figures on this ground, or with the reason why there are none.

    A kept page is right while the ground's token and `also` are the same.
    """
    if request.GET:
        # What stands behind a "?" changes nothing here; without it one kept page serves everyone.
        return HttpResponseRedirect(request.path)

    def make() -> bytes:
        with _one_moment():
            try:
                template, context = tell()
            except NotThere:
                raise Http404 from None
        return rendered(request, template, context)

    return _page(request, (ground.token, also), _seconds(ground, links), make)


@contextmanager
def _one_moment() -> Iterator[None]:
    """One page, one moment: areas add up to the sum above them."""
    with transaction.atomic(using=READER):
        with connections[READER].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _seconds(ground: Ground, links: Links) -> int:
    if ground.basis is None or ground.basis.status is Status.LIVE:
        return LIVE
    is_bulletin = links.published is not None and links.published.kind is Snapshot.Kind.BULLETIN
    return PERMANENT if is_bulletin else PRESENT


def _page(request: HttpRequest, token: tuple[Any, ...], seconds: int, make: Callable[[], bytes]) -> HttpResponseBase:
    return answer(request, (request.get_full_path(), get_language(), *token), make, seconds=seconds)


def rendered(request: HttpRequest, template: str, context: Mapping[str, Any]) -> bytes:
    """Return a page's bytes, moments in the election's time zone."""
    election = context.get("election")
    with timezone.override(ZoneInfo(election.time_zone) if election else None):
        return render_to_string(template, dict(context), request).encode()
