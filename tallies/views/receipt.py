"""The receipt of a protocol in force: printed, signed and posted on the station's door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import State
from tallies.paper import filled
from tallies.qr import qr_picture
from tallies.selectors import standing
from tallies.selectors.receipts import records_in_force
from tallies.views.place import place_for

SEE = (Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION, Permission.SEE_DESK)


@needs(*SEE)
@require_safe
@never_cache
def receipt(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/station/<station>/<contest>/receipt/`: one sheet with the figures in force, their hash and its QR code."""
    place = place_for(request, station, contest, *SEE)
    stands = standing(place.owed)
    if stands is None or stands.version is None or stands.state != State.IN_FORCE:
        # Nothing is in force, so nothing can be receipted: the page of the protocol says what is the case.
        return redirect(place.way_back)
    findings = place.paper.in_words(stands.version.findings)
    records = records_in_force(place.owed.contest_id, place.owed.station_id)
    record = next(each for each in records if each.version_id == stands.version.pk)
    check = request.build_absolute_uri(reverse("check-receipt", args=[contest, station, record.sha256]))
    context = {
        **place.names(),
        "version": stands.version,
        "findings": findings,
        "filled": filled(place.paper, stands.version.figures, findings),
        "record": record,
        "check": check,
        "qr": qr_picture(check),
        "back": place.way_back if place.on_behalf else place.entry_url,
    }
    return render(request, "tallies/receipt.html", context)
