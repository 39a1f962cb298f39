"""The day's turnout for programs. It is told while people vote, as the page is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import public
from aggregation.selectors import HourSum, stations_by_area, turnout_mark, turnout_of
from results.public.api import PublicRefusal
from results.public.ground import CODE, READER
from results.public.kept_pages import JSON, LIVE, answer
from results.public.registry import current_election
from stations.models import Area, Election, Station
from tallies.selectors.turnout import voters_by_hour


class HourData(serializers.Serializer[Any]):
    hour = serializers.CharField(help_text="On the clock of the stations that reported.")
    voters = serializers.IntegerField(help_text="Who had received a ballot since the opening.")
    stations = serializers.IntegerField(help_text="How many stations reported this hour.")
    registered_voters = serializers.IntegerField(help_text="Registers of the stations that reported.")


class AreaTurnoutData(serializers.Serializer[Any]):
    election = serializers.CharField()
    area = serializers.CharField()
    synthetic = serializers.BooleanField()
    training = serializers.BooleanField(help_text="Practice on a training system.")
    stations_expected = serializers.IntegerField()
    hours = HourData(many=True)


@public
class AreaTurnout(APIView):
    """`GET /api/v1/turnout/<area>/`"""

    @extend_schema(
        operation_id="turnout",
        responses={
            200: AreaTurnoutData,
            404: OpenApiResponse(PublicRefusal, "No such area or station, or no turnout is reported in this election."),
        },
    )
    def get(self, request: Request, area: str) -> HttpResponseBase:
        """How many voters had come by each hour, in an area or at a station."""
        election = current_election()
        place = _place(election, area) if election and election.turnout_hours else None
        if election is None or place is None:
            body = {"code": "not_found", "message": _("There is no turnout of such a place."), "fields": {}}
            return Response(body, status=status.HTTP_404_NOT_FOUND)
        key = ("api-turnout", election.pk, election.revision, area, turnout_mark(using=READER))

        def make() -> bytes:
            return bytes(JSONRenderer().render(_data(election, place)))

        return answer(request._request, key, make, seconds=LIVE, content_type=JSON)


def _place(election: Election, code: str) -> Area | Station | None:
    if not CODE.fullmatch(code):
        return None
    area = Area.objects.using(READER).filter(election=election, code=code).first()
    return area or Station.objects.using(READER).filter(election=election, code=code).first()


def _data(election: Election, place: Area | Station) -> dict[str, Any]:
    expected = 1 if isinstance(place, Station) else stations_by_area(election.pk, using=READER).get(place.pk, 0)
    return {
        "election": election.code,
        "area": place.code,
        "synthetic": election.synthetic,
        "training": settings.TRAINING,
        "stations_expected": expected,
        "hours": [
            {
                "hour": each.hour,
                "voters": each.voters,
                "stations": each.stations,
                "registered_voters": each.registered_voters,
            }
            for each in _hours(place)
        ],
    }


def _hours(place: Area | Station) -> list[HourSum]:
    if isinstance(place, Area):
        return turnout_of([place.pk], using=READER).get(place.pk, [])
    reported = voters_by_hour(place.pk, using=READER)
    return [HourSum(hour, voters, 1, place.registered_voters) for hour, voters in sorted(reported.items())]
