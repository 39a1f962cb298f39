"""The public API: results, and the registry they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import public
from results.public.showing import (
    NothingPublished,
    NotPublicYet,
    Shown,
    basis_as_of,
    check_public,
    present_basis,
    show,
)
from stations.models import Area, Contest, Election, Station
from stations.selectors import NoElection, contest_by_code, current_election

MOST_ROWS = 5000
USUAL_ROWS = 1000
LARGEST_SIZE = 2**53 - 1


class StationsData(serializers.Serializer[Any]):
    expected = serializers.IntegerField()
    reported = serializers.IntegerField()
    held = serializers.IntegerField()
    annulled = serializers.IntegerField()


class ResultData(serializers.Serializer[Any]):
    contest = serializers.CharField()
    area = serializers.CharField()
    as_of = serializers.IntegerField(allow_null=True, help_text="The log size; null for live sums.")
    status = serializers.ChoiceField(["live", "as_of", "bulletin", "final"])
    synthetic = serializers.BooleanField()
    stations = StationsData()
    figures = serializers.DictField(child=serializers.IntegerField())


class RefusalData(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]


_AS_OF = OpenApiParameter("as_of", str, description="A log size, or a moment as RFC 3339 with its offset.")
_ELECTION = OpenApiParameter("election", str, description="An election's code; without it, the current one.")
_LIMIT = OpenApiParameter("limit", int, description=f"At most {MOST_ROWS} rows; {USUAL_ROWS} without it.")
_OFFSET = OpenApiParameter("offset", int)


class BadParameter(Exception):
    """A query parameter cannot be read."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(name)
        self.response = _refused(status.HTTP_400_BAD_REQUEST, "bad_parameter", sentence, {name: sentence})


@public
class Results(APIView):
    """`GET /api/v1/results/<contest>/<area>/`"""

    @extend_schema(
        operation_id="results",
        parameters=[_AS_OF],
        responses={
            200: ResultData,
            400: OpenApiResponse(RefusalData, "as_of cannot be read."),
            404: OpenApiResponse(RefusalData, "No such contest or place, or not public yet."),
        },
    )
    def get(self, request: Request, contest: str, area: str) -> Response:
        """The figures of a contest in an area or at a station."""
        try:
            asked = _as_of(request.query_params.get("as_of"))
            found = contest_by_code(contest)
            place = _place(found.election, area)
            check_public(found.election, timezone.now())
            basis = present_basis(found.election) if asked is None else basis_as_of(asked)
            return Response(_data(show(found, place, basis)))
        except BadParameter as bad:
            return bad.response
        except (Contest.DoesNotExist, Station.DoesNotExist):
            raise Http404 from None
        except NotPublicYet as early:
            sentence = _("Figures are public from %(moment)s on.") % {"moment": early.moment.isoformat()}
            return _refused(status.HTTP_404_NOT_FOUND, "not_public_yet", sentence, {})
        except NothingPublished:
            return _refused(status.HTTP_404_NOT_FOUND, "nothing_published", _("Nothing was published yet."), {})


def _place(election: Election, code: str) -> Area | Station:
    area = Area.objects.filter(election=election, code=code).first()
    return area or Station.objects.get(election=election, code=code)


def _as_of(text: str | None) -> int | datetime | None:
    if text is None:
        return None
    sentence = _("Give a log size, or a moment with its offset such as 2023-03-19T22:00:00+06:00.")
    if text.isascii() and text.isdigit():
        size = int(text[:20])
        if size > LARGEST_SIZE:
            raise BadParameter("as_of", sentence)
        return size
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadParameter("as_of", sentence)
    return moment


def _data(shown: Shown) -> dict[str, Any]:
    return {
        "contest": shown.contest.code,
        "area": shown.place.code,
        "as_of": shown.basis.size,
        "status": shown.basis.status.value,
        "synthetic": shown.contest.election.synthetic,
        "stations": {
            "expected": shown.sum.expected,
            "reported": shown.sum.reported,
            "held": shown.sum.held,
            "annulled": shown.sum.annulled,
        },
        "figures": shown.sum.figures,
    }


