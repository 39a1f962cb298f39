"""The public API: results, and the registry they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, QuerySet, Value
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import public
from results.public.ground import CODE, READER, Ground, NotThere, ground_of
from results.public.kept_pages import JSON, LIVE, PRESENT, answer
from results.public.registry import contest_of, current_election, place_of
from results.public.showing import Basis, NothingPublished, Shown, Status, basis_as_of, show
from stations.models import Area, Contest, Election, Station

Get = TypeVar("Get", bound=Callable[..., HttpResponseBase])
Rows = QuerySet[Any, dict[str, Any]]

MOST_ROWS = 5000
USUAL_ROWS = 1000
LARGEST_SIZE = 2**53 - 1
LARGEST_OFFSET = 10_000_000


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
    training = serializers.BooleanField(help_text="Practice on a training system: nobody's result.")
    stations = StationsData()
    figures = serializers.DictField(child=serializers.IntegerField())


class PublicRefusal(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]


_AS_OF = OpenApiParameter(
    "as_of",
    {
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": LARGEST_SIZE},
            {"type": "string", "format": "date-time"},
        ]
    },
    description="A log size, or a moment as RFC 3339 with its offset.",
)
_ELECTION = OpenApiParameter(
    "election",
    {"type": "string", "pattern": f"^{CODE.pattern}$"},
    description="An election's code; without it, the current one.",
)
_LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 0, "maximum": MOST_ROWS},
    description=f"At most {MOST_ROWS} rows; {USUAL_ROWS} without it.",
)
_OFFSET = OpenApiParameter("offset", {"type": "integer", "minimum": 0, "maximum": LARGEST_OFFSET})


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
            400: OpenApiResponse(PublicRefusal, "as_of cannot be read."),
            404: OpenApiResponse(PublicRefusal, "No such contest or place, or not public yet."),
        },
    )
    def get(self, request: Request, contest: str, area: str) -> HttpResponseBase:
        """The figures of a contest in an area or at a station."""
        try:
            asked = _as_of(request.query_params.get("as_of"))
            ground = ground_of(contest, timezone.now())
            if not ground.is_public:
                sentence = _("Figures are public from %(moment)s on.") % {"moment": ground.public_from.isoformat()}
                return _refused(status.HTTP_404_NOT_FOUND, "not_public_yet", sentence, {})
            return _kept(request, ground, _basis(ground, asked), area)
        except BadParameter as bad:
            return bad.response
        except NotThere:
            return _refused(status.HTTP_404_NOT_FOUND, "not_found", _("There is no such contest or place."), {})
        except NothingPublished:
            return _refused(status.HTTP_404_NOT_FOUND, "nothing_published", _("Nothing was published yet."), {})


def _basis(ground: Ground, asked: int | datetime | None) -> Basis:
    basis = ground.basis if asked is None else basis_as_of(asked, using=READER)
    if basis is None:
        raise NothingPublished
    return basis


def _kept(request: Request, ground: Ground, basis: Basis, area: str) -> HttpResponseBase:
    """Answer with the figures on this basis. What is as of a log size never changes; live sums do."""

    def make() -> bytes:
        contest = contest_of(ground.contest_id)
        return JSONRenderer().render(_data(show(contest, place_of(contest, area), basis, using=READER)))

    token = ground.token if basis.size is None else f"{ground.contest_id}.{basis}"
    seconds = LIVE if basis.status is Status.LIVE else PRESENT
    return answer(request._request, ("api", area, token), make, seconds=seconds, content_type=JSON)


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
        "training": settings.TRAINING,
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

    def rows(self, election: Election) -> Rows:
        raise NotImplementedError

    def list(self, request: Request) -> HttpResponseBase:
        try:
            limit = _whole(request, "limit", USUAL_ROWS, most=MOST_ROWS)
            offset = _whole(request, "offset", 0, most=LARGEST_OFFSET)
            election = _election(request)
        except BadParameter as bad:
            return bad.response
        except Election.DoesNotExist:
            return Response({"count": 0, "results": []})

        def make() -> bytes:
            rows = self.rows(election)
            page = [_by_code(row) for row in rows[offset : offset + limit]]
            return JSONRenderer().render({"count": rows.count(), "results": page})

        key = (type(self).__name__, election.pk, election.revision, limit, offset)
        return answer(request._request, key, make, seconds=PRESENT, content_type=JSON)


def _by_code(row: dict[str, Any]) -> dict[str, Any]:
    """Name a place above by its field's own name: Django lets no annotation do so."""
    return {name.removesuffix("_code"): value for name, value in row.items()}


def _election(request: Request) -> Election:
    code = request.query_params.get("election")
    if code is None:
        election = current_election()
        if election is None:
            raise Election.DoesNotExist
        return election
    if not CODE.fullmatch(code):
        raise BadParameter("election", _("This is no code."))
    return Election.objects.using(READER).get(code=code)


def _whole(request: Request, name: str, usual: int, *, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= most):
        raise BadParameter(name, _("Give a whole number up to %(most)d.") % {"most": most})
    return int(text)


_NAMES = ("name_en", "name_kk", "name_ru")


def _list_schema(name: str, *parameters: OpenApiParameter) -> Callable[[Get], Get]:
    row = serializers.DictField()
    listing = type(
        f"{name.title()}List",
        (serializers.Serializer,),
        {"count": serializers.IntegerField(), "results": serializers.ListField(child=row)},
    )
    described: Callable[[Get], Get] = extend_schema(
        operation_id=f"list_{name}",
        parameters=[*parameters, _LIMIT, _OFFSET],
        responses={200: listing, 400: OpenApiResponse(PublicRefusal, "A parameter cannot be read.")},
    )
    return described


@public
class Elections(RegistryList):
    def rows(self, election: Election) -> Rows:  # noqa: ARG002
        rows: Rows = (
            Election.objects.using(READER)
            .order_by("-date", "-id")
            .values(
                "code",
                "date",
                "time_zone",
                "opens_at",
                "figures_public_from",
                "live_public",
                "synthetic",
                "package_sha256",
                *_NAMES,
                training=Value(settings.TRAINING),
            )
        )
        return rows

    @_list_schema("elections")
    def get(self, request: Request) -> HttpResponseBase:
        """The elections that are loaded, the latest first."""
        return self.list(request)


@public
class Contests(RegistryList):
    def rows(self, election: Election) -> Rows:
        rows: Rows = (
            Contest.objects.using(READER)
            .filter(election=election)
            .order_by("position")
            .values("code", "kind", "seats", "threshold_percent", "method", "entry", "colour", *_NAMES)
        )
        return rows

    @_list_schema("contests", _ELECTION)
    def get(self, request: Request) -> HttpResponseBase:
        """The contests of an election."""
        return self.list(request)


@public
class Areas(RegistryList):
    def rows(self, election: Election) -> Rows:
        rows: Rows = (
            Area.objects.using(READER)
            .filter(election=election)
            .order_by("position")
            .values("code", "level", "kind", *_NAMES, parent_code=F("parent__code"))
        )
        return rows

    @_list_schema("areas", _ELECTION)
    def get(self, request: Request) -> HttpResponseBase:
        """The areas of an election, the nation first."""
        return self.list(request)


@public
class Stations(RegistryList):
    def rows(self, election: Election) -> Rows:
        rows: Rows = (
            Station.objects.using(READER)
            .filter(election=election)
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
        return rows

    @_list_schema("stations", _ELECTION)
    def get(self, request: Request) -> HttpResponseBase:
        """The stations of an election."""
        return self.list(request)
