"""The API through which stations attach photographs of their signed protocols."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import require, token_or_session
from accounts.domain.roles import Permission
from accounts.models import User
from tallies.api import LONGEST_CODE, BadRequest, RefusalData, is_text
from tallies.models import Photograph
from tallies.photographs.examination import BusyExamining, NotAPhotograph, limits
from tallies.photographs.store import parts_folder
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol, owed_protocol
from tallies.services.photographs import attach_photograph

PARTS = frozenset({"station", "contest", "photograph"})


class PhotographData(serializers.Serializer[Any]):
    """A photograph or scan of a station's signed protocol."""

    station = serializers.CharField(max_length=LONGEST_CODE)
    contest = serializers.CharField(max_length=LONGEST_CODE)
    photograph = serializers.FileField(help_text="A JPEG, PNG, HEIC or PDF.")


class AttachedData(serializers.Serializer[Any]):
    station = serializers.CharField()
    contest = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the file as it came; the log names it.")
    media_type = serializers.CharField()
    bytes = serializers.IntegerField()


@token_or_session(Permission.ENTER_PROTOCOL)
class Photographs(APIView):
    """`POST /api/v1/photographs/`"""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="attach_photograph",
        request={"multipart/form-data": PhotographData},
        responses={
            201: OpenApiResponse(AttachedData, "Attached, or the same file was attached before."),
            400: OpenApiResponse(RefusalData, "Not a multipart form."),
            401: OpenApiResponse(RefusalData, "No session and no valid token."),
            403: OpenApiResponse(RefusalData, "A session without its CSRF token."),
            404: OpenApiResponse(RefusalData, "Not a protocol this person enters."),
            415: OpenApiResponse(RefusalData, "Not multipart/form-data."),
            422: OpenApiResponse(RefusalData, "A file that is no photograph, or one that cannot be taken now."),
            503: OpenApiResponse(RefusalData, "Too many photographs are being looked at. Send it again."),
        },
    )
    def post(self, request: Request) -> Response:
        """Attach a photograph of a signed protocol. The same file again changes nothing."""
        try:
            owed, file = _parse(request)
            appointment = require(
                request.user, Permission.ENTER_PROTOCOL, station=owed.station_id, contest=owed.contest_id
            )
            attached = _attach(owed, file, by=cast(User, request.user), role=appointment.role)
        except Refusal as refusal:
            busy = isinstance(refusal, BusyExamining)
            code = status.HTTP_503_SERVICE_UNAVAILABLE if busy else status.HTTP_422_UNPROCESSABLE_ENTITY
            return Response(refusal.as_data(), status=code)
        return Response(
            {
                "station": owed.station,
                "contest": owed.contest,
                "sha256": attached.sha256,
                "media_type": attached.media_type,
                "bytes": attached.bytes,
            },
            status=status.HTTP_201_CREATED,
        )


def _parse(request: Request) -> tuple[OwedProtocol, UploadedFile[bytes]]:
    """Return what the form names. Raises BadRequest naming each part that is wrong, Http404 for no such protocol."""
    given = cast(Mapping[str, object], request.data)
    problems: dict[str, object] = {str(code)[:LONGEST_CODE]: _("Unknown field.") for code in given.keys() - PARTS}
    for code in ("station", "contest"):
        if not is_text(given.get(code), LONGEST_CODE) or not given[code]:
            problems[code] = _("A code is needed here.")
    file = request.FILES.get("photograph")
    if file is None:
        problems["photograph"] = _("A file is needed here.")
    if problems or file is None:
        raise BadRequest(_("Something in this request cannot be taken."), fields=problems)
    owed = owed_protocol(str(given["contest"]), str(given["station"]))
    if owed is None:
        raise Http404
    return owed, file


def _attach(owed: OwedProtocol, file: UploadedFile[bytes], *, by: User, role: str) -> Photograph:
    if (file.size or 0) > limits().bytes:
        raise NotAPhotograph.too_large()
    with NamedTemporaryFile(dir=parts_folder()) as whole:
        for chunk in file.chunks():
            whole.write(chunk)
        whole.flush()
        return attach_photograph(owed=owed, file=Path(whole.name), by=by, role=role, now=timezone.now())
