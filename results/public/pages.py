"""The public pages. They say the same to everyone, read with the reader's rights, and are kept once rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from results.models import Snapshot
from results.public import listing, telling
from results.public.ground import READER, Ground, NotThere, Published, ground_of
from results.public.kept_pages import LIVE, PERMANENT, PRESENT, answer
from results.public.links import Links
from results.public.showing import Status

LONGEST_SEARCH = 100
A_PAGE = 50


@public
@require_safe
def front(request: HttpRequest) -> HttpResponseBase:
    """The national result of the first contest of the current election."""
    try:
        ground = ground_of(None, timezone.now())
    except NotThere:
        return _page(request, ("no election",), PRESENT, lambda: _rendered(request, "results/no_election.html", {}))
    return _shown_page(request, ground, Links(), lambda: telling.area_page(ground, None, Links(), front=True))


@public
@require_safe
def contest(
    request: HttpRequest, contest: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """The national result of a contest."""
    ground, links = _ground(contest, kind, number)
    return _shown_page(request, ground, links, lambda: telling.area_page(ground, None, links))


@public
@require_safe
def place(
    request: HttpRequest, contest: str, place: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """The result of a contest in an area, or a station's protocol."""
    ground, links = _ground(contest, kind, number)
    return _shown_page(request, ground, links, lambda: telling.place_page(ground, place, links))


@public
@require_safe
def seats(
    request: HttpRequest, contest: str, kind: Snapshot.Kind | None = None, number: int | None = None
) -> HttpResponseBase:
    """How the seats of a contest are allocated, step by step."""
    ground, links = _ground(contest, kind, number)
    return _shown_page(request, ground, links, lambda: telling.seats_page(ground, links))


@public
@require_safe
def snapshot(request: HttpRequest, kind: Snapshot.Kind, number: int | None = None) -> HttpResponseBase:
    """A bulletin or the final result: what it is, and the national result of the first contest."""
    ground, links = _ground(None, kind, number)
    return _shown_page(request, ground, links, lambda: telling.snapshot_page(ground, links))


@public
@require_safe
def contests(request: HttpRequest) -> HttpResponseBase:
    """The contests of the current election, to be searched and leafed through."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    ground = _current()

    def make() -> bytes:
        page = Paginator(listing.contests_of(ground, words), A_PAGE).get_page(request.GET.get("page"))
        return _rendered(request, "results/contests.html", listing.contests_page(ground, page, words))

    return _page(request, (ground.token,), LIVE, make)


@public
@require_safe
def bulletins(request: HttpRequest) -> HttpResponseBase:
    """The bulletins of the current election and its final result, the newest first."""
    ground = _current()
    return _page(
        request,
        (ground.token, ground.published),
        PRESENT,
        lambda: _rendered(request, "results/bulletins.html", listing.bulletins_page(ground)),
    )


def _current() -> Ground:
    try:
        return ground_of(None, timezone.now())
    except NotThere:
        raise Http404 from None


def _ground(contest: str | None, kind: Snapshot.Kind | None, number: int | None) -> tuple[Ground, Links]:
    published = None if kind is None else Published(kind, number)
    try:
        return ground_of(contest, timezone.now(), published), Links(published)
    except NotThere:
        raise Http404 from None


def _shown_page(
    request: HttpRequest, ground: Ground, links: Links, tell: Callable[[], tuple[str, Mapping[str, Any]]]
) -> HttpResponseBase:
    """Answer with figures on this ground, or with the reason why there are none."""
    if request.GET:
        # What stands behind a "?" changes nothing here; without it one kept page serves everyone.
        return HttpResponseRedirect(request.path)

    def make() -> bytes:
        with transaction.atomic(using=READER):
            with connections[READER].cursor() as cursor:
                # One page, one moment: areas add up to the sum above them.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            try:
                template, context = tell()
            except NotThere:
                raise Http404 from None
        return _rendered(request, template, context)

    return _page(request, (ground.token,), _seconds(ground, links), make)


def _seconds(ground: Ground, links: Links) -> int:
    if ground.basis is None or ground.basis.status is Status.LIVE:
        return LIVE
    return PERMANENT if links.published is not None and links.published.number is not None else PRESENT


def _page(request: HttpRequest, token: tuple[Any, ...], seconds: int, make: Callable[[], bytes]) -> HttpResponseBase:
    return answer(request, (request.get_full_path(), get_language(), *token), make, seconds=seconds)


def _rendered(request: HttpRequest, template: str, context: Mapping[str, Any]) -> bytes:
    """Render in the election's time zone."""
    election = context.get("election")
    with timezone.override(ZoneInfo(election.time_zone) if election else None):
        return render_to_string(template, dict(context), request).encode()
