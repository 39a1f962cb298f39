"""The API through which stations report turnout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import require, token_or_session
from accounts.domain.roles import Permission
from accounts.models import User
from tallies.api import KEY_HEADER, LONGEST_CODE, LONGEST_TEXT, BadRequest, RefusalData, idempotency_key, is_text
from tallies.domain.figures import LARGEST_FIGURE
from tallies.refusals import Refusal
from tallies.selectors.turnout import owed_turnout
from tallies.services.turnout import AlreadyReported, report_turnout


class TurnoutData(serializers.Serializer[Any]):
    """A station's report for one hour."""

    station = serializers.CharField(max_length=LONGEST_CODE)
    hour = serializers.CharField(max_length=5, help_text="One of the election's hours, on the station's own clock.")
    voters = serializers.IntegerField(
        min_value=0, max_value=LARGEST_FIGURE, help_text="Who have received a ballot since the opening."
    )
    more_than_registered = serializers.BooleanField(
        required=False, help_text="Confirms a number above the station's register."
    )
    reason = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, allow_blank=True, help_text="Why the hour is corrected."
    )


class ReportedData(serializers.Serializer[Any]):
    station = serializers.CharField()
    hour = serializers.CharField()
    voters = serializers.IntegerField()
    number = serializers.IntegerField(help_text="1 for the first report of the hour, 2 for its first correction.")


PARTS = frozenset(TurnoutData().fields)


@token_or_session(Permission.ENTER_PROTOCOL)
class Turnout(APIView):
    """`POST /api/v1/turnout/`"""

    @extend_schema(
        operation_id="report_turnout",
        parameters=[KEY_HEADER],
        request=TurnoutData,
        responses={
            201: OpenApiResponse(ReportedData, "Taken, or stood already with the same number."),
            400: OpenApiResponse(RefusalData, "Not JSON."),
            401: OpenApiResponse(RefusalData, "No session and no valid token."),
            403: OpenApiResponse(RefusalData, "A session without its CSRF token."),
            404: OpenApiResponse(RefusalData, "Not a station this person reports for."),
            409: OpenApiResponse(RefusalData, "The hour was reported with another number, and no reason is given."),
            415: OpenApiResponse(RefusalData, "Not application/json."),
            422: OpenApiResponse(RefusalData, "An hour or a number that cannot be taken."),
        },
    )
    def post(self, request: Request) -> Response:
        """Report how many voters have received ballots by one of the fixed hours."""
        try:
            data = _parse(request.data)
            owed = owed_turnout(data["station"])
            if owed is None:
                raise Http404
            appointment = require(request.user, Permission.ENTER_PROTOCOL, station=owed.station_id)
            reported = report_turnout(
                owed=owed,
                hour=data["hour"],
                voters=data["voters"],
                more_than_registered=data["more_than_registered"],
                reason=data["reason"],
                idempotency_key=idempotency_key(request),
                by=cast(User, request.user),
                role=appointment.role,
                now=timezone.now(),
            )
        except Refusal as refusal:
            conflict = isinstance(refusal, AlreadyReported)
            code = status.HTTP_409_CONFLICT if conflict else status.HTTP_422_UNPROCESSABLE_ENTITY
            return Response(refusal.as_data(), status=code)
        body = {name: data[name] for name in ("station", "hour", "voters")}
        return Response({**body, "number": reported.number}, status=status.HTTP_201_CREATED)


def _parse(body: object) -> dict[str, Any]:
    """Return the parts of the body. Raises BadRequest naming each part that is wrong."""
    if not isinstance(body, Mapping):
        raise BadRequest(_("The body must be a JSON object."))
    problems: dict[str, object] = {str(code)[:LONGEST_CODE]: _("Unknown field.") for code in body.keys() - PARTS}
    if not is_text(body.get("station"), LONGEST_CODE) or not body["station"]:
        problems["station"] = _("A code is needed here.")
    if not is_text(body.get("hour"), 5):
        problems["hour"] = _("An hour such as 10:00 is needed here.")
    voters = body.get("voters")
    if type(voters) is not int or not 0 <= voters <= LARGEST_FIGURE:
        problems["voters"] = _("A whole number from 0 is needed here.")
    if type(body.get("more_than_registered", False)) is not bool:
        problems["more_than_registered"] = _("true or false is needed here.")
    if not is_text(body.get("reason", ""), LONGEST_TEXT):
        problems["reason"] = _("A text is needed here.")
    if problems:
        raise BadRequest(_("Something in this request cannot be taken."), fields=problems)
    return {"more_than_registered": False, "reason": "", **body}
