"""Live sums and protocols for observers, whatever the public may see by now; as they stood at any moment."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from accounts.selectors import appointment_for
from audit.selectors import last_cosigned
from observers.downloads import Table, download, links
from observers.forms import MomentForm, PlaceForm
from observers.live_results import ObserversLinks, live_ground, live_page
from observers.moments import checkpoint_of, title_of
from observers.pages.frame import kept_fragment, page
from observers.pages.station_files import versions_table
from observers.recent import recently
from observers.scope import first_contest, highest_place, observed
from observers.sums import sums_table
from results.public.ground import READER, Ground, NotThere
from results.public.photographs import copy_of_shown
from results.public.registry import contest_of, path_to, place_of, votes_in
from results.public.showing import Basis, Status
from results.public.telling import Told, frame_of
from stations.models import Area, Contest, Station

_COMPLAINTS = (Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def choose_results(request: HttpRequest) -> HttpResponse:
    """`/observe/results/?contest=…&area=…&size=…&time=…`: to the tallies asked for."""
    _election, scope = observed(request)
    asked = PlaceForm(request.GET)
    if not asked.is_valid():
        raise Http404
    first = first_contest(scope)
    contest = asked.cleaned_data["contest"] or (first.code if first else None)
    place = asked.cleaned_data["area"] or highest_place(scope).code
    if contest is None:
        raise Http404
    address = reverse("observers-results", kwargs={"contest": contest, "place": place})
    moment = urlencode(_moment_asked(request))
    return HttpResponseRedirect(f"{address}?{moment}" if moment else address)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def results(request: HttpRequest, contest: str, place: str) -> HttpResponseBase:
    """`/observe/results/<contest>/<area or station>/?size=…&time=…`: sums, whatever the public may see by now.

    Live ones, or as they stood at a log size or a moment.
    """
    try:
        ground = live_ground(contest, timezone.now())
        found = recently(("contest", ground.contest_id), lambda: contest_of(ground.contest_id))
        where = recently(("place", found.pk, place), lambda: place_of(found, place))
        with timezone.override(ZoneInfo(found.election.time_zone)):
            moment, basis = _basis_asked(request)
        ground = live_ground(contest, timezone.now(), basis)
        if isinstance(where, Area):
            require(request.user, Permission.OBSERVE, area=where, contest=found)
        else:
            require(request.user, Permission.OBSERVE, station=where, contest=found)
        file = download(request, _place_table(found, where, moment)) if request.GET.get("format") else None
        if file:
            return file
        with timezone.override(ZoneInfo(found.election.time_zone)):
            template, context = _told(request, ground, found, where)
    except NotThere:
        raise Http404 from None
    context["crumb_here"] = True
    context["path"] = [
        crumb for crumb, area in zip(context["path"], path_to(where), strict=True) if _may_observe(request, area, found)
    ]
    may = [each for each in _COMPLAINTS if isinstance(where, Station) and _may(request, each, where, found)]
    kind = "observers-station" if isinstance(where, Station) else "observers-area"
    of_contest = f"?contest={contest}" if isinstance(where, Area) else ""
    context |= {
        "may_complain": Permission.COMPLAIN in may,
        "complaint_links": bool(may),
        "moment": moment,
        "formats": links(request.path, "sums" if isinstance(where, Area) else "versions", **_moment_asked(request)),
        "place_file": reverse(kind, args=[where.code]) + of_contest,
        "witnesses": sorted(last_cosigned(using=READER).values(), key=lambda each: each.witness),
    }
    return page(request, template, found.election, context)


def _told(request: HttpRequest, ground: Ground, contest: Contest, place: Area | Station) -> Told:
    """Tell an area's result, rendered once for each state of its figures, or what stands at a station."""
    asked = _moment_asked(request)
    if isinstance(place, Station):
        _template, context = _in_one_moment(ground, place, asked)
        return "observers/station.html", context
    if not votes_in(contest, place):
        raise NotThere(place.code)
    frame = frame_of(ground, place, ObserversLinks(asked=tuple(asked.items())))
    return "observers/area.html", frame | {"result": _area_result(request, ground, contest, place, asked)}


def _area_result(
    request: HttpRequest, ground: Ground, contest: Contest, area: Area, asked: Mapping[str, str]
) -> SafeString:
    live = ground.basis is not None and ground.basis.status is Status.LIVE
    key = (
        contest.pk, area.pk, ground.basis, tuple(asked.items()),
        # The nation's tally is the last to change, after everything beneath it.
        ground.changed_at if live else None,
    )  # fmt: skip
    return kept_fragment(
        request,
        "results/_area_result.html",
        contest.election,
        key,
        lambda: _in_one_moment(ground, area, asked)[1],
    )


def _in_one_moment(ground: Ground, place: Area | Station, asked: Mapping[str, str]) -> Told:
    with transaction.atomic(using=READER):
        with connections[READER].cursor() as cursor:
            # One page, one moment: areas add up to the sum above them.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return live_page(ground, place.code, asked)


def _place_table(contest: Contest, place: Area | Station, moment: MomentForm) -> Table:
    """What the page shows as of a checkpoint: of the moment that is asked for, or else the last one."""
    asked = moment.cleaned_data if moment.is_valid() else {}
    checkpoint = checkpoint_of(asked.get("size"), asked.get("time"))
    title = title_of(contest.election, checkpoint, contest=contest.code, place=place.code)
    if isinstance(place, Station):
        return versions_table(title, place, [contest])
    return sums_table(title, contest, place, Basis(Status.AS_OF, checkpoint.size if checkpoint else 0))


@needs(Permission.OBSERVE)
@require_safe
def photograph(request: HttpRequest, contest: str, place: str, sha256: str) -> HttpResponseBase:
    """`/observe/photographs/<contest>/<station>/<sha256>.jpg`: a page of a photograph beside a protocol that counts."""
    try:
        ground = live_ground(contest, timezone.now())
        found = contest_of(ground.contest_id)
        where = place_of(found, place)
    except NotThere:
        raise Http404 from None
    if not isinstance(where, Station):
        raise Http404
    require(request.user, Permission.OBSERVE, station=where, contest=found)
    cache = "private, max-age=3600"
    return copy_of_shown(found, where, Basis(Status.LIVE), ObserversLinks(), sha256, cache=cache)


def _may_observe(request: HttpRequest, area: Area, contest: Contest) -> bool:
    now = timezone.now()
    found = appointment_for(request.user, Permission.OBSERVE, area_id=area.pk, contest_id=contest.pk, now=now)
    return found is not None


def _may(request: HttpRequest, permission: Permission, station: Station, contest: Contest) -> bool:
    now = timezone.now()
    return appointment_for(request.user, permission, station_id=station.pk, contest_id=contest.pk, now=now) is not None


def _moment_asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("size", "time") if request.GET.get(name)}


def _basis_asked(request: HttpRequest) -> tuple[MomentForm, Basis | None]:
    """Return the form of the moment, and the basis that it asks for; None for what stands now."""
    form = MomentForm(request.GET, auto_id="moment-%s")
    if not form.is_valid() or not _moment_asked(request):
        return form, None
    checkpoint = checkpoint_of(form.cleaned_data["size"], form.cleaned_data["time"])
    if checkpoint is None:
        return form, Basis(Status.AS_OF, 0)
    return form, Basis(Status.AS_OF, checkpoint.size, checkpoint.signed_at)
