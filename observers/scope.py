"""What of an election a person may observe."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.domain.roles import Permission
from accounts.models import User
from observers.recent import recently
from results.public.ground import READER
from results.public.registry import current_election
from stations.models import Area, AreaLevel, Contest, Election, Station
from tallies.selectors import Narrowed, Scope, contests_in, scope_of


def observed(request: HttpRequest) -> tuple[Election, Scope]:
    """Return the current election and what of it this person's appointments let them observe. Raises Http404."""
    election = current_election()
    if election is None or not isinstance(request.user, User):
        raise Http404
    scope = scope_of(request.user, Permission.OBSERVE, election, now=timezone.now())
    if not scope:
        raise Http404
    request.current_election = election  # type: ignore[attr-defined]
    return election, scope


def first_contest(scope: Scope) -> Contest | None:
    """Return the first contest of which the scope has protocols."""
    return recently(("first contest", scope), lambda: contests_in(scope, Narrowed(), using=READER).first())


def highest_place(scope: Scope) -> Area | Station:
    """Return the area nearest to the nation that the scope covers, or else its first station."""
    return recently(("highest place", scope), lambda: _highest_place(scope))


def _highest_place(scope: Scope) -> Area | Station:
    areas = Area.objects.using(READER).filter(election=scope.election_id).order_by("position")
    if scope.everything or scope.contests:
        return areas.get(level=AreaLevel.NATION)
    area = areas.filter(pk__in=scope.regions).first() or areas.filter(pk__in=scope.districts).first()
    return area or Station.objects.using(READER).filter(pk__in=scope.stations).order_by("code")[0]


def covers_protocol(scope: Scope, station: Station, contest: Contest) -> bool:
    """Say whether a scope has a station's protocol of a contest. The station must be read with its district."""
    return (
        scope.everything
        or contest.pk in scope.contests
        or station.area.parent_id in scope.regions
        or station.area_id in scope.districts
        or station.pk in scope.stations
    )
