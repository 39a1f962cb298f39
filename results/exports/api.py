"""The API for those who carry results on: what changed, and which files there are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import public
from audit.selectors import latest_checkpoint, log_is_public
from results.exports.changes import changes_between
from results.exports.downloads import ALL, downloads_of, label_of
from results.exports.licence import licence
from results.models import Snapshot
from results.public.api import LARGEST_SIZE, PublicRefusal
from results.public.ground import READER
from results.public.kept_pages import JSON, LIVE, PRESENT, answer
from results.public.registry import current_election
from results.publication.selectors import newest, published
from stations.models import Contest, Election

MOST_CHANGES = 2000
USUAL_CHANGES = 500


class ChangeData(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The entry of the log.")
    at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="The kind of the entry, such as protocol.accepted.")
    contest = serializers.CharField()
    station = serializers.CharField()
    areas = serializers.ListField(child=serializers.CharField(), help_text="Whose sums change: the district first.")
    state = serializers.CharField(help_text="How the protocol stands since.")


class ChangesData(serializers.Serializer[Any]):
    election = serializers.CharField()
    since = serializers.IntegerField()
    until = serializers.IntegerField(help_text="The log size that these changes lead up to.")
    next = serializers.IntegerField(
        help_text="What to ask for as `since` next; equal to `until` when nothing is left out."
    )
    checkpoint = serializers.IntegerField(help_text="The size of the last signed checkpoint.")
    changes = ChangeData(many=True)


class LicenceData(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    path = serializers.URLField()


class DownloadData(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.CharField()
    format = serializers.ChoiceField(["csv", "nist-json", "xlsx", "pdf"])
    language = serializers.CharField(allow_blank=True)
    bytes = serializers.IntegerField(allow_null=True, help_text="null: made when it is asked for.")


class DownloadsData(serializers.Serializer[Any]):
    election = serializers.CharField()
    contest = serializers.CharField()
    snapshot = serializers.CharField()
    status = serializers.ChoiceField(["preliminary", "final"])
    as_of = serializers.IntegerField()
    synthetic = serializers.BooleanField()
    training = serializers.BooleanField()
    licence = LicenceData()
    files = DownloadData(many=True)


def _size(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "minimum": 0, "maximum": LARGEST_SIZE}, description=description)


@public
class Changes(APIView):
    """`GET /api/v1/changes/?since=<size>[&until=<size>][&limit=]`"""

    @extend_schema(
        operation_id="changes",
        parameters=[
            _size("since", "A log size: what came after it. Without it, from the beginning."),
            _size("until", "A log size: what came before it. Without it, the last signed checkpoint."),
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_CHANGES},
                description=f"At most {MOST_CHANGES} changes; {USUAL_CHANGES} without it.",
            ),
        ],
        responses={
            200: ChangesData,
            400: OpenApiResponse(PublicRefusal, "A parameter cannot be read."),
            404: OpenApiResponse(PublicRefusal, "Not public yet, or nothing is in the signed log."),
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Which protocols changed, and in which areas sums changed with them, between two sizes of the log."""
        election = current_election()
        checkpoint = latest_checkpoint(READER)
        if election is None or checkpoint is None or not log_is_public(timezone.now(), using=READER):
            return _refused(HTTPStatus.NOT_FOUND, "not_public_yet", _("The log's entries are not public yet."))
        asked = {name: request.query_params.get(name) for name in ("since", "until", "limit")}
        wrong = {name: _("Give a whole number.") for name, text in asked.items() if not _is_number(text)}
        if wrong:
            return _refused(HTTPStatus.BAD_REQUEST, "bad_parameter", _("Give a whole number."), wrong)
        since, until = int(asked["since"] or 0), int(asked["until"] or checkpoint.size)
        limit = int(asked["limit"] or USUAL_CHANGES)
        if not since <= until <= checkpoint.size:
            sentence = _("The log has %(size)d entries.") % {"size": checkpoint.size}
            return _refused(HTTPStatus.BAD_REQUEST, "bad_parameter", sentence, {"since": sentence})
        if not 1 <= limit <= MOST_CHANGES:
            sentence = _("Give a whole number up to %(most)d.") % {"most": MOST_CHANGES}
            return _refused(HTTPStatus.BAD_REQUEST, "bad_parameter", sentence, {"limit": sentence})

        def make() -> bytes:
            return JSONRenderer().render(_changes(election, since, until, limit, checkpoint.size))

        key = ("changes", election.pk, since, until, limit, checkpoint.size)
        return answer(request._request, key, make, seconds=LIVE, content_type=JSON)


