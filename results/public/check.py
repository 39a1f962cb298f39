"""A paper receipt in somebody's hand, held against what counts now: in force, replaced, annulled, or not from here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from results.public import telling
from results.public.ground import READER, Ground, NotThere, ground_of
from results.public.kept_pages import LIVE
from results.public.links import Links
from results.public.protocol import SUPERSEDED, Protocol, Version
from stations.models import Station
from tallies.domain.lifecycle import State
from tallies.selectors.receipts import Record, records_in_force

SHA256 = re.compile(r"[0-9a-f]{64}")


class Verdict(StrEnum):
    """What becomes of a receipt. `not_told_yet`: genuine, but what it says is newer than what is published."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    ANNULLED = "annulled"
    NOT_TOLD_YET = "not_told_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Checked:
    """A receipt's hash with the verdict, the record it is of, and the record of the version that took its place."""

    sha256: str
    verdict: Verdict
    record: Record | None = None
    replaced_by: Record | None = None
    version: Version | None = None


@public
@require_safe
def check(request: HttpRequest, contest: str, place: str, record: str = "") -> HttpResponseBase:
    """`/check/<contest>/<station>/<SHA-256 of the record>/`: its verdict, and the figures to compare line by line."""
    now = timezone.now()
    try:
        ground = ground_of(contest, now)
        with transaction.atomic(using=READER):
            with connections[READER].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            _template, context = telling.place_page(ground, place, Links())
            if not isinstance(context["place"], Station):
                raise Http404
            checked = _checked(ground, context, record.lower())
    except NotThere:
        raise Http404 from None
    status = HTTPStatus.OK
    if checked and checked.verdict is Verdict.UNKNOWN:
        status = HTTPStatus.NOT_FOUND
    with timezone.override(ZoneInfo(context["election"].time_zone)):
        response: HttpResponse = render(request, "results/check.html", {**context, "checked": checked}, status=status)
    response["Cache-Control"] = f"public, max-age={LIVE}"
    return response


def _checked(ground: Ground, context: dict[str, Any], sha256: str) -> Checked | None:
    """Hold a hash against the records of this protocol; None when none was given or nothing may be told yet."""
    if not sha256 or ground.basis is None:
        return None
    if not SHA256.fullmatch(sha256):
        return Checked(sha256, Verdict.UNKNOWN)
    records = records_in_force(context["contest"].pk, context["place"].pk, using=READER)
    record = next((each for each in records if each.sha256 == sha256), None)
    if record is None:
        return Checked(sha256, Verdict.UNKNOWN)
    return _verdict(sha256, record, records, context["protocol"])


def _verdict(sha256: str, record: Record, records: list[Record], protocol: Protocol) -> Checked:
    version = next((each for each in protocol.versions if each.number == record.number), None)
    if version is None:
        return Checked(sha256, Verdict.NOT_TOLD_YET, record)
    if version.state == State.IN_FORCE:
        return Checked(sha256, Verdict.IN_FORCE, record, version=version)
    later = next((each for each in records if each.number > record.number), None)
    if version.state == SUPERSEDED and later is not None:
        return Checked(sha256, Verdict.SUPERSEDED, record, later, version)
    return Checked(sha256, Verdict.ANNULLED, record, version=version)