def _refused(code: int, name: str, message: str, fields: dict[str, str]) -> Response:
    return Response({"code": name, "message": message, "fields": fields}, status=code)


class RegistryList(APIView):
    """A list of the registry: rows of one election, or of the current one."""

    def rows(self, election: Election) -> QuerySet[Any, dict[str, Any]]:
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        try:
            limit = _whole(request, "limit", USUAL_ROWS, most=MOST_ROWS)
            offset = _whole(request, "offset", 0, most=10_000_000)
            rows = self.rows(_election(request))
        except BadParameter as bad:
            return bad.response
        except (NoElection, Election.DoesNotExist):
            return Response({"count": 0, "results": []})
        return Response({"count": rows.count(), "results": [_by_code(row) for row in rows[offset : offset + limit]]})


def _by_code(row: dict[str, Any]) -> dict[str, Any]:
    """Name a place above by its field's own name: Django lets no annotation do so."""
    return {name.removesuffix("_code"): value for name, value in row.items()}


def _election(request: Request) -> Election:
    code = request.query_params.get("election")
    if code is None:
        return current_election()
    if "\x00" in code:
        raise BadParameter("election", _("This is no code."))
    return Election.objects.get(code=code)


def _whole(request: Request, name: str, usual: int, *, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= most):
        raise BadParameter(name, _("Give a whole number up to %(most)d.") % {"most": most})
    return int(text)


_NAMES = ("name_en", "name_kk", "name_ru")


def _list_schema(name: str, *parameters: OpenApiParameter) -> Callable[[Any], Any]:
    row = serializers.DictField()
    listing = type(
        f"{name.title()}List",
        (serializers.Serializer,),
        {"count": serializers.IntegerField(), "results": serializers.ListField(child=row)},
    )
    return extend_schema(
        operation_id=f"list_{name}",
        parameters=[*parameters, _LIMIT, _OFFSET],
        responses={200: listing, 400: OpenApiResponse(RefusalData, "A parameter cannot be read.")},
    )


@public
class Elections(RegistryList):
    def rows(self, election: Election) -> QuerySet[Any, dict[str, Any]]:  # noqa: ARG002
        return Election.objects.order_by("-date", "-id").values(
            "code",
            "date",
            "time_zone",
            "opens_at",
            "figures_public_from",
            "live_public",
            "synthetic",
            "package_sha256",
            *_NAMES,
        )

    @_list_schema("elections")
    def get(self, request: Request) -> Response:
        """The elections that are loaded, the latest first."""
        return self.list(request)


@public
class Contests(RegistryList):
    def rows(self, election: Election) -> QuerySet[Any, dict[str, Any]]:
        return (
            Contest.objects.filter(election=election)
            .order_by("position")
            .values("code", "kind", "seats", "threshold_percent", "method", "entry", "colour", *_NAMES)
        )

    @_list_schema("contests", _ELECTION)
    def get(self, request: Request) -> Response:
        """The contests of an election."""
        return self.list(request)


@public
class Areas(RegistryList):
    def rows(self, election: Election) -> QuerySet[Any, dict[str, Any]]:
        return (
            Area.objects.filter(election=election)
            .order_by("position")
            .values("code", "level", "kind", *_NAMES, parent_code=F("parent__code"))
        )

    @_list_schema("areas", _ELECTION)
    def get(self, request: Request) -> Response:
        """The areas of an election, the nation first."""
        return self.list(request)


@public
class Stations(RegistryList):
    def rows(self, election: Election) -> QuerySet[Any, dict[str, Any]]:
        return (
            Station.objects.filter(election=election)
            .order_by("code")
            .values(
                "code",
                "registered_voters",
                "abroad",
                "time_zone",
                "opens",
                "closes",
                *_NAMES,
                area_code=F("area__code"),
            )
        )

    @_list_schema("stations", _ELECTION)
    def get(self, request: Request) -> Response:
        """The stations of an election."""
        return self.list(request)
