"""The log's API: proofs of entries and of growth, checkpoints. Nothing but checkpoints before entries are public."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from audit.domain.proofs import in_base64
from audit.proof_files import LARGEST_SIZE, LogDisagrees, NoProof, extension, proof_file
from audit.selectors import checkpoints, cosigned_note, log_is_public
from audit.services import CosignatureRefused, receive_cosignatures
from audit.services.witnessing import LONGEST_NOTE

READER = "reader"
# With a size in the address an answer changes only when another witness cosigns; without, with every checkpoint.
FIXED = "public, max-age=300"
MOVING = "public, max-age=5"
CHECKPOINTS_A_PAGE = 100
TEXT = "text/plain; charset=utf-8"


class LogRefusal(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]


class CheckpointData(serializers.Serializer[Any]):
    size = serializers.IntegerField()
    signed_at = serializers.DateTimeField()
    checkpoint = serializers.CharField(help_text="The signed note, with the cosignatures of registered witnesses.")


class CheckpointsData(serializers.Serializer[Any]):
    checkpoints = CheckpointData(many=True)
    before = serializers.IntegerField(allow_null=True, help_text="Ask with this `before` for the next ones.")


class CosignedData(serializers.Serializer[Any]):
    size = serializers.IntegerField()
    witnesses = serializers.ListField(child=serializers.CharField())


class ExtensionData(serializers.Serializer[Any]):
    old_size = serializers.IntegerField()
    size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField(), help_text="RFC 6962, 2.1.2; each hash in base64.")
    old_checkpoint = serializers.CharField()
    checkpoint = serializers.CharField()


class AsItComes(BaseContentNegotiation):
    """Proofs are one kind of text; what the caller would rather have changes nothing."""

    def select_parser(self, _request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, _request: Request, renderers: Any, _format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


_NOT_FOUND = OpenApiResponse(LogRefusal, "There is no such entry or checkpoint, or entries are not public yet.")
_BAD = OpenApiResponse(LogRefusal, "A parameter cannot be read.")
_WHOLE = {"type": "integer", "minimum": 0, "maximum": LARGEST_SIZE}
SIZE = OpenApiParameter(
    "size",
    _WHOLE,
    description="Size of the checkpoint to prove it against; without it the last cosigned or signed one.",
)


def _in_path(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, _WHOLE, OpenApiParameter.PATH)


PROOF_ANSWERS: dict[Any, Any] = {
    (200, "text/plain"): OpenApiTypes.STR,
    400: _BAD,
    404: _NOT_FOUND,
    503: OpenApiResponse(LogRefusal, "Entry, tiles and checkpoint do not belong together."),
}


class Proof(APIView):
    """`GET /api/v1/log/proof/<index>?size=`"""

    content_negotiation_class = AsItComes

    @extend_schema(operation_id="log_proof", parameters=[_in_path("index"), SIZE], responses=PROOF_ANSWERS)
    def get(self, request: Request, index: str) -> HttpResponse:
        """The proof that an entry is in the log, as a `.tlog-proof` file with the entry in it."""
        return proof_answer(request, number_in(index))


class Consistency(APIView):
    """`GET /api/v1/log/consistency/<old size>/<size>`"""

    @extend_schema(
        operation_id="log_consistency",
        parameters=[_in_path("old_size"), _in_path("size")],
        responses={200: ExtensionData, 404: _NOT_FOUND, 503: PROOF_ANSWERS[503]},
    )
    def get(self, _request: Request, old_size: str, size: str) -> HttpResponse:
        """The proof that the log under one checkpoint only appends to that under an older one."""
        if not log_is_public(timezone.now(), using=READER):
            return not_public_yet()
        try:
            found = extension(old_size=number_in(old_size), size=number_in(size), using=READER)
        except NoProof:
            return refused(HTTPStatus.NOT_FOUND, "not_found", _("There are no two such checkpoints."))
        except LogDisagrees:
            return _disagrees()
        answer = {
            "old_size": found.older.size,
            "size": found.newer.size,
            "path": [in_base64(each) for each in found.path],
            "old_checkpoint": found.older.note,
            "checkpoint": found.newer.note,
        }
        return JsonResponse(answer, headers={"Cache-Control": FIXED})


class Checkpoints(APIView):
    """`GET /api/v1/log/checkpoints?before=`"""

    @extend_schema(
        operation_id="log_checkpoints",
        parameters=[
            OpenApiParameter(
                "before",
                _WHOLE,
                description="Only checkpoints of fewer entries.",
            )
        ],
        responses={200: CheckpointsData, 400: _BAD},
    )
    def get(self, request: Request) -> HttpResponse:
        """The signed checkpoints, the largest first, with who cosigned them."""
        try:
            before = whole(request, "before")
        except ValueError:
            return bad_parameter("before")
        found = list(checkpoints(before=before, using=READER).prefetch_related("cosignatures")[:CHECKPOINTS_A_PAGE])
        listed = [
            {"size": each.size, "signed_at": each.signed_at, "checkpoint": cosigned_note(each, READER)}
            for each in found
        ]
        last = found[-1].size if len(found) == CHECKPOINTS_A_PAGE else None
        return JsonResponse({"checkpoints": listed, "before": last}, headers={"Cache-Control": MOVING})


_NOTE = {
    "type": "string",
    "description": "The signed checkpoint, with the cosignature line of a registered witness beneath.",
}


class Cosignatures(APIView):
    """`POST /api/v1/log/cosignatures`"""

    content_negotiation_class = AsItComes

    @extend_schema(
        operation_id="log_cosignatures",
        request={"text/plain": _NOTE},
        responses={
            200: CosignedData,
            404: OpenApiResponse(LogRefusal, "This log has signed no checkpoint of this size."),
            409: OpenApiResponse(LogRefusal, "This log has another root at this size."),
            422: OpenApiResponse(LogRefusal, "Not a cosignature of a registered witness on a checkpoint of this log."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Bring the cosignature of a witness that comes for checkpoints itself."""
        body = request._request.read(LONGEST_NOTE + 1)
        try:
            stored = receive_cosignatures(note=body.decode(), now=timezone.now())
        except UnicodeDecodeError:
            return _cosignature_refused("malformed")
        except CosignatureRefused as refusal:
            return _cosignature_refused(refusal.code)
        return JsonResponse({"size": stored[0].checkpoint_id, "witnesses": [each.witness for each in stored]})


