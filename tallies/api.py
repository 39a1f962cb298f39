"""The API through which stations send protocols."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import require, token_or_session
from accounts.domain.roles import Permission
from accounts.models import User
from audit.domain.canonical import NotCanonical, canonical_bytes
from tallies.domain.lifecycle import State
from tallies.models import Entry
from tallies.refusals import Refusal
from tallies.selectors import owed_protocol
from tallies.services.submit import (
    AlreadyStands,
    ChecksFailed,
    Submission,
    Submitted,
    submit_protocol,
)

LONGEST_CODE = 64
LONGEST_TEXT = 2000
MOST_FIGURES = 500
MOST_EXPLANATIONS = 100
LONGEST_KEY: int = Entry._meta.get_field("idempotency_key").max_length or 0


class BadRequest(Refusal):
    """The body is not what this call takes. `fields` maps each part of it to what is wrong."""

    code = "bad_request"


class FindingData(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(["error", "warning"])
    figures = serializers.DictField(child=serializers.IntegerField())


class ProtocolData(serializers.Serializer[Any]):
    """A protocol as a station sends it."""

    station = serializers.CharField(max_length=LONGEST_CODE)
    contest = serializers.CharField(max_length=LONGEST_CODE)
    figures = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=2**31 - 1))
    explanations = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True),
        required=False,
        help_text="The codes of the warnings that are confirmed, each with words about it (or an empty string).",
    )
    paper_says_so = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, help_text="Why errors stand on the paper itself: holds the protocol."
    )


PARTS = frozenset(ProtocolData().fields)


class SubmittedData(serializers.Serializer[Any]):
    station = serializers.CharField()
    contest = serializers.CharField()
    state = serializers.ChoiceField(
        [State.IN_FORCE.value, State.HELD.value, State.FIRST_ENTRY.value, State.DIFFERS.value]
    )
    version = serializers.IntegerField(allow_null=True, help_text="Null until two people's entries agree.")
    differing = serializers.ListField(
        child=serializers.CharField(), help_text="Under double entry: the lines on which both entries differ."
    )
    findings = FindingData(many=True)


class RefusalData(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]
    findings = FindingData(many=True, required=False)


KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Sending again with the same key changes nothing."
)


@token_or_session(Permission.ENTER_PROTOCOL)
class Protocols(APIView):
    """`POST /api/v1/protocols/`"""

    @extend_schema(
        operation_id="submit_protocol",
        parameters=[KEY_HEADER],
        request=ProtocolData,
        responses={
            201: OpenApiResponse(SubmittedData, "In force: counted."),
            202: OpenApiResponse(
                SubmittedData,
                "Held: a commission decides. Or one person's entry, while the other's is missing or differs.",
            ),
            400: OpenApiResponse(RefusalData, "Not JSON."),
            401: OpenApiResponse(RefusalData, "No session and no valid token."),
            403: OpenApiResponse(RefusalData, "A session without its CSRF token."),
            404: OpenApiResponse(RefusalData, "Not a protocol this person enters."),
            409: OpenApiResponse(RefusalData, "A version stands already."),
            415: OpenApiResponse(RefusalData, "Not application/json."),
            422: OpenApiResponse(RefusalData, "Findings, or figures that cannot be taken."),
        },
    )
    def post(self, request: Request) -> Response:
        """Send a station's protocol of one contest."""
        now = timezone.now()
        try:
            submission_data = _parse(request.data)
            owed = owed_protocol(submission_data["contest"], submission_data["station"])
            if owed is None:
                raise Http404
            appointment = require(
                request.user, Permission.ENTER_PROTOCOL, station=owed.station_id, contest=owed.contest_id
            )
            submission = Submission(
                owed=owed,
                figures=submission_data["figures"],
                explanations=submission_data["explanations"],
                paper_says_so=submission_data["paper_says_so"],
                idempotency_key=idempotency_key(request),
                body_sha256=hashlib.sha256(canonical_bytes(request.data)).hexdigest(),
            )
            submitted = submit_protocol(
                submission=submission, by=cast(User, request.user), role=appointment.role, now=now
            )
        except NotCanonical as problem:
            return _refused(BadRequest(str(problem)))
        except Refusal as refusal:
            return _refused(refusal)
        return _answer(submission_data, submitted)


def _parse(body: object) -> dict[str, Any]:
    """Return the parts of the body. Raises BadRequest naming each part that is wrong; figures are read later."""
    if not isinstance(body, Mapping):
        raise BadRequest(_("The body must be a JSON object."))
    problems: dict[str, object] = {}
    for code in body.keys() - PARTS:
        problems[str(code)[:LONGEST_CODE]] = _("Unknown field.")
    for code in ("station", "contest"):
        if not is_text(body.get(code), LONGEST_CODE) or not body[code]:
            problems[code] = _("A code is needed here.")
    figures = body.get("figures")
    if not isinstance(figures, Mapping) or len(figures) > MOST_FIGURES:
        problems["figures"] = _("An object of figures by code is needed here.")
    explanations = body.get("explanations", {})
    if (
        not isinstance(explanations, Mapping)
        or len(explanations) > MOST_EXPLANATIONS
        or not all(is_text(text, LONGEST_TEXT) for text in explanations.values())
    ):
        problems["explanations"] = _("An object of texts by warning code is needed here.")
    paper_says_so = body.get("paper_says_so", "")
    if not is_text(paper_says_so, LONGEST_TEXT):
        problems["paper_says_so"] = _("A text is needed here.")
    if problems:
        raise BadRequest(_("Something in this request cannot be taken."), fields=problems)
    return {
        "station": body["station"],
        "contest": body["contest"],
        "figures": figures,
        "explanations": explanations,
        "paper_says_so": str(paper_says_so).strip(),
    }


def is_text(value: object, longest: int) -> bool:
    """Whether this is a text that can be stored, of at most so many characters."""
    # PostgreSQL stores no NUL, and a lone surrogate is no character.
    return (
        isinstance(value, str)
        and len(value) <= longest
        and "\x00" not in value
        and not any("\ud800" <= character <= "\udfff" for character in value)
    )


def idempotency_key(request: Request) -> str | None:
    """Return the key of the header; None without one. Raises BadRequest for one that cannot be kept."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadRequest(
            _("The idempotency key must be 1 to %(longest)d printable characters.") % {"longest": LONGEST_KEY},
            fields={"Idempotency-Key": ""},
        )
    return key


def _answer(data: Mapping[str, Any], submitted: Submitted) -> Response:
    return Response(
        {
            "station": data["station"],
            "contest": data["contest"],
            "state": submitted.state.value,
            "version": submitted.number,
            "differing": submitted.differing,
            "findings": submitted.findings,
        },
        status=status.HTTP_201_CREATED if submitted.state is State.IN_FORCE else status.HTTP_202_ACCEPTED,
    )


def _refused(refusal: Refusal) -> Response:
    findings = [finding.as_data() for finding in refusal.findings] if isinstance(refusal, ChecksFailed) else []
    return Response(
        {**refusal.as_data(), "findings": findings},
        status=status.HTTP_409_CONFLICT if isinstance(refusal, AlreadyStands) else status.HTTP_422_UNPROCESSABLE_ENTITY,
    )
