"""What every page of the observers' room has around it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.domain.roles import Permission
from accounts.selectors import appointment_for
from audit.selectors import latest_checkpoint
from observers.moments import Chosen
from observers.recent import recently
from results.public.ground import READER
from results.public.kept_pages import pages
from stations.models import Contest, Election, Station
from tallies.selectors import Narrowed, contests_in


def page(
    request: HttpRequest, template: str, election: Election, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page, moments in the election's time zone. Without a `checkpoint` in the context it shows the last."""
    frame: dict[str, Any] = {"election": election}
    if "checkpoint" not in context:
        frame["checkpoint"] = latest_checkpoint(using=READER)
    with timezone.override(ZoneInfo(election.time_zone)):
        return render(request, template, {**frame, **context}, status=status)


def page_about(
    request: HttpRequest, template: str, about: Chosen, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page that is about one contest as of a checkpoint."""
    contests = recently(
        ("contests", about.scope), lambda: list(contests_in(about.scope, Narrowed(), using=READER)[: MOST_CONTESTS + 1])
    )
    frame = {
        "about": about,
        "contest": about.contest,
        "checkpoint": about.checkpoint,
        "contests": contests,
        "too_many_contests": len(contests) > MOST_CONTESTS,
    }
    return page(request, template, about.election, {**frame, **context}, status)


MOST_CONTESTS = 60
"""Where there are more than a list to choose from can hold, a contest is asked for by its code."""


def kept_fragment(
    request: HttpRequest, template: str, election: Election, key: tuple[Hashable, ...], make: Callable[[], Any]
) -> SafeString:
    """Return a part of a page that is the same for whoever may see it, moments in the election's time zone.

    It is rendered once for each key, language and revision of the election.
    """
    whole = ("observers", template, get_language(), election.pk, election.revision, *key)
    kept = pages.get(whole)
    if kept is None:
        with timezone.override(ZoneInfo(election.time_zone)):
            kept = pages.keep(whole, render_to_string(template, make(), request).encode())
    return mark_safe(kept.body.decode())  # noqa: S308  rendered by a template, which has escaped it


def may(request: HttpRequest, permission: Permission, station: Station, contest: Contest) -> bool:
    """Say whether the person may do this for the protocol of a station."""
    now = timezone.now()
    return appointment_for(request.user, permission, station_id=station.pk, contest_id=contest.pk, now=now) is not None