def _cosignature_refused(code: str) -> JsonResponse:
    sentences = {
        "malformed": _("This is not a checkpoint of this log with signatures beneath."),
        "bad_signature": _("The cosignature does not fit its checkpoint and key."),
        "bad_time": _("The cosignature is of a moment that has not come."),
        "unknown_witness": _("No registered witness has signed this."),
        "unknown_checkpoint": _("This log has signed no checkpoint of this size."),
        "other_root": _("This log has another root at this size."),
    }
    statuses = {"unknown_checkpoint": HTTPStatus.NOT_FOUND, "other_root": HTTPStatus.CONFLICT}
    return refused(statuses.get(code, HTTPStatus.UNPROCESSABLE_ENTITY), code, sentences[code])


def proof_answer(request: Request, index: int) -> HttpResponse:
    """Answer with the proof of this entry under the checkpoint that the request names."""
    if not log_is_public(timezone.now(), using=READER):
        return not_public_yet()
    try:
        size = whole(request, "size")
        content = proof_file(index=index, size=size, using=READER)
    except NoProof:
        sentence = _("The log has no such entry, or no checkpoint covers it yet.")
        return refused(HTTPStatus.NOT_FOUND, "not_found", sentence)
    except LogDisagrees:
        return _disagrees()
    except ValueError:
        return bad_parameter("size")
    headers = {
        "Cache-Control": MOVING if size is None else FIXED,
        "Content-Disposition": f'attachment; filename="entry-{index}.tlog-proof"',
    }
    return HttpResponse(content, content_type=TEXT, headers=headers)


def number_in(address: str) -> int:
    """Return the number at this place of an address, one that no log reaches where it is none."""
    return int(address[:20]) if address.isascii() and address.isdigit() else LARGEST_SIZE + 1


def whole(request: Request, name: str) -> int | None:
    """Return the parameter as a whole number, None where it is not given. Raises ValueError."""
    given = request.query_params.get(name)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or int(given[:20]) > LARGEST_SIZE:
        raise ValueError(name)
    return int(given)


def not_public_yet() -> JsonResponse:
    """Refuse what the log shows only when figures are public."""
    sentence = _("The log's entries are not public yet; its checkpoint is.")
    return refused(HTTPStatus.NOT_FOUND, "not_public_yet", sentence)


def bad_parameter(name: str) -> JsonResponse:
    """Refuse a parameter that cannot be read."""
    sentence = _("Give a whole number.")
    return refused(HTTPStatus.BAD_REQUEST, "bad_parameter", sentence, {name: sentence})


def refused(status: HTTPStatus, code: str, message: str, fields: dict[str, str] | None = None) -> JsonResponse:
    """Refuse in the one shape all refusals of the API have. What is missing now must not stay missing in a cache."""
    content = {"code": code, "message": message, "fields": fields or {}}
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def _disagrees() -> JsonResponse:
    sentence = _("The log cannot prove this now. Its operators must look.")
    return refused(HTTPStatus.SERVICE_UNAVAILABLE, "log_disagrees", sentence)
