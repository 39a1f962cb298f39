"""The proof that a protocol is in the public log, found by contest and station."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import public
from audit.api import PROOF_ANSWERS, SIZE, AsItComes, not_public_yet, proof_answer, refused
from audit.selectors import log_is_public
from results.public.ground import READER, NotThere, ground_of
from results.public.registry import contest_of, place_of
from stations.models import Station
from tallies.selectors.receipts import records_in_force


@public
class ProtocolProof(APIView):
    """`GET /api/v1/log/proof/<contest>/<station>?version=&size=`"""

    content_negotiation_class = AsItComes

    @extend_schema(
        operation_id="log_proof_of_protocol",
        parameters=[
            OpenApiParameter(
                "version",
                {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
                description="The version's number; without it the last one that came into force.",
            ),
            SIZE,
        ],
        responses=PROOF_ANSWERS,
    )
    def get(self, request: Request, contest: str, station: str) -> HttpResponse:
        """The proof of the log entry by which a station's protocol came into force."""
        if not log_is_public(timezone.now(), using=READER):
            return not_public_yet()
        index = _index_of(contest, station, request.query_params.get("version"))
        if index is None:
            sentence = _("No such protocol is in the signed log.")
            return refused(HTTPStatus.NOT_FOUND, "not_found", sentence)
        return proof_answer(request, index)


def _index_of(contest: str, station: str, version: str | None) -> int | None:
    """The log index of the record that put the version into force, None where there is none."""
    try:
        found = contest_of(ground_of(contest, timezone.now()).contest_id)
        place = place_of(found, station)
    except NotThere:
        return None
    if not isinstance(place, Station):
        return None
    records = records_in_force(found.pk, place.pk, using=READER)
    if version is not None:
        records = [each for each in records if str(each.number) == version]
    return records[-1].index if records else None
