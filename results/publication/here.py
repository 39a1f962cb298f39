"""Who publishes which election on a page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import require
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import AreaLevel, Election
from stations.selectors import NoElection, current_election


def election_to_publish(request: HttpRequest) -> Election:
    """Return the current election, for a person who may publish it. Raises Http404."""
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    nation = int(election.areas.values_list("pk", flat=True).get(level=AreaLevel.NATION))
    appointment = require(request.user, Permission.PUBLISH, area=nation)
    if appointment.election_id != election.pk:
        raise Http404
    return election


def person_of(request: HttpRequest) -> User:
    """Return who asks. Raises Http404 for nobody."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def rendered_in(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Render a page with moments in the time zone of its `election`."""
    with timezone.override(ZoneInfo(context["election"].time_zone)):
        return render(request, template, dict(context), status=status)