def _changes(election: Election, since: int, until: int, limit: int, size: int) -> dict[str, Any]:
    found = changes_between(election, since=since, until=until, limit=limit + 1, using=READER)
    page = found[:limit]
    return {
        "election": election.code,
        "since": since,
        "until": until,
        "next": page[-1].index + 1 if len(found) > limit else until,
        "checkpoint": size,
        "changes": [
            {
                "index": change.index,
                "at": change.at,
                "kind": change.kind,
                "contest": change.contest,
                "station": change.station,
                "areas": change.areas,
                "state": change.state,
            }
            for change in page
        ],
    }


@public
class Downloads(APIView):
    """`GET /api/v1/downloads/[<contest>/][?bulletin=N]`"""

    @extend_schema(
        operation_id="downloads",
        parameters=[
            OpenApiParameter(
                "bulletin",
                {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
                description="This bulletin instead of the newest result.",
            )
        ],
        responses={
            200: DownloadsData,
            400: OpenApiResponse(PublicRefusal, "A parameter cannot be read."),
            404: OpenApiResponse(PublicRefusal, "No such contest or bulletin, or nothing published yet."),
        },
    )
    def get(self, request: Request, contest: str) -> HttpResponseBase:
        """The files of a published result: of one contest, or of `all`. Without a size: made when asked for."""
        number = request.query_params.get("bulletin")
        if not _is_number(number):
            sentence = _("Give a whole number.")
            return _refused(HTTPStatus.BAD_REQUEST, "bad_parameter", sentence, {"bulletin": sentence})
        election = current_election()
        snapshot = _published(election, number) if election is not None else None
        if election is None or snapshot is None or not _has(election, contest):
            return _refused(HTTPStatus.NOT_FOUND, "not_found", _("Nothing of this was published."))
        said = {
            "election": election.code,
            "contest": contest,
            "snapshot": label_of(snapshot),
            "status": "final" if snapshot.kind == Snapshot.Kind.FINAL else "preliminary",
            "as_of": snapshot.checkpoint_id,
            "synthetic": election.synthetic,
            "training": settings.TRAINING,
            "licence": licence().described(),
            "files": [
                {
                    "name": download.name,
                    "url": reverse("download", args=[election.code, download.label, contest, download.name]),
                    "format": download.format,
                    "language": download.language,
                    "bytes": download.size,
                }
                for download in downloads_of(snapshot, contest, election=election.code)
                if contest != ALL or download.size is not None
            ],
        }
        response = Response(said)
        response["Cache-Control"] = f"public, max-age={PRESENT}"
        return response


def _published(election: Election, number: str | None) -> Snapshot | None:
    if timezone.now() < election.figures_public_from:
        return None
    if number is None:
        return newest(election, using=READER)
    if int(number) >= 2**31:
        return None
    return published(election, using=READER).filter(kind=Snapshot.Kind.BULLETIN, number=int(number)).first()


def _has(election: Election, contest: str) -> bool:
    found = Contest.objects.using(READER).filter(election=election, code=contest)
    return contest == ALL or ("\x00" not in contest and found.exists())


def _is_number(text: str | None) -> bool:
    """Whether a parameter is absent, or a whole number that the log's sizes can have."""
    digits = 16
    return text is None or (text.isascii() and text.isdigit() and len(text) <= digits and int(text) <= LARGEST_SIZE)


def _refused(status: HTTPStatus, code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    return Response({"code": code, "message": message, "fields": fields or {}}, status=status)
